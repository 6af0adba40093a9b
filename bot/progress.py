""" "Recording voice…" in the chat for as long as the bot works. It never fails the work."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import Forbidden, TelegramError

log = logging.getLogger(__name__)

EVERY = 4.0
"""Seconds; Telegram shows an action for five."""


@asynccontextmanager
async def showing(
    bot: Bot, chat: int, action: ChatAction, every: float = EVERY
) -> AsyncIterator[None]:
    """The action is to be seen from now until the block ends."""
    repeating = asyncio.create_task(_repeat(bot, chat, action, every))
    try:
        yield
    finally:
        repeating.cancel()
        with suppress(asyncio.CancelledError):
            await repeating


async def _repeat(bot: Bot, chat: int, action: ChatAction, every: float) -> None:
    """Once every so often, whatever became of the last one; no more to somebody who blocked us."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        try:
            async with asyncio.timeout(every):  # a slow one makes no gap
                await bot.send_chat_action(chat, action)
        except Forbidden:
            return
        except (TelegramError, TimeoutError) as error:
            log.debug("chat %s: no chat action (%s)", chat, type(error).__name__)
        due = max(due + every, loop.time())
        await asyncio.sleep(due - loop.time())
