"""What the study measures: recall on speakers never heard, with intervals over the speakers.

Pure arithmetic on labels and guesses; knows no network.
"""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models.emotion.corpora import EMOTIONS
from models.emotion.measuring import Matrix
from models.emotion.synthetic.speech import CORPORA, Numbers, Speech
from models.emotion.synthetic.use import RARE

DRAWS = 2000
RARE_CORPORA = tuple(RARE)
FIGURES = ("UAR", *CORPORA, "rare recall", *(f"{corpus}, rare" for corpus in RARE_CORPORA))
"""Both means weigh every corpus alike."""

Scores = dict[str, dict[str, list[float]]]
"""Of whom → which figure → value, and the ends of the middle 95 % of draws."""


def closed_guesses(logits: Matrix, allowed: NDArray[np.bool_]) -> Numbers:
    """(N, 8) twice → (N,), the likeliest of the labels that each clip's corpus knows."""
    guessed: Numbers = np.where(allowed, logits, -np.inf).argmax(axis=1)
    return guessed


def score(
    guessed: Mapping[str, Sequence[Numbers]],
    held: Speech,
    pairs: Sequence[tuple[str, str]],
    draws: int = DRAWS,
) -> tuple[Scores, Scores]:
    """Arm → its guesses of each clip, (N,) a seed; → figures by arm, and gains of pairs of arms.

    A figure is the mean over an arm's seeds. In a gain both arms are drawn with the same speakers
    and clips, so that what is hard about a voice does not widen the interval.
    """
    names = [*guessed]
    right = np.stack([np.mean([g == held.labels for g in guessed[name]], axis=0) for name in names])
    rng = np.random.default_rng(0)
    whole = figures(right, held, np.ones(len(held.labels)))  # (A, F)
    drawn = np.stack([figures(right, held, drawn_again(held, rng)) for _ in range(draws)])
    arms = {name: _intervals(whole[i], drawn[:, i]) for i, name in enumerate(names)}
    gains = {}
    for name, base in pairs:
        i, j = names.index(name), names.index(base)
        gains[f"{name} − {base}"] = _intervals(whole[i] - whole[j], drawn[:, i] - drawn[:, j])
    return arms, gains


def figures(right: Matrix, held: Speech, times: Matrix) -> Matrix:
    """How often each of A arms was right on N clips, and how often a clip counts → (A, FIGURES)."""
    recall = {}
    for corpus in CORPORA:
        for label in np.unique(held.labels[held.corpora == corpus]):
            weights = times * ((held.corpora == corpus) & (held.labels == label))
            if weights.sum():
                recall[corpus, EMOTIONS[label].value] = right @ weights / weights.sum()
    nothing = np.full(len(right), np.nan)

    def mean(of: Sequence[Matrix]) -> Matrix:
        return np.nanmean(of, axis=0) if len(of) else nothing

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a corpus that is not there
        uar = [mean([r for (of, _), r in recall.items() if of == c]) for c in CORPORA]
        rare = [mean([recall[c, e] for e in RARE[c] if (c, e) in recall]) for c in RARE_CORPORA]
        return np.stack([mean(uar), *uar, mean(rare), *rare], axis=1)


def drawn_again(held: Speech, rng: Generator) -> Matrix:
    """Speakers within each corpus, then their clips, with replacement: how often each counts."""
    times = np.zeros(len(held.labels))
    for corpus in CORPORA:
        speakers = np.unique(held.speakers[held.corpora == corpus])
        for speaker in rng.choice(speakers, len(speakers)) if len(speakers) else ():
            clips = np.flatnonzero(held.speakers == speaker)
            np.add.at(times, rng.choice(clips, len(clips)), 1)
    return times


def _intervals(values: Matrix, drawn: Matrix) -> dict[str, list[float]]:
    """(F,) and (draws, F) → each figure's value and interval."""
    low, high = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    rows = zip(FIGURES, values, low, high, strict=True)
    return {name: [round(float(x), 3) for x in row] for name, *row in rows}
