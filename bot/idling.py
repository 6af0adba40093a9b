"""Who talks with the bot just now, and work that is done only while nobody waits for an answer.

It stands around the walk and answers as the walk does.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.quota import Note, Walk
from pipeline.ports import Clock
from pipeline.values import Answer

REMEMBERED = timedelta(hours=1)
"""How long it is known who talked when."""


def _now() -> datetime:
    return datetime.now(UTC)


class Attended:
    """The walk, and whether one is under way."""

    def __init__(self, walk: Walk, clock: Clock = _now) -> None:
        self._walk = walk
        self._clock = clock
        self._under_way = 0
        self._last = clock()
        """When a walk began or ended last; the start counts as one, since notes may wait."""
        self._beside: asyncio.Task[Any] | None = None
        self._answering: Counter[int] = Counter()
        """Users, by how many of their notes are being answered."""
        self._talked: dict[int, datetime] = {}
        """User → when a note of theirs was answered last, or an exercise ends; in the order in
        which that became known."""

    async def answer(self, note: Note) -> Answer:
        with self._walking(), self._talking(note.user):
            return await self._walk.answer(note)

    async def guard(self, note: Note) -> Answer | None:
        with self._walking():
            return await self._walk.guard(note)

    async def aside(self, note: Note) -> Answer:
        with self._walking():
            return await self._walk.aside(note)

    def is_quiet(self, pause: timedelta) -> bool:
        """Whether nobody has been answered for so long."""
        return not self._under_way and self._clock() - self._last >= pause

    def talked(self, user: int) -> datetime | None:
        """When somebody last sent a note of their own or got its answer, which is now while one is
        being answered, and yet to come in an exercise; None where that is long ago, or not since
        the start."""
        return self._clock() if self._answering[user] else self._talked.get(user)

    def engage(self, user: int, span: timedelta) -> None:
        """Something of the bot's, such as an exercise, has somebody's attention for so long."""
        self._heard_from(user, span)

    async def meanwhile(self, work: Coroutine[Any, Any, Any]) -> bool:
        """Do it unless a note comes, which ends it at once; whether it came to its end.

        Raises what the work raises. One work at a time.
        """
        if self._under_way:
            work.close()
            return False
        task = self._beside = asyncio.ensure_future(work)
        try:
            await asyncio.wait((task,))
        finally:
            self._beside = None
            task.cancel()  # where we are cancelled ourselves
        if task.cancelled():
            return False
        task.result()
        return True

    @contextmanager
    def _walking(self) -> Iterator[None]:
        if self._beside is not None:
            self._beside.cancel()
        self._under_way += 1
        self._last = self._clock()
        try:
            yield
        finally:
            self._under_way -= 1
            self._last = self._clock()

    @contextmanager
    def _talking(self, user: int) -> Iterator[None]:
        self._answering[user] += 1
        try:
            yield
        finally:
            self._answering[user] -= 1
            if not self._answering[user]:
                del self._answering[user]
            self._heard_from(user)

    def _heard_from(self, user: int, span: timedelta = timedelta(0)) -> None:
        now = self._clock()
        self._talked.pop(user, None)
        self._talked[user] = now + span
        for known, at in list(self._talked.items()):
            if now - at < REMEMBERED:
                break
            del self._talked[known]
