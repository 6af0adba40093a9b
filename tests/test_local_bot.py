"""A real python-telegram-bot Application talks to the Bot API on loopback and notices nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from telegram import Update

from bot.local.chat import Chat
from bot.local.server import LocalServer
from tests.echoing import NOTE, App, bot_for, echo_bot


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
    assert [action.name for action in ada.actions] == ["record_voice"]


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
    async with bot_for(server) as bot:
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


async def test_names_and_commands_are_marked_in_what_is_typed(server: LocalServer) -> None:
    ada = server.chat()
    sent = await ada.send_text("😀 @echomind_loopback_bot do /relax@echomind_loopback_bot, a/b @x")
    marked = [(each["type"], each["offset"], each["length"]) for each in sent.content["entities"]]
    assert marked == [("mention", 3, 22), ("bot_command", 29, 28)]
