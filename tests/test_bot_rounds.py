"""Ten thousand at one minute, and everything that happens between them, by a clock in the hand.

The event loop's own time jumps to the next timer as soon as nothing else is to be done, so minutes
of pacing pass in a moment, and every wait is as long as the bot makes it.
"""

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple, cast

import pytest
from telegram import Bot
from telegram.error import Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.asking import Asking
from bot.guests import Guests
from bot.pace import MESSAGES_A_SECOND, Pace
from bot.rounds import AT_ONCE, Audience, Rounds
from bot.sessions import Sessions
from pipeline import schedule
from pipeline.errors import StoreError
from pipeline.values import Asked, Person
from storage.sqlite import SqliteStore
from tests.chatting import words
from tests.fakes import FakeSpeaker, FakeStore

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

VIENNA = "Europe/Vienna"
STRUCK = datetime(2026, 3, 10, 19, 30, tzinfo=UTC)
"""20:30 in Vienna."""
TODAY = date(2026, 3, 10)
MINUTE = timedelta(minutes=1)
MANY = 10_000


_INSTANT = 1e-6
"""Seconds that every turn of the loop takes at least, as no clock stands still."""


class _Leaping(selectors.DefaultSelector):
    """Does not wait for a timer, but moves the time to it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.threads = 0
        """At work, and to be waited for."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or (self.threads and timeout > 0):
            return super().select(0.05)
        ready = super().select(0)
        self.now += _INSTANT if ready else max(_INSTANT, timeout)
        return ready


class HandLoop(asyncio.SelectorEventLoop):
    """An event loop without a clock of its own."""

    def __init__(self) -> None:
        self.leaping = _Leaping()
        super().__init__(self.leaping)

    def time(self) -> float:
        return self.leaping.now

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        self.leaping.threads += 1
        work = super().run_in_executor(executor, func, *args)
        work.add_done_callback(self._is_back)
        return work

    def _is_back(self, _: asyncio.Future[Any]) -> None:
        self.leaping.threads -= 1


@dataclass
class Sent:
    """What a chat got, and when by the loop's time."""

    chat: int
    at: float
    voice: bytes | str | None


@dataclass
class _Voice:
    file_id: str = "spoken-1"


@dataclass
class _Delivered:
    voice: _Voice = field(default_factory=_Voice)


class Wire:
    """Telegram as a bot meets it: paced, and slow; `troubles` are raised in the chats they name."""

    def __init__(self) -> None:
        self.pace = Pace()
        self.sent: list[Sent] = []
        self.troubles: dict[int, list[TelegramError]] = {}
        self.down: TelegramError | None = None
        self.tried = 0
        self.before: Callable[[int], Awaitable[None]] | None = None

    async def send_voice(self, chat: int, voice: bytes | str, **_: Any) -> _Delivered:
        return await self._send(chat, voice, "sendVoice")

    async def send_message(self, chat: int, _: str, **__: Any) -> _Delivered:
        return await self._send(chat, None, "sendMessage")

    async def _send(self, chat: int, voice: bytes | str | None, endpoint: str) -> _Delivered:
        async def call() -> bool:
            self.tried += 1
            if self.before is not None:
                await self.before(chat)
            await asyncio.sleep(0.08)
            if self.down is not None:
                raise self.down
            if troubles := self.troubles.get(chat):
                raise troubles.pop(0)
            self.sent.append(Sent(chat, asyncio.get_running_loop().time(), voice))
            return True

        await self.pace.process_request(call, (), {}, endpoint, {"chat_id": chat}, None)
        return _Delivered()


