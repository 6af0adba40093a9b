"""How a classifier is judged on people it never heard, and its settings on none of them.

Every fold's speakers are judged by a classifier that learnt from the others; its strength, and the
layer of the teacher it listens to, are chosen by folding those others once more, by speaker.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from models.emotion.measuring import confusion, unweighted_average_recall
from models.emotion.studies.classifiers import Learn, Lessons, Matrix
from models.emotion.studies.sources import Roll
from models.emotion.studies.tables import Table

_INNER = 3
"""Folds of the training speakers."""

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Method:
    learn: Learn
    strengths: tuple[float, ...]
    """To choose from; the middle one serves while a layer is chosen."""


@dataclass(frozen=True, slots=True)
class Setting:
    layer: int
    strength: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the places judged."""

    places: Places
    scores: Matrix
    """(M, 8), labels that the corpus lacks at −∞."""
    settings: Sequence[Setting]
    """One a fold."""

    def write(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        settings = np.array([(s.layer, s.strength) for s in self.settings])
        with file.open("wb") as out:
            np.savez(out, places=self.places, scores=self.scores, settings=settings)

    @classmethod
    def read(cls, file: Path) -> "Judged":
        with np.load(file) as kept:
            settings = [Setting(int(layer), float(s)) for layer, s in kept["settings"]]
            return cls(kept["places"], kept["scores"], settings)


def lessons(table: Table, roll: Roll, places: Places, layer: int) -> Lessons:
    chosen = roll.corpora[places], roll.labels[places]
    return Lessons(table[layer, places], chosen[1], roll.allowed[places], balance(*chosen))


def balance(corpora: NDArray[np.str_], labels: NDArray[np.int64]) -> Matrix:
    """(N,) weights of mean one: within a corpus every class alike, and every corpus alike."""
    weights = np.zeros(len(labels))
    for corpus in np.unique(corpora):
        classes = np.unique(labels[corpora == corpus])
        for label in classes:
            own = (corpora == corpus) & (labels == label)
            weights[own] = 1.0 / (len(classes) * own.sum())
    balanced: Matrix = weights * len(labels) / weights.sum()
    return balanced


def scored(
    method: Method, table: Table, roll: Roll, split: tuple[Places, Places], setting: Setting
) -> Matrix:
    """Scores of the second places by what was learnt from the first, closed to unknown labels."""
    heard, unheard = split
    taught = lessons(table, roll, heard, setting.layer)
    scores = method.learn(taught, table[setting.layer, unheard], setting.strength)
    scores[~roll.allowed[unheard]] = -np.inf
    return scores


def inner_splits(
    groups: NDArray[np.str_], places: Places, folds: int = _INNER
) -> list[tuple[Places, Places]]:
    """The places dealt by group, each part against the others; none where there is one group."""
    folds = min(folds, len(np.unique(groups[places])))
    if folds < 2:
        return []
    parts = GroupKFold(folds).split(places, groups=groups[places])
    return [(places[heard], places[unheard]) for heard, unheard in parts]


def choose(
    method: Method, table: Table, roll: Roll, splits: Sequence[tuple[Places, Places]]
) -> Setting:
    """The layer first, then the strength; by mean UAR over corpora on the splits' second halves."""
    setting = Setting(len(table) // 2, method.strengths[len(method.strengths) // 2])
    if not splits:
        return setting

    def worth(candidate: Setting) -> float:
        judged = [
            (unheard, scored(method, table, roll, (heard, unheard), candidate))
            for heard, unheard in splits
        ]
        return mean_uar(roll, *(np.concatenate(part) for part in zip(*judged, strict=True)))

    if len(table) > 1:
        setting = max((Setting(i, setting.strength) for i in range(len(table))), key=worth)
    if len(method.strengths) > 1:
        setting = max((Setting(setting.layer, s) for s in method.strengths), key=worth)
    return setting


def mean_uar(roll: Roll, places: Places, scores: Matrix) -> float:
    """Mean over corpora of UAR on what may be measured."""
    fair = roll.measured[places]
    places, guessed = places[fair], scores[fair].argmax(axis=1)
    values = []
    for corpus in np.unique(roll.corpora[places]):
        own = roll.corpora[places] == corpus
        counts = confusion(roll.labels[places[own]], guessed[own])
        values.append(unweighted_average_recall(counts))
    return float(np.mean(values)) if values else 0.0


def judge(method: Method, table: Table, roll: Roll, corpora: Sequence[str]) -> Judged:
    """All folds of the corpora named, learning from those corpora alone.

    Speakers in no fold are always learnt from, where their corpus is named.
    """
    usable = np.isin(roll.corpora, corpora) & (roll.labels >= 0)
    usable &= ~np.isnan(table[0]).any(axis=1)
    places, scores, settings = [], [], []
    for fold in np.unique(roll.folds[usable & (roll.folds >= 0)]):
        heard = np.flatnonzero(usable & (roll.folds != fold))
        unheard = np.flatnonzero(usable & roll.measured & (roll.folds == fold))
        setting = choose(method, table, roll, inner_splits(roll.speakers, heard))
        settings.append(setting)
        places.append(unheard)
        scores.append(scored(method, table, roll, (heard, unheard), setting))
    return Judged(np.concatenate(places), np.concatenate(scores), settings)
