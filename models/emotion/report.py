"""The evaluation as a page of Markdown; every figure on it is computed from the guesses given."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.emotion.corpora import EMOTIONS
from models.emotion.knowing import Curve
from models.emotion.knowing import section as knowing_section
from models.emotion.measuring import (
    Guesses,
    Matrix,
    accuracy,
    calibration_error,
    calibration_error_by_chance,
    confusion,
    macro_f1,
    recalls,
    unweighted_average_recall,
)
from models.emotion.sureness import areas, corpus_weights, risks

_PREAMBLE = """# How well the network hears

Written by `python -m models.emotion.evaluate` from the weights and the corpora alone.

**Protocol.** The shipped network was trained on every speaker of the corpora, so no figure here is
of its own weights. Siblings ({folds} of the five folds) were trained by the same command
(`--held-out`), each without about a fifth of the speakers of every corpus, and each is measured on
those alone; a corpus's figures are of all these folds' clips together. Recordings are read as they
come, through the recogniser that serves the bot. No recording, augmented copy or teacher's target
of a held-out speaker was trained on, and nothing was chosen by their figures but what LOG.md says
was. The temperature of the probabilities is fitted on held-out speakers; calibration errors are
measured with temperatures fitted without the speaker at hand, and behind them stands in brackets
what as many clips would show of a network that is right exactly as often as it is sure. A corpus is
scored over the labels it has. ASED is measured on its two sentences that occur with every emotion.
UAR is unweighted average recall; its interval is the middle 95 % of 2000 draws of speakers and,
within them, of clips, with replacement.
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
    left_out: Sequence[Guesses]
    """Of corpora that the sibling never heard anybody of."""
    knowing: Sequence[Curve]
    """What a voice's baseline adds."""
    corrections: str
    """What a user's corrections add, as Markdown; empty where there is too little to tell."""
    temperature: float
    folds: int
    milliseconds: float
    """For 3 s of sound."""
    size: int
    """Bytes of the ONNX file."""


def render(findings: Findings, studies: Sequence[str]) -> str:
    """The page; `studies` are sections whose figures were computed before."""
    guesses, honest = findings.guesses, findings.honest
    counts = [_counts(g) for g in guesses]
    return "\n".join(
        [
            _PREAMBLE.format(folds=findings.folds),
            _figures(guesses, counts, honest),
            "## Recall, precision and area under ROC by emotion\n",
            _by_emotion(guesses, counts, honest),
            "## Who it hears worse\n",
            _by_speaker(guesses),
            "## How far its sureness can be trusted\n",
            _sureness(guesses, honest),
            knowing_section(findings.knowing),
            "![UAR against the number of earlier notes](knowing.png)\n",
            *(_left_out(findings.left_out) if findings.left_out else ()),
            "## In worse places\n",
            _spoilt_table(findings.spoilt),
            findings.corrections,
            "## What it takes for what\n",
            *(_confusion_section(g, c) for g, c in zip(guesses, counts, strict=True)),
            "## Cost\n",
            f"Features and network for 3 s of sound: {findings.milliseconds:.1f} ms (median of "
            f"200, one thread, on the machine that wrote this). ONNX file: "
            f"{findings.size / 1e6:.2f} MB. Temperature: {findings.temperature:.2f}.\n",
            *studies,
        ]
    )


def _counts(guesses: Guesses) -> Matrix:
    return confusion(guesses.labels, guesses.logits.argmax(axis=1))


def _left_out(guesses: Sequence[Guesses]) -> list[str]:
    """Of a sibling that heard nobody of them, on all their speakers."""
    rows = []
    for g in guesses:
        low, high = bootstrap(g)
        classes = len(np.unique(g.labels))
        rows.append(
            f"| {g.corpus} | {len(set(g.speakers))} | {classes} "
            f"| **{recall_of(g):.3f}** ({low:.2f}–{high:.2f}) |"
        )
    words = (
        "One sibling was trained without these corpora besides: nobody of them, and nothing of how "
        "they were recorded and acted.\n"
    )
    head = "| corpus | speakers | classes | UAR |\n| --- | --- | --- | --- |"
    return ["## Corpora never heard\n", words, head, *rows, ""]


def _spoilt_table(spoilt: Sequence[tuple[str, Guesses]]) -> str:
    rows = [
        f"| {g.corpus}, {name} | {unweighted_average_recall(_counts(g)):.3f} |"
        for name, g in spoilt
    ]
    head = "| held-out speakers of | UAR |\n| --- | --- |"
    note = (
        "\nBabble is four voices at once, of nEMO's held-out speakers; noise is environmental "
        "sounds that training never had. Both lie over the whole recording, silent ends included, "
        "so many dB under the speech.\n"
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
            f"| {macro_f1(c):.3f} | {calibration_error(p, g.labels):.3f} "
            f"({calibration_error_by_chance(p):.3f}) |"
        )
    head = "| corpus | speakers | clips | classes | UAR | accuracy | macro F1 | calibration error |"
    return "\n".join([head, "|" + " --- |" * 8, *rows, ""])


def _by_emotion(
    guesses: Sequence[Guesses], counts: Sequence[Matrix], honest: Sequence[Matrix]
) -> str:
    rows = []
    for g, c, p in zip(guesses, counts, honest, strict=True):
        precision = recalls(c.T)
        precision[np.isnan(recalls(c))] = np.nan
        for name, values in (
            ("recall", recalls(c)),
            ("precision", precision),
            ("ROC area", areas(p, g.labels)),
        ):
            cells = ("" if np.isnan(value) else f"{value:.2f}" for value in values)
            rows.append(f"| {g.corpus} | {name} | {' | '.join(cells)} |")
    head = "| corpus | | " + " | ".join(EMOTIONS) + " |"
    return "\n".join([head, "|" + " --- |" * (len(EMOTIONS) + 2), *rows, ""])


def _sureness(guesses: Sequence[Guesses], honest: Sequence[Matrix]) -> str:
    """Risk against coverage of all corpora together, each counting the same."""
    labels = np.concatenate([g.labels for g in guesses])
    probabilities, weights = np.concatenate(honest), corpus_weights(guesses)
    error = calibration_error(probabilities, labels, weights)
    rows = [
        f"| {told.threshold:.1f} | {told.coverage:.2f} | "
        + ("–" if np.isnan(told.risk) else f"{told.risk:.2f}")
        + " |"
        for told in risks(probabilities, labels, weights)
    ]
    head = "| told from | share told | of them wrong |\n| --- | --- | --- |"
    words = (
        f"Expected calibration error over all corpora, each counting the same: **{error:.3f}**. "
        "A feeling under the threshold is asked about, not told; the bot's is 0.5.\n"
    )
    picture = "\n![Reliability, and risk against coverage](sureness.png)\n"
    return "\n".join([words, head, *rows, picture])


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


def recall_of(guesses: Guesses) -> float:
    """UAR of the likeliest label."""
    return unweighted_average_recall(_counts(guesses))


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
