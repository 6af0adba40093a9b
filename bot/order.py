"""Users side by side, one user's messages one after the other. Knows nothing of what they say."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from weakref import WeakValueDictionary

from telegram import Update
from telegram.ext import BaseUpdateProcessor

AT_ONCE = 4096
"""Updates in hand together; what waits in a user's line counts too."""

Arrival = Callable[[Update], Awaitable[None]]


class InOrder(BaseUpdateProcessor):
    """A line per user. Taps on buttons pass it, so that nobody waits for a voice to press one."""

    def __init__(self, arrived: Arrival) -> None:
        """`arrived` is told of each message at once, while others may still be ahead of it."""
        super().__init__(AT_ONCE)
        self._arrived = arrived
        self._lines: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def line(self, user: int) -> asyncio.Lock:
        """The user's place to wait; forgotten when nobody holds or awaits it."""
        return self._lines.setdefault(user, asyncio.Lock())

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if (
            not isinstance(update, Update)
            or update.message is None
            or update.effective_user is None
        ):
            await coroutine
            return
        told = asyncio.ensure_future(self._arrived(update))
        try:
            # no await stands before the lock, so the line keeps the order in which updates came
            async with self.line(update.effective_user.id):
                await told
                await coroutine
        finally:
            if isinstance(coroutine, Coroutine):
                coroutine.close()  # where the bot stopped before its turn came

    async def initialize(self) -> None:
        """Nothing to set up."""

    async def shutdown(self) -> None:
        """Nothing to give back."""
