"""The picture that /mood sends: somebody's last days, drawn so that it needs no words.

Faces, shapes and numerals alone, which every language reads; what a shape means stands in the
caption, by the signs that go with `SHAPES`. Shapes tell the feelings apart and colours only help,
on a ground that suits a dark chat and a light one. matplotlib is loaded with the first picture.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

from pipeline.looking_back import Day, LookBack
from pipeline.values import Emotion

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

SIZE = (1080, 900)
"""Pixels."""
DPI = 180
PLACE = (0.115, 0.135, 0.865, 0.84)
"""Of the days in the picture: left, bottom, width and height, as shares of it."""
TOP = 1.18
"""Valence at the upper edge; its negative is at the lower."""
GROUND, INK, FAINT, LINE = "#202B38", "#E9EDF2", "#51606F", "#9FB0C0"
BANDS = ((-TOP, -0.4, "#19222D"), (-0.4, 0.4, GROUND), (0.4, TOP, "#2A394A"))
"""Low, middle and high: darker and lighter, and no colour that judges."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large things are drawn, by how many days there are."""

    mark: float
    """Square points, as all of matplotlib's marks."""
    line: float
    """Points, as below."""
    score: float
    span: float
    """Half the width of a check-in's bar, in days."""
    step: int
    """Days from date to date."""


