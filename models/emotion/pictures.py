"""The report's pictures; matplotlib comes with the [train] extra."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from models.emotion.knowing import EARLIER, PASTS, Curve
from models.emotion.measuring import Guesses, Matrix
from models.emotion.sureness import corpus_weights

if TYPE_CHECKING:
    from models.emotion.report import Findings


def draw_knowing(found: Sequence[Curve], file: Path) -> None:
    """UAR against the number of earlier notes; a panel for each kind of past."""
    figure = Figure(figsize=(10, 3.4), layout="constrained")
    panels = figure.subplots(1, len(PASTS), sharey=True)
    for axes, past in zip(panels, PASTS, strict=True):
        for curve in found:
            if curve.past == past:
                axes.plot(range(len(EARLIER)), curve.uar, ".-", label=curve.corpus)
        axes.set(title=f"earlier notes: {past}", xlabel="how many")
        axes.set_xticks(range(len(EARLIER)), [str(k) for k in EARLIER])
        axes.grid(alpha=0.3)
    panels[0].set(ylabel="UAR, speakers never heard", ylim=(0.3, 1.0))
    panels[1].legend(fontsize="small", ncols=2, loc="upper right")
    figure.savefig(file, dpi=100)


def draw_sureness(findings: "Findings", file: Path) -> None:
    """Reliability, and what telling only above a threshold costs."""
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    reliability, risk = figure.subplots(1, 2)
    _draw_reliability(reliability, findings.guesses, findings.honest)
    _draw_risk(risk, findings.guesses, findings.honest)
    figure.savefig(file, dpi=100)


def _draw_reliability(axes: Axes, guesses: Sequence[Guesses], honest: Sequence[Matrix]) -> None:
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    for each, probabilities in zip(guesses, honest, strict=True):
        sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == each.labels
        parts = np.array_split(np.argsort(sure), max(4, min(10, len(sure) // 60)))
        axes.plot(
            [sure[part].mean() for part in parts],
            [right[part].mean() for part in parts],
            ".-",
            label=each.corpus,
        )
    axes.set(xlabel="sure", ylabel="right", xlim=(0, 1), ylim=(0, 1), title="reliability")
    axes.legend(fontsize="small")


def _draw_risk(axes: Axes, guesses: Sequence[Guesses], honest: Sequence[Matrix]) -> None:
    probabilities = np.concatenate(honest)
    labels = np.concatenate([each.labels for each in guesses])
    weights = corpus_weights(guesses)
    order = np.argsort(-probabilities.max(axis=1))
    told = np.cumsum(weights[order])
    wrong = np.cumsum((weights * (probabilities.argmax(axis=1) != labels))[order])
    axes.plot(told / told[-1], wrong / told)
    axes.set(xlabel="share of notes whose feeling is told", ylabel="share of those told wrongly")
    axes.set(title="risk against coverage", xlim=(0.02, 1), ylim=(0, 0.6))
    axes.grid(alpha=0.3)
