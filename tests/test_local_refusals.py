"""Every refusal of the Bot API on loopback, as python-telegram-bot's own exceptions tell it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyKeyboardMarkup,
)
from telegram.error import (
    BadRequest,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
)
from telegram.request import HTTPXRequest

from bot.local.chat import Chat
from bot.local.server import LocalServer
from tests.echoing import HeldClock, bot_for

OPUS = b"OggS" + bytes(24) + b"OpusHead" + bytes(60)
Ask = Callable[[Bot, int], Awaitable[object]]


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def server(clock: HeldClock) -> AsyncIterator[LocalServer]:
    async with LocalServer(clock=clock, upload_limit=100_000) as running:
        yield running


@pytest.fixture
def ada(server: LocalServer) -> Chat:
    return server.chat(user_id=1)


@pytest.fixture
async def bot(server: LocalServer) -> AsyncIterator[Bot]:
    async with bot_for(server) as running:
        yield running


def keys(data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("press", callback_data=data)]])


REFUSED: dict[str, tuple[Ask, str]] = {
    "an unknown chat": (lambda bot, chat: bot.send_message(404, "hi"), "Chat not found"),
    "no words": (lambda bot, chat: bot.send_message(chat, "  \n"), "Message text is empty"),
    "words over 4096": (
        lambda bot, chat: bot.send_message(chat, "a" * 4097),
        "Message is too long",
    ),
    "callback data over 64 bytes": (
        lambda bot, chat: bot.send_message(chat, "hi", reply_markup=keys("ü" * 33)),
        "Button_data_invalid",
    ),
    "a button that does nothing": (
        lambda bot, chat: bot.send_message(
            chat, "hi", reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("idle")]])
        ),
        "Can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    "a caption over 1024": (
        lambda bot, chat: bot.send_voice(chat, OPUS, caption="a" * 1025),
        "Message caption is too long",
    ),
    "an empty voice": (lambda bot, chat: bot.send_voice(chat, b""), "File must be non-empty"),
    "a made-up file_id": (
        lambda bot, chat: bot.send_voice(chat, "AwACAgIAAx"),
        "Wrong remote file identifier specified: Wrong character in the string",
    ),
    "a picture that is none": (
        lambda bot, chat: bot.send_photo(chat, b"not a picture"),
        "Image_process_failed",
    ),
    "broken markup": (
        lambda bot, chat: bot.send_message(chat, "<b>dear", "HTML"),
        "Can't parse entities: can't find end tag corresponding to start tag \"b\"",
    ),
    "an unknown parse_mode": (
        lambda bot, chat: bot.send_message(chat, "hi", "BBCode"),
        "Unsupported parse_mode",
    ),
    "an unknown chat action": (
        lambda bot, chat: bot.send_chat_action(chat, "dancing"),
        "Wrong parameter action in request",
    ),
    "a reply to nothing": (
        lambda bot, chat: bot.send_message(chat, "hi", reply_to_message_id=77),
        "Message to be replied not found",
    ),
    "editing what is not there": (
        lambda bot, chat: bot.edit_message_text("new", chat, 77),
        "Message to edit not found",
    ),
    "deleting what is not there": (
        lambda bot, chat: bot.delete_message(chat, 77),
        "Message to delete not found",
    ),
    "pinning what is not there": (
        lambda bot, chat: bot.pin_chat_message(chat, 77),
        "Message to pin not found",
    ),
    "unpinning what is not there": (
        lambda bot, chat: bot.unpin_chat_message(chat),
        "Message to unpin not found",
    ),
    "reacting to what is not there": (
        lambda bot, chat: bot.set_message_reaction(chat, 77, "👍"),
        "Message to react not found",
    ),
    "an unknown file": (lambda bot, chat: bot.get_file("nothing"), "Invalid file_id"),
    "an answer to an unknown tap": (
        lambda bot, chat: bot.answer_callback_query("12345"),
        "Query is too old and response timeout expired or query id is invalid",
    ),
    "a command in capitals": (
        lambda bot, chat: bot.set_my_commands([("Start", "Begin")]),
        "Bot_command_invalid",
    ),
    "a webhook without TLS": (
        lambda bot, chat: bot.set_webhook("http://example.org"),
        "Bad webhook: An HTTPS URL must be provided for webhook",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_telegram_refuses_is_refused_in_its_words(
    bot: Bot, ada: Chat, case: str
) -> None:
    ask, words = REFUSED[case]
    with pytest.raises(BadRequest) as refused:
        await ask(bot, ada.id)
    assert refused.value.message.lower() == words.lower()
    assert ada.messages == []


async def test_the_longest_that_is_allowed_is_sent(bot: Bot, ada: Chat) -> None:
    await bot.send_message(ada.id, "ä" * 4096, reply_markup=keys("ü" * 32))
    await bot.send_message(ada.id, f"<b>{'a' * 4096}</b>", "HTML")
    await bot.send_voice(ada.id, OPUS, caption=f"<i>{'a' * 1024}</i>", parse_mode="HTML")
    assert [message.kind for message in ada.messages] == ["text", "text", "voice"]


EDITS: dict[str, Ask] = {
    "text": lambda bot, chat: bot.edit_message_text("<b>same</b>", chat, 1, parse_mode="HTML"),
    "caption": lambda bot, chat: bot.edit_message_caption(
        chat, 2, caption="same", reply_markup=keys("k")
    ),
    "keyboard": lambda bot, chat: bot.edit_message_reply_markup(chat, 2, reply_markup=keys("k")),
}


@pytest.mark.parametrize("edit", EDITS)
async def test_an_edit_that_changes_nothing(bot: Bot, ada: Chat, edit: str) -> None:
    await bot.send_message(ada.id, "<b>same</b>", "HTML")
    await bot.send_voice(ada.id, OPUS, caption="same", reply_markup=keys("k"))
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        await EDITS[edit](bot, ada.id)


async def test_an_edit_of_form_or_keyboard_alone_is_an_edit(bot: Bot, ada: Chat) -> None:
    sent = await bot.send_message(ada.id, "<b>same</b>", "HTML", reply_markup=keys("k"))
    await sent.edit_text("same", reply_markup=keys("k"))
    assert "entities" not in ada.messages[0].content
    await sent.edit_text("same")
    assert ada.messages[0].markup is None


async def test_edits_must_fit_what_is_edited(bot: Bot, ada: Chat) -> None:
    said = await ada.send_text("mine")
    text = await bot.send_message(ada.id, "text")
    voice = await bot.send_voice(ada.id, OPUS)
    asked = await bot.send_message(ada.id, "?", reply_markup=ReplyKeyboardMarkup([["a"]]))
    wrong: list[tuple[Awaitable[object], str]] = [
        (bot.edit_message_text("theirs", ada.id, said.id), "can't be edited"),
        (bot.edit_message_text("new", ada.id, asked.message_id), "can't be edited"),
        (bot.edit_message_text("new", ada.id, voice.message_id), "no text in the message"),
        (bot.edit_message_caption(ada.id, text.message_id, caption="c"), "no caption in the"),
        (bot.edit_message_text("", ada.id, text.message_id), "text is empty"),
        (bot.edit_message_text("a" * 4097, ada.id, text.message_id), "is too long"),
        (bot.edit_message_caption(ada.id, voice.message_id, caption="a" * 1025), "is too long"),
    ]
    for edit, words in wrong:
        with pytest.raises(BadRequest, match=words):
            await edit
    assert [message.edited_at for message in ada.messages] == [None] * 4


async def test_a_deleted_message_is_gone(bot: Bot, ada: Chat, clock: HeldClock) -> None:
    sent, old = await bot.send_message(ada.id, "one"), await bot.send_message(ada.id, "two")
    await sent.delete()
    with pytest.raises(BadRequest, match="to edit not found"):
        await sent.edit_text("new")
    clock.now += timedelta(hours=49)
    with pytest.raises(BadRequest, match="can't be deleted for everyone"):
        await old.delete()


async def test_a_file_id_serves_only_its_own_kind(bot: Bot, ada: Chat) -> None:
    sent = await bot.send_document(ada.id, b"text", filename="a.txt")
    assert sent.document is not None
    with pytest.raises(BadRequest, match=r"(?i)type Document as VoiceNote"):
        await bot.send_voice(ada.id, sent.document.file_id)


async def test_a_file_over_20_mb_cannot_be_fetched(bot: Bot, ada: Chat) -> None:
    heavy = await ada.send_voice(OPUS, size=20 * 2**20 + 1)
    light = await ada.send_voice(OPUS, size=20 * 2**20)
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(heavy.content["voice"]["file_id"])
    file = await bot.get_file(light.content["voice"]["file_id"])
    assert await file.download_as_bytearray() == OPUS


async def test_an_upload_over_the_limit(server: LocalServer, bot: Bot, ada: Chat) -> None:
    with pytest.raises(NetworkError, match="Request Entity Too Large"):
        await bot.send_voice(ada.id, OPUS + bytes(100_000))
    assert server.calls("sendVoice")[0].code == 413
    await bot.send_voice(ada.id, OPUS)


async def test_a_wrong_token_and_no_token(server: LocalServer) -> None:
    for token in ("7:wrong", "nonsense"):
        with pytest.raises(InvalidToken):
            async with bot_for(server, token):
                pass
    codes = [call.code for call in server.calls("getMe")]
    assert codes == [401, 404]


async def test_an_unknown_method(bot: Bot) -> None:
    with pytest.raises(EndPointNotFound):
        await bot.do_api_request("makeCoffee")


async def test_a_file_that_is_not_there(server: LocalServer) -> None:
    request = HTTPXRequest()
    async with request:
        with pytest.raises(InvalidToken):  # what the library makes of any 404
            await request.retrieve(f"{server.base_file_url}{server.token}/voice/file_9.oga")


async def test_a_user_who_blocked_the_bot(server: LocalServer, bot: Bot, ada: Chat) -> None:
    bob = server.chat(user_id=2)
    await ada.block()
    for ask in (
        bot.send_message(ada.id, "hello?"),
        bot.send_voice(ada.id, OPUS),
        bot.send_chat_action(ada.id, "typing"),
    ):
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await ask
    await bot.send_message(bob.id, "hello")
    await ada.unblock()
    await bot.send_message(ada.id, "welcome back")
    assert [message.text for message in ada.messages] == ["welcome back"]


async def test_a_tap_that_waited_too_long(bot: Bot, ada: Chat) -> None:
    await bot.send_message(ada.id, "?", reply_markup=keys("yes"))
    tap = await ada.tap("yes")
    tap.expired = True
    with pytest.raises(BadRequest, match="Query is too old and response timeout expired"):
        await bot.answer_callback_query(tap.id)
    with pytest.raises(TimeoutError):
        await tap.answered(within=0.02)
