"""How long each step of one walk took, and which engine served it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Collects a walk's milliseconds by step; steps may overlap."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self.engines: dict[str, str] = {}
        self._started = time.perf_counter()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.milliseconds[name] = _since(started)

    def served(self, step: str, engine: str) -> None:
        """Note the engine; one that stepped in midway is named after the first."""
        known = self.engines.get(step)
        if known is None:
            self.engines[step] = engine
        elif engine not in known.split(", "):
            self.engines[step] = f"{known}, {engine}"

    def total(self) -> dict[str, float]:
        """Milliseconds by step, with the whole walk as `total`."""
        return {**self.milliseconds, "total": _since(self._started)}


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
