"""The picture: what is known is drawn where it belongs, and what is not known leaves a gap."""

import asyncio
import struct
from datetime import date, timedelta

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from bot.picture import BANDS, GROUND, INK, LINE, SHAPES, SIZE, draw, figure
from pipeline.looking_back import SPANS, Day, LookBack
from pipeline.values import Emotion

LAST = date(2026, 3, 10)
LARGEST = 10 * 1024 * 1024
"""Bytes that Telegram takes for a photo."""


def look(span: int, *known: tuple[int, float, Emotion | None]) -> LookBack:
    """Days by their age, valence and feeling."""
    found = [
        Day(LAST - timedelta(days=age), valence, valence - 0.1, valence + 0.1, emotion)
        for age, valence, emotion in known
    ]
    return LookBack(LAST - timedelta(days=span - 1), LAST, tuple(found))


FULL = look(
    7, *((age, 0.1 * age - 0.3, emotion) for age, emotion in zip(range(7), Emotion, strict=False))
)


def points(picture: Figure, gid: str) -> list[tuple[float, float]]:
    """Where marks of one name are."""
    found = [
        each
        for each in picture.axes[0].collections
        if isinstance(each, PathCollection) and (each.get_gid() or "").startswith(gid)
    ]
    return sorted(
        (float(x), round(float(y), 6))
        for marks in found
        for x, y in np.asarray(marks.get_offsets())
    )


def lines(picture: Figure) -> list[list[int]]:
    found = [each for each in picture.axes[0].lines if each.get_gid() == "line"]
    return [[int(x) for x in np.asarray(each.get_xdata())] for each in found]


def bars(picture: Figure, gid: str) -> list[tuple[float, float, float, float]]:
    """Ends of bars of one name: x and y of the one, and of the other."""
    return [
        tuple(round(float(value), 6) for value in np.asarray(segment).ravel())  # type: ignore[misc]
        for each in picture.axes[0].collections
        if isinstance(each, LineCollection) and each.get_gid() == gid
        for segment in each.get_segments()
    ]


@pytest.mark.parametrize("span", SPANS)
def test_it_is_a_png_of_its_size_whatever_is_known(span: int) -> None:
    for shown in (look(span), look(span, (0, 0.5, Emotion.HAPPY)), look(span, (3, -1.0, None))):
        png = draw(shown)
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        assert struct.unpack(">II", png[16:24]) == SIZE
        assert 5_000 < len(png) < LARGEST


def test_every_day_stands_where_it_belongs() -> None:
    picture = figure(look(7, (6, -0.7, Emotion.SAD), (2, 0.8, Emotion.HAPPY), (0, 0.1, None)))
    assert points(picture, "feeling.sad") == [(0.0, -0.7)]
    assert points(picture, "feeling.happy") == [(4.0, 0.8)]
    assert points(picture, "feeling.angry") == []
    assert points(picture, "unsure") == [(6.0, 0.1)]


def test_a_day_of_which_nothing_is_known_parts_the_line() -> None:
    known = [(age, 0.0, None) for age in (6, 5, 3, 1, 0)]
    assert lines(figure(look(7, *known))) == [[0, 1], [3], [5, 6]]


def test_nothing_known_draws_nothing() -> None:
    picture = figure(look(30))
    assert lines(picture) == []
    assert [points(picture, gid) for gid in ("feeling", "unsure", "own")] == [[], [], []]
    assert bars(picture, "scores") == bars(picture, "range") == []


def test_scores_and_corrections_are_marked() -> None:
    day = Day(LAST, 0.2, -0.4, 0.6, Emotion.CALM, corrected=True, score=2)
    picture = figure(LookBack(LAST - timedelta(days=6), LAST, (day,)))
    assert points(picture, "own") == [(6.0, 0.2)]
    ((left, low, right, same),) = bars(picture, "scores")
    assert left < 6 < right and low == same == -0.5
    assert bars(picture, "range") == [(6.0, -0.4, 6.0, 0.6)]


def test_no_words_are_drawn() -> None:
    """Numerals need no language, no shaping and no font of their own."""
    for span in SPANS:
        picture = figure(look(span, (0, 0.5, Emotion.HAPPY)))
        axes = picture.axes[0]
        drawn = [label.get_text() for label in (*axes.get_xticklabels(), *axes.texts)]
        assert drawn[-1].split("\n")[0] == "10"  # today
        assert any("2026-03" in text for text in drawn)
        assert not any(char.isalpha() for text in drawn for char in text)


def test_feelings_differ_in_shape_not_in_colour_alone() -> None:
    assert set(SHAPES) == set(Emotion)
    for each in ("marker", "colour", "sign"):
        assert len({getattr(shape, each) for shape in SHAPES.values()}) == len(Emotion)


def test_everything_stands_out_from_its_ground() -> None:
    """A contrast of 3:1 and more, as WCAG 2.1 asks of graphics; 7:1 for the dates."""
    grounds = {GROUND, *(colour for _, _, colour in BANDS)}
    for ground in grounds:
        for colour in (LINE, *(shape.colour for shape in SHAPES.values())):
            assert contrast(colour, ground) >= 3.0, (colour, ground)
        assert contrast(INK, ground) >= 7.0


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        linear = [
            part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
            for part in to_rgb(colour)
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


async def test_many_at_once_do_not_disturb_one_another() -> None:
    alone = draw(FULL)
    together = await asyncio.gather(*(asyncio.to_thread(draw, FULL) for _ in range(6)))
    assert set(together) == {alone}
