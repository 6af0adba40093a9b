"""What a voice's own baseline adds: UAR against the number of earlier notes.

Held-out speakers alone. Their earlier notes are other recordings of theirs, unlabelled, as the bot
would have them; the network's answer at a baseline is computed by its own last part from the traits
of each clip, so that thousands of histories cost nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray

from models.emotion.corpora import EMOTIONS
from models.emotion.measuring import Guesses, Labels, Matrix, confusion, unweighted_average_recall
from models.emotion.network import Beyond
from pipeline.values import Emotion

EARLIER = (0, 1, 2, 3, 5, 10, 20)
DRAWS = 10
"""Histories drawn for each clip and number of notes."""

Places = NDArray[np.int64]
Past = Callable[[Places, Labels, int, Generator], Places]
"""(the speaker's other clips, all labels, the clip's label, chance) → clips they may have sent."""


def any_mood(others: Places, labels: Labels, label: int, rng: Generator) -> Places:
    """Whatever they recorded."""
    del labels, label, rng
    return others


def one_mood(others: Places, labels: Labels, label: int, rng: Generator) -> Places:
    """All in one feeling, which is not the clip's: the hardest history."""
    different = np.unique(labels[others][labels[others] != label])
    if not len(different):
        return others
    chosen: Places = others[labels[others] == rng.choice(different)]
    return chosen


def quiet(others: Places, labels: Labels, label: int, rng: Generator) -> Places:
    """Neutral or calm alone, where they recorded any."""
    del label, rng
    still = np.isin(labels[others], [EMOTIONS.index(e) for e in (Emotion.NEUTRAL, Emotion.CALM)])
    return others[still] if still.any() else others


PASTS: dict[str, Past] = {"any mood": any_mood, "neutral": quiet, "one other mood": one_mood}


@dataclass(frozen=True, slots=True)
class Curve:
    """UAR of one corpus after so many earlier notes."""

    corpus: str
    past: str
    uar: tuple[float, ...]
    """One for each of EARLIER."""


def curves(guesses: Sequence[tuple[Guesses, Beyond]]) -> list[Curve]:
    """For every corpus and kind of past; one Guesses for each network that never heard them."""
    corpora = sorted({each.corpus for each, _ in guesses})
    return [
        Curve(corpus, past, tuple(_uar(corpus, guesses, PASTS[past], k) for k in EARLIER))
        for corpus in corpora
        for past in PASTS
    ]


def _uar(corpus: str, guesses: Sequence[tuple[Guesses, Beyond]], past: Past, earlier: int) -> float:
    """Counts of all draws together."""
    counts = np.zeros((len(EMOTIONS), len(EMOTIONS)))
    rng = np.random.default_rng(earlier)
    for each, beyond in guesses:
        if each.corpus == corpus:
            for _ in range(DRAWS if earlier else 1):
                baseline, notes = histories(each, past, earlier, rng)
                guessed = known(each, beyond, baseline, notes).argmax(axis=1)
                counts += confusion(each.labels, guessed)
    return unweighted_average_recall(counts)


def histories(guesses: Guesses, past: Past, earlier: int, rng: Generator) -> tuple[Matrix, Matrix]:
    """A baseline for each clip, (N, 8), and the notes behind it, (N,)."""
    speakers = np.array(guesses.speakers)
    baseline, notes = np.zeros_like(guesses.traits), np.zeros(len(speakers))
    for place, label in enumerate(guesses.labels) if earlier else ():
        others = np.flatnonzero(speakers == speakers[place])
        sent = past(others[others != place], guesses.labels, int(label), rng)
        if len(sent):
            few = rng.choice(sent, min(earlier, len(sent)), replace=False)
            baseline[place], notes[place] = guesses.traits[few].mean(axis=0), len(few)
    return baseline, notes


def known(guesses: Guesses, beyond: Beyond, baseline: Matrix, notes: Matrix) -> Matrix:
    """The logits where the voices are known, (N, 8)."""
    asked = (guesses.logits, guesses.traits, baseline, notes)
    with torch.no_grad():
        given = (torch.from_numpy(each.astype(np.float32)) for each in asked)
        logits: Matrix = beyond(*given).double().numpy()
    return logits


def section(found: Sequence[Curve]) -> str:
    """The report's table."""
    rows = [
        f"| {c.corpus} | {c.past} | " + " | ".join(f"{value:.3f}" for value in c.uar) + " |"
        for c in found
    ]
    head = "| corpus | earlier notes | " + " | ".join(map(str, EARLIER)) + " |"
    return "\n".join([_WORDS, head, "|" + " --- |" * (2 + len(EARLIER)), *rows, ""])


_WORDS = f"""## What knowing the voice adds

UAR after 0 … {EARLIER[-1]} earlier notes of the same speaker, unlabelled, drawn {DRAWS} times for
each clip from the speaker's other recordings: of any mood; neutral or calm alone; or all of one
feeling that is not the clip's. The speakers were never trained on. Acted recordings of one day
under one microphone are kinder than a user's real notes.
"""
