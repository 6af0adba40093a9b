"""The study `baselines`: what classical classifiers reach on the network's own folds.

Seven methods, each as a stranger hears (one clip and nothing else) and as one who knows the voice
(every clip less its speaker's mean, the upper view), each taught by the corpus at hand, and the
linear teachers by all corpora together as well.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path

import numpy as np

from models.emotion.measuring import (
    Guesses,
    accuracy,
    confusion,
    macro_f1,
    unweighted_average_recall,
)
from models.emotion.report import bootstrap
from models.emotion.studies.choosing import Judged, Method, judge
from models.emotion.studies.classifiers import forest, linear, support_vectors, tree
from models.emotion.studies.results import Results, Row, table
from models.emotion.studies.sources import Roll, Sources, call
from models.emotion.studies.tables import (
    Table,
    centred,
    cepstral_table,
    egemaps_table,
    embedding_table,
)

log = logging.getLogger("echomind.emotion.studies")

CORPORA = ("ravdess", "emodb", "savee", "nemo", "ased")
BYOL = Path("teachers") / "byol_s.npz"
"""Beside the corpora."""

_C = (3e-4, 1e-3, 3e-3, 1e-2)
_MACHINE = Method(support_vectors, (1.0, 3.0, 10.0))
_LINEAR = Method(linear, _C)


@dataclass(frozen=True, slots=True)
class Baseline:
    name: str
    source: str
    """A key of TABLES."""
    method: Method
    together: bool = False
    """Taught by all corpora as well; for the others that would take hours."""


BASELINES = (
    Baseline("decision tree, MFCC statistics", "cepstra", Method(tree, (2, 8, 32))),
    Baseline("random forest, MFCC statistics", "cepstra", Method(forest, (2,))),
    Baseline("SVM, MFCC statistics", "cepstra", _MACHINE),
    Baseline("SVM, eGeMAPS", "egemaps", _MACHINE),
    Baseline("linear, BYOL-S", "byol", _LINEAR, together=True),
)
VIEWS = ("as heard", "voice known")
LESSONS = ("own corpus", "all corpora")

TABLES: dict[str, Callable[[Sources], Table]] = {
    "cepstra": cepstral_table,
    "egemaps": egemaps_table,
    "byol": lambda sources: embedding_table(sources, sources.data / BYOL),
}

PROTOCOL = (
    "Five folds of speakers (the network's own; SAVEE's three men make three), every clip judged "
    "once by a classifier that never heard its speaker; the guesses of all folds together give one "
    "UAR, its interval the middle 95 % of 2000 draws of speakers and, within them, of clips. A "
    "tree's leaf, a machine's C and the linear classifier's C are chosen "
    "inside the training speakers, folded once more. Clips are trimmed and of one level. Taught "
    "by all corpora, each corpus weighs the same, TESS and TurEV-DB only teach, and a guess is "
    "taken among the labels of the corpus at hand (in the linear classifier's loss as well). "
    "*Voice known* subtracts the mean of all the speaker's clips, unlabelled: an upper view that "
    "no first note can have. ASED is measured on its sentences 01 and 02 alone."
)


def study(sources: Sources, *, ready: bool = False) -> Results:
    """Every baseline, view and lesson; what has been judged before is read from runs/studies.

    `ready` computes nothing and keeps what is there: the tables then have gaps.
    """
    roll = call(sources.utterances, sources.fold_of)
    figures: list[Row] = []
    for baseline, view, corpora in cells(roll):
        file = sources.runs / "studies" / "judged" / f"{file_name(baseline, view, corpora)}.npz"
        if not file.exists():
            if ready:
                continue
            log.info("judging %s", file.stem)
            seen = seen_by(sources, roll, baseline.source, view)
            judge(baseline.method, seen, roll, corpora).write(file)
        lesson = LESSONS[len(corpora) > 1]
        figures += _figures(roll, Judged.read(file), (baseline.name, view, lesson))
    return Results("baselines", "python -m models.emotion.studies baselines", PROTOCOL, figures)


def cells(roll: Roll) -> Iterator[tuple[Baseline, str, tuple[str, ...]]]:
    """What is judged, one by one: a baseline, a view, and the corpora that teach."""
    everything = tuple(np.unique(roll.corpora).tolist())
    for baseline, view in product(BASELINES, VIEWS):
        yield from ((baseline, view, (corpus,)) for corpus in CORPORA)
    for baseline, view in product(BASELINES, VIEWS):
        if baseline.together:
            yield baseline, view, everything


def file_name(baseline: Baseline, view: str, corpora: tuple[str, ...]) -> str:
    taught = corpora[0] if len(corpora) == 1 else "all"
    return f"{baseline.name}, {view}, {taught}".replace(", ", "-")


@lru_cache(maxsize=1)
def _table(sources: Sources, source: str) -> Table:
    return TABLES[source](sources)


def seen_by(sources: Sources, roll: Roll, source: str, view: str) -> Table:
    """The table of a source, (L, N, D), each row as heard or less its speaker's mean."""
    rows = _table(sources, source)
    return centred(rows, roll.speakers) if view == VIEWS[1] else rows


