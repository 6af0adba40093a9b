"""What is done once a day, whoever writes: what was kept long enough goes. It keeps no time itself.

How long anything is kept, users choose and the owner bounds; which rows that is, storage knows.
"""

import logging
from datetime import UTC, datetime
from typing import Protocol

from bot.logs import outline
from pipeline.errors import StoreError
from pipeline.ports import Clock
from pipeline.values import Keeping

log = logging.getLogger(__name__)


class Shelves(Protocol):
    """Where everything lies."""

    async def prune(self, now: datetime, most: Keeping = ...) -> int:
        """Delete what is older than its user wants or the owner lets. Raises StoreError."""
        ...


def _now() -> datetime:
    return datetime.now(UTC)


class Housekeeping:
    """One for the bot; `tidy` is for the start and for once a day."""

    def __init__(self, shelves: Shelves, most: Keeping, clock: Clock = _now) -> None:
        self._shelves = shelves
        self._most = most
        self._clock = clock

    async def tidy(self) -> None:
        """Never fails: what could not be deleted today is deleted tomorrow."""
        try:
            rows = await self._shelves.prune(self._clock(), self._most)
        except StoreError as error:
            log.error("what is too old could not be deleted: %s", outline(error))
        else:
            log.info("%d rows were kept long enough and are deleted", rows)
