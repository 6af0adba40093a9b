"""Summing up older talk while nobody waits: one user at a time, and never in anybody's way.

What is due and which notes are fit to be kept, pipeline/recollection.py decides. Nothing is pending
here: what a note or a restart cuts short is simply due again at the next look.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.idling import Attended
from bot.logs import outline
from pipeline import recollection
from pipeline.catalogue import Persona
from pipeline.errors import EngineError, StoreError
from pipeline.ports import Clock, NoteTaker
from pipeline.recollection import LEAST, NEWEST
from pipeline.values import Backlog

log = logging.getLogger(__name__)

PAUSE = timedelta(minutes=1)
"""Without a note, before anything is summed up."""
NO_MODEL = timedelta(minutes=10)
"""Until a model that did not answer is asked again."""
NO_NOTES = timedelta(hours=6)
"""Until a user is tried again of whom no fit notes were made."""
BROKEN_OFF = timedelta(hours=1)
"""Until a user is tried again at whose talk the model failed, so that others get their turn."""
TRIES = 3
"""After so many notes that were not fit, the notes before stand for what they were to be of."""


class Shelf(Protocol):
    """Older talk, and what was made of it. Every method raises StoreError."""

    async def talkative(self, turns: int) -> tuple[int, ...]: ...

    async def backlog(self, user: int, newest: int) -> Backlog: ...

    async def summarize(
        self, user: int, words: str, span: tuple[datetime, datetime], through: int = 0
    ) -> bool: ...


def _now() -> datetime:
    return datetime.now(UTC)


class Recollecting:
    """One for the bot; `look` is for every minute."""

    def __init__(
        self, shelf: Shelf, taker: NoteTaker | None, persona: Persona, clock: Clock = _now
    ) -> None:
        """Without a taker nothing is summed up."""
        self._shelf = shelf
        self._taker = taker
        self._persona = persona
        self._clock = clock
        self._model_rests = clock()
        self._user_rests: dict[int, datetime] = {}
        self._tried: dict[int, int] = {}
        """How often in a row no fit notes were made of a user's talk."""

    async def look(self, walk: Attended) -> None:
        """Sum up what is due while it is quiet. Never fails for want of a model or a store."""
        now = self._clock()
        if self._taker is None or not walk.is_quiet(PAUSE) or now < self._model_rests:
            return
        try:
            for user in await self._shelf.talkative(NEWEST + LEAST):
                is_due = now >= self._user_rests.get(user, now)
                if is_due and not await walk.meanwhile(self._sum_up(user, self._taker)):
                    return
        except EngineError as error:
            self._model_rests = self._clock() + NO_MODEL
            log.info("older talk was not summed up: %s", outline(error))
        except StoreError as error:
            log.error("older talk cannot be summed up: %s", outline(error))

    async def _sum_up(self, user: int, taker: NoteTaker) -> None:
        """One chapter of one user's talk; the next one comes with the next look."""
        backlog = await self._shelf.backlog(user, NEWEST)
        chapter = recollection.chapter(backlog, self._persona)
        if chapter is None:
            return
        try:
            written = await taker.take_notes(chapter.instruction, chapter.material)
        except EngineError:
            self._user_rests[user] = self._clock() + BROKEN_OFF
            raise
        notes = recollection.notes(written, self._persona)
        if not notes:
            log.info("user %d: the model wrote no notes that can be kept", user)
            tried = self._tried[user] = self._tried.get(user, 0) + 1
            if tried < TRIES:
                self._user_rests[user] = self._clock() + NO_NOTES
                return
            notes = backlog.summary
        self._user_rests.pop(user, None)
        self._tried.pop(user, None)
        await self._shelf.summarize(user, notes, chapter.span, chapter.through)
