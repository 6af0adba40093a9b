"""faster-whisper as a Transcriber: Whisper's weights through CTranslate2, on a processor or a GPU.

Weights that are not on disk are fetched from the hub where it answers, and only then. The rung
below is `sphinx.py`.
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib.util
import logging
import os
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models import whisper_weights
from models.hallucinations import Segment, believable
from models.ladder import Readiness
from models.worker import Worker
from pipeline.errors import EngineError
from pipeline.values import Transcript, Waveform

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

log = logging.getLogger(__name__)

PATIENCE = 20.0
"""Seconds that a note waits for the model to be loaded before the next engine takes it."""
LOAD_SECONDS = 3600.0
"""A first download on a slow line may take this long."""
PRIOR = 4.0
"""How many times as likely as any other the language of the hint is, before a word is heard."""


@dataclass(frozen=True, slots=True)
class WhisperSettings:
    """What the owner may choose of faster-whisper."""

    model: str | None = None
    """A size or a folder; None takes large-v3-turbo on a GPU and small on a processor."""
    device: str = "auto"
    """`auto`, `cpu` or `cuda`."""
    threads: int = 0
    """Processor threads; 0 takes up to four."""


class FasterWhisper:
    """One loaded model, one note at a time."""

    def __init__(
        self,
        settings: WhisperSettings,
        hub_answers: Callable[[], bool] = whisper_weights.hub_answers,
    ) -> None:
        self._settings = settings
        self._hub_answers = hub_answers
        self._worker = Worker("whisper")
        self._loading: asyncio.Task[WhisperModel] | None = None
        self._gpu_failed = False
        """A GPU is there, but what it needs is not; the processor does it."""

    @property
    def _device(self) -> str:
        if self._settings.device != "auto":
            return self._settings.device
        return "cuda" if _gpu_is_there() and not self._gpu_failed else "cpu"

    @property
    def _model(self) -> str:
        default = "large-v3-turbo" if self._device == "cuda" else "small"
        return self._settings.model or default

    @property
    def name(self) -> str:
        return f"faster-whisper {Path(self._model).name}"

    async def check(self) -> Readiness:
        place = "float16 on the GPU" if self._device == "cuda" else "int8 on the processor"
        if await asyncio.to_thread(whisper_weights.on_disk, self._model):
            return Readiness(True, f"on disk, {place}")
        if not whisper_weights.known(self._model):
            return Readiness(
                False, f"{self._model} is no size, and no folder with model.bin and tokenizer.json"
            )
        if await asyncio.to_thread(self._hub_answers):
            return Readiness(True, f"fetched from huggingface.co at the first start, {place}")
        return Readiness(
            False,
            "not on disk, and huggingface.co does not answer; "
            "go online once, or set ECHOMIND_WHISPER_MODEL to a CTranslate2 Whisper folder",
        )

    async def warm(self) -> None:
        await asyncio.shield(self._load())

    async def transcribe(self, waveform: Waveform, language: str | None) -> Transcript:
        """As `ports.Transcriber`. Raises Declined where too many notes wait."""
        try:
            async with asyncio.timeout(PATIENCE):
                model = await asyncio.shield(self._load())
        except TimeoutError:
            raise EngineError("the model is still being loaded") from None

        def listen(stop: threading.Event) -> Transcript:
            return self._listen(model, waveform, language, stop)

        return await self._worker.run(listen, 30.0 + 3.0 * waveform.seconds)

    def _load(self) -> asyncio.Task[WhisperModel]:
        """The one loading that all notes share; begun anew where the last one failed."""
        if self._loading is None or (self._loading.done() and _failed(self._loading)):
            self._loading = asyncio.create_task(self._worker.run(self._open, LOAD_SECONDS))
            self._loading.add_done_callback(_failed)
        return self._loading

    def _open(self, stop: threading.Event) -> WhisperModel:
        folder = whisper_weights.on_disk(self._model)
        if folder is None:
            if not whisper_weights.known(self._model) or not self._hub_answers():
                raise EngineError("its weights are not on disk and cannot be fetched")
            folder = whisper_weights.fetch(self._model, stop)
        device = self._device
        try:
            return _loaded(folder, device, self._settings.threads or _processors())
        except (RuntimeError, ValueError, OSError) as error:
            if device != "cuda" or self._settings.device != "auto":
                raise EngineError(f"its model in {folder} cannot be loaded") from error
        log.warning("%s: the GPU cannot be used; is `echomind[gpu]` installed?", self.name)
        self._gpu_failed = True
        return self._open(stop)

    def _listen(
        self, model: WhisperModel, waveform: Waveform, hint: str | None, stop: threading.Event
    ) -> Transcript:
        """Decode the whole note; the segments are lazy, so they are exhausted in this thread."""
        options = {
            "beam_size": 5 if self._device == "cuda" else 2,
            "temperature": [0.0, 0.2, 0.4],  # two more tries for a hard window, not five
            "condition_on_previous_text": False,
            "vad_filter": True,
            "vad_parameters": {"min_silence_duration_ms": 500, "speech_pad_ms": 200},
        }
        try:
            segments, info = model.transcribe(waveform.samples, **options)
            if info.duration_after_vad == 0:
                return Transcript("", None, self.name)
            language, certainty = info.language, info.language_probability
            # never the hint alone: in a language that is not spoken, Whisper makes sentences up
            hinted = dict(info.all_language_probs or ()).get(hint or "", 0.0)
            if language != hint and PRIOR * hinted > certainty:
                language, certainty = hint, hinted
                segments, _ = model.transcribe(waveform.samples, language=hint, **options)
            words = " ".join(believable(_until(stop, segments)))
        except (RuntimeError, ValueError, MemoryError) as error:
            raise EngineError(f"it failed on a note of {waveform.seconds:.0f} s") from error
        return Transcript(words, language if words else None, self.name, certainty)


def _loaded(folder: Path, device: str, threads: int) -> WhisperModel:
    """The model, tried once. Raises RuntimeError, ValueError and OSError."""
    if device == "cuda":
        _find_cuda_libraries()
    import faster_whisper  # noqa: PLC0415 — heavy

    model = faster_whisper.WhisperModel(
        str(folder),
        device=device,
        compute_type="float16" if device == "cuda" else "int8",
        cpu_threads=threads,
        local_files_only=True,
    )
    if device == "cuda":  # its libraries are looked for at the first call only
        model.detect_language(np.zeros(16_000, np.float32))
    return model


@cache
def _gpu_is_there() -> bool:
    import ctranslate2  # noqa: PLC0415 — heavy

    try:
        return bool(ctranslate2.get_cuda_device_count() > 0)
    except RuntimeError:  # a driver too old for it
        return False


def _find_cuda_libraries() -> None:
    """Load cuBLAS and cuDNN from their wheels, where the system's linker would not look."""
    spec = importlib.util.find_spec("nvidia")
    for root in (spec.submodule_search_locations or ()) if spec else ():
        for name in (
            "cublas/lib/libcublasLt.so.*",
            "cublas/lib/libcublas.so.*",
            "cudnn/lib/*.so.*",
        ):
            for library in sorted(Path(root).glob(name)):
                with suppress(OSError):
                    ctypes.CDLL(str(library), ctypes.RTLD_GLOBAL)


def _processors() -> int:
    """Those this process may use, up to four: more do not make Whisper faster."""
    try:
        return min(4, len(os.sched_getaffinity(0)))
    except AttributeError:  # only Linux tells
        return min(4, os.cpu_count() or 1)


def _until(stop: threading.Event, segments: Iterable[Segment]) -> Iterable[Segment]:
    for segment in segments:
        if stop.is_set():
            return
        yield segment


def _failed(loading: asyncio.Task[WhisperModel]) -> bool:
    return loading.cancelled() or loading.exception() is not None