class Evening:
    """Many who want to be asked at 20:30 in Vienna, and the bot that asks them."""

    def __init__(self, many: int, **known: Any) -> None:
        self.loop = asyncio.get_running_loop()
        self.offset = timedelta()
        self.store = FakeStore(self.clock)
        self.speaker = FakeSpeaker()
        self.wire = Wire()
        self.refused: set[int] = set()
        self.talked: dict[int, datetime] = {}
        self.rounds = self._rounds()
        for user in range(1, many + 1):
            chosen: Mapping[str, Any] = {"adult": True, "zone": VIENNA, "checkin": time(20, 30)}
            self.store.people[user] = Person(user, **{**chosen, **known})
            row = dict.fromkeys(("asked_day", "asked_zone", "asked_at", "stopped_at", "crisis_at"))
            self.store.checkins[user] = {"since": datetime(2026, 1, 1, tzinfo=UTC), **row}

    def clock(self) -> datetime:
        return STRUCK + self.offset + timedelta(seconds=self.loop.time())

    def restart(self) -> None:
        """Another bot on the same memory."""
        self.rounds = self._rounds()

    async def look(self) -> None:
        await self.rounds.begin(cast(Bot, self.wire))

    async def round(self) -> list[int]:
        """One look, and all that comes of it; who was asked."""
        before = len(self.wire.sent)
        await self.look()
        await self.rounds.finish()
        return sorted(one.chat for one in self.wire.sent[before:])

    def _rounds(self) -> Rounds:
        guests = Guests(self.store, words())
        asking = Asking(guests, Sessions(self.speaker, self.store), self.store, self.clock)
        audience = Audience(lambda user: user not in self.refused, self.talked.get)
        return Rounds(self.store, asking.ask, audience, self.clock)


def by_hand(test: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=HandLoop) as runner:
        runner.run(test)


def test_ten_thousand_at_one_minute_are_spread_below_telegrams_limit() -> None:
    async def scene() -> None:
        evening = Evening(MANY)
        asked = await evening.round()
        assert asked == list(range(1, MANY + 1))  # everybody, and nobody twice
        times = [one.at for one in evening.wire.sent]
        assert max(_busiest_second(times), 0) <= 30
        assert times[-1] - times[0] <= 1.05 * MANY / MESSAGES_A_SECOND  # and not idly
        assert len(evening.speaker.said) == 1
        voices = [one.voice for one in evening.wire.sent]
        assert isinstance(voices[0], bytes)
        assert set(voices[1:]) == {"spoken-1"}
        assert await evening.round() == []

    by_hand(scene())


def test_an_answer_does_not_wait_behind_the_thousands() -> None:
    async def scene() -> None:
        evening = Evening(MANY)
        await evening.look()
        await asyncio.sleep(60)
        began = evening.loop.time()
        await evening.wire.send_message(999_999, "an answer to a note")
        assert evening.loop.time() - began <= 2 * (AT_ONCE + 1) / MESSAGES_A_SECOND + 0.1
        await evening.rounds.stop()
        assert len(evening.wire.sent) < MANY

    by_hand(scene())


def test_looks_while_a_round_is_under_way_ask_nobody_twice() -> None:
    async def scene() -> None:
        evening = Evening(3_000)
        for _ in range(3):
            await evening.look()
            await asyncio.sleep(60)
        await evening.rounds.finish()
        assert len(evening.wire.sent) == len({one.chat for one in evening.wire.sent}) == 3_000

    by_hand(scene())


def test_a_talk_is_not_broken_into_and_its_question_comes_once_after_it() -> None:
    async def scene() -> None:
        evening = Evening(3)
        evening.talked[2] = evening.clock() - MINUTE
        assert await evening.round() == [1, 3]
        evening.offset += MINUTE
        evening.talked[2] = evening.clock()
        assert await evening.round() == []
        assert evening.store.checkins[2]["asked_at"] is None  # a kill just now costs nothing
        evening.offset += schedule.TALK
        assert await evening.round() == [2]
        evening.offset += MINUTE
        assert await evening.round() == []

    by_hand(scene())


def test_who_never_stops_talking_is_asked_all_the_same() -> None:
    async def scene() -> None:
        evening = Evening(1)
        asked = []
        for _ in range(60):
            evening.talked[1] = evening.clock()
            asked += [evening.clock() for _ in await evening.round()]
            evening.offset += MINUTE
        (at,) = asked
        assert schedule.LONGEST_HOLD <= at - STRUCK < schedule.PUNCTUAL

    by_hand(scene())