SCALES = {
    7: Scale(230.0, 2.6, 4.5, 0.38, 1),
    30: Scale(72.0, 2.0, 3.0, 0.45, 5),
    90: Scale(38.0, 1.2, 2.4, 0.85, 14),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How a feeling is drawn, and the sign that stands for it in a text."""

    marker: str
    """matplotlib's."""
    colour: str
    sign: str
    size: float = 1.0
    """Times as large, so that all look alike in size."""


SHAPES: Mapping[Emotion, Shape] = {
    Emotion.NEUTRAL: Shape("s", "#A9B6C3", "■", 0.8),
    Emotion.CALM: Shape("o", "#2CC59B", "●"),
    Emotion.HAPPY: Shape("*", "#F0E442", "★", 2.0),
    Emotion.SAD: Shape("v", "#56B4E9", "▼", 1.2),
    Emotion.ANGRY: Shape("^", "#F27A35", "▲", 1.2),
    Emotion.FEARFUL: Shape("D", "#DE9AC0", "◆", 0.75),
    Emotion.DISGUST: Shape("X", "#B79BF2", "✖", 1.2),
    Emotion.SURPRISED: Shape("P", "#F5B83D", "✚", 1.2),
}
"""After Okabe and Ito (2008), lightened where the dark ground asks for it."""
UNSURE, OWN, SCORE, RANGE = "•", "◯", "▬", "┃"
"""Signs of what else is drawn."""

AT_WORK = Lock()
"""matplotlib's caches are not made for two threads."""


def draw(look: LookBack) -> bytes:
    """The picture as PNG. Takes some tenths of a second: call it on a thread."""
    with AT_WORK:
        picture, into = figure(look), BytesIO()
        picture.savefig(into, format="png", facecolor=GROUND)
    return into.getvalue()


def figure(look: LookBack) -> "Figure":
    """What is drawn, with the names of its parts as `gid`: line, days, unsure, own, scores, range.

    Without pyplot, whose state is the whole program's.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - heavy, and only for this

    size = (SIZE[0] / DPI, SIZE[1] / DPI)
    picture = Figure(figsize=size, dpi=DPI, facecolor=GROUND)
    for step in (-1.0, -0.5, 0.0, 0.5, 1.0):
        picture.add_artist(_outline(step))
        picture.add_artist(_eyes(step))
        picture.add_artist(_mouth(step))
    axes = picture.add_axes(PLACE)
    _frame(axes, look)
    _spread(axes, look)
    _lines(axes, look)
    _scores(axes, look)
    _feelings(axes, look)
    return picture


def spreads(look: LookBack) -> bool:
    """Whether there is room to show how far each day went up and down."""
    return look.span <= 30


def is_wide(day: Day) -> bool:
    """Whether it went up and down so far that it is to be seen."""
    return day.highest - day.lowest >= 0.1


def _frame(axes: "Axes", look: LookBack) -> None:
    """Ground and dates; today's own column is lighter."""
    edge = 0.45 + look.span / 50
    axes.set_xlim(-edge, look.span - 1 + edge)
    axes.set_ylim(-TOP, TOP)
    for low, high, colour in BANDS:
        axes.axhspan(low, high, color=colour, linewidth=0, zorder=0)
    axes.axvspan(look.span - 1.5, look.span - 1 + edge, color="#FFFFFF", alpha=0.06, linewidth=0)
    axes.axhline(0, color=FAINT, linewidth=1, zorder=1)
    for spine in axes.spines.values():
        spine.set_visible(False)
    ticks = tuple(_dated(look))
    axes.set_xticks([x for x, _ in ticks], [label for _, label in ticks])
    axes.set_yticks([])
    axes.tick_params(axis="x", colors=INK, labelsize=12.5, length=5, width=1.2, pad=4)
    if ticks:  # the last date may be too wide to be centred
        axes.get_xticklabels()[-1].set_horizontalalignment("right" if look.span > 7 else "center")


def _spread(axes: "Axes", look: LookBack) -> None:
    """From a day's lowest to its highest, where it was not all the same, and there is room."""
    wide = [one for one in look.days if is_wide(one)]
    if spreads(look):
        axes.vlines(
            [_x(one.day, look) for one in wide],
            [one.lowest for one in wide],
            [one.highest for one in wide],
            colors=FAINT,
            linewidth=2 * _scale(look).line,
            zorder=2,
            gid="range",
        )


def _lines(axes: "Axes", look: LookBack) -> None:
    for run in _runs(look.days):
        (line,) = axes.plot(*_at(run, look), color=LINE, linewidth=_scale(look).line, zorder=3)
        line.set_solid_capstyle("round")
        line.set_gid("line")


def _scores(axes: "Axes", look: LookBack) -> None:
    """What was answered to check-ins, at the height of its face."""
    scored = [(_x(one.day, look), one.score) for one in look.days if one.score is not None]
    axes.hlines(
        [(score - 3) / 2 for _, score in scored],
        [x - _scale(look).span for x, _ in scored],
        [x + _scale(look).span for x, _ in scored],
        colors=INK,
        linewidth=_scale(look).score,
        zorder=4,
        gid="scores",
    )


def _feelings(axes: "Axes", look: LookBack) -> None:
    """A shape for a feeling, a dot where none is clear, a ring where it is the user's own word."""
    size = _scale(look).mark
    for emotion, shape in SHAPES.items():
        xs, ys = _at((one for one in look.days if one.emotion is emotion), look)
        marks = axes.scatter(xs, ys, s=size * shape.size, c=shape.colour, marker=shape.marker)
        marks.set(edgecolor=GROUND, linewidth=0.8, zorder=6, gid=f"feeling.{emotion}")
    xs, ys = _at((one for one in look.days if one.emotion is None), look)
    axes.scatter(xs, ys, s=size / 3, c=LINE, zorder=5).set_gid("unsure")
    xs, ys = _at((one for one in look.days if one.corrected), look)
    rings = axes.scatter(xs, ys, s=2.8 * size, facecolors="none", edgecolors=INK, zorder=7)
    rings.set(linewidth=0.7 * _scale(look).line, gid="own")


def _outline(mood: float) -> "Line2D":
    return _stroke(mood, ([0.0], [0.0]), marker="o", markersize=26, markeredgewidth=1.5)


def _eyes(mood: float) -> "Line2D":
    eyes: dict[str, Any] = {
        "marker": "o",
        "markersize": 3.4,
        "markerfacecolor": INK,
        "linestyle": "none",
    }
    return _stroke(mood, ([-12.0, 12.0], [9.0, 9.0]), **eyes)


def _mouth(mood: float) -> "Line2D":
    """The brighter, the more it bends upwards."""
    xs = [2.0 * step for step in range(-8, 9)]
    return _stroke(mood, (xs, [-11 - 9 * mood * (1 - (x / 16) ** 2) + 2 * mood for x in xs]))


def _stroke(mood: float, of: tuple[list[float], list[float]], **style: Any) -> "Line2D":
    """Part of a face beside the days, at the height of a mood; in pixels from its middle."""
    from matplotlib.lines import Line2D  # noqa: PLC0415

    across = PLACE[0] * SIZE[0] / 2
    up = (PLACE[1] + PLACE[3] * (mood + TOP) / (2 * TOP)) * SIZE[1]
    xs, ys = (
        [(middle + one) for one in part] for middle, part in zip((across, up), of, strict=True)
    )
    look: dict[str, Any] = {"color": INK, "linewidth": 1.8, "markerfacecolor": "none"}
    return Line2D(xs, ys, transform=None, **(look | style))


def _scale(look: LookBack) -> Scale:
    return SCALES[min(SCALES, key=lambda span: abs(span - look.span))]


def _at(days: Iterable[Day], look: LookBack) -> tuple[list[int], list[float]]:
    found = tuple(days)
    return [_x(one.day, look) for one in found], [one.valence for one in found]


def _x(day: date, look: LookBack) -> int:
    return (day - look.first).days


def _runs(days: Sequence[Day]) -> Iterator[tuple[Day, ...]]:
    """Days in a row; a day of which nothing is known parts two runs."""
    run: list[Day] = []
    for one in days:
        if run and one.day - run[-1].day > timedelta(days=1):
            yield tuple(run)
            run = []
        run.append(one)
    if run:
        yield tuple(run)


def _dated(look: LookBack) -> Iterator[tuple[int, str]]:
    """Where a date stands, and it: days of the month, year and month under the first of each."""
    step = _scale(look).step
    month = ""
    for x in range((look.span - 1) % step, look.span, step):
        day = look.first + timedelta(days=x)
        fresh = f"{day:%Y-%m}"
        yield x, f"{day.day}\n{'' if fresh == month else fresh}"
        month = fresh
