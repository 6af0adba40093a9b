"""How far the network's sureness can be trusted: risk against coverage, and the area under ROC.

Probabilities only, of speakers never trained on; nothing here knows a network.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from models.emotion.corpora import EMOTIONS
from models.emotion.measuring import Guesses, Labels, Matrix

THRESHOLDS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Told:
    """What happens when feelings under a threshold are asked about, not told."""

    threshold: float
    coverage: float
    """Share of the notes whose feeling is told."""
    risk: float
    """Share of those told wrongly; NaN where none is."""


def risks(probabilities: Matrix, labels: Labels, weights: Matrix) -> list[Told]:
    """(N, 8), (N,) and what each clip counts, (N,) → one Told for each threshold."""
    sure, wrong = probabilities.max(axis=1), probabilities.argmax(axis=1) != labels
    result = []
    for threshold in THRESHOLDS:
        told = weights * (sure >= threshold)
        risk = float((told * wrong).sum() / told.sum()) if told.any() else float("nan")
        result.append(Told(threshold, float(told.sum() / weights.sum()), risk))
    return result


def corpus_weights(guesses: Sequence[Guesses]) -> Matrix:
    """Every corpus counts the same, whatever its size: (N of all,)."""
    return np.concatenate([np.full(len(g.labels), 1.0 / len(g.labels)) for g in guesses])


def areas(probabilities: Matrix, labels: Labels) -> Matrix:
    """Area under the ROC curve, each label against the rest: (8,), NaN where it never occurs.

    By the rank-sum statistic (Hanley and McNeil, 1982).
    """
    found = np.full(len(EMOTIONS), np.nan)
    for label in np.unique(labels):
        is_it = labels == label
        ranks = rankdata(probabilities[:, label])
        positive, negative = int(is_it.sum()), int((~is_it).sum())
        if negative:
            above = ranks[is_it].sum() - positive * (positive + 1) / 2
            found[label] = above / (positive * negative)
    return found
