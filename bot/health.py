"""Whether the bot is well, for a supervisor: is Telegram listened to, can be written, who serves.

An endpoint on 127.0.0.1 and nowhere else, and the command that asks it. It tells of no user.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Protocol

import httpx
from aiohttp import web

from pipeline.errors import StoreError

HOST = "127.0.0.1"
PATH = "/health"
SILENCE = 90.0
"""Seconds without an answer from Telegram after which polling counts as dead; a poll takes 10."""
ANSWER_SECONDS = 10.0

Engines = Callable[[], Mapping[str, str | None]]
"""Port → who serves it; None where nobody does."""


class PortTaken(Exception):
    """The endpoint has nowhere to listen."""


class Shelf(Protocol):
    async def check_writable(self) -> None:
        """Raises StoreError where nothing can be written."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """How the bot is."""

    ok: bool
    """It can take notes in and keep them; missing engines have their stand-ins."""
    listening: bool
    database: bool
    engines: Mapping[str, str | None]


class Pulse:
    """When Telegram last answered a poll."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` in seconds from any start."""
        self._clock = clock
        self._last: float | None = None

    def beat(self) -> None:
        self._last = self._clock()

    @property
    def alive(self) -> bool:
        return self._last is not None and self._clock() - self._last < SILENCE


class Health:
    """Looks when it is asked."""

    def __init__(self, listening: Callable[[], bool], shelf: Shelf, engines: Engines) -> None:
        self._listening = listening
        self._shelf = shelf
        self._engines = engines

    async def report(self) -> Report:
        listening, database = self._listening(), await self._is_writable()
        return Report(listening and database, listening, database, dict(self._engines()))

    async def _is_writable(self) -> bool:
        try:
            async with asyncio.timeout(ANSWER_SECONDS / 2):
                await self._shelf.check_writable()
        except (StoreError, TimeoutError):
            return False
        return True


@asynccontextmanager
async def answering(port: int | None, health: Health) -> AsyncIterator[int | None]:
    """The endpoint, for the length of a block, and its port; none where no port is given.

    Raises PortTaken.
    """
    if port is None:
        yield None
        return

    async def told(_: web.Request) -> web.Response:
        report = await health.report()
        return web.json_response(asdict(report), status=200 if report.ok else 503)

    served = web.Application()
    served.router.add_get(PATH, told)
    runner = web.AppRunner(served, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await _listen(runner, port)
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError as error:
        raise PortTaken(f"ECHOMIND_HEALTH_PORT: {port} cannot be used: {error.strerror}") from error


async def ask(port: int) -> tuple[bool, str]:
    """Whether the bot on this machine is well, and its report as JSON or why there is none."""
    try:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as client:
            answer = await client.get(f"http://{HOST}:{port}{PATH}")
        return answer.status_code == httpx.codes.OK, json.dumps(answer.json())
    except httpx.HTTPError:
        return False, f"no bot answers on port {port}"
    except ValueError:
        return False, f"something else answers on port {port}"
