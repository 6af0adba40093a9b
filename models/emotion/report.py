"""The evaluation as a page of Markdown; every figure on it is computed from the guesses given."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.emotion.corpora import EMOTIONS
from models.emotion.measuring import (
    Guesses,
    Matrix,
    accuracy,
    calibration_error,
    confusion,
    macro_f1,
    recalls,
    unweighted_average_recall,
)

_PREAMBLE = """# How well the shipped network hears

Written by `python -m models.emotion.evaluate` from the weights and the corpora alone.

**Protocol.** One split: about a fifth of the speakers of every corpus were held out before
training, and only they are measured here, on the recordings as they come, through the recogniser
that serves the bot. Nothing was chosen by their figures; no recording, augmented copy or teacher's
target of theirs was trained on. The one thing fitted on them is the temperature of the
probabilities, so the calibration error is measured with temperatures fitted without the speaker at
hand. A corpus is scored over the labels it has. ASED is measured on its two sentences that occur
with every emotion. UAR is unweighted average recall; its interval is the middle 95 % of 2000
draws of speakers and, within them, of clips, with replacement. With one to four speakers a corpus
such an interval is itself rough: one split is a first figure, not the last word.
"""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was measured."""

    guesses: Sequence[Guesses]
    """One a corpus."""
    honest: Sequence[Matrix]
    """Their probabilities, calibrated without the speaker at hand."""
    spoilt: Sequence[tuple[str, Guesses]]
    """One corpus under one named condition after the other."""
    corrections: str
    """What a user's corrections add, as Markdown; empty where there is too little to tell."""
    temperature: float


def render(findings: Findings, milliseconds: float, size: int) -> str:
    """The page; `milliseconds` for 3 s of sound, `size` of the ONNX file in bytes."""
    guesses = findings.guesses
    counts = [_counts(g) for g in guesses]
    return "\n".join(
        [
            _PREAMBLE,
            _figures(guesses, counts, findings.honest),
            "## Recall by emotion\n",
            _recall_table(guesses, counts),
            "## Who it hears worse\n",
            _by_speaker(guesses),
            "## In worse places\n",
            _spoilt_table(findings.spoilt),
            findings.corrections,
            "## What it takes for what\n",
            *(_confusion_section(g, c) for g, c in zip(guesses, counts, strict=True)),
            "## Cost\n",
            f"Features and network for 3 s of sound: {milliseconds:.1f} ms (median of 200, one "
            f"thread, on the machine that wrote this). ONNX file: {size / 1e6:.2f} MB. "
            f"Temperature: {findings.temperature:.2f}.\n",
        ]
    )


def _counts(guesses: Guesses) -> Matrix:
    return confusion(guesses.labels, guesses.logits.argmax(axis=1))


def _spoilt_table(spoilt: Sequence[tuple[str, Guesses]]) -> str:
    rows = [
        f"| {g.corpus}, {name} | {unweighted_average_recall(_counts(g)):.3f} |"
        for name, g in spoilt
    ]
    head = "| held-out speakers of | UAR |\n| --- | --- |"
    note = (
        "\nBabble: four voices at once, of nEMO's held-out speakers, level over the whole clip.\n"
    )
    return "\n".join([head, *rows, note])


def _figures(guesses: Sequence[Guesses], counts: Sequence[Matrix], honest: Sequence[Matrix]) -> str:
    rows = []
    for g, c, p in zip(guesses, counts, honest, strict=True):
        low, high = bootstrap(g)
        classes = int((c.sum(axis=1) > 0).sum())
        rows.append(
            f"| {g.corpus} | {len(set(g.speakers))} | {len(g.labels)} | {classes} "
            f"| **{unweighted_average_recall(c):.3f}** ({low:.2f}–{high:.2f}) | {accuracy(c):.3f} "
            f"| {macro_f1(c):.3f} | {calibration_error(p, g.labels):.3f} |"
        )
    head = "| corpus | speakers | clips | classes | UAR | accuracy | macro F1 | calibration error |"
    return "\n".join([head, "|" + " --- |" * 8, *rows, ""])


def _recall_table(guesses: Sequence[Guesses], counts: Sequence[Matrix]) -> str:
    rows = []
    for g, c in zip(guesses, counts, strict=True):
        cells = ("" if np.isnan(rate) else f"{rate:.2f}" for rate in recalls(c))
        rows.append(f"| {g.corpus} | " + " | ".join(cells) + " |")
    head = "| corpus | " + " | ".join(EMOTIONS) + " |"
    return "\n".join([head, "|" + " --- |" * (len(EMOTIONS) + 1), *rows, ""])


def _confusion_section(guesses: Guesses, counts: Matrix) -> str:
    present = [i for i in range(len(EMOTIONS)) if counts[i].sum() or counts[:, i].sum()]
    head = "| truth ╲ guess | " + " | ".join(EMOTIONS[i] for i in present) + " |"
    rows = [
        f"| {EMOTIONS[i]} | " + " | ".join(f"{counts[i, j]:.0f}" for j in present) + " |"
        for i in present
    ]
    rule = "|" + " --- |" * (len(present) + 1)
    return "\n".join([f"### Confusion: {guesses.corpus}\n", head, rule, *rows, ""])


def _by_speaker(guesses: Sequence[Guesses]) -> str:
    rows = []
    for g in guesses:
        by_sex = [_uar_where(g, np.array(g.sexes) == sex) for sex in ("female", "male")]
        each = [_uar_where(g, np.array(g.speakers) == s) for s in sorted(set(g.speakers))]
        cells = ["–" if value is None else f"{value:.3f}" for value in by_sex]
        known = [value for value in each if value is not None]
        rows.append(f"| {g.corpus} | {' | '.join(cells)} | {min(known):.2f}–{max(known):.2f} |")
    head = "| corpus | women, UAR | men, UAR | lowest–highest speaker |"
    return "\n".join([head, "| --- | --- | --- | --- |", *rows, ""])


def _uar_where(
    guesses: Guesses, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> float | None:
    if not chosen.any():
        return None
    part = guesses.subset(chosen)
    return unweighted_average_recall(_counts(part))


def bootstrap(guesses: Guesses, draws: int = 2000) -> tuple[float, float]:
    """The middle 95 % of UAR when speakers, and then their clips, are drawn with replacement."""
    rng = np.random.default_rng(0)
    guessed = guesses.logits.argmax(axis=1)
    speakers = np.array(guesses.speakers)
    clips_of = [np.flatnonzero(speakers == speaker) for speaker in np.unique(speakers)]
    values = []
    for _ in range(draws):
        drawn = rng.integers(len(clips_of), size=len(clips_of))
        clips = np.concatenate([rng.choice(clips_of[i], len(clips_of[i])) for i in drawn])
        counts = confusion(guesses.labels[clips], guessed[clips])
        values.append(unweighted_average_recall(counts))
    return float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))
