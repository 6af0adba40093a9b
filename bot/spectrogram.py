"""The picture that "Why?" sends: a note as the network hears it, what decided in it ringed.

Numerals and units alone, which every language reads; what it shows stands in the caption. It draws
and explains nothing. matplotlib is loaded with the first picture.
"""

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label, sum_labels

from bot.picture import AT_WORK
from pipeline.values import Reasons

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (1080, 840)
"""Pixels."""
DPI = 180
GROUND, INK, RING = "#12161F", "#E9EDF2", "#7DF9C2"
HEARD = 50.0
"""Percent of the cells that are so quiet that they are drawn as dark as silence."""
DECIDING = 0.9
"""Quantile of the weights from which on a place is ringed."""
RINGS = 6
"""Places that are ringed, the weightiest: more would be seen as none."""
DIMMED = 0.5
"""How much darker it is drawn where nothing decided."""
TONES = (125, 250, 500, 1000, 2000, 4000)
"""Hertz at which the scale is marked."""


def draw(reasons: Reasons) -> bytes:
    """The picture as PNG. Takes some tenths of a second: call it on a thread."""
    with AT_WORK:
        picture, into = figure(reasons), BytesIO()
        picture.savefig(into, format="png", facecolor=GROUND)
    return into.getvalue()


def figure(reasons: Reasons) -> "Figure":
    """What is drawn; the rings have the `gid` rings."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - heavy, and only for this

    picture = Figure(figsize=(SIZE[0] / DPI, SIZE[1] / DPI), dpi=DPI, facecolor=GROUND)
    axes = picture.add_axes((0.15, 0.13, 0.82, 0.83))
    _sound(axes, reasons)
    _rings(axes, reasons)
    _scales(axes, reasons)
    return picture


def _sound(axes: "Axes", reasons: Reasons) -> None:
    """Louder is brighter; what did not decide is dimmed."""
    mels = reasons.mels.T  # (mel, T)
    quiet, loud = np.percentile(mels, [HEARD, 99.5])
    shown = np.clip((mels - quiet) / max(float(loud - quiet), 1e-6), 0, 1)
    level = _level(reasons)
    deciding = np.clip(reasons.weights.T / max(level, 1e-6), 0, 1)
    axes.imshow(
        shown * (1 - DIMMED * (1 - deciding)),
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=0,
        vmax=1,
        extent=_extent(reasons),
        interpolation="bilinear",
    )


def _rings(axes: "Axes", reasons: Reasons) -> None:
    frames, mels = reasons.weights.shape
    if frames < 2 or _level(reasons) <= 0:
        return
    shown = _weightiest(reasons).T
    start, end, _, _ = _extent(reasons)
    half = (end - start) / frames / 2
    across = np.linspace(start + half, end - half, frames)
    for width, colour in ((4.5, GROUND), (2.2, RING)):
        rings = axes.contour(
            across,
            np.arange(mels) + 0.5,
            shown,
            levels=[_level(reasons)],
            colors=colour,
            linewidths=width,
        )
        rings.set_gid("rings")


def _scales(axes: "Axes", reasons: Reasons) -> None:
    marked = [tone for tone in TONES if reasons.hertz[0] <= tone <= reasons.hertz[-1]]
    places = np.interp(marked, reasons.hertz, np.arange(len(reasons.hertz)) + 0.5)
    axes.set_yticks(list(places), [f"{tone}" for tone in marked])
    axes.set_ylabel("Hz", color=INK, fontsize=13)
    axes.set_xlabel("s", color=INK, fontsize=13)
    axes.tick_params(colors=INK, labelsize=12)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _weightiest(reasons: Reasons) -> NDArray[np.float32]:
    """The weights, flattened under the level but in the places to be ringed."""
    level = _level(reasons)
    islands, count = label(reasons.weights >= level)
    mass = sum_labels(reasons.weights, islands, range(1, count + 1))
    kept = 1 + np.argsort(mass)[::-1][:RINGS]
    below = np.minimum(reasons.weights, np.float32(0.98 * level))
    weightiest: NDArray[np.float32] = np.where(np.isin(islands, kept), reasons.weights, below)
    return weightiest


def _level(reasons: Reasons) -> float:
    return float(np.quantile(reasons.weights, DECIDING))


def _extent(reasons: Reasons) -> tuple[float, float, float, float]:
    """Left and right in seconds of the note, bottom and top in mels."""
    end = reasons.start + reasons.seconds
    return reasons.start, end, 0.0, float(reasons.mels.shape[1])
