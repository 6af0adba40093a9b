"""Floods and dropped lines are waited out, per chat, and not for ever."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.pace import MESSAGES_A_SECOND, Pace

MOMENT = timedelta(milliseconds=300)


class Line:
    """Telegram, that raises what is arranged, call by call, and then answers."""

    def __init__(self, *troubles: TelegramError) -> None:
        self.troubles = list(troubles)
        self.calls = 0

    async def __call__(self) -> dict[str, Any]:
        self.calls += 1
        if self.troubles:
            raise self.troubles.pop(0)
        return {"ok": True}


async def ask(
    pace: Pace, line: Line, chat: int | None = 1, endpoint: str = "sendMessage"
) -> object:
    data = {} if chat is None else {"chat_id": chat}
    return await pace.process_request(line, (), {}, endpoint, data, None)


def timed_out(cause: Exception) -> TimedOut:
    error = TimedOut()
    error.__cause__ = cause
    return error


async def test_a_flood_is_waited_out() -> None:
    started = asyncio.get_running_loop().time()
    assert await ask(Pace(), line := Line(RetryAfter(MOMENT))) == {"ok": True}
    assert line.calls == 2
    assert asyncio.get_running_loop().time() - started >= 0.3


async def test_a_flood_in_one_chat_is_no_other_chats_matter() -> None:
    pace = Pace()
    flooded = asyncio.create_task(ask(pace, Line(RetryAfter(MOMENT)), chat=1))
    await asyncio.sleep(0)
    async with asyncio.timeout(0.2):
        await ask(pace, Line(), chat=2)
    assert not flooded.done()
    await flooded


async def test_the_next_message_to_a_flooded_chat_waits_too() -> None:
    pace, second = Pace(), Line()
    first = asyncio.create_task(ask(pace, Line(RetryAfter(MOMENT))))
    await asyncio.sleep(0.05)
    waiting = asyncio.create_task(ask(pace, second))
    await asyncio.sleep(0.1)
    assert second.calls == 0
    await asyncio.gather(first, waiting)
    assert second.calls == 1


async def test_patience_has_an_end() -> None:
    pace, next_line = Pace(patience=5), Line()
    with pytest.raises(RetryAfter):
        await ask(pace, line := Line(RetryAfter(7_200)))
    assert line.calls == 1
    with pytest.raises(RetryAfter):
        await ask(pace, next_line)
    assert next_line.calls == 0


async def test_a_chat_action_is_never_waited_for_and_halts_nothing() -> None:
    pace = Pace()
    with pytest.raises(RetryAfter):
        await ask(pace, Line(RetryAfter(30)), endpoint="sendChatAction")
    async with asyncio.timeout(0.5):
        await ask(pace, Line())


@pytest.mark.parametrize(
    "trouble",
    [
        NetworkError("Bad Gateway"),
        timed_out(httpx.ConnectTimeout("")),
        timed_out(httpx.PoolTimeout("")),
    ],
    ids=["bad gateway", "no connection", "no free connection"],
)
async def test_what_was_surely_lost_is_sent_again(trouble: TelegramError) -> None:
    assert await ask(Pace(), line := Line(trouble)) == {"ok": True}
    assert line.calls == 2


@pytest.mark.parametrize(
    "trouble",
    [timed_out(httpx.ReadTimeout("")), BadRequest("chat not found")],
    ids=["perhaps arrived", "refused"],
)
async def test_what_may_have_arrived_is_not_said_twice(trouble: TelegramError) -> None:
    line = Line(trouble)
    with pytest.raises(type(trouble)):
        await ask(Pace(), line)
    assert line.calls == 1


async def test_a_line_that_stays_down_is_given_up() -> None:
    line = Line(*[NetworkError("down") for _ in range(9)])
    with pytest.raises(NetworkError):
        await ask(Pace(), line)
    assert line.calls == 3


async def test_all_chats_together_are_kept_below_telegrams_limit() -> None:
    pace, loop = Pace(), asyncio.get_running_loop()
    started = loop.time()
    await asyncio.gather(*(ask(pace, Line(), chat=chat) for chat in range(2 * MESSAGES_A_SECOND)))
    assert loop.time() - started >= 0.9


async def test_requests_about_no_chat_are_not_held_back() -> None:
    pace = Pace()
    async with asyncio.timeout(0.5):
        await asyncio.gather(
            *(ask(pace, Line(), None, "answerCallbackQuery") for _ in range(4 * MESSAGES_A_SECOND))
        )
