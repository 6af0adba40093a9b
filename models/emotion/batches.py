"""From passes to batches: what is drawn, cut, augmented and padded for one step of training."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from models.emotion.augment import Chances, augment_features
from models.emotion.corpora import EMOTIONS, Utterance, labels_of
from models.emotion.distil import Steps
from models.emotion.features import CHANNELS, HOP, RATE, Frames
from models.emotion.passes import Pass
from models.emotion.voices import Voices


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
    """(B, 8), the teachers' probabilities; NaN where there is none."""
    steps: Tensor
    """(B, S, D), a teacher's states every fourth frame, NaN where there is none; D may be 0."""
    baseline: Tensor
    """(B, traits), of the speaker's other clips."""
    notes: Tensor
    """(B,), how many of them."""


@dataclass(frozen=True, slots=True)
class Clips:
    """The recordings that are drawn from, side by side with what is known of them."""

    utterances: Sequence[Utterance]
    indices: NDArray[np.int64]
    """Of each utterance in the passes."""
    lengths: NDArray[np.int64]
    """Of each utterance, in samples."""
    teacher: Frames
    """(N, D), targets of each utterance."""
    opinions: Frames
    """(N, 8), the teachers' probabilities; NaN where there is none."""
    steps: Steps | None = None
    """A teacher's states over time."""

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

    def truths(self, positions: NDArray[np.int64]) -> tuple[Tensor, Tensor, Tensor]:
        """Labels (B,), the labels that the corpora know, (B, 8), and opinions, (B, 8)."""
        known = (self.labels, self.allowed, self.clips.opinions)
        labels, allowed, opinions = (torch.from_numpy(each[positions]) for each in known)
        return labels, allowed, opinions

    def epoch(self, draws: int, batch: int, rng: Generator) -> Iterator[NDArray[np.int64]]:
        """Batches of positions; clips of like length together, so that little is padding."""
        drawn = rng.choice(len(self.chance), draws, p=self.chance)
        lengths = self.clips.lengths[drawn] * rng.uniform(0.8, 1.2, draws)
        batches = np.array_split(drawn[np.argsort(lengths)], draws // batch)
        for place in rng.permutation(len(batches)):
            yield batches[place]


@dataclass(frozen=True, slots=True)
class Preparation:
    """How a drawn clip becomes what the network sees."""

    passes: Sequence[Pass]
    voices: Voices
    chances: Chances
    seconds: float
    """Longest stretch of a clip."""

    def batch(self, draws: Draws, positions: NDArray[np.int64], rng: Generator) -> Batch:
        clips = draws.clips
        baseline, notes = self.voices.baselines(positions, rng)
        labels, allowed, opinions = draws.truths(positions)
        frames = [self.frames(int(clips.indices[position]), rng) for position in positions]
        padded, lengths = pad([each[:, :CHANNELS] for each in frames])
        return Batch(
            padded,
            lengths,
            labels,
            allowed,
            torch.from_numpy(clips.teacher[positions]),
            opinions,
            steps_of(clips, positions, [each[::4, CHANNELS] for each in frames]),
            baseline,
            notes,
        )

    def frames(self, index: int, rng: Generator) -> Frames:
        """One recording out of some pass, cut and augmented further: (T, CHANNELS + 1)."""
        frames = self.passes[int(rng.integers(len(self.passes)))][index]
        longest = int(self.seconds * RATE) // HOP
        frames = cut(frames, longest * 4 // 3, rng)
        return cut(augment_features(frames, self.chances, rng), longest, rng)


def steps_of(clips: Clips, positions: NDArray[np.int64], places: Sequence[Frames]) -> Tensor:
    """The teacher's states at each clip's `places`, (S,) each → (B, S, D), padded with NaN."""
    if clips.steps is None:
        return torch.zeros(len(positions), 0, 0)
    longest = max(len(each) for each in places)
    states = np.full((len(positions), longest, len(clips.steps.mean)), np.nan, np.float32)
    for row, position, where in zip(states, positions, places, strict=True):
        row[: len(where)] = clips.steps.at(int(clips.indices[position]), where)
    return torch.from_numpy(states)


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
