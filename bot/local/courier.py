"""Carries updates to a bot that would rather be called than ask: the webhook's side of the Bot API.

It calls addresses on this machine only; a webhook elsewhere is noted and never called.
"""

import asyncio
from urllib.parse import urlsplit

import aiohttp

from bot.local.state import State

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
PATIENCE = aiohttp.ClientTimeout(total=10)
PAUSE = 0.1
"""Seconds between two attempts at the same update."""


def is_here(url: str) -> bool:
    """Whether an address is one of this machine's own, without TLS."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in LOOPBACK


class Courier:
    """One update after the other, each until the bot takes it."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def run(self) -> None:
        """Deliver for as long as the server runs."""
        async with aiohttp.ClientSession(timeout=PATIENCE) as session:
            while True:
                await self._something()
                if not await self._delivered(session):
                    await asyncio.sleep(PAUSE)

    async def _something(self) -> None:
        updates = self._state.updates
        while not (updates.pending and is_here(updates.webhook)):
            await self._state.bell.rung()

    async def _delivered(self, session: aiohttp.ClientSession) -> bool:
        updates = self._state.updates
        update = updates.oldest()
        headers = {"X-Telegram-Bot-Api-Secret-Token": updates.webhook_secret}
        try:
            async with session.post(updates.webhook, json=update, headers=headers) as answer:
                taken = answer.ok
        except (aiohttp.ClientError, TimeoutError):
            taken = False
        if taken:
            updates.confirm(update["update_id"] + 1)
        return taken
