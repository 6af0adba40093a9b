"""How good guesses are: the figures of merit, and the network's guesses on held-out speakers.

A corpus is measured over the labels it has; its other probabilities are left out and the rest
scaled to one, which is the closed question every published figure answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from models.emotion.batches import pad
from models.emotion.corpora import EMOTIONS, labels_of
from models.emotion.features import features
from models.emotion.material import Material
from models.emotion.network import EmotionNetwork, unknown

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

CLEAN_TEST_SENTENCES = {"ased": ("sentence 01", "sentence 02")}
"""Where most sentences belong to one emotion, only those that do not are measured."""


@dataclass(frozen=True, slots=True)
class Guesses:
    """What was guessed of N labelled clips of one corpus."""

    corpus: str
    speakers: Sequence[str]
    sexes: Sequence[str]
    labels: Labels
    """(N,), place in EMOTIONS."""
    logits: Matrix
    """(N, 8); labels that the corpus lacks at −∞."""
    traits: Matrix = field(default_factory=lambda: np.zeros((0, 0)))
    """(N, traits), what the network remembers of a voice, where it was asked for."""

    def probabilities(self, temperature: float = 1.0) -> Matrix:
        """(N, 8), 0 at labels that the corpus lacks."""
        scaled = self.logits / temperature
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        probabilities: Matrix = powers / powers.sum(axis=1, keepdims=True)
        return probabilities

    def subset(self, chosen: NDArray[np.bool_]) -> "Guesses":
        places = [int(place) for place in np.flatnonzero(chosen)]
        return Guesses(
            self.corpus,
            [self.speakers[i] for i in places],
            [self.sexes[i] for i in places],
            self.labels[places],
            self.logits[places],
            self.traits[places] if len(self.traits) else self.traits,
        )

    def joined(self, other: "Guesses") -> "Guesses":
        """Both one after the other; of the same corpus."""
        return Guesses(
            self.corpus,
            [*self.speakers, *other.speakers],
            [*self.sexes, *other.sexes],
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.logits, other.logits]),
            np.concatenate([self.traits, other.traits]),
        )


def confusion(labels: Labels, guessed: Labels) -> Matrix:
    """(8, 8) counts, row the truth, column the guess."""
    counts = np.zeros((len(EMOTIONS), len(EMOTIONS)))
    np.add.at(counts, (labels, guessed), 1)
    return counts


def recalls(counts: Matrix) -> Matrix:
    """(8,), NaN where the truth never is."""
    totals = counts.sum(axis=1)
    rates: Matrix = np.where(totals > 0, counts.diagonal() / np.maximum(totals, 1), np.nan)
    return rates


def unweighted_average_recall(counts: Matrix) -> float:
    return float(np.nanmean(recalls(counts)))


def accuracy(counts: Matrix) -> float:
    return float(counts.trace() / counts.sum())


def macro_f1(counts: Matrix) -> float:
    """Over the labels that occur."""
    occurring = counts.sum(axis=1) > 0
    f1 = 2 * counts.diagonal() / np.maximum(counts.sum(axis=0) + counts.sum(axis=1), 1)
    return float(f1[occurring].mean())


def calibration_error(
    probabilities: Matrix, labels: Labels, weights: Matrix | None = None, bins: int = 10
) -> float:
    """Expected calibration error: how far sureness and rightness are apart (Guo et al., 2017).

    `weights`, (N,), say what each clip counts; all the same where they are not given.
    """
    weights = np.ones(len(labels)) if weights is None else weights
    right = probabilities.argmax(axis=1) == labels
    return _gap(probabilities.max(axis=1), right, weights, bins)


def calibration_error_by_chance(probabilities: Matrix, draws: int = 200) -> float:
    """The calibration error of guesses that are right exactly as often as they are sure.

    It is not 0: so few clips fall into a bin that some of it always looks wrong.
    """
    rng, sure = np.random.default_rng(0), probabilities.max(axis=1)
    even = np.ones(len(sure))
    return float(np.mean([_gap(sure, rng.random(len(sure)) < sure, even) for _ in range(draws)]))


def _gap(sure: Matrix, right: NDArray[np.bool_], weights: Matrix, bins: int = 10) -> float:
    bin_of = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(float((weights * (sure - right))[bin_of == b].sum())) for b in np.unique(bin_of)]
    return sum(gaps) / float(weights.sum())


def guess_held_out(network: EmotionNetwork, material: Material, fold: int) -> list[Guesses]:
    """The network's guesses on the clean clips of a fold's speakers, one corpus after the other."""
    by_corpus: dict[str, list[int]] = {}
    for position in material.positions(fold):
        utterance = material.utterances[position]
        sentences = CLEAN_TEST_SENTENCES.get(utterance.corpus)
        if utterance.emotion is not None and (sentences is None or utterance.text in sentences):
            by_corpus.setdefault(utterance.corpus, []).append(position)
    return [guess(network, material, corpus, chosen) for corpus, chosen in by_corpus.items()]


def guess(
    network: EmotionNetwork, material: Material, corpus: str, positions: Sequence[int]
) -> Guesses:
    utterances = [material.utterances[i] for i in positions]
    logits = np.concatenate(
        [
            logits_of(network, [features(material.clean[i]) for i in positions[start : start + 32]])
            for start in range(0, len(positions), 32)
        ]
    )
    known = labels_of(u for u in material.utterances if u.corpus == corpus)[corpus]
    logits[:, [e not in known for e in EMOTIONS]] = -np.inf
    return Guesses(
        corpus,
        [u.speaker for u in utterances],
        [u.sex for u in utterances],
        np.array([EMOTIONS.index(u.emotion) for u in utterances if u.emotion]),
        logits,
    )


def logits_of(network: EmotionNetwork, frames: Sequence[NDArray[np.float32]]) -> Matrix:
    """(N clips of (T, CHANNELS)) → (N, 8)."""
    padded, lengths = pad(frames)
    with torch.no_grad():
        logits, _ = network(padded, lengths, *unknown(network.shape, len(frames)))
    return np.asarray(logits.double().numpy())


def held_out_scores(network: EmotionNetwork, material: Material) -> dict[str, float]:
    """Corpus → UAR on the held-out speakers, for the curves; nothing is ever chosen by it."""
    if material.config.held_out < 0:
        return {}
    guesses = guess_held_out(network, material, material.config.held_out)
    return {
        g.corpus: round(unweighted_average_recall(confusion(g.labels, g.logits.argmax(axis=1))), 3)
        for g in guesses
    }
