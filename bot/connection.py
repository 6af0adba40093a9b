"""How Telegram, or another server of its Bot API, is reached: addresses, patience, pace."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from httpx import Response
from telegram.ext import ApplicationBuilder
from telegram.request import HTTPXRequest

from bot.health import Pulse
from bot.pace import Pace
from bot.settings import Settings

ANSWER_SECONDS = 30.0
"""How long Telegram may take over one request."""
UPLOAD_SECONDS = 120.0
"""How long a voice note may take to go out."""
CONNECTIONS = 256
POLLS = 4
"""One would do, but a poll that is cut off by the bot's end can hold its connection for a while."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Builder = ApplicationBuilder[Any, Any, Any, Any, Any, Any]
OnAnswer = Callable[[Response], Awaitable[None]]


def connection(settings: Settings, pulse: Pulse) -> Builder:
    """A builder with everything about the line set; `pulse` beats with every poll that succeeds.

    Raises ValueError where there is no token.
    """

    async def polled(answer: Response) -> None:
        if answer.is_success:
            pulse.beat()

    if settings.telegram_token is None:
        raise ValueError("there is no Telegram token")
    base, files = settings.bot_api
    return (
        ApplicationBuilder()
        .token(settings.telegram_token.get_secret_value())
        .base_url(base)
        .base_file_url(files)
        .request(_request(base, CONNECTIONS))
        .get_updates_request(_request(base, POLLS, polled))
        .rate_limiter(Pace())
        .job_queue(None)
    )


def _request(base: str, connections: int, *answered: OnAnswer) -> HTTPXRequest:
    """PTB's own timeouts are too short for uploads and for busy minutes."""
    near = urlsplit(base).hostname in _LOOPBACK
    return HTTPXRequest(
        connection_pool_size=connections,
        connect_timeout=10.0,
        pool_timeout=ANSWER_SECONDS,
        read_timeout=ANSWER_SECONDS,
        write_timeout=ANSWER_SECONDS,
        media_write_timeout=UPLOAD_SECONDS,
        httpx_kwargs={
            "trust_env": not near,  # no proxy stands between a machine and itself
            "event_hooks": {"response": list(answered)},
        },
    )
