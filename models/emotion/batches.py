"""From recordings to batches: what is drawn, augmented, cut and padded for one step of training."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from models.emotion.augment import Chances, Sounds, augment_features, augment_waveform
from models.emotion.corpora import EMOTIONS, Utterance, labels_of
from models.emotion.features import CHANNELS, HOP, RATE, Frames, features
from models.emotion.recordings import Cache


@dataclass(frozen=True, slots=True)
class Batch:
    """B clips of one step, padded to the longest."""

    features: Tensor
    """(B, T, CHANNELS)."""
    lengths: Tensor
    """(B,), frames."""
    labels: Tensor
    """(B,), place in EMOTIONS; −1 where there is none to learn."""
    allowed: Tensor
    """(B, 8), bool: the labels which the clip's corpus knows."""
    teacher: Tensor
    """(B, D); D is 0 without a teacher."""
    opinion: Tensor
    """(B, 8), the teacher's probabilities; NaN where there is none."""


@dataclass(frozen=True, slots=True)
class Clips:
    """The recordings that are drawn from, side by side with what is known of them."""

    utterances: Sequence[Utterance]
    indices: NDArray[np.int64]
    """Of each utterance in the caches."""
    clean: Cache
    opus: Cache
    """The same recordings after an Opus round trip."""
    teacher: Frames
    """(N, D), targets of each utterance."""
    opinions: Frames
    """(N, 8), the teacher's probabilities; NaN where there is none."""

    @property
    def labels(self) -> NDArray[np.int64]:
        return np.array([EMOTIONS.index(u.emotion) if u.emotion else -1 for u in self.utterances])

    @property
    def allowed(self) -> NDArray[np.bool_]:
        known = labels_of(self.utterances)
        return np.array([[e in known[u.corpus] for e in EMOTIONS] for u in self.utterances])


class Draws:
    """Clips by chance: a corpus by its weight, within it every class alike."""

    def __init__(self, clips: Clips, weights: dict[str, float]) -> None:
        self.clips = clips
        self.labels, self.allowed = clips.labels, clips.allowed
        classes = Counter((u.corpus, u.emotion) for u in clips.utterances)
        of_corpus = Counter(corpus for corpus, _ in classes)
        chance = np.array(
            [
                weights[u.corpus] / of_corpus[u.corpus] / classes[u.corpus, u.emotion]
                for u in clips.utterances
            ]
        )
        self.chance = chance / chance.sum()

    def epoch(self, draws: int, batch: int, rng: Generator) -> Iterator[NDArray[np.int64]]:
        """Batches of positions; clips of like length together, so that little is padding."""
        drawn = rng.choice(len(self.chance), draws, p=self.chance)
        lengths = np.array([self.clips.clean.length(self.clips.indices[i]) for i in drawn])
        lengths = lengths * rng.uniform(0.8, 1.2, draws)
        batches = np.array_split(drawn[np.argsort(lengths)], draws // batch)
        for place in rng.permutation(len(batches)):
            yield batches[place]


@dataclass(frozen=True, slots=True)
class Preparation:
    """How a drawn clip becomes what the network sees."""

    chances: Chances
    sounds: Sounds
    seconds: float
    """Longest stretch of a clip."""

    def batch(self, draws: Draws, positions: NDArray[np.int64], rng: Generator) -> Batch:
        clips = draws.clips
        frames = [self.frames(clips, int(position), rng) for position in positions]
        padded, lengths = pad(frames)
        return Batch(
            padded,
            lengths,
            torch.from_numpy(draws.labels[positions]),
            torch.from_numpy(draws.allowed[positions]),
            torch.from_numpy(clips.teacher[positions]),
            torch.from_numpy(clips.opinions[positions]),
        )

    def frames(self, clips: Clips, position: int, rng: Generator) -> Frames:
        """One clip, augmented and cut: (T, CHANNELS)."""
        source = clips.opus if rng.random() < self.chances.opus else clips.clean
        samples = source[int(clips.indices[position])]
        longest = int(self.seconds * RATE)
        samples = cut(samples, longest * 3 // 2, rng)
        samples = augment_waveform(samples, self.chances, self.sounds, rng)
        frames = augment_features(features(samples), self.chances, rng)
        return cut(frames, longest // HOP, rng)


def cut(values: Frames, longest: int, rng: Generator) -> Frames:
    """A stretch from a random place where there is more than `longest`."""
    if len(values) <= longest:
        return values
    start = int(rng.integers(len(values) - longest + 1))
    return values[start : start + longest]


def pad(frames: Sequence[Frames]) -> tuple[Tensor, Tensor]:
    """Clips of unequal length as one batch: → (B, T, CHANNELS) and (B,)."""
    lengths = torch.tensor([len(clip) for clip in frames])
    padded = torch.zeros(len(frames), int(lengths.max()), CHANNELS)
    for row, clip in zip(padded, frames, strict=True):
        row[: len(clip)] = torch.from_numpy(clip)
    return padded, lengths