def test_a_talk_is_waited_for_anew_on_another_day_and_after_a_restart() -> None:
    async def scene() -> None:
        evening = Evening(1)
        for day in range(2):
            evening.offset = timedelta(days=day)
            evening.talked[1] = evening.clock()
            assert await evening.round() == []
            evening.offset += timedelta(minutes=5)
            evening.restart()
            evening.talked[1] = evening.clock()
            assert await evening.round() == []
            evening.offset += schedule.TALK
            assert await evening.round() == [1]

    by_hand(scene())


def test_who_has_just_chosen_the_hour_is_not_kept_waiting() -> None:
    async def scene() -> None:
        evening = Evening(1)
        evening.talked[1] = evening.clock() - 2 * MINUTE
        evening.store.checkins[1]["since"] = evening.clock() - MINUTE
        assert await evening.round() == [1]

    by_hand(scene())


def test_a_stop_in_the_middle_leaves_the_rest_for_the_next_start() -> None:
    async def scene() -> None:
        evening = Evening(2_000)
        await evening.look()
        await asyncio.sleep(10)
        await evening.rounds.stop()
        first = {one.chat for one in evening.wire.sent}
        assert 200 <= len(first) <= 300
        evening.restart()
        await asyncio.sleep(1_200)
        second = await evening.round()
        assert not first & set(second)
        assert len(first) + len(second) == 2_000

    by_hand(scene())


def test_a_kill_between_writing_down_and_sending_costs_one_and_doubles_none() -> None:
    async def scene() -> None:
        evening = Evening(40)
        killed = asyncio.create_task(evening.round())
        await asyncio.sleep(0.5)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.gather(killed, return_exceptions=True)
        first = {one.chat for one in evening.wire.sent}
        evening.restart()
        second = set(await evening.round())
        assert not first & second
        assert 40 - len(first | second) <= AT_ONCE

    by_hand(scene())


def test_minds_that_change_while_they_wait_are_heard() -> None:
    async def scene() -> None:
        evening = Evening(300)
        evening.wire.before = change = Change(evening)
        asked = await evening.round()
        assert change.done
        assert not {290, 291, 292} & set(asked)
        assert len(asked) == 297

    by_hand(scene())


class Change:
    """While the first is being asked, others switch off, choose another hour, or are let go."""

    def __init__(self, evening: Evening) -> None:
        self.evening = evening
        self.done = False

    async def __call__(self, _: int) -> None:
        if self.done:
            return
        self.done = True
        people = self.evening.store.people
        people[290] = Person(290, adult=True, zone=VIENNA)
        people[291] = Person(291, adult=True, zone=VIENNA, checkin=time(21, 30))
        self.evening.refused.add(292)


def test_those_who_blocked_the_bot_are_stopped_and_nobody_else() -> None:
    async def scene() -> None:
        evening = Evening(500)
        gone = set(range(1, 500, 50))
        evening.wire.troubles = {user: [Forbidden("blocked")] for user in gone}
        asked = await evening.round()
        assert set(asked) == set(range(1, 501)) - gone
        stopped = {u for u, row in evening.store.checkins.items() if row["stopped_at"]}
        assert stopped == gone
        evening.offset += timedelta(days=1)
        assert set(await evening.round()) == set(range(1, 501)) - gone

    by_hand(scene())


def test_a_line_that_is_down_ends_the_round_and_the_next_look_begins_anew() -> None:
    async def scene() -> None:
        evening = Evening(1_000)
        evening.wire.down = NetworkError("no route")
        assert await evening.round() == []
        assert evening.wire.tried <= 6 * AT_ONCE  # a few were tried, not all of them
        evening.wire.down = None
        evening.offset += MINUTE
        assert len(await evening.round()) == 1_000

    by_hand(scene())