def _figures(roll: Roll, judged: Judged, cell: tuple[str, str, str]) -> list[Row]:
    """One row a corpus."""
    name, view, lesson = cell
    rows = []
    for corpus in CORPORA:
        own = roll.corpora[judged.places] == corpus
        if own.any():
            places = judged.places[own]
            guesses = guesses_of(roll, places, judged.scores[own])
            chosen = [f"{s.strength:g}, layer {s.layer}" for s in judged.settings]
            rows.append(
                {"method": name, "view": view, "taught by": lesson, "corpus": corpus}
                | measures(guesses)
                | {"UAR by fold": by_fold(roll, places, guesses), "chosen by fold": chosen}
            )
    return rows


def guesses_of(roll: Roll, places: np.ndarray, scores: np.ndarray) -> Guesses:
    """Of one corpus."""
    speakers, sexes = roll.speakers[places].tolist(), roll.sexes[places].tolist()
    return Guesses(str(roll.corpora[places[0]]), speakers, sexes, roll.labels[places], scores)


def measures(guesses: Guesses) -> Row:
    """UAR with its interval, accuracy, macro F1, and UAR of each sex that speaks."""
    guessed = guesses.logits.argmax(axis=1)
    counts = confusion(guesses.labels, guessed)
    low, high = bootstrap(guesses)
    row: Row = {
        "UAR": unweighted_average_recall(counts),
        "low": low,
        "high": high,
        "accuracy": accuracy(counts),
        "macro F1": macro_f1(counts),
    }
    for sex in sorted(set(guesses.sexes)):
        own = np.array(guesses.sexes) == sex
        row[f"UAR {sex}"] = unweighted_average_recall(confusion(guesses.labels[own], guessed[own]))
    return {name: round(value, 4) for name, value in row.items()}


def by_fold(roll: Roll, places: np.ndarray, guesses: Guesses) -> list[float]:
    guessed, folds = guesses.logits.argmax(axis=1), roll.folds[places]
    return [
        round(
            unweighted_average_recall(
                confusion(guesses.labels[folds == fold], guessed[folds == fold])
            ),
            4,
        )
        for fold in np.unique(folds)
    ]


def render(results: Results) -> str:
    """The section of the report."""
    parts = ["## Baselines on the same folds\n", results.protocol + "\n"]
    for view, lesson in product(VIEWS, LESSONS):
        rows = [r for r in results.figures if (r["view"], r["taught by"]) == (view, lesson)]
        if rows:
            parts += [f"### {view.capitalize()}, taught by {_article(lesson)}\n", _grid(rows), ""]
    return "\n".join([*parts, f"Computed by `{results.command}`.\n"])


def _article(lesson: str) -> str:
    return "the corpus itself" if lesson == LESSONS[0] else lesson


def _grid(rows: Sequence[Row]) -> str:
    """Methods down, corpora across, UAR with its interval; the best of a corpus is bold."""
    methods = list(dict.fromkeys(r["method"] for r in rows))
    corpora = list(dict.fromkeys(r["corpus"] for r in rows))
    cells = {(r["method"], r["corpus"]): r for r in rows}
    best = {c: max(r["UAR"] for r in rows if r["corpus"] == c) for c in corpora}
    lines = []
    for method in methods:
        line = [method]
        for corpus in corpora:
            row = cells.get((method, corpus))
            line.append("–" if row is None else _cell(row, bold=row["UAR"] == best[corpus]))
        lines.append(line)
    return table(["UAR", *corpora], lines)


def _cell(row: Row, *, bold: bool) -> str:
    figure = f"{row['UAR']:.3f}"
    return f"{f'**{figure}**' if bold else figure} ({row['low']:.2f}–{row['high']:.2f})"
