"""PocketSphinx as a Transcriber: English only, and nothing to download, its model is in its wheel.

The rung under faster-whisper. It finds words in any noise, so Silero's voice activity detector,
which comes inside faster-whisper's wheel, decides first where anybody speaks at all.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.ladder import Readiness
from models.worker import Worker
from pipeline.errors import Declined, EngineError
from pipeline.values import Transcript, Waveform

if TYPE_CHECKING:
    from pocketsphinx import Decoder

LONGEST = 15.0
"""Seconds decoded as one utterance, its own pauses included."""
_LEVEL = 0.08
"""Root mean square that an utterance is brought to: quiet voices lose words otherwise."""
_MARGIN = 0.2
"""Seconds of near-silence around an utterance; the decoder expects some."""
_NOT_A_WORD = re.compile(r"<[^>]*>|\[[^\]]*\]|\+\+[^+]*\+\+|\(\d+\)|\b(?:uh|um|er|hm+|mhm)\b")


class PocketSphinx:
    """One decoder, one note at a time."""

    name = "pocketsphinx"

    def __init__(self) -> None:
        self._worker = Worker("pocketsphinx")
        self._decoder: Decoder | None = None
        self._decoding = threading.Lock()
        """A work that was given up may still be in the decoder, which bears only one."""

    async def check(self) -> Readiness:
        try:
            import pocketsphinx  # noqa: F401, PLC0415 — a compiled part that may not load
        except ImportError:
            return Readiness(False, "its package does not load; install `pocketsphinx`")
        return Readiness(True, "inside its package; English only, and rough")

    async def warm(self) -> None:
        await self._worker.run(self._open, 60.0)

    async def transcribe(self, waveform: Waveform, language: str | None) -> Transcript:
        """As `ports.Transcriber`. Raises Declined for any language but English."""
        if language not in (None, "en"):
            raise Declined(f"it knows English only, not {language}")

        def listen(stop: threading.Event) -> Transcript:
            return self._listen(waveform, stop)

        return await self._worker.run(listen, 30.0 + 3.0 * waveform.seconds)

    def _open(self, stop: threading.Event) -> Decoder:
        if self._decoder is None:
            try:
                import pocketsphinx  # noqa: PLC0415 — heavy

                # A word insertion penalty of 1 loses the fewest words on read and acted speech.
                self._decoder = pocketsphinx.Decoder(samprate=16_000, wip=1.0, loglevel="FATAL")
            except (ImportError, RuntimeError) as error:
                raise EngineError("its decoder cannot be made") from error
        return self._decoder

    def _listen(self, waveform: Waveform, stop: threading.Event) -> Transcript:
        heard: list[str] = []
        try:
            with self._decoding:
                decoder = self._open(stop)
                decoder.reinit_feat()  # or it goes on with the noise of the last note in its ear
                for utterance in _utterances(waveform):
                    if stop.is_set():
                        break
                    heard.append(_decode(decoder, utterance))
        except RuntimeError as error:
            self._decoder = None  # it may be left in the middle of an utterance
            raise EngineError(f"it failed on a note of {waveform.seconds:.0f} s") from error
        words = " ".join(" ".join(heard).split())
        return Transcript(words, "en" if words else None, self.name)


def _utterances(waveform: Waveform) -> Iterator[NDArray[np.float32]]:
    """The stretches where somebody speaks, neighbours joined up to LONGEST."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps  # noqa: PLC0415 — heavy

    options = VadOptions(
        min_silence_duration_ms=500, speech_pad_ms=200, max_speech_duration_s=LONGEST
    )
    start = end = 0
    for speech in get_speech_timestamps(waveform.samples, options):
        if end and speech["end"] - start > LONGEST * waveform.rate:
            yield waveform.samples[start:end]
            end = 0
        start = start if end else speech["start"]
        end = speech["end"]
    if end:
        yield waveform.samples[start:end]


def _decode(decoder: Decoder, samples: NDArray[np.float32]) -> str:
    """The words of one utterance at 16 kHz, without fillers and noises."""
    level = max(float(np.sqrt(np.mean(np.square(samples)))), 1e-4)
    padded = np.pad(samples * (_LEVEL / level), round(_MARGIN * 16_000))
    # Digital silence makes the log spectrum explode; a whisper of noise does not.
    noise = np.random.default_rng(0).normal(0.0, 1e-4, len(padded))
    pcm = (np.clip(padded + noise, -1.0, 1.0) * 32767).astype("<i2").tobytes()
    decoder.start_utt()
    decoder.process_raw(pcm, no_search=False, full_utt=True)
    decoder.end_utt()
    hypothesis = decoder.hyp()
    return _NOT_A_WORD.sub(" ", hypothesis.hypstr) if hypothesis else ""
