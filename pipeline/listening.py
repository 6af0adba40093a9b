"""Two listeners side by side on one waveform: what was said, and how."""

import asyncio
import logging
from dataclasses import dataclass

from pipeline.errors import EngineError, NothingUnderstood
from pipeline.ports import EmotionRecognizer, Transcriber
from pipeline.stopwatch import Stopwatch
from pipeline.values import Feeling, Heard, Person, Transcript, Waveform

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listeners:
    """The transcriber hears the words, the recognizer the feeling."""

    transcriber: Transcriber
    recognizer: EmotionRecognizer

    async def hear(self, waveform: Waveform, person: Person, watch: Stopwatch) -> Heard:
        """Both at once; a feeling that cannot be read is left out, words that cannot are an error.

        Raises EngineError and NothingUnderstood.
        """
        transcript, feeling = await asyncio.gather(
            self._transcribe(waveform, person, watch),
            self._recognize(waveform, person, watch),
            return_exceptions=True,
        )
        if isinstance(feeling, BaseException):
            raise feeling
        if isinstance(transcript, BaseException):
            raise transcript
        if not transcript.words.strip():
            raise NothingUnderstood(f"{waveform.seconds:.1f} s of sound without a word")
        return Heard(
            transcript.words.strip(), transcript.language, feeling, seconds=waveform.seconds
        )

    async def _transcribe(self, waveform: Waveform, person: Person, watch: Stopwatch) -> Transcript:
        with watch.step("transcribe"):
            transcript = await self.transcriber.transcribe(waveform, person.language)
        watch.served("transcribe", transcript.engine)
        return transcript

    async def _recognize(
        self, waveform: Waveform, person: Person, watch: Stopwatch
    ) -> Feeling | None:
        if not person.reads_feelings:
            return None
        try:
            with watch.step("feel"):
                feeling = await self.recognizer.recognize(waveform, person.profile)
        except EngineError:
            log.exception("the feeling of a note could not be read")
            return None
        watch.served("feel", feeling.engine)
        return feeling
