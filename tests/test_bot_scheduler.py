"""The clockwork: a look at once and every minute, however late it comes, and one at a time."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.scheduler import DAILY, LOOK, Clockwork, Jobs
from tests.chatting import soon

NIGHT = datetime(2026, 10, 25, 0, 59, 30, tzinfo=UTC)
"""Half a minute before Central Europe's clocks are put back."""


class Work:
    """Counts what is done; `failing` raises, `held` is waited for."""

    def __init__(self) -> None:
        self.looks = self.tidied = self.recollected = 0
        self.failing = False
        self.held: asyncio.Event | None = None

    async def look(self) -> None:
        self.looks += 1
        if self.failing:
            raise RuntimeError("broken")
        if self.held is not None:
            await self.held.wait()

    async def tidy(self) -> None:
        self.tidied += 1

    @property
    def jobs(self) -> Jobs:
        return Jobs(self.look, self.tidy, self.recollect)

    async def recollect(self) -> None:
        self.recollected += 1


async def test_there_is_a_look_at_the_start_and_one_every_minute() -> None:
    work, clockwork = Work(), Clockwork()
    clockwork.start(work.jobs)
    try:
        await soon(lambda: work.looks == 1)
        runs = clockwork.next_runs
        now = datetime.now(UTC)
        assert runs["look"] is not None and runs["tidy"] is not None
        assert timedelta() < runs["look"] - now <= timedelta(minutes=1)
        assert runs["tidy"] - now <= timedelta(days=1)
        assert work.tidied == 0
    finally:
        clockwork.stop()
    await soon(lambda: clockwork.next_runs == {})


async def test_a_look_that_breaks_is_no_end(caplog: pytest.LogCaptureFixture) -> None:
    work, clockwork = Work(), Clockwork()
    work.failing = True
    clockwork.start(work.jobs)
    try:
        await soon(lambda: work.looks == 1 and caplog.records)
        assert clockwork.next_runs["look"] is not None
    finally:
        clockwork.stop()


async def test_stopping_what_never_began_is_no_error() -> None:
    Clockwork().stop()


def test_looks_follow_no_wall_clock() -> None:
    """A minute after a minute, also through the hour that comes twice."""
    at, looks = NIGHT, []
    for _ in range(130):
        following = LOOK.get_next_fire_time(at, at)
        assert following is not None
        looks.append(following)
        at = following
    assert looks[0] == datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    assert {b - a for a, b in pairwise(looks)} == {timedelta(minutes=1)}


def test_the_housekeeping_comes_once_a_day() -> None:
    first = DAILY.get_next_fire_time(None, NIGHT)
    second = DAILY.get_next_fire_time(first, first)
    assert second - first == timedelta(days=1)
