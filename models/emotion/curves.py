"""Curves of a training run as a picture, where matplotlib is installed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

try:
    from matplotlib.figure import Figure
except ImportError:  # the [train] extra is not installed
    Figure = None  # type: ignore[assignment,misc]


def draw_curves(history: Sequence[dict[str, Any]], file: Path) -> None:
    """Loss, and UAR of the held-out speakers by corpus, over the epochs."""
    if Figure is None:
        return
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    loss, uar = figure.subplots(1, 2)
    loss.plot([row["epoch"] for row in history], [row["loss"] for row in history])
    loss.set(xlabel="epoch", ylabel="loss, augmented training clips")
    corpora = {key for row in history for key in row} - {"epoch", "loss", "seconds"}
    for corpus in sorted(corpora):
        rows = [row for row in history if corpus in row]
        uar.plot([r["epoch"] for r in rows], [r[corpus] for r in rows], ".-", label=corpus)
    uar.set(xlabel="epoch", ylabel="UAR, speakers never heard", ylim=(0, 1))
    if corpora:
        uar.legend(fontsize="small")
    figure.savefig(file, dpi=100)
