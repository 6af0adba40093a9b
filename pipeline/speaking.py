"""A reply made audible while it is still being written."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from pipeline import audio
from pipeline.errors import EngineError
from pipeline.ports import Speaker
from pipeline.stopwatch import Stopwatch
from pipeline.values import Manner, Sentence, SpokenReply, Utterance

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Narrator:
    """Hands each finished sentence to the speaker and gathers one voice note."""

    speaker: Speaker

    async def narrate(
        self, sentences: AsyncIterator[Sentence], manner: Manner, watch: Stopwatch
    ) -> SpokenReply:
        """The reply as text and, unless no speaker can, as a voice note.

        Raises EngineError where there is no text either.
        """
        texts: list[str] = []
        spoken: list[asyncio.Task[Utterance]] = []
        try:
            with watch.step("reply"):
                async for sentence in sentences:
                    watch.served("reply", sentence.engine)
                    texts.append(sentence.text)
                    spoken.append(asyncio.create_task(self.speaker.speak(sentence.text, manner)))
            voice, seconds = await self._voice(spoken, watch, lambda: self._anew(texts, manner))
        finally:
            for task in spoken:
                task.cancel()
        return SpokenReply(" ".join(texts), voice, seconds)

    async def _anew(self, texts: Sequence[str], manner: Manner) -> Sequence[Utterance]:
        return await asyncio.gather(*(self.speaker.speak(text, manner) for text in texts))

    async def write(self, sentences: AsyncIterator[Sentence], watch: Stopwatch) -> SpokenReply:
        """The reply as text alone. Raises EngineError."""
        texts: list[str] = []
        with watch.step("reply"):
            async for sentence in sentences:
                watch.served("reply", sentence.engine)
                texts.append(sentence.text)
        return SpokenReply(" ".join(texts), None)

    async def _voice(
        self,
        spoken: Sequence[asyncio.Task[Utterance]],
        watch: Stopwatch,
        anew: Callable[[], Awaitable[Sequence[Utterance]]],
    ) -> tuple[bytes | None, float]:
        """The voice note and its seconds.

        A voice with a sentence missing is no voice; where an engine failed midway and another
        took over, all is spoken `anew`, so that a reply is heard in one voice.
        """
        try:
            with watch.step("speak"):
                utterances: Sequence[Utterance] = await asyncio.gather(*spoken)
                if len({utterance.engine for utterance in utterances}) > 1:
                    utterances = await anew()
            for utterance in utterances:
                watch.served("speak", utterance.engine)
            with watch.step("encode"):
                return await asyncio.to_thread(
                    audio.encode_voice, [utterance.waveform for utterance in utterances]
                )
        except EngineError:
            log.exception("the reply could not be spoken and goes out as text")
            return None, 0.0
