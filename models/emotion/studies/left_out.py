"""The study `left_out`: a corpus, and then its whole language, kept from the classifier entirely.

Seven labels: calm, which only RAVDESS and TurEV-DB have, is left out everywhere. What is chosen is
chosen by leaving out the other corpora in turn.
"""

import logging
from dataclasses import replace
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from models.emotion.corpora import EMOTIONS
from models.emotion.studies.baselines import (
    BASELINES,
    CORPORA,
    VIEWS,
    Baseline,
    guesses_of,
    measures,
    seen_by,
)
from models.emotion.studies.choosing import choose, inner_splits, scored
from models.emotion.studies.results import Results, Row, once, table
from models.emotion.studies.sources import Roll, Sources, call
from pipeline.values import Emotion

log = logging.getLogger("echomind.emotion.studies")

TAKEN = tuple(b for b in BASELINES if b.source == "byol")

TAUGHT = ("other corpora", "other languages")

PROTOCOL = (
    "A corpus is judged whole by a classifier taught by all the other corpora, and again by those "
    "of other languages alone (which differs where English is judged: RAVDESS, SAVEE and TESS are "
    "English). Calm is left out: seven labels, of which a corpus has between five and seven. The "
    "strength is chosen by leaving out thirds of the teaching corpora in "
    "turn. Clips are trimmed and of one level; each teaching corpus weighs the same."
)


def without_calm(roll: Roll) -> Roll:
    calm = EMOTIONS.index(Emotion.CALM)
    allowed = roll.allowed.copy()
    allowed[:, calm] = False
    return replace(
        roll,
        labels=np.where(roll.labels == calm, -1, roll.labels),
        measured=roll.measured & (roll.labels != calm),
        allowed=allowed,
    )


def study(sources: Sources, *, ready: bool = False) -> Results:
    """Every method, view and corpus; with `ready`, what was found before and no more."""
    roll = without_calm(call(sources.utterances, sources.fold_of))
    languages = np.array([u.language for u in sources.utterances])
    figures: list[Row] = []
    for baseline, view, corpus, taught in product(TAKEN, VIEWS, CORPORA, TAUGHT):
        own = roll.corpora == corpus
        kin = np.isin(languages, languages[own])
        if taught == TAUGHT[1] and (kin == own).all():
            continue
        name = f"{baseline.name}, {view}, {corpus} by {taught}"
        barred = kin if taught == TAUGHT[1] else own
        make = None if ready else partial(_judged, sources, roll, (baseline, view), (own, barred))
        row = once(sources.runs / "studies" / "left_out" / f"{name}.json", make)
        if row is not None:
            log.info("%s: %s", name, row)
            told = {"method": baseline.name, "view": view, "corpus": corpus, "taught by": taught}
            figures.append(told | row)
    return Results("left_out", "python -m models.emotion.studies left_out", PROTOCOL, figures)


def _judged(
    sources: Sources,
    roll: Roll,
    heard_how: tuple[Baseline, str],
    chosen: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> Row:
    """Figures on the first places, taught by all outside the second."""
    (baseline, view), (own, barred) = heard_how, chosen
    seen = seen_by(sources, roll, baseline.source, view)
    heard = np.flatnonzero(~barred & (roll.labels >= 0))
    unheard = np.flatnonzero(own & roll.measured)
    setting = choose(baseline.method, seen, roll, inner_splits(roll.corpora, heard))
    scores = scored(baseline.method, seen, roll, (heard, unheard), setting)
    labels = int(roll.allowed[unheard[0]].sum())
    figures = measures(guesses_of(roll, unheard, scores))
    return figures | {"labels": labels, "chosen": f"{setting.strength:g}, layer {setting.layer}"}


def render(results: Results) -> str:
    """The section of the report: methods and views down, corpora across."""
    rows = results.figures
    heads = list(dict.fromkeys((r["corpus"], r["taught by"], r["labels"]) for r in rows))
    cells = {(r["method"], r["view"], r["corpus"], r["taught by"]): r for r in rows}
    lines = []
    for method, view in dict.fromkeys((r["method"], r["view"]) for r in rows):
        line = [f"{method}, {view}"]
        for corpus, taught, _ in heads:
            row = cells.get((method, view, corpus, taught))
            line.append(
                "–" if row is None else f"{row['UAR']:.3f} ({row['low']:.2f}–{row['high']:.2f})"
            )
        lines.append(line)
    head = ["UAR", *(f"{corpus} ({labels}) by {taught}" for corpus, taught, labels in heads)]
    return "\n".join(
        [
            "## A corpus left out whole\n",
            results.protocol + "\n",
            table(head, lines),
            f"\nIn brackets the labels judged. Computed by `{results.command}`.\n",
        ]
    )
