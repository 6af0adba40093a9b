"""How fast the bot answers and who serves it, since its start: counts and milliseconds, no words.

Kept in memory alone. That words of danger were met is not counted: with few users it would tell
the owner whose they were.
"""

import math
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass

from bot.quota import Note, Walk
from pipeline.errors import EchoMindError
from pipeline.values import Answer

REMEMBERED = 1000
"""Durations of each step, the newest."""


@dataclass(frozen=True, slots=True)
class Latency:
    """One step of the walk."""

    count: int
    median: float
    """Milliseconds within which half of them were done (P50)."""
    slow: float
    """Milliseconds within which 95 of 100 were done (P95)."""


class Figures:
    """Counts answers; one for the bot."""

    def __init__(self) -> None:
        self.answered = 0
        self.failed: Counter[str] = Counter()
        """By kind of error."""
        self.served: Counter[tuple[str, str]] = Counter()
        """(step, engine) → answers."""
        self._milliseconds: defaultdict[str, deque[float]] = defaultdict(
            lambda: deque(maxlen=REMEMBERED)
        )

    def count(self, answer: Answer) -> None:
        self.answered += 1
        if answer.crisis:
            return
        self.served.update(answer.engines.items())
        for step, milliseconds in answer.timings_ms.items():
            self._milliseconds[step].append(milliseconds)

    def latencies(self) -> Mapping[str, Latency]:
        """By step, in the order in which steps were first met."""
        return {
            step: Latency(len(taken), percentile(taken, 50), percentile(taken, 95))
            for step, taken in self._milliseconds.items()
        }


class Measured:
    """A walk whose answers are counted."""

    def __init__(self, walk: Walk, figures: Figures) -> None:
        self._walk = walk
        self._figures = figures

    async def answer(self, note: Note) -> Answer:
        """As the walk answers, raising what it raises."""
        return await self._counted(self._walk.answer(note))

    async def guard(self, note: Note) -> Answer | None:
        return await self._walk.guard(note)

    async def aside(self, note: Note) -> Answer:
        return await self._counted(self._walk.aside(note))

    async def _counted(self, answering: Awaitable[Answer]) -> Answer:
        try:
            answer = await answering
        except EchoMindError as error:
            self._figures.failed[type(error).__name__] += 1
            raise
        self._figures.count(answer)
        return answer


def percentile(taken: Sequence[float], percent: float) -> float:
    """The smallest duration within which so many percent were done (nearest rank)."""
    ranked = sorted(taken)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]
