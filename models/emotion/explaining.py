"""Why a voice was heard as it was: the places of its spectrogram that spoke for a feeling.

Integrated gradients (Sundararajan et al., 2017) of the feeling's logarithmic probability, from
silence to the note, through the shipped network in torch; torch is loaded with the first question
that is asked. It draws nothing.
"""

import asyncio
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from models.emotion.features import HIGHEST, HOP, LOWEST, MELS, RATE, Frames, features
from models.emotion.inference import WEIGHTS, load_network
from models.emotion.recognizer import CnnLstmRecognizer, sounding
from models.emotion.usual import compare
from models.emotion.windows import window_length, window_starts
from pipeline.errors import EngineError
from pipeline.values import Emotion, Feeling, Reasons, VoiceProfile, Waveform

if TYPE_CHECKING:
    from models.emotion.network import EmotionNetwork

PATH = 24
"""Steps from silence to the note."""
LONGEST = 7
"""Windows that are explained of a long note: the 12 s that spoke most for the feeling."""
SMOOTHING = (3.0, 1.6)
"""Standard deviations, in frames and mels: single cells are not what one hears."""
COARSER = 130
"""In a longer stretch they grow to this share of its frames, so that as few places stand out."""
_EMOTIONS = tuple(Emotion)


class Explainer:
    """Answers why; one question at a time, on one thread."""

    def __init__(self, recognizer: CnnLstmRecognizer, weights: Path = WEIGHTS) -> None:
        self._recognizer = recognizer
        self._weights = weights
        self._at_work = Lock()

    async def explain(
        self, waveform: Waveform, emotion: Emotion, usual: VoiceProfile | None
    ) -> Reasons:
        """What in a 16 kHz note spoke for a feeling, and how it differs from the voice's usual.

        `usual` is the profile into which this note has been merged. Raises EngineError.
        """
        feeling = await self._recognizer.recognize(waveform, usual)
        return await asyncio.to_thread(self._explain, waveform, emotion, (feeling, usual))

    def _explain(
        self, waveform: Waveform, emotion: Emotion, heard: tuple[Feeling, VoiceProfile | None]
    ) -> Reasons:
        feeling, usual = heard
        samples, offset = sounding(waveform)
        frames = features(samples)  # (T, CHANNELS)
        starts = _likeliest(window_starts(len(frames)), feeling, emotion)
        length = window_length(len(frames))
        with self._at_work:
            weights = self._weigh(frames, starts, (length, emotion))
        first, last = starts[0], starts[-1] + length
        compared = None if feeling.voice is None else compare(feeling.voice, usual)
        return Reasons(
            mels=frames[first:last, :MELS],
            weights=weights,
            hertz=_mel_centres(),
            start=(offset + first * HOP) / RATE,
            seconds=(last - first) * HOP / RATE,
            alone=feeling.emotion,
            compared=compared,
        )

    def _weigh(
        self, frames: Frames, starts: list[int], of: tuple[int, Emotion]
    ) -> NDArray[np.float32]:
        """How much each place spoke for the feeling, 0 … 1: (T of the stretch, MELS)."""
        length, emotion = of
        total = np.zeros((starts[-1] - starts[0] + length, MELS))
        for start in starts:
            spoke = self.attributions(frames[start : start + length], emotion)[:, :MELS]
            total[start - starts[0] : start - starts[0] + length] += spoke
        across = max(SMOOTHING[0], len(total) / COARSER)
        smooth = gaussian_filter(np.maximum(total, 0.0), (across, SMOOTHING[1]))
        weights: NDArray[np.float32] = (smooth / max(float(smooth.max()), 1e-9)).astype(np.float32)
        return weights

    def attributions(self, frames: Frames, emotion: Emotion) -> Frames:
        """Integrated gradients of one window, (T, CHANNELS): they sum to what the note adds.

        Silence is the floor of the mels without a melody. Raises EngineError.
        """
        import torch  # noqa: PLC0415 - seconds to load, and needed only here

        silence = np.zeros_like(frames)
        silence[:, :MELS] = frames[:, :MELS].min()
        here, away = torch.from_numpy(frames), torch.from_numpy(silence)
        share = ((torch.arange(PATH) + 0.5) / PATH)[:, None, None]
        path = (away + share * (here - away)).requires_grad_()  # (PATH, T, CHANNELS)
        try:
            network = self._network
            summary = network.summary(path, torch.full((PATH,), len(frames)))
            logits = network.classify(summary)
            told = logits.log_softmax(dim=1)[:, _EMOTIONS.index(emotion)].sum()
            (slopes,) = torch.autograd.grad(told, path)
        except RuntimeError as error:
            raise EngineError("the emotion network could not be asked why") from error
        attributions: Frames = ((here - away) * slopes.mean(dim=0)).numpy()
        return attributions

    @cached_property
    def _network(self) -> "EmotionNetwork":
        """Raises EngineError."""
        import torch  # noqa: PLC0415

        torch.set_num_threads(1)
        return load_network(self._weights).requires_grad_(False)


def _mel_centres() -> tuple[float, ...]:
    """Hertz of the middle of each mel filter."""
    import librosa  # noqa: PLC0415 - slow to load, as torch is

    edges = librosa.mel_frequencies(MELS + 2, fmin=LOWEST, fmax=HIGHEST)
    return tuple(float(edge) for edge in edges[1:-1])


def _likeliest(starts: list[int], feeling: Feeling, emotion: Emotion) -> list[int]:
    """Of a long note's windows, those in a row that spoke most for the feeling."""
    shares = np.array([moment.probabilities[emotion] for moment in feeling.curve])
    if len(starts) <= LONGEST:
        return starts
    sums = np.convolve(shares, np.ones(LONGEST), mode="valid")
    first = int(sums.argmax())
    return starts[first : first + LONGEST]
