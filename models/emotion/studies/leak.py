"""The study `leak`: the splits that papers report beside the fair one, all else the same.

What learns is handed in, so that classical models and the network go through the same splits.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from models.emotion.corpora import EMOTIONS
from models.emotion.features import Frames, features
from models.emotion.measuring import accuracy, confusion, unweighted_average_recall
from models.emotion.studies.choosing import balance
from models.emotion.studies.classifiers import Learn, Lessons, forest, support_vectors
from models.emotion.studies.learner import Course, guessed, taught
from models.emotion.studies.results import Results, Row, once, table
from models.emotion.studies.sources import Roll, Sources, call
from models.emotion.studies.splits import (
    PROTOCOLS,
    Item,
    Labels,
    Protocol,
    Trial,
    changed,
)
from models.emotion.studies.tables import cepstral_statistics, cepstral_table, kept

log = logging.getLogger("echomind.emotion.studies")

Guess = Callable[[Sequence[Item], Sequence[Item]], Labels]
"""Learn from the first, guess the second, (M,) places in EMOTIONS."""

CORPORA: tuple[tuple[str, ...], ...] = (("ravdess",), ("emodb",), ("ravdess", "tess", "savee"))
"""Each a pool; where TESS is in it only the random split is made, without copies."""


@dataclass(frozen=True, slots=True)
class Classical:
    name: str
    learn: Learn
    strength: float


CLASSICAL = (
    Classical("random forest, MFCC statistics", forest, 1.0),
    Classical("SVM, MFCC statistics", support_vectors, 10.0),
)

OWN = "our network"
OWN_SPLITS = (
    "speakers apart",
    "speakers apart, copies of the training clips",
    "random 80/20",
    "random 80/20, copies made before",
)
"""Those it is put through, on RAVDESS alone: a course takes a minute, and a split has five."""

TEXT = (
    "The same recordings and the same classifier under the splits that papers use. *Speakers "
    "apart* is the fair one: five folds, nobody on both sides. *Random 80/20* deals clips whoever "
    "speaks (five parts, each tested once, classes in proportion). *Copies* are each clip with "
    "white noise, at 0.8 of its pace and 0.7 semitones higher; made before the split, a clip's "
    "copies fall on both sides. *Oversampling* draws clips of rarer classes twice; done before the "
    "split, the twins fall on both sides. Test parts hold copies and twins as those papers' do. No "
    "setting is chosen: forests of 300 trees, SVM with C = 10; our network learns from scratch, "
    f"with no teacher, {Course().steps} steps of {Course().batch} clips."
)


def measured(roll: Roll, trials: Sequence[Trial], guess: Guess) -> Row:
    """UAR and accuracy over what all trials tested."""
    truths, guesses = [], []
    for heard, unheard in trials:
        guesses.append(guess(heard, unheard))
        truths.append(roll.labels[[i.position for i in unheard]])
    counts = confusion(np.concatenate(truths), np.concatenate(guesses))
    return {
        "UAR": round(unweighted_average_recall(counts), 4),
        "accuracy": round(accuracy(counts), 4),
        "tested": int(counts.sum()),
    }


def study(sources: Sources, *, ready: bool = False) -> Results:
    """Every pool, split and classical model; with `ready`, what was found before and no more."""
    roll = call(sources.utterances, sources.fold_of)
    rows = ItemRows(sources, roll)
    guesses = {model.name: rows.guesser(model) for model in CLASSICAL}
    guesses[OWN] = own_guesser(sources, roll)
    figures: list[Row] = []
    for pool, protocol, model in product(CORPORA, PROTOCOLS, guesses):
        if not _is_made(pool, protocol, model):
            continue
        told = {"corpora": list(pool), "split": protocol.name, "fair": protocol.fair}
        name = f"{'+'.join(pool)}, {protocol.name}, {model}".replace("/", "-")
        make = None if ready else partial(_figures, roll, pool, protocol, guesses[model])
        row = once(sources.runs / "studies" / "leak" / f"{name}.json", make)
        if row is not None:
            log.info("%s: %s", name, row)
            figures.append(told | {"model": model} | row)
    return Results("leak", "python -m models.emotion.studies leak", TEXT, figures)


def _is_made(pool: tuple[str, ...], protocol: Protocol, model: str) -> bool:
    if model == OWN:
        return pool == ("ravdess",) and protocol.name in OWN_SPLITS
    return "tess" not in pool or protocol.name == "random 80/20"


def own_guesser(sources: Sources, roll: Roll) -> Guess:
    """Our network, taught from scratch on each trial."""

    @cache
    def frames(item: Item) -> Frames:
        return features(changed(sources, item))

    def guess(heard: Sequence[Item], unheard: Sequence[Item]) -> Labels:
        labels = roll.labels[[i.position for i in heard]]
        network = taught([frames(i) for i in heard], labels, Course())
        return guessed(network, [frames(i) for i in unheard])

    return guess


def _figures(roll: Roll, pool: tuple[str, ...], protocol: Protocol, guess: Guess) -> Row:
    places = np.flatnonzero(np.isin(roll.corpora, pool) & (roll.labels >= 0))
    return measured(roll, protocol.deal(roll, places), guess)


class ItemRows:
    """Cepstral statistics of items; of changed ones kept under runs/studies."""

    def __init__(self, sources: Sources, roll: Roll) -> None:
        self._sources, self._roll = sources, roll
        pools = [pool[0] for pool in CORPORA if "tess" not in pool]
        self._places = np.flatnonzero(np.isin(roll.corpora, pools))
        self._tables: dict[str, NDArray[np.float32]] = {}

    def __call__(self, items: Sequence[Item]) -> NDArray[np.float32]:
        """(N, 240)."""
        return np.stack([self._table(i.change)[self._row(i)] for i in items])

    def _row(self, item: Item) -> int:
        return int(np.searchsorted(self._places, item.position)) if item.change else item.position

    def _table(self, change: str) -> NDArray[np.float32]:
        if change not in self._tables:
            self._tables[change] = self._changed(change) if change else self._plain()
        return self._tables[change]

    def _plain(self) -> NDArray[np.float32]:
        rows: NDArray[np.float32] = cepstral_table(self._sources)[0]
        return rows

    def _changed(self, change: str) -> NDArray[np.float32]:
        def row(place: int) -> NDArray[np.float32]:
            item = Item(int(self._places[place]), change)
            return cepstral_statistics(changed(self._sources, item))

        return kept(self._sources.runs / "studies" / f"leak_{change}", len(self._places), row)

    def guesser(self, model: Classical) -> Guess:
        """The model on these rows, as something that learns and guesses."""

        def guess(heard: Sequence[Item], unheard: Sequence[Item]) -> Labels:
            labels = self._roll.labels[[i.position for i in heard]]
            allowed = np.ones((len(labels), len(EMOTIONS)), bool)
            weights = balance(np.full(len(labels), ""), labels)
            lessons = Lessons(self(heard), labels, allowed, weights)
            guessed: Labels = model.learn(lessons, self(unheard), model.strength).argmax(axis=1)
            return guessed

        return guess


def render(results: Results) -> str:
    """The section of the report: splits down, pools and models across."""
    rows = results.figures
    heads = list(dict.fromkeys((tuple(r["corpora"]), r["model"]) for r in rows))
    cells = {(tuple(r["corpora"]), r["model"], r["split"]): r for r in rows}
    lines = []
    for split, fair in dict.fromkeys((r["split"], r["fair"]) for r in rows):
        line = [f"**{split}**" if fair else split]
        for pool, model in heads:
            row = cells.get((pool, model, split))
            line.append("–" if row is None else f"{row['UAR']:.3f} / {row['accuracy']:.3f}")
        lines.append(line)
    head = ["UAR / accuracy", *(f"{' + '.join(pool)}: {model}" for pool, model in heads)]
    return "\n".join(
        [
            "## The leak, shown\n",
            results.protocol + "\n",
            table(head, lines),
            f"\nFair splits are bold. Computed by `{results.command}`.\n",
        ]
    )
