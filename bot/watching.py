"""Remembers of a note that it spoke of danger, so that the next check-in asks after it.

It stands around the walk and answers as the walk does.
"""

import logging
from typing import Protocol

from bot.logs import outline
from bot.quota import Note, Walk
from pipeline.errors import StoreError
from pipeline.values import Answer

log = logging.getLogger(__name__)


class Marks(Protocol):
    async def mark_crisis(self, user: int) -> None:
        """Raises StoreError."""
        ...


class Watched:
    """The walk, with words of danger marked."""

    def __init__(self, walk: Walk, marks: Marks) -> None:
        self._walk = walk
        self._marks = marks

    async def answer(self, note: Note) -> Answer:
        """The walk's answer, whatever becomes of the mark. Raises what the walk raises."""
        answer = await self._walk.answer(note)
        if answer.crisis:
            try:
                await self._marks.mark_crisis(note.user)
            except StoreError as error:
                log.error("user %d: a crisis was not marked: %s", note.user, outline(error))
        return answer

    async def aside(self, note: Note) -> Answer:
        """Of what is not kept, nothing is marked."""
        return await self._walk.aside(note)

    async def guard(self, note: Note) -> Answer | None:
        return await self._walk.guard(note)
