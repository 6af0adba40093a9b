"""Corpora of emotional speech as lists of utterances, and how their speakers are dealt to folds.

Knows where recordings lie and what their labels are; never opens one. The layouts in which other
corpora are published are read in `layouts.py`.
"""

import csv
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from pipeline.values import Emotion

EMOTIONS = tuple(Emotion)
"""The order of the network's outputs."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One labelled recording."""

    path: Path
    corpus: str
    language: str
    """ISO 639-1."""
    speaker: str
    """Unique over all corpora."""
    sex: str
    """`female`, `male`, or empty where unknown."""
    emotion: Emotion | None
    """None for a label outside the eight (boredom): heard, but not learnt as a class."""
    text: str = ""
    """What is said, or a name of the sentence; empty where unknown."""


def read_manifest(folder: Path) -> list[Utterance]:
    """The utterances of `folder/manifest.csv`, in its order."""
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as lines:
        return [_from_row(folder, row) for row in csv.DictReader(lines)]


def _from_row(folder: Path, row: dict[str, str]) -> Utterance:
    return Utterance(
        path=folder / row["path"],
        corpus=row["corpus"],
        language=row["language"],
        speaker=row["speaker"],
        sex=row["sex"],
        emotion=Emotion(row["emotion"]) if row["emotion"] else None,
        text=row["text"],
    )


def read_noises(folder: Path) -> list[str]:
    """The sounds of `folder/noise/manifest.csv`, in its order: paths inside `folder`."""
    with (folder / "noise" / "manifest.csv").open(newline="", encoding="utf-8") as lines:
        return [row["path"] for row in csv.DictReader(lines)]


def deal_noises(sounds: Sequence[str]) -> tuple[list[int], list[int]]:
    """Places of the noises that training hears, and of every fifth, kept back for measuring.

    Impulse responses of rooms are neither.
    """
    noises = [place for place, sound in enumerate(sounds) if "/rir/" not in sound]
    return [place for i, place in enumerate(noises) if i % 5], noises[::5]


def labels_of(utterances: Iterable[Utterance]) -> dict[str, tuple[Emotion, ...]]:
    """Corpus → the emotions that it has, in the order of the outputs.

    Elsewhere a corpus says nothing about the labels it lacks: they are masked in its loss.
    """
    found: dict[str, set[Emotion]] = defaultdict(set)
    for utterance in utterances:
        if utterance.emotion is not None:
            found[utterance.corpus].add(utterance.emotion)
    return {corpus: tuple(e for e in EMOTIONS if e in has) for corpus, has in found.items()}


def deal_folds(
    utterances: Sequence[Utterance], folds: int, seed: int, training_only: Collection[str] = ()
) -> dict[str, int]:
    """Speaker → the fold that holds them out; speakers of `training_only` corpora are in none.

    Within a corpus each sex is shuffled and dealt round, so that every fold gets its share of
    both; the men's deal goes on where the women's stopped, so that small corpora spread out.
    """
    groups: dict[tuple[str, str], set[str]] = defaultdict(set)
    for utterance in utterances:
        if utterance.corpus not in training_only:
            groups[utterance.corpus, utterance.sex].add(utterance.speaker)
    fold_of: dict[str, int] = {}
    dealt: dict[str, int] = defaultdict(int)
    for corpus, sex in sorted(groups):
        speakers = sorted(groups[corpus, sex])
        Random(f"{seed} {corpus} {sex}").shuffle(speakers)
        for speaker in speakers:
            fold_of[speaker] = dealt[corpus] % folds
            dealt[corpus] += 1
    return fold_of
