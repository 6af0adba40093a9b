"""The queue of updates that a bot fetches by long polling.

An update stays until a later offset confirms it, so a bot that dies between fetching and confirming
gets it again. Only one poll waits at a time: a newer one ends the older with 409.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot.local.refusals import (
    OTHER_POLLER,
    POLL_ENDED_BY_WEBHOOK,
    WEBHOOK_ACTIVE,
    Refused,
)

ASKED_FOR_ONLY = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that a bot gets only when it names them."""
LONGEST_POLL = 50
"""Seconds; longer ones are shortened to this."""


class Bell:
    """Wakes everyone who waits for something to change."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()
        self._rung = asyncio.Event()

    async def rung(self) -> None:
        """The next ring. Look for the change first, then wait, with no await between."""
        await self._rung.wait()


@dataclass(frozen=True, slots=True)
class Poll:
    """One getUpdates."""

    offset: int = 0
    limit: int = 100
    timeout: int = 0
    """Seconds."""
    allowed: tuple[str, ...] | None = None
    """Kinds wanted from now on; () for the usual ones, None for as before."""


class Updates:
    """What happened and has not been confirmed, oldest first."""

    def __init__(self, bell: Bell) -> None:
        self.webhook = ""
        """Address that updates go to; polling is refused while there is one."""
        self.webhook_secret = ""
        """Shown to that address with every update."""
        self._bell = bell
        self._pending: list[dict[str, Any]] = []
        self._next_id = 500_000_001
        self._allowed: tuple[str, ...] = ()
        self._turn = 0
        self.waiting = 0
        """How many polls wait at this moment."""
        self._closed = False

    @property
    def pending(self) -> int:
        return len(self._pending)

    @property
    def allowed(self) -> tuple[str, ...]:
        """The kinds that the bot last asked for; empty for the usual ones."""
        return self._allowed

    def add(self, kind: str, payload: dict[str, Any]) -> None:
        """Queue one update, unless the bot does not want its kind."""
        if kind in self._allowed if self._allowed else kind not in ASKED_FOR_ONLY:
            self._pending.append({"update_id": self._next_id, kind: payload})
            self._next_id += 1
        self._bell.ring()

    def drop(self) -> None:
        """Forget whatever is pending."""
        self._pending.clear()

    def close(self) -> None:
        """Send every waiting poll home empty-handed; none waits from now on."""
        self._closed = True
        self._bell.ring()

    def want(self, kinds: tuple[str, ...] | None) -> None:
        """The kinds to queue from now on; None changes nothing."""
        if kinds is not None:
            self._allowed = kinds

    def oldest(self) -> dict[str, Any]:
        """The first that is pending; IndexError where nothing is."""
        return self._pending[0]

    def switch_to_webhook(self, url: str, secret: str = "") -> None:
        """Updates go there, and a waiting poll ends; an empty address brings polling back."""
        self.webhook, self.webhook_secret = url, secret
        self._bell.ring()

    async def poll(self, poll: Poll) -> list[dict[str, Any]]:
        """Confirm what lies below the offset; what is pending, waiting for it if need be.

        Raises Refused (409) where a webhook is set or another poll takes over.
        """
        if self.webhook:
            raise Refused(WEBHOOK_ACTIVE)
        self.want(poll.allowed)
        self.confirm(poll.offset)
        if self._pending or poll.timeout <= 0:
            return self._pending[: poll.limit]
        self._turn += 1
        self.waiting += 1
        self._bell.ring()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(poll.timeout, LONGEST_POLL)):
                    await self._something(self._turn)
        finally:
            self.waiting -= 1
            self._bell.ring()
        return self._pending[: poll.limit]

    async def _something(self, turn: int) -> None:
        while not (self._pending or self._closed):
            await self._bell.rung()
            if self._turn != turn:
                raise Refused(OTHER_POLLER)
            if self.webhook:
                raise Refused(POLL_ENDED_BY_WEBHOOK)

    def confirm(self, offset: int) -> None:
        """Forget what lies below an offset; a negative one keeps so many of the newest."""
        if offset < 0:
            self._pending = self._pending[offset:]
        elif offset > 0:
            self._pending = [held for held in self._pending if held["update_id"] >= offset]
