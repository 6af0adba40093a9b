"""What a bot can do by its methods, and what the user sees of it."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    KeyboardButton,
    ReplyKeyboardMarkup,
)

from bot.local.chat import Chat
from bot.local.methods import METHODS
from bot.local.parameters import Parameters, Upload, as_fields
from bot.local.refusals import Refused
from bot.local.server import LocalServer
from tests.echoing import NOTE, bot_for


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    async with LocalServer() as running:
        yield running


@pytest.fixture
async def bot(server: LocalServer) -> AsyncIterator[Bot]:
    async with bot_for(server) as running:
        yield running


@pytest.fixture
def ada(server: LocalServer) -> Chat:
    return server.chat(user_id=1)


async def test_the_length_of_a_voice_note_is_read_from_its_pages(ada: Chat, bot: Bot) -> None:
    await bot.send_voice(ada.id, NOTE)
    assert (await ada.wait_for("voice")).content["voice"]["duration"] == 3  # 3.36 s
    await bot.send_voice(ada.id, NOTE, duration=17)
    assert (await ada.wait_for("voice")).content["voice"]["duration"] == 17


async def test_a_file_id_is_sent_again_without_upload(
    server: LocalServer, ada: Chat, bot: Bot
) -> None:
    first = await bot.send_voice(ada.id, NOTE)
    assert first.voice is not None
    second = await bot.send_voice(ada.id, first.voice.file_id, caption="again")
    assert second.voice is not None
    assert second.voice.file_unique_id == first.voice.file_unique_id
    assert (await ada.wait_for("voice")).data == (await ada.wait_for("voice")).data == NOTE
    uploads = [dict(call.uploads) for call in server.calls("sendVoice")]
    assert uploads == [{"voice": len(NOTE)}, {}]


async def test_the_profile_is_kept_by_language(server: LocalServer, bot: Bot) -> None:
    await bot.set_my_commands([("start", "Begin"), ("help", "What I can do")])
    await bot.set_my_commands([("start", "Anfangen")], language_code="de")
    assert [command.command for command in await bot.get_my_commands()] == ["start", "help"]
    assert (await bot.get_my_commands(language_code="de"))[0].description == "Anfangen"
    await bot.set_my_short_description("A voice companion")
    await bot.set_my_description("Send me a voice note", language_code="en")
    assert (await bot.get_my_short_description("fr")).short_description == "A voice companion"
    assert (await bot.get_my_description("en")).description == "Send me a voice note"
    assert (await bot.get_my_description()).description == ""
    assert await bot.delete_my_commands() and await bot.get_my_commands() == ()


def picture(width: int, height: int) -> bytes:
    """The beginning of a PNG of that many pixels."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big")


async def test_pictures_documents_and_sound_arrive_whole(ada: Chat, bot: Bot) -> None:
    png = picture(640, 360)
    photo = await bot.send_photo(ada.id, png, caption="your week")
    assert (photo.photo[0].width, photo.photo[0].height) == (640, 360)
    document = await bot.send_document(ada.id, b"{}", filename="export.json")
    assert document.document is not None and document.document.file_name == "export.json"
    sound = await bot.send_audio(ada.id, b"ID3 and sound", title="Rain", duration=60)
    assert sound.audio is not None and sound.audio.title == "Rain"
    kinds = [message.kind for message in ada.messages]
    assert kinds == ["photo", "document", "audio"]
    assert ada.messages[1].data == b"{}"


async def test_only_opus_makes_a_voice_bubble(ada: Chat, bot: Bot) -> None:
    mp3 = await bot.send_voice(ada.id, b"\xff\xfb\x90\x00 mp3", filename="reply.mp3")
    assert mp3.voice is None and mp3.audio is not None
    wav = await bot.send_voice(ada.id, b"RIFF....WAVE", filename="reply.wav")
    assert wav.voice is None and wav.document is not None


async def test_messages_are_edited_deleted_pinned_and_reacted_to(ada: Chat, bot: Bot) -> None:
    card = await bot.send_message(ada.id, "help card")
    note = await bot.send_voice(ada.id, NOTE, caption="before")
    assert await bot.pin_chat_message(ada.id, card.message_id)
    assert [message.text for message in ada.pinned] == ["help card"]
    chat = await bot.get_chat(ada.id)
    assert chat.pinned_message is not None and chat.pinned_message.text == "help card"
    await bot.edit_message_caption(ada.id, note.message_id, caption="after")
    assert ada.messages[1].caption == "after" and ada.messages[1].data == NOTE
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Why?", callback_data="why")]])
    await bot.edit_message_reply_markup(ada.id, note.message_id, reply_markup=keyboard)
    assert ada.messages[1].buttons == ["Why?"] and ada.messages[1].caption == "after"
    await bot.set_message_reaction(ada.id, note.message_id, "👍")
    assert ada.messages[1].reactions == ["👍"]
    await bot.unpin_chat_message(ada.id)
    assert ada.pinned == []
    await bot.pin_chat_message(ada.id, card.message_id)
    await bot.delete_message(ada.id, card.message_id)
    assert [message.kind for message in ada.messages] == ["voice"] and ada.pinned == []


async def test_a_reply_keyboard_is_shown_by_its_labels(ada: Chat, bot: Bot) -> None:
    place = KeyboardButton("Share my place", request_location=True)
    await bot.send_message(ada.id, "Where?", reply_markup=ReplyKeyboardMarkup([[place]]))
    assert (await ada.wait_for("text")).buttons == ["Share my place"]


async def test_a_picture_is_exchanged_in_place(bot: Bot, ada: Chat) -> None:
    week, month = picture(70, 10), picture(300, 10)
    sent = await bot.send_photo(ada.id, week, caption="your week")
    await sent.edit_media(InputMediaPhoto(month, caption="<b>your month</b>", parse_mode="HTML"))
    (shown,) = ada.messages
    assert (shown.data, shown.caption) == (month, "your month")
    await sent.edit_media(InputMediaPhoto(sent.photo[0].file_id))
    assert (shown.data, shown.caption) == (week, None)
    assert [content["photo"][0]["width"] for content in shown.earlier] == [70, 300]


FIELDS = st.sampled_from(
    (
        "caption",
        "caption_entities",
        "commands",
        "command",
        "description",
        "text",
        "entities",
        "emoji",
        "file_id",
        "inline_keyboard",
        "keyboard",
        "media",
        "type",
        "photo",
        "voice",
        "document",
        "message_id",
        "callback_data",
        "parse_mode",
        "reaction",
        "reply_markup",
        "reply_parameters",
        "scope",
        "allowed_updates",
        "url",
        "action",
        "duration",
    )
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(METHODS)), st.dictionaries(FIELDS, st.text(max_size=8) | JSON))
def test_any_parameters_are_obeyed_or_refused(method: str, values: dict[str, object]) -> None:
    server = LocalServer()
    server.chat(user_id=1)
    said = {"chat_id": "1", "message_id": "1"}
    METHODS["sendmessage"](server.state, Parameters({"chat_id": "1", "text": "first"}))
    parameters = Parameters(said | as_fields(values), {"voice": Upload("a.ogg", None, NOTE)})
    try:
        METHODS[method](server.state, parameters)
    except Refused as refused:
        assert refused.refusal.code in {400, 501}
    assert server.state.dialogs[1].messages[1].as_json()["message_id"] == 1
