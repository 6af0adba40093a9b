"""What a test arranges to go wrong, and the log of what was asked."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from telegram import Bot, Message
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.local import refusals
from bot.local.chat import Chat
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


async def test_arranged_refusals_meet_their_chat_so_many_times(
    server: LocalServer, bot: Bot, ada: Chat
) -> None:
    bob = server.chat(user_id=2)
    server.refuse("sendVoice", ada, refusals.VOICE_FORBIDDEN, times=2)
    for _ in range(2):
        with pytest.raises(BadRequest, match="Voice_messages_forbidden"):
            await bot.send_voice(ada.id, NOTE)
        await bot.send_voice(bob.id, NOTE)
    await bot.send_voice(ada.id, NOTE)
    assert [call.code for call in server.calls("sendVoice", ada)] == [400, 400, 200]


ARRANGED: list[tuple[refusals.Refusal, type[TelegramError]]] = [
    (refusals.BLOCKED, Forbidden),
    (refusals.DEACTIVATED, Forbidden),
    (refusals.INTERNAL, NetworkError),
    (refusals.BAD_GATEWAY, NetworkError),
    (refusals.OTHER_POLLER, Conflict),
    (refusals.UNAUTHORIZED, InvalidToken),
]


@pytest.mark.parametrize(("refusal", "error"), ARRANGED)
async def test_any_refusal_can_be_arranged(
    server: LocalServer, bot: Bot, refusal: refusals.Refusal, error: type[TelegramError]
) -> None:
    server.refuse("*", None, refusal, times=None)
    with pytest.raises(error):
        await bot.get_me()
    with pytest.raises(error):
        await bot.get_my_commands()
    server.script.clear()
    assert (await bot.get_me()).is_bot


async def test_too_many_requests_tell_when_to_come_back(
    server: LocalServer, bot: Bot, ada: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # RetryAfter warns of plain seconds otherwise
    server.refuse("sendMessage", ada, refusals.too_many_requests(7))
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(ada.id, "hi")
    assert refused.value.retry_after == timedelta(seconds=7)
    assert isinstance(await bot.send_message(ada.id, "hi"), Message)


async def test_a_download_can_be_refused(server: LocalServer, bot: Bot, ada: Chat) -> None:
    note = await ada.send_voice(NOTE)
    file = await bot.get_file(note.content["voice"]["file_id"])
    server.refuse("download", None, refusals.BAD_GATEWAY)
    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    assert await file.download_as_bytearray() == NOTE


async def test_calls_are_logged_with_what_they_carried(
    server: LocalServer, ada: Chat, bot: Bot
) -> None:
    await bot.send_message(ada.id, "one")
    await bot.send_message(ada.id, "two")
    calls = await server.called("sendMessage", times=2)
    assert [call.parameters["text"] for call in calls] == ["one", "two"]
    assert {call.chat for call in server.calls("sendMessage", ada)} == {ada.id}
    assert server.calls("sendMessage", server.chat(user_id=99)) == []
    assert calls[0].at <= calls[1].at and calls[0].code == 200


async def test_troubles_come_and_go(server: LocalServer, ada: Chat, bot: Bot) -> None:
    server.hang_up("sendMessage", ada)
    server.delay("sendMessage", 0.05, ada)
    with pytest.raises(NetworkError):
        await bot.send_message(ada.id, "lost")
    began = asyncio.get_running_loop().time()
    await bot.send_message(ada.id, "late")
    assert asyncio.get_running_loop().time() - began >= 0.05
    assert [message.text for message in ada.messages] == ["late"]
