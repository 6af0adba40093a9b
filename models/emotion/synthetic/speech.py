"""The speech that conversion learns from: standardised log-mels in memory, and stretches of them.

Acted corpora that say the same sentences in several emotions, on one side of the split; a clip
without one of the eight labels is left out.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from models.emotion.config import DEFAULT, read_config
from models.emotion.corpora import EMOTIONS, labels_of
from models.emotion.features import Frames, log_mel, standardised
from models.emotion.material import Material, Tell, gather

HELD_OUT = 1
"""The fold whose speakers neither the converter nor a listener of the study ever learns from."""
CORPORA = ("ravdess", "emodb", "savee", "nemo")
SHARES = {"ravdess": 1.0, "nemo": 1.0, "emodb": 0.6, "savee": 0.6}
"""How often a corpus is drawn from."""

Numbers = NDArray[np.int64]
Chances = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Speech:
    """N labelled clips and what is known of them."""

    mels: Sequence[Frames]
    """Each (T, MELS), standardised over the whole clip."""
    labels: Numbers
    """(N,), place in EMOTIONS."""
    allowed: NDArray[np.bool_]
    """(N, 8): the labels which the clip's corpus knows."""
    corpora: NDArray[np.str_]
    speakers: NDArray[np.str_]

    def places(self, corpus: str, emotion: int) -> Numbers:
        """The clips of a corpus in an emotion."""
        return np.flatnonzero((self.corpora == corpus) & (self.labels == emotion))

    def chances(self, by_class: bool) -> Chances:
        """(N,), of each clip being drawn: a corpus by its share, in it classes or clips alike."""
        of_class = Counter(zip(self.corpora, self.labels, strict=True))
        of_corpus = Counter(self.corpora)
        classes = Counter(corpus for corpus, _ in of_class)
        chances = np.array(
            [
                SHARES[c] / (classes[c] * of_class[c, label] if by_class else of_corpus[c])
                for c, label in zip(self.corpora, self.labels, strict=True)
            ]
        )
        weights: Chances = chances / chances.sum()
        return weights


@dataclass(frozen=True, slots=True)
class Drawn:
    """B stretches of one step."""

    mels: Tensor
    """(B, T, MELS)."""
    labels: Tensor
    """(B,)."""
    targets: Tensor
    """(B,), the emotion to convert to: never the clip's own."""
    allowed: Tensor
    """(B, 8)."""


def gather_material(tell: Tell) -> Material:
    """The corpora, with HELD_OUT kept apart."""
    return gather(replace(read_config(DEFAULT), held_out=HELD_OUT), tell)


def read_speech(material: Material, positions: Sequence[int]) -> Speech:
    """The labelled clips of CORPORA among `positions` (seconds; about 60 KB a clip)."""
    known = labels_of(material.utterances)
    chosen = [i for i in positions if material.utterances[i].corpus in CORPORA]
    chosen = [i for i in chosen if material.utterances[i].emotion is not None]
    utterances = [material.utterances[i] for i in chosen]
    return Speech(
        [standardised(log_mel(material.clean[i])) for i in chosen],
        np.array([EMOTIONS.index(u.emotion) for u in utterances if u.emotion], np.int64),
        np.array([[e in known[u.corpus] for e in EMOTIONS] for u in utterances]),
        np.array([u.corpus for u in utterances]),
        np.array([u.speaker for u in utterances]),
    )


def stretch(mels: Frames, frames: int, rng: Generator) -> Frames:
    """(T, MELS) → (frames, MELS) from a random place, silence added to what is too short."""
    if len(mels) < frames:
        return np.pad(mels, ((0, frames - len(mels)), (0, 0)), constant_values=float(mels.min()))
    start = int(rng.integers(len(mels) - frames + 1))
    return mels[start : start + frames]


def other_emotion(label: int, allowed: NDArray[np.bool_], rng: Generator) -> int:
    """One of the labels the corpus knows that is not the clip's own."""
    return int(rng.choice([i for i in np.flatnonzero(allowed) if i != label]))


def draw(speech: Speech, chances: Chances, size: tuple[int, int], rng: Generator) -> Drawn:
    """Stretches by chance, each with another emotion of its corpus to become.

    `size`: how many, and of how many frames.
    """
    places = rng.choice(len(speech.labels), size[0], p=chances)
    mels = np.stack([stretch(speech.mels[i], size[1], rng) for i in places])
    targets = [other_emotion(int(speech.labels[i]), speech.allowed[i], rng) for i in places]
    return Drawn(
        torch.from_numpy(mels),
        torch.from_numpy(speech.labels[places]),
        torch.tensor(targets),
        torch.from_numpy(speech.allowed[places]),
    )


def closed_loss(logits: Tensor, labels: Tensor, allowed: Tensor) -> Tensor:
    """Cross-entropy over the labels that each clip's corpus knows."""
    return F.cross_entropy(logits.masked_fill(~allowed, -1e4), labels)
