"""What a trial showed, in words and as a picture. It runs nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LOOKS = {
    "EchoMind": ("#0072B2", "-"),
    "collaborative only": ("#D55E00", "--"),
    "content only": ("#009E73", "-."),
    "popularity": ("#CC79A7", ":"),
    "random": ("#777777", (0, (1, 3))),
}
"""The colours of Okabe and Ito, which colour-blind people can tell apart; and each its dash."""
STUDENT = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26}
"""Two-sided 97.5 % quantiles of Student's t by degrees of freedom."""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One policy in one world."""

    helped: Floats
    """Mean chance of helping, (seeds, nth note of a user)."""
    newcomers: Floats
    """The same over the first five notes of those who joined late, (seeds,)."""


def interval(samples: Floats) -> tuple[Floats, Floats]:
    """Mean over the first axis, and half the width of its 95 % interval."""
    seeds = len(samples)
    half = STUDENT[seeds - 1] * samples.std(axis=0, ddof=1) / np.sqrt(seeds)
    return samples.mean(axis=0), half


def draw(results: Mapping[str, Result], path: Path) -> None:
    """The regret curves, and how the share that helped goes with a user's notes."""
    with matplotlib.rc_context({"svg.hashsalt": "echomind", "svg.fonttype": "path"}):
        figure = Figure(figsize=(11, 4.6), layout="constrained")
        regret, helped = figure.subplots(1, 2)
        for name, (colour, dash) in LOOKS.items():
            lost = np.cumsum(results["oracle"].helped - results[name].helped, axis=1)
            for axes, samples in ((regret, lost), (helped, _smooth(results[name].helped))):
                mean, half = interval(samples)
                notes = np.arange(1, len(mean) + 1)
                axes.plot(notes, mean, color=colour, linestyle=dash, linewidth=2.2, label=name)
                axes.fill_between(notes, mean - half, mean + half, color=colour, alpha=0.15)
        regret.set(
            title="Cumulative regret", ylabel="helpful suggestions missed, against the oracle"
        )
        helped.set(title="How often a suggestion helps", ylabel="chance of helping")
        for axes in (regret, helped):
            axes.set_xlabel("a user's suggestions so far")
            axes.grid(alpha=0.25)
            axes.spines[["top", "right"]].set_visible(False)
        regret.legend(frameon=False)
        text = StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    lines = (line.rstrip() for line in text.getvalue().splitlines())
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _smooth(curves: Floats, width: int = 5) -> Floats:
    """Means over the last notes of each curve."""
    sums = np.cumsum(curves, axis=1)
    sums[:, width:] = sums[:, width:] - sums[:, :-width]
    return sums / np.minimum(np.arange(1, curves.shape[1] + 1), width)


def table(results: Mapping[str, Result]) -> str:
    """Every policy in one world, with 95 % intervals over seeds."""
    rows = ["| | helps | first 5 notes | newcomers' first 5 | regret | EchoMind is better by |"]
    rows.append("| --- | --- | --- | --- | --- | --- |")
    ours, best = results["EchoMind"].helped, results["oracle"].helped
    for name, result in results.items():
        gain = (
            "" if name in ("EchoMind", "oracle") else _points((ours - result.helped).mean(axis=1))
        )
        regret = interval((best - result.helped).sum(axis=1))
        cells = (
            name,
            _percent(result.helped.mean(axis=1)),
            _percent(result.helped[:, :5].mean(axis=1)),
            _percent(result.newcomers),
            "0" if name == "oracle" else f"{regret[0]:.1f} ± {regret[1]:.1f}",
            gain,
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def comparison(worlds: Mapping[str, Mapping[str, Result]]) -> str:
    """One row a world: how often each policy helps, and the margin over the best plain one."""
    names = list(next(iter(worlds.values())))
    rows = [f"| world | {' | '.join(names)} | margin over the best plain one |"]
    rows.append("| --- |" + " --- |" * (len(names) + 1))
    for world, results in worlds.items():
        shares = {name: result.helped.mean(axis=1) for name, result in results.items()}
        plain = max(
            (name for name in names if name not in ("EchoMind", "oracle")),
            key=lambda name, shares=shares: float(shares[name].mean()),  # type: ignore[misc]
        )
        margin = f"{_points(shares['EchoMind'] - shares[plain])} ({plain})"
        cells = (world, *(f"{shares[name].mean():.1%}" for name in names), margin)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _percent(samples: Floats) -> str:
    mean, half = interval(samples)
    return f"{100 * mean:.1f} ± {100 * half:.1f} %"


def _points(differences: Sequence[float] | Floats) -> str:
    mean, half = interval(np.asarray(differences))
    return f"{100 * mean:+.1f} ± {100 * half:.1f} points"
