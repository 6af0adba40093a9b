"""The Speakers that stay on this machine: Piper where a voice is configured, and espeak-ng.

Both are under the GPL-3; each is an engine behind its port that the house can live without.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from onnxruntime.capi import onnxruntime_pybind11_state as onnx

from models.espeak import Espeak, Voicing, espeak
from models.ladder import Readiness
from models.speech import EDGE_VOICES, require_words
from models.worker import Worker
from pipeline.errors import Declined, EngineError
from pipeline.values import Manner, Utterance, Waveform

if TYPE_CHECKING:
    from piper import PiperVoice

ESPEAK_VOICES: Mapping[str, str] = {
    **{"en": "en-us", "es": "es", "de": "de", "fr": "fr"},
    **{"pt": "pt-br", "hi": "hi", "ru": "ru", "ar": "ar"},
}
"""Language (ISO 639-1) → espeak-ng's own name of its voice."""

_NETWORK_FAULTS = (
    onnx.Fail,
    onnx.InvalidArgument,
    onnx.InvalidGraph,
    onnx.InvalidProtobuf,
    onnx.NoSuchFile,
    onnx.NotImplemented,
    onnx.RuntimeException,
)
"""What ONNX Runtime raises, in which Piper runs; they share no base but Exception."""
_WORDS_A_MINUTE = 155.0
_SEMITONE = 50 / 12
"""espeak-ng's pitch goes from 0 to 100; fifty of its units are an octave."""


class EspeakNg:
    """espeak-ng from its wheel: always there, in every language of the interface."""

    name = "espeak-ng"

    def __init__(self) -> None:
        self._worker = Worker("espeak-ng", places=256)

    async def check(self) -> Readiness:
        try:
            await self.warm()
        except EngineError as error:
            return Readiness(False, f"{error}; reinstall `espeakng-loader`")
        return Readiness(True, "inside its package; a plain, robotic voice")

    async def warm(self) -> None:
        await self._worker.run(self._open, 20.0)

    async def speak(self, text: str, manner: Manner) -> Utterance:
        """As `ports.Speaker`, at 22,050 Hz. Raises Declined for a language without a voice."""
        require_words(text)
        voicing = espeak_voicing(manner)

        def speak(stop: threading.Event) -> Waveform:
            return self._open(stop).speak(text, voicing)

        return Utterance(await self._worker.run(speak, 20.0), self.name)

    def _open(self, stop: threading.Event) -> Espeak:
        return espeak()


def espeak_voicing(manner: Manner) -> Voicing:
    """The manner in espeak-ng's units; a man's voice where the chosen online one is a man's."""
    if manner.language not in ESPEAK_VOICES:
        raise Declined(f"it has no voice for {manner.language}")
    men = {voices[1] for voices in EDGE_VOICES.values()}
    return Voicing(
        voice=f"{ESPEAK_VOICES[manner.language]}+{'m3' if manner.voice in men else 'f3'}",
        rate=round(_WORDS_A_MINUTE * manner.rate),
        volume=round(100 * manner.volume),
        pitch=round(50 + _SEMITONE * manner.pitch),
    )


class Piper:
    """One Piper voice from disk, with `piper-tts` from the extra `[piper]`; its pitch is fixed."""

    name = "piper"

    def __init__(self, voice: Path) -> None:
        """`voice` is the .onnx file; its .onnx.json lies beside it."""
        self._path = voice
        self._voice: PiperVoice | None = None
        self._worker = Worker("piper", places=256)

    async def check(self) -> Readiness:
        try:
            language = await asyncio.to_thread(self._language)
        except EngineError as error:
            return Readiness(False, str(error))
        if importlib.util.find_spec("piper") is None:
            return Readiness(False, "run `pip install 'echomind[piper]'`")
        return Readiness(True, f"{self._path.stem}, for {language} alone")

    async def warm(self) -> None:
        await self._worker.run(self._open, 60.0)

    async def speak(self, text: str, manner: Manner) -> Utterance:
        """As `ports.Speaker`, at the voice's own rate. Raises Declined for other languages."""
        require_words(text)
        language = await asyncio.to_thread(self._language)
        if manner.language != language:
            raise Declined(f"its voice speaks {language}, not {manner.language}")

        def speak(stop: threading.Event) -> Waveform:
            return self._synthesise(text, manner, stop)

        return Utterance(await self._worker.run(speak, 30.0), self.name)

    def _language(self) -> str:
        """ISO 639-1, from the file beside the voice."""
        try:
            config = json.loads(Path(f"{self._path}.json").read_text(encoding="utf-8"))
            if not self._path.is_file():
                raise FileNotFoundError(self._path)
            return str(config["espeak"]["voice"])[:2]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EngineError(
                f"there is no Piper voice at {self._path} (.onnx, .onnx.json)"
            ) from error

    def _open(self, stop: threading.Event) -> PiperVoice:
        if self._voice is None:
            try:
                import piper  # noqa: PLC0415 — optional
            except ImportError as error:
                raise EngineError("run `pip install 'echomind[piper]'`") from error
            logging.getLogger("piper").setLevel(logging.INFO)  # it logs the text otherwise
            try:
                self._voice = piper.PiperVoice.load(self._path)
            except (OSError, ValueError, KeyError, *_NETWORK_FAULTS) as error:
                raise EngineError(f"the voice {self._path.name} cannot be loaded") from error
        return self._voice

    def _synthesise(self, text: str, manner: Manner, stop: threading.Event) -> Waveform:
        voice = self._open(stop)
        from piper import SynthesisConfig  # noqa: PLC0415 — optional

        config = SynthesisConfig(length_scale=1.0 / manner.rate, volume=manner.volume)
        try:
            parts = [chunk.audio_float_array for chunk in voice.synthesize(text, config)]
        except (ValueError, KeyError, *_NETWORK_FAULTS) as error:
            raise EngineError("Piper failed on a sentence") from error
        if not parts:
            raise EngineError("Piper made no sound")
        samples = np.concatenate(parts).astype(np.float32)
        return Waveform(samples, voice.config.sample_rate)
