"""The ladder of a port: its engines in order, the first that is well serves.

A ladder is itself an adapter of its port, so the walk never knows that there is one. It knows
nothing of any engine but that it has a name, can be asked how it is, and may fail with EngineError.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import ClassVar, Generic, Protocol, TypeVar

from pipeline.errors import Declined, EngineError, NoEngine
from pipeline.ports import Speaker, Transcriber
from pipeline.values import Manner, Prompt, Sentence, Transcript, Utterance, Waveform

log = logging.getLogger(__name__)

REST = 60.0
"""Seconds for which a failed engine is left alone."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """How an engine is, told to the owner."""

    ready: bool
    note: str
    """One plain line: what serves, or what would be needed."""


class Rung(Protocol):
    """What a ladder asks of every engine beside the port itself."""

    @property
    def name(self) -> str: ...

    async def check(self) -> Readiness:
        """How the engine is, found out in a few seconds and without loading it."""
        ...

    async def warm(self) -> None:
        """Load what is heavy, so that the first note need not wait for it.

        Raises EngineError.
        """
        ...


class TranscriberRung(Rung, Transcriber, Protocol): ...


class SpeakerRung(Rung, Speaker, Protocol): ...


class CompanionRung(Rung, Protocol):
    def reply(self, prompt: Prompt) -> AsyncGenerator[Sentence, None]:
        """As `ports.Companion`, and closable: a reply nobody waits for stops the engine."""
        ...


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One rung as a survey found it."""

    name: str
    readiness: Readiness
    serves: bool
    """The first rung that is ready."""


R = TypeVar("R", bound=Rung)
T = TypeVar("T")


class Ladder(Generic[R]):
    """Rungs in order of preference; a rung that fails rests, and is then tried again."""

    port: ClassVar[str]

    def __init__(
        self, rungs: Sequence[R], rest: float = REST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`rest` in seconds, `clock` in seconds from any start."""
        self._rungs = tuple(rungs)
        self._rest = rest
        self._clock = clock
        self._resting: dict[str, float] = {}
        self._serving: str | None = ""  # nothing has been told yet

    @property
    def serving(self) -> str | None:
        """Who did the last work; None where nobody could, or nothing was asked for yet."""
        return self._serving or None

    async def survey(self) -> list[Surveyed]:
        """How every rung is, in order."""
        found = await asyncio.gather(*(rung.check() for rung in self._rungs))
        first = next((i for i, readiness in enumerate(found) if readiness.ready), None)
        return [
            Surveyed(rung.name, readiness, serves=i == first)
            for i, (rung, readiness) in enumerate(zip(self._rungs, found, strict=True))
        ]

    async def warm(self) -> str | None:
        """Load the best rung that can be loaded; its name, or None where none can."""

        async def load(rung: R) -> str:
            await rung.warm()
            return rung.name

        try:
            return await self._first(load)
        except NoEngine:
            return None

    async def _first(self, attempt: Callable[[R], Awaitable[T]]) -> T:
        """What the first rung to hold makes of the attempt. Raises NoEngine."""
        failures: list[str] = []
        cause: EngineError | None = None
        declined = False
        for rung in self._standing():
            try:
                result = await attempt(rung)
            except Declined as error:
                declined, cause = True, error
                failures.append(f"{rung.name}: {error}")
            except EngineError as error:
                cause = error
                self._resting[rung.name] = self._clock() + self._rest
                failures.append(f"{rung.name}: {error}")
            else:
                self._resting.pop(rung.name, None)
                if not declined:
                    self._tell(rung.name, failures)
                return result
        if not declined:
            self._tell(None, failures)
        raise NoEngine(f"{self.port}: " + "; ".join(failures)) from cause

    def _standing(self) -> tuple[R, ...]:
        """The rungs to try: those not resting, or all of them where every one rests."""
        now = self._clock()
        awake = tuple(r for r in self._rungs if self._resting.get(r.name, now) <= now)
        return awake or self._rungs

    def _tell(self, name: str | None, failures: Sequence[str]) -> None:
        """One line in the log when another engine takes over, and none while it goes on."""
        if name == self._serving:
            return
        self._serving = name
        level = logging.WARNING if failures else logging.INFO
        because = f" ({'; '.join(failures)})" if failures else ""
        log.log(level, "%s: %s serves%s", self.port, name or "nothing", because)


class FirstTranscriber(Ladder[TranscriberRung]):
    """A Transcriber made of several."""

    port = "transcriber"

    async def transcribe(self, waveform: Waveform, language: str | None) -> Transcript:
        return await self._first(lambda rung: rung.transcribe(waveform, language))


class FirstSpeaker(Ladder[SpeakerRung]):
    """A Speaker made of several."""

    port = "speaker"
    usual: str | None = None
    """The voice of whoever chose none; an engine that lacks it uses its own."""

    async def speak(self, text: str, manner: Manner) -> Utterance:
        if manner.voice is None and self.usual is not None:
            manner = replace(manner, voice=self.usual)
        return await self._first(lambda rung: rung.speak(text, manner))


class FirstCompanion(Ladder[CompanionRung]):
    """A Companion made of several; who finds the first sentence writes the whole reply."""

    port = "companion"

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Sentence, None]:
        async def begin(rung: CompanionRung) -> tuple[Sentence, AsyncGenerator[Sentence, None]]:
            sentences = rung.reply(prompt)
            try:
                return await anext(sentences), sentences
            except StopAsyncIteration:
                raise EngineError("it wrote nothing") from None

        first, others = await self._first(begin)
        async with aclosing(others):
            yield first
            async for sentence in others:
                yield sentence
