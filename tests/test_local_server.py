"""A real python-telegram-bot Application talks to the Bot API on loopback and notices nothing."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    Update,
)
from telegram.constants import ChatAction
from telegram.error import NetworkError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    MessageReactionHandler,
    filters,
)

from bot.local.chat import Chat
from bot.local.server import LocalServer

Context = ContextTypes.DEFAULT_TYPE
App = Application[Any, Any, Any, Any, Any, Any]

NOTE = (Path(__file__).parent / "data" / "voice-note-george-7190.ogg").read_bytes()


async def start(update: Update, context: Context) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("That's right", callback_data="yes")]])
    await message_of(update).reply_text("Hello <b>you</b>", "HTML", reply_markup=keyboard)


async def echo_text(update: Update, context: Context) -> None:
    await message_of(update).reply_text(message_of(update).text or "")


async def echo_voice(update: Update, context: Context) -> None:
    message = message_of(update)
    assert message.voice is not None
    await message.reply_chat_action(ChatAction.RECORD_VOICE)
    file = await message.voice.get_file()
    await message.reply_voice(bytes(await file.download_as_bytearray()), caption="as you said")


async def tapped(update: Update, context: Context) -> None:
    query = update.callback_query
    assert query is not None
    await query.answer("Thank you")
    await query.edit_message_text(f"You chose {query.data}")


async def reacted(update: Update, context: Context) -> None:
    assert update.message_reaction is not None
    await context.bot.send_message(update.message_reaction.chat.id, "noticed")


def message_of(update: Update) -> Message:
    assert update.effective_message is not None
    return update.effective_message


def echo_bot(server: LocalServer) -> App:
    app = (
        ApplicationBuilder()
        .token(server.token)
        .base_url(server.base_url)
        .base_file_url(server.base_file_url)
        .concurrent_updates(True)
        .build()
    )
    app.add_handler(CommandHandler("start", start))
    app.add_handler(MessageHandler(filters.VOICE, echo_voice))
    app.add_handler(MessageHandler(filters.TEXT, echo_text))
    app.add_handler(CallbackQueryHandler(tapped))
    app.add_handler(MessageReactionHandler(reacted))
    return app


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    async with LocalServer() as running:
        yield running


@pytest.fixture
async def app(server: LocalServer) -> AsyncIterator[App]:
    """The echo bot, polling."""
    application = echo_bot(server)
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(allowed_updates=Update.ALL_TYPES)
        yield application
        await application.updater.stop()
        await application.stop()


@pytest.fixture
def ada(server: LocalServer, app: App) -> Chat:
    return server.chat(user_id=1, name="Ada", language_code="en")


async def test_a_voice_note_goes_there_and_back_byte_by_byte(ada: Chat) -> None:
    await ada.send_voice(NOTE, duration=3)
    answer = await ada.wait_for("voice")
    assert answer.data == NOTE
    assert answer.caption == "as you said"
    assert answer.content["voice"]["mime_type"] == "audio/ogg"
    assert ada.actions == ["record_voice"]


async def test_the_length_of_a_voice_note_is_read_from_its_pages(ada: Chat, app: App) -> None:
    await app.bot.send_voice(ada.id, NOTE)
    assert (await ada.wait_for("voice")).content["voice"]["duration"] == 3  # 3.36 s
    await app.bot.send_voice(ada.id, NOTE, duration=17)
    assert (await ada.wait_for("voice")).content["voice"]["duration"] == 17


async def test_a_file_id_is_sent_again_without_upload(
    server: LocalServer, ada: Chat, app: App
) -> None:
    first = await app.bot.send_voice(ada.id, NOTE)
    assert first.voice is not None
    second = await app.bot.send_voice(ada.id, first.voice.file_id, caption="again")
    assert second.voice is not None
    assert second.voice.file_unique_id == first.voice.file_unique_id
    assert (await ada.wait_for("voice")).data == (await ada.wait_for("voice")).data == NOTE
    uploads = [dict(call.uploads) for call in server.calls("sendVoice")]
    assert uploads == [{"voice": len(NOTE)}, {}]


async def test_a_command_is_met_with_markup_and_buttons(ada: Chat) -> None:
    await ada.send_text("/start now")
    hello = await ada.wait_for("text")
    assert hello.text == "Hello you"
    assert hello.content["entities"] == [{"type": "bold", "offset": 6, "length": 3}]
    assert hello.buttons == ["That's right"]


async def test_a_tap_is_answered_and_edits_the_message_in_place(ada: Chat) -> None:
    await ada.send_text("/start")
    hello = await ada.wait_for("text")
    tap = await ada.tap("That's right")
    assert (await tap.answered())["text"] == "Thank you"
    await ada.until(lambda: hello.edited_at)
    assert hello.text == "You chose yes"
    assert hello.buttons == []
    assert [content["text"] for content in hello.earlier] == ["Hello you"]


async def test_a_button_that_is_not_there_cannot_be_tapped(ada: Chat) -> None:
    await ada.send_text("/start")
    await ada.wait_for("text")
    with pytest.raises(LookupError, match="no button"):
        await ada.tap("nowhere")


async def test_many_users_are_kept_apart(server: LocalServer, app: App) -> None:
    chats = [server.chat(user_id=number, name=f"user {number}") for number in range(1, 41)]
    await asyncio.gather(*(chat.send_text(f"I am {chat.id}") for chat in chats))
    answers = await asyncio.gather(*(chat.wait_for("text") for chat in chats))
    assert [answer.text for answer in answers] == [f"I am {chat.id}" for chat in chats]


async def test_what_is_not_awaited_yet_waits(ada: Chat) -> None:
    await ada.send_voice(NOTE)
    await ada.send_text("and this")
    assert (await ada.wait_for("text")).text == "and this"
    assert (await ada.wait_for("voice")).data == NOTE
    with pytest.raises(TimeoutError):
        await ada.wait_for("any", within=0.05)


async def test_reactions_reach_a_bot_that_asked_for_them(ada: Chat) -> None:
    await ada.send_text("hi")
    echo = await ada.wait_for("text")
    await ada.react(echo, "❤")
    assert (await ada.wait_for("text")).text == "noticed"


async def test_every_kind_of_message_is_understood(server: LocalServer) -> None:
    ada = server.chat()
    sent = await ada.send_text("hello")
    await ada.send_audio(NOTE, mime="audio/mp4", duration=9, name="memo.m4a")
    await ada.send_video_note(b"mp4", duration=5)
    await ada.send_document(b"%PDF", name="letter.pdf", mime="application/pdf")
    await ada.send_photo(b"jpeg")
    await ada.send_sticker("😀")
    await ada.share_location(48.2, 16.4)
    await ada.reply(sent, "I meant this")
    await ada.edit(sent, "hello again")
    await ada.block()
    await ada.unblock()
    async with echo_bot(server).bot as bot:
        updates = await bot.get_updates()
    messages = [update.message for update in updates if update.message]
    assert [message.effective_attachment is not None for message in messages] == [
        *[False],
        *[True] * 6,
        *[False],
    ]
    assert messages[1].audio is not None and messages[1].audio.file_name == "memo.m4a"
    assert messages[6].location is not None and messages[6].location.latitude == 48.2
    assert messages[7].reply_to_message is not None
    assert messages[7].reply_to_message.text == "hello"
    assert updates[8].edited_message is not None and updates[8].edited_message.text == "hello again"
    statuses = [u.my_chat_member.new_chat_member.status for u in updates if u.my_chat_member]
    assert statuses == ["kicked", "member"]


async def test_a_group_is_one_place_for_its_members(server: LocalServer, app: App) -> None:
    ada, bob = server.group(-5, 1, "Ada"), server.group(-5, 2, "Bob")
    await ada.send_text("in the group")
    assert (await bob.wait_for("text")).text == "in the group"
    assert [message.sender["first_name"] for message in bob.messages] == ["Ada", "EchoMind"]
    assert app.bot.id == server.state.me["id"]


async def test_the_profile_is_kept_by_language(server: LocalServer, app: App) -> None:
    bot = app.bot
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


async def test_pictures_documents_and_sound_arrive_whole(ada: Chat, app: App) -> None:
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (640).to_bytes(4, "big") + (360).to_bytes(4, "big")
    photo = await app.bot.send_photo(ada.id, png, caption="your week")
    assert (photo.photo[0].width, photo.photo[0].height) == (640, 360)
    document = await app.bot.send_document(ada.id, b"{}", filename="export.json")
    assert document.document is not None and document.document.file_name == "export.json"
    sound = await app.bot.send_audio(ada.id, b"ID3 and sound", title="Rain", duration=60)
    assert sound.audio is not None and sound.audio.title == "Rain"
    kinds = [message.kind for message in ada.messages]
    assert kinds == ["photo", "document", "audio"]
    assert ada.messages[1].data == b"{}"


async def test_only_opus_makes_a_voice_bubble(ada: Chat, app: App) -> None:
    mp3 = await app.bot.send_voice(ada.id, b"\xff\xfb\x90\x00 mp3", filename="reply.mp3")
    assert mp3.voice is None and mp3.audio is not None
    wav = await app.bot.send_voice(ada.id, b"RIFF....WAVE", filename="reply.wav")
    assert wav.voice is None and wav.document is not None


async def test_messages_are_edited_deleted_pinned_and_reacted_to(ada: Chat, app: App) -> None:
    bot = app.bot
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


async def test_a_reply_keyboard_is_shown_by_its_labels(ada: Chat, app: App) -> None:
    place = KeyboardButton("Share my place", request_location=True)
    await app.bot.send_message(ada.id, "Where?", reply_markup=ReplyKeyboardMarkup([[place]]))
    assert (await ada.wait_for("text")).buttons == ["Share my place"]


async def test_calls_are_logged_with_what_they_carried(
    server: LocalServer, ada: Chat, app: App
) -> None:
    await app.bot.send_message(ada.id, "one")
    await app.bot.send_message(ada.id, "two")
    calls = await server.called("sendMessage", times=2)
    assert [call.parameters["text"] for call in calls] == ["one", "two"]
    assert {call.chat for call in server.calls("sendMessage", ada)} == {ada.id}
    assert server.calls("sendMessage", server.chat(user_id=99)) == []
    assert calls[0].at <= calls[1].at and calls[0].code == 200


async def test_troubles_come_and_go(server: LocalServer, ada: Chat, app: App) -> None:
    server.hang_up("sendMessage", ada)
    server.delay("sendMessage", 0.05, ada)
    with pytest.raises(NetworkError):
        await app.bot.send_message(ada.id, "lost")
    began = asyncio.get_running_loop().time()
    await app.bot.send_message(ada.id, "late")
    assert asyncio.get_running_loop().time() - began >= 0.05
    assert [message.text for message in ada.messages] == ["late"]


async def test_a_taken_port_is_told(server: LocalServer) -> None:
    with pytest.raises(OSError, match="in use"):
        await LocalServer(port=server.port).start()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")
async def test_nothing_but_its_own_address_is_listened_on(server: LocalServer) -> None:
    # Were it bound to every address of the machine, this one would be taken too.
    with socket.create_server(("127.0.0.2", server.port)) as other:
        assert other.getsockname()[1] == server.port


async def test_a_stop_sends_a_waiting_bot_home(server: LocalServer) -> None:
    async with echo_bot(server).bot as bot:
        poll = asyncio.create_task(bot.get_updates(timeout=30))
        while not server.state.updates.waiting:
            await server.state.bell.rung()
        began = asyncio.get_running_loop().time()
        await server.stop()
        assert await poll == ()
        assert asyncio.get_running_loop().time() - began < 2
