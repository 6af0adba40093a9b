"""How much of each user's voice is listened to within a day, where the owner set a limit.

It stands around the walk and answers as the walk does. Words of danger get the help card whatever
was used up, and typed notes are never counted.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.logs import outline
from pipeline.errors import QuotaSpent, StoreError
from pipeline.ports import Clock
from pipeline.values import Answer, TextNote, VoiceNote

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
"""Any 24 hours, not the calendar's: nobody's midnight need be known."""

Note = VoiceNote | TextNote


class Walk(Protocol):
    """What answers notes; `pipeline/conversation.py` tells what each raises."""

    async def answer(self, note: Note) -> Answer: ...

    async def guard(self, note: Note) -> Answer | None: ...

    async def aside(self, note: Note) -> Answer: ...


class Usage(Protocol):
    async def heard_seconds(self, user: int, since: datetime) -> float:
        """How much of the user's voice was heard and answered since. Raises StoreError."""
        ...


def _now() -> datetime:
    return datetime.now(UTC)


class Rationed:
    """The walk, for as many seconds of voice a day as the owner allows."""

    def __init__(self, walk: Walk, usage: Usage, seconds: float, clock: Clock = _now) -> None:
        """`seconds` a user and day; 0 sets no limit."""
        self._walk = walk
        self._usage = usage
        self._seconds = seconds
        self._clock = clock
        self._aside: dict[int, list[tuple[datetime, float]]] = {}
        """User → when, and how many seconds, they were heard in groups."""

    async def answer(self, note: Note) -> Answer:
        """The walk's answer, or the help card alone. Raises QuotaSpent and what the walk raises."""
        if isinstance(note, TextNote) or not await self._is_spent(note.user):
            return await self._walk.answer(note)
        return await self._card_alone(note)

    async def guard(self, note: Note) -> Answer | None:
        return await self._walk.guard(note)

    async def aside(self, note: Note) -> Answer:
        """The same for what is not kept: what was heard so is counted until the bot stops."""
        if not isinstance(note, TextNote) and await self._is_spent(note.user):
            return await self._card_alone(note)
        answer = await self._walk.aside(note)
        if self._seconds and answer.heard.seconds:
            self._aside.setdefault(note.user, []).append((self._clock(), answer.heard.seconds))
        return answer

    async def _card_alone(self, note: Note) -> Answer:
        log.info("user %d: the day's quota is used up", note.user)
        card = await self._walk.guard(note)
        if card is None:
            raise QuotaSpent(f"{self._seconds:.0f} s of voice within a day are used up")
        return card

    async def _is_spent(self, user: int) -> bool:
        if not self._seconds:
            return False
        since = self._clock() - DAY
        recent = [(at, seconds) for at, seconds in self._aside.pop(user, ()) if at >= since]
        if recent:
            self._aside[user] = recent
        try:
            kept = await self._usage.heard_seconds(user, since)
        except StoreError as error:  # the walk meets the same trouble, and knows what to do
            log.error("user %d: the quota cannot be looked up: %s", user, outline(error))
            return False
        return kept + sum(seconds for _, seconds in recent) >= self._seconds
