"""How fast the bot may speak to Telegram: 30 messages a second, floods and lost lines waited out.

A flood that Telegram reports for one chat halts that chat alone; PTB's own limiter would halt every
user. Nothing here decides what is said.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
from aiolimiter import AsyncLimiter
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.ext import BaseRateLimiter

# durations as timedelta, which PTB makes the only way in its next major version
os.environ.setdefault("PTB_TIMEDELTA", "true")

log = logging.getLogger(__name__)

Result = bool | dict[str, Any] | list[dict[str, Any]]
Request = Callable[..., Coroutine[Any, Any, Result]]

MESSAGES_A_SECOND, BURST = 25, 5
"""Telegram allows 30 to all chats together: a burst after a pause, and a second's even flow."""
PATIENCE = 60.0
"""Seconds a message waits for a flood to pass; Telegram can ask for hours, and then it is lost."""
TRIES = 3
UNHURRIED = frozenset({"sendChatAction"})
"""Worth nothing later: never waited for, never repeated."""


class Pace(BaseRateLimiter[int]):
    """One per bot and event loop."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._all = AsyncLimiter(BURST, BURST / MESSAGES_A_SECOND)
        self._halted: dict[int | str, float] = {}
        """Chat → the loop's time until which Telegram wants no more."""

    async def initialize(self) -> None:
        """Nothing to set up."""

    async def shutdown(self) -> None:
        self._halted.clear()

    async def process_request(  # noqa: PLR0913 - PTB's signature
        self,
        callback: Request,
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Result:
        """The answer to one request; `rate_limit_args` overrides how often it is tried.

        Raises what PTB raises once patience is at its end.
        """
        chat = data.get("chat_id")
        tries = 1 if endpoint in UNHURRIED else rate_limit_args or TRIES
        for attempt in range(1, tries + 1):
            await self._wait_for(chat, endpoint)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as flood:
                if endpoint not in UNHURRIED:  # a flood of these keeps no words back
                    self._halt(chat, flood)
                if attempt == tries:
                    raise
            except NetworkError as error:
                if attempt == tries or not surely_lost(error):
                    raise
                log.warning("%s: the line dropped, trying again", endpoint)
                await asyncio.sleep(2.0 ** (attempt - 2))
        raise AssertionError("the last try returns or raises")

    async def _wait_for(self, chat: int | str | None, endpoint: str) -> None:
        """Until this chat, and the bot as a whole, may be written to."""
        if chat is None:
            return
        halted = self._halted.get(chat, 0.0) - asyncio.get_running_loop().time()
        if halted > 0:
            if halted > self._patience or endpoint in UNHURRIED:
                raise RetryAfter(max(1, round(halted)))
            await asyncio.sleep(halted)
        if endpoint not in UNHURRIED:
            await self._all.acquire()

    def _halt(self, chat: int | str | None, flood: RetryAfter) -> None:
        """Remember how long the chat is to be left alone. Without a chat there is none to halt."""
        seconds = _seconds(flood)
        log.warning("chat %s: flood control for %.0f s", chat, seconds)
        if chat is None:
            return
        now = asyncio.get_running_loop().time()
        self._halted = {chat: until for chat, until in self._halted.items() if until > now}
        self._halted[chat] = now + seconds + 0.1


def _seconds(flood: RetryAfter) -> float:
    wait = flood.retry_after
    return float(wait) if isinstance(wait, int | float) else wait.total_seconds()


def surely_lost(error: TelegramError) -> bool:
    """Whether Telegram cannot have acted on it, so that a second try says nothing twice."""
    if isinstance(error, TimedOut):
        return isinstance(error.__cause__, httpx.ConnectTimeout | httpx.PoolTimeout)
    return type(error) is NetworkError
