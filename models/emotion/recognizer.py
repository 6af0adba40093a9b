"""The bot's ear: the EmotionRecognizer port, served by our own CNN-LSTM.

It turns a waveform into windows, the windows into logits, and those into a calibrated feeling
with a curve. The arithmetic lives in `features`, `windows` and `inference`; here it is put to
work off the event loop.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.emotion.endpoints import span_in_noise
from models.emotion.features import HOP, RATE, Frames, Samples, features
from models.emotion.inference import WEIGHTS, Listener, fingerprint, on_cpu, read_card
from models.emotion.usual import STATISTICS, profile_of
from models.emotion.windows import Matrix, loudness, softmax, window_length, window_starts
from pipeline.errors import EngineError
from pipeline.values import Emotion, Feeling, Moment, Probabilities, VoiceProfile, Waveform

SHORTEST = 0.25
"""Seconds of sound under which a voice tells nothing."""
_BATCH = 32
"""Windows at once; what bounds the memory of a ten-minute note."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A note as the network heard it; W windows."""

    frames: Frames
    """(T, CHANNELS)."""
    starts: list[int]
    """First frames of the windows."""
    length: int
    """Frames of each."""
    shares: Matrix
    """(W,), how much voice each holds."""
    logits: Matrix
    """(W, 8), not yet calibrated."""
    traits: Matrix
    """(W, traits)."""

    @property
    def overall(self) -> Matrix:
        """Logits of the whole note, (8,)."""
        logits: Matrix = self.shares @ self.logits
        return logits


class CnnLstmRecognizer:
    """Hears the feeling in a voice; any number of notes at a time, one thread each."""

    engine = "cnn-bilstm"

    def __init__(self, weights: Path = WEIGHTS, runs: Callable[[Path], Listener] = on_cpu) -> None:
        """`runs` loads the network: `on_cpu`, or `in_torch` on a GPU.

        Raises EngineError where the weights are missing, broken or of another time.
        """
        card = read_card(weights)
        self._temperature, self._traits = card.temperature, card.traits
        self._by = f"{self.engine} {fingerprint(weights)}"
        self._listen = runs(weights)

    async def recognize(self, waveform: Waveform, voice: VoiceProfile | None) -> Feeling:
        """How the waveform sounds: a calibrated feeling, and its curve over 3 s windows.

        Where the voice is known from earlier notes, it is heard against what is usual for it. The
        feeling carries this note's share of that: `usual.profile_of`, then the network's traits.
        Raises EngineError where there is too little sound, or what is there is no sound.
        """
        return await asyncio.to_thread(self._feel, waveform, voice)

    def _feel(self, waveform: Waveform, voice: VoiceProfile | None) -> Feeling:
        samples, offset = sounding(waveform)
        heard = self.hear(samples, voice)
        seconds = Seconds(offset, waveform.seconds)
        moments = zip(heard.starts, softmax(heard.logits / self._temperature), strict=True)
        curve = tuple(
            Moment(seconds(start), seconds(start + heard.length), _named(row))
            for start, row in moments
        )
        guess = _named(softmax(heard.overall / self._temperature))
        profile = self._profile(profile_of(samples, heard.frames), heard.shares @ heard.traits)
        return Feeling(guess, self.engine, curve, profile)

    def hear(self, samples: Samples, voice: VoiceProfile | None) -> "Heard":
        """What the network says of a trimmed note, (N,), window by window. Raises EngineError."""
        frames = features(samples)  # (T, CHANNELS)
        starts, length = window_starts(len(frames)), window_length(len(frames))
        baseline = self._baseline(voice)
        parts = [
            self._windows(np.stack([frames[start : start + length] for start in some]), baseline)
            for some in _some_at_a_time(starts)
        ]
        logits, traits = (np.concatenate(part) for part in zip(*parts, strict=True))
        return Heard(frames, starts, length, loudness(samples, starts, length), logits, traits)

    def _baseline(self, voice: VoiceProfile | None) -> tuple[Samples, float]:
        """The network's own share of a profile; nothing of one that other weights made."""
        if voice is None or voice.by != self._by:
            return np.zeros(self._traits, np.float32), 0.0
        return np.array(voice.mean[STATISTICS:], np.float32), float(voice.notes)

    def _profile(self, usual: VoiceProfile | None, traits: Matrix) -> VoiceProfile | None:
        """The note's statistics, the network's traits behind them."""
        return usual and VoiceProfile(1, (*usual.mean, *map(float, traits)), self._by)

    def _windows(self, windows: Samples, voice: tuple[Samples, float]) -> tuple[Matrix, Matrix]:
        try:
            logits, traits = self._listen(windows, *voice)
        except Exception as error:  # the runtimes' exceptions share no base
            raise EngineError("the emotion network failed on a note") from error
        if not (np.isfinite(logits).all() and np.isfinite(traits).all()):
            raise EngineError("the emotion network gave no numbers")
        return logits.astype(np.float64), traits.astype(np.float64)


class Seconds:
    """From a frame of the trimmed note to seconds of the note as it came."""

    def __init__(self, offset: int, end: float) -> None:
        self._offset, self._end = offset, end

    def __call__(self, frame: int) -> float:
        return min((self._offset + frame * HOP) / RATE, self._end)


def sounding(waveform: Waveform) -> tuple[Samples, int]:
    """The samples without what is no speech at the ends, and where they start."""
    if waveform.rate != RATE:
        raise EngineError(f"the emotion network hears {RATE} Hz, not {waveform.rate}")
    samples = np.asarray(waveform.samples, np.float32)
    if samples.ndim != 1 or not np.isfinite(samples).all():
        raise EngineError("the waveform is not one channel of finite samples")
    start, end = span_in_noise(samples)
    if end - start < SHORTEST * RATE:
        raise EngineError("too little sound to hear a feeling in")
    return samples[start:end], start


def _some_at_a_time(starts: list[int]) -> list[list[int]]:
    return [starts[place : place + _BATCH] for place in range(0, len(starts), _BATCH)]


def _named(probabilities: Matrix) -> Probabilities:
    return dict(zip(Emotion, (float(p) for p in probabilities), strict=True))
