"""Users side by side, one user's messages one after the other. Knows nothing of what they say."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from weakref import WeakValueDictionary

from telegram import Update
from telegram.ext import BaseUpdateProcessor

log = logging.getLogger(__name__)

AT_ONCE = 4096
"""Updates in hand together; what waits in a user's line counts too."""
LONGEST_LINE = 100
"""Messages of one user; who sends more while they wait is not heard to the end."""

Arrival = Callable[[Update], Awaitable[None]]
Line = Callable[[int], asyncio.Lock]
"""Where a user's notes wait for one another."""


class InOrder(BaseUpdateProcessor):
    """A line per user. Taps on buttons pass it, so that nobody waits for a voice to press one."""

    def __init__(self, arrived: Arrival) -> None:
        """`arrived` is told of each message at once, while others may still be ahead of it."""
        super().__init__(AT_ONCE)
        self._arrived = arrived
        self._waiting: Counter[int] = Counter()
        self._lines: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def line(self, user: int) -> asyncio.Lock:
        """The user's place to wait; forgotten when nobody holds or awaits it."""
        return self._lines.setdefault(user, asyncio.Lock())

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        try:
            if isinstance(update, Update) and update.message and update.effective_user:
                await self._in_line(update, update.effective_user.id, coroutine)
            else:
                await coroutine
        finally:
            if isinstance(coroutine, Coroutine):
                coroutine.close()  # where it was never begun

    async def _in_line(self, update: Update, user: int, work: Awaitable[Any]) -> None:
        if self._waiting[user] >= LONGEST_LINE:
            log.warning("user %d: a message too many", user)
            return
        self._waiting[user] += 1
        told = asyncio.ensure_future(self._arrived(update))
        try:
            # no await stands before the lock, so the line keeps the order in which updates came
            async with self.line(user):
                await told
                await work
        finally:
            self._waiting[user] -= 1
            if not self._waiting[user]:
                del self._waiting[user]

    async def initialize(self) -> None:
        """Nothing to set up."""

    async def shutdown(self) -> None:
        """Nothing to give back."""
