"""One engine's own thread: work is done in the order it came, and only so much may wait.

It is for engines that cannot do two things at once. It knows nothing of what the work is.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pipeline.errors import Declined, EngineError

T = TypeVar("T")


class Worker:
    """A thread of its own, taken in turns."""

    def __init__(self, name: str, places: int = 8) -> None:
        """`places` is how many pieces of work may be under way or waiting at once."""
        self._name = name
        self._places = places
        self._taken = 0
        self._turn = asyncio.Lock()
        self._thread = self._fresh()

    async def run(self, work: Callable[[threading.Event], T], seconds: float) -> T:
        """What `work` returns; it should end early once the event it is given is set.

        The time counts from its own start, not from its place in the queue.
        Raises Declined where too much waits already, EngineError where it takes longer.
        """
        if self._taken >= self._places:
            raise Declined(f"{self._taken} pieces of work wait already")
        self._taken += 1
        try:
            async with self._turn:
                return await self._within(work, seconds)
        finally:
            self._taken -= 1

    async def _within(self, work: Callable[[threading.Event], T], seconds: float) -> T:
        stop = threading.Event()
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work, stop)
        except TimeoutError:
            # The thread may be stuck in foreign code: leave it to end by itself, and go on.
            self._thread.shutdown(wait=False)
            self._thread = self._fresh()
            raise EngineError(f"it took longer than {seconds:.0f} s") from None
        finally:
            stop.set()

    def _fresh(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=1, thread_name_prefix=self._name)
