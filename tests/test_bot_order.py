"""Lines of one user's messages, kept in order and forgotten when they are empty."""

import asyncio
import gc
from datetime import UTC, datetime

import pytest
from telegram import CallbackQuery, Chat, Message, Update, User

from bot.order import InOrder


def message(number: int, user: int = 1) -> Update:
    sender = User(user, "Ada", is_bot=False)
    chat = Chat(user, Chat.PRIVATE)
    return Update(number, Message(number, datetime.now(UTC), chat, from_user=sender, text="hi"))


def tap(number: int) -> Update:
    query = CallbackQuery("1", User(1, "Ada", is_bot=False), "instance", data="x")
    return Update(number, callback_query=query)


class Work:
    """What is done with updates; a held one waits until it is let go."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.arrived: list[int] = []
        self.held = asyncio.Event()

    async def arrive(self, update: Update) -> None:
        self.arrived.append(update.update_id)

    async def do(self, number: int, held: bool = False) -> None:
        if held:
            await self.held.wait()
        self.done.append(number)


async def test_one_users_messages_wait_for_one_another_but_arrive_at_once() -> None:
    work = Work()
    order = InOrder(work.arrive)
    tasks = [
        asyncio.create_task(order.process_update(message(number), work.do(number, number == 1)))
        for number in (1, 2, 3)
    ]
    await asyncio.sleep(0.01)
    assert (work.arrived, work.done) == ([1, 2, 3], [])
    work.held.set()
    await asyncio.gather(*tasks)
    assert work.done == [1, 2, 3]


async def test_others_and_taps_pass_by() -> None:
    work = Work()
    order = InOrder(work.arrive)
    first = asyncio.create_task(order.process_update(message(1), work.do(1, held=True)))
    await asyncio.sleep(0)
    await order.process_update(message(2, user=2), work.do(2))
    await order.process_update(tap(3), work.do(3))
    await order.process_update("something else", work.do(4))
    assert work.done == [2, 3, 4] and work.arrived == [1, 2]
    work.held.set()
    await first


async def test_a_failure_lets_the_next_one_through() -> None:
    work = Work()
    order = InOrder(work.arrive)

    async def fail() -> None:
        raise ZeroDivisionError

    results = await asyncio.gather(
        order.process_update(message(1), fail()),
        order.process_update(message(2), work.do(2)),
        return_exceptions=True,
    )
    assert isinstance(results[0], ZeroDivisionError) and work.done == [2]


async def test_a_stop_leaves_no_work_half_begun() -> None:
    work = Work()
    order = InOrder(work.arrive)
    tasks = [
        asyncio.create_task(order.process_update(message(number), work.do(number, held=True)))
        for number in (1, 2)
    ]
    await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    gc.collect()  # a coroutine that was never awaited would warn here, and a warning is an error
    assert work.done == []


async def test_nobody_fills_the_house_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.order.LONGEST_LINE", 2)
    work = Work()
    order = InOrder(work.arrive)
    tasks = [
        asyncio.create_task(order.process_update(message(number), work.do(number, held=True)))
        for number in (1, 2, 3)
    ]
    await asyncio.sleep(0.01)
    assert work.arrived == [1, 2]
    await order.process_update(message(4, user=2), work.do(4))
    work.held.set()
    await asyncio.gather(*tasks)
    assert work.done == [4, 1, 2]
    await order.process_update(message(5), work.do(5))
    assert work.done == [4, 1, 2, 5]


async def test_empty_lines_are_forgotten() -> None:
    order = InOrder(Work().arrive)
    for number in range(50):
        await order.process_update(message(number, user=number + 1), Work().do(number))
    gc.collect()
    assert len(order._lines) == len(order._waiting) == 0
