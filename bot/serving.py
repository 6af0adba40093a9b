"""Running the bot: connect, listen, and stop without losing a note."""

import asyncio
import logging
import signal
from typing import Any
from urllib.parse import urlsplit

from telegram import Update
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import Application

from bot.health import Pulse
from bot.settings import Settings

log = logging.getLogger(__name__)

Bot = Application[Any, Any, Any, Any, Any, Any]

WANTED = (Update.MESSAGE, Update.CALLBACK_QUERY)
"""Kinds of update; edits change nothing that was answered."""
GRACE = 20.0
"""Seconds that answers under way are given when the bot stops; the rest is taken up next time."""
LONGEST_WAIT = 60.0
"""Seconds between tries to reach Telegram."""


class TokenRejected(Exception):
    """Telegram does not know the token; it stands nowhere in this error."""


async def serve(
    bot: Bot, settings: Settings, stop: asyncio.Event | None = None, grace: float = GRACE
) -> None:
    """Answer until `stop` is set or, without one, until SIGINT or SIGTERM. Raises TokenRejected."""
    if stop is None:
        stop = _signalled()
    try:
        if not await _connected(bot, stop):
            return
        await bot.start()
        if bot.post_init is not None:
            await bot.post_init(bot)
        await _listen_until(stop, bot, settings)
    finally:
        await _wind_up(bot, grace)


def _signalled() -> asyncio.Event:
    """Set by the first signal to stop; a second one ends the process at once."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def stop_once() -> None:
        stop.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop_once)
    return stop


async def _connected(bot: Bot, stop: asyncio.Event) -> bool:
    """Whether Telegram was reached before the stop, however long it takes."""
    wait = 1.0
    while not stop.is_set():
        try:
            await bot.initialize()
            return True
        except InvalidToken:
            raise TokenRejected("Telegram rejects ECHOMIND_TELEGRAM_TOKEN") from None
        except (NetworkError, RetryAfter) as error:
            log.warning(
                "Telegram cannot be reached (%s), trying again in %.0f s",
                type(error).__name__,
                wait,
            )
        try:
            async with asyncio.timeout(wait):
                await stop.wait()
        except TimeoutError:
            wait = min(2 * wait, LONGEST_WAIT)
    return False


async def _listen_until(stop: asyncio.Event, bot: Bot, settings: Settings) -> None:
    """A stop is heard even while Telegram is being asked for updates in vain."""
    stopped = asyncio.create_task(stop.wait())
    listening = asyncio.create_task(_listen(bot, settings))
    try:
        await asyncio.wait({stopped, listening}, return_when=asyncio.FIRST_COMPLETED)
        if listening.done():
            listening.result()
            await stopped
    finally:
        listening.cancel()
        stopped.cancel()
        await asyncio.gather(listening, stopped, return_exceptions=True)


async def _listen(bot: Bot, settings: Settings) -> None:
    """By webhook where one is set, else by long polling."""
    updater = bot.updater
    assert updater is not None  # ApplicationBuilder makes one unless told not to
    if settings.webhook_url is None:
        await updater.start_polling(
            bootstrap_retries=-1, allowed_updates=WANTED, error_callback=_polling_failed
        )
        log.info("listening as @%s by long polling", bot.bot.username)
        return
    secret = settings.webhook_secret
    await updater.start_webhook(
        listen=settings.webhook_listen,
        port=settings.webhook_port,
        url_path=urlsplit(settings.webhook_url).path.lstrip("/"),
        webhook_url=settings.webhook_url,
        secret_token=None if secret is None else secret.get_secret_value(),
        bootstrap_retries=-1,
        allowed_updates=WANTED,
    )
    log.info("listening as @%s by webhook on port %d", bot.bot.username, settings.webhook_port)


def listens(bot: Bot, settings: Settings, pulse: Pulse) -> bool:
    """Whether updates can come in: Telegram answers our polls, or we wait for its calls."""
    running = bot.updater is not None and bot.updater.running
    return running and (settings.webhook_url is not None or pulse.alive)


def _polling_failed(error: TelegramError) -> None:
    if isinstance(error, Conflict):
        log.error("another program fetches this bot's messages: stop one of the two")
    else:
        log.warning("no updates (%s), trying again", type(error).__name__)


async def _wind_up(bot: Bot, grace: float) -> None:
    """Take no more, finish what can be finished, and close."""
    if bot.updater is not None and bot.updater.running:
        await bot.updater.stop()
    if bot.post_stop is not None:
        await bot.post_stop(bot)
    if bot.running:
        try:
            async with asyncio.timeout(grace):
                await bot.stop()
        except TimeoutError:
            log.warning("some answers took longer than %.0f s and come after the start", grace)
    await bot.shutdown()
    await bot.bot.shutdown()  # an application that never came up leaves its connections open