def test_a_telegram_that_wants_fewer_messages_is_not_pressed() -> None:
    async def scene() -> None:
        evening = Evening(1_000)
        evening.wire.down = RetryAfter(3_600)
        assert await evening.round() == []
        assert evening.wire.tried <= 2 * AT_ONCE
        evening.wire.down, evening.wire.pace = None, Pace()
        assert len(await evening.round()) == 1_000

    by_hand(scene())


def test_one_chat_in_trouble_again_and_again_starves_nobody() -> None:
    async def scene() -> None:
        evening = Evening(100)
        evening.wire.troubles = {1: [NetworkError("internal") for _ in range(99)]}
        assert await evening.round() == list(range(2, 101))
        evening.offset += MINUTE
        assert await evening.round() == []

    by_hand(scene())


def test_what_may_have_arrived_is_not_said_again() -> None:
    async def scene() -> None:
        evening = Evening(20)
        evening.wire.troubles = {7: [TimedOut()], 8: [RetryAfter(3_600)]}
        assert len(await evening.round()) == 18
        evening.wire.pace = Pace()  # the hour of chat 8 is over
        assert await evening.round() == [8]
        assert evening.store.checkins[7]["asked_day"] == TODAY

    by_hand(scene())


def test_one_persons_broken_row_keeps_no_others_waiting() -> None:
    async def scene() -> None:
        evening = Evening(30)
        evening.store.people[3] = Person(3, language=cast(str, None), **_chosen())
        assert len(await evening.round()) == 29

    by_hand(scene())


def test_a_memory_that_breaks_asks_nobody_and_comes_back() -> None:
    async def scene() -> None:
        evening = Evening(30)
        evening.store.broken = StoreError("locked")
        assert await evening.round() == []
        evening.store.broken = None
        assert len(await evening.round()) == 30

    by_hand(scene())


@pytest.mark.parametrize(("late", "many"), [(0, 60), (14, 60), (100, 0), (121, 0)])
def test_a_bot_that_was_down_catches_up_once_and_never_at_night(late: int, many: int) -> None:
    """At 20:30 and 14 minutes everybody; at 22:10 the quiet hours have begun."""

    async def scene() -> None:
        evening = Evening(60)
        evening.offset = late * MINUTE
        last = Asked(date(2026, 3, 4), VIENNA, STRUCK - timedelta(days=6))
        for user in range(1, 61):
            await evening.store.asked(user, last)
        assert len(await evening.round()) == many
        assert await evening.round() == []

    by_hand(scene())


async def test_a_file_that_is_opened_anew_remembers_who_was_asked(tmp_path: Path) -> None:
    """The same over SQLite, with a new process's eyes."""
    wire, speaker = Wire(), FakeSpeaker()
    for _ in range(2):
        async with SqliteStore.open(tmp_path / "echomind.db", lambda: STRUCK) as store:
            for user in range(1, 21):
                if await store.appointment(user) is None:
                    await store.keep(Person(user, **_chosen()))
                    await store.begin_checkins(user)
            asking = Asking(Guests(store, words()), Sessions(speaker, store), store, lambda: STRUCK)
            rounds = Rounds(store, asking.ask, Audience(lambda _: True), lambda: STRUCK)
            await rounds.begin(cast(Bot, wire))
            await rounds.finish()
            assert sorted(one.chat for one in wire.sent) == list(range(1, 21))
    assert len(speaker.said) == 1


def test_no_burst_after_a_pause() -> None:
    """What was left over from a quiet hour is not saved up."""

    async def scene() -> None:
        evening = Evening(200)
        await evening.round()
        await asyncio.sleep(3_600)
        evening.offset += timedelta(days=1) - timedelta(seconds=evening.loop.time())
        await evening.round()
        assert _busiest_second([one.at for one in evening.wire.sent]) <= 30

    by_hand(scene())


def _chosen() -> dict[str, Any]:
    return {"adult": True, "zone": VIENNA, "checkin": time(20, 30)}


def _busiest_second(times: list[float]) -> int:
    """The most messages in any one second, wherever it begins."""
    busiest, first = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - 1.0:
            first += 1
        busiest = max(busiest, last - first + 1)
    return busiest
