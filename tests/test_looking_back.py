"""Days as they are known: by the user's own clock, with gaps, and no more said than is there."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.looking_back import SPANS, Course, Day, Level, LookBack, begins, caption, look_back
from pipeline.mood import read_mood
from pipeline.values import Emotion, Entry, History, NoteKind
from tests.chatting import words
from tests.strategies import NOW, entries

TEXTS = words().texts("en")
DAY = timedelta(days=1)


def felt(at: datetime, emotion: Emotion = Emotion.SAD, sure: float = 0.79) -> Entry:
    rest = (1 - sure) / 7
    guess = {one: sure if one is emotion else rest for one in Emotion}
    return Entry(1, at, NoteKind.VOICE, guess)


def scored(at: datetime, score: int) -> Entry:
    return Entry(2, at, NoteKind.TEXT, score=score)


def days(*valences: float | None) -> LookBack:
    """One day after the other up to NOW; None is a day of which nothing is known."""
    first = NOW.date() - (len(valences) - 1) * DAY
    known = (
        Day(first + number * DAY, valence, valence, valence, Emotion.SAD)
        for number, valence in enumerate(valences)
        if valence is not None
    )
    return LookBack(first, NOW.date(), tuple(known))


def test_days_begin_on_the_users_own_clock() -> None:
    """Five past midnight in Vienna is the evening before in UTC."""
    after_midnight = datetime(2026, 3, 17, 23, 5, tzinfo=UTC)
    vienna = NOW.astimezone(ZoneInfo("Europe/Vienna"))
    (there,) = look_back([felt(after_midnight)], vienna, 7).days
    (here,) = look_back([felt(after_midnight)], NOW, 7).days
    assert (there.day, here.day) == (date(2026, 3, 18), date(2026, 3, 17))


def test_a_span_begins_at_midnight_across_a_clock_change() -> None:
    """29 March 2026 has 23 hours in Vienna."""
    now = datetime(2026, 3, 31, 9, tzinfo=ZoneInfo("Europe/Vienna"))
    assert begins(now, 7) == datetime(2026, 3, 24, 23, tzinfo=UTC)
    assert begins(now, 1).date() == now.date()


def test_what_lies_outside_the_span_is_not_shown() -> None:
    look = look_back([felt(NOW - 7 * DAY), felt(NOW - 6 * DAY), felt(NOW)], NOW, 7)
    assert [one.day for one in look.days] == [look.first, look.last]
    assert look.span == 7


def test_a_days_value_is_what_the_trend_reads() -> None:
    """One weighing for the picture and for all that is said of a mood."""
    history = tuple(
        felt(NOW - age * DAY, emotion, sure)
        for age, emotion, sure in [
            (3, Emotion.SAD, 0.9),
            (3, Emotion.HAPPY, 0.3),
            (2, Emotion.NEUTRAL, 0.6),
            (1, Emotion.HAPPY, 0.8),
        ]
    )
    mood = read_mood(History(entries=history), NOW)
    look = look_back(history, NOW, 7)
    points = [(-(NOW.date() - one.day).days, one.valence) for one in look.days]
    middle = sum(x for x, _ in points) / len(points)
    slope = sum((x - middle) * y for x, y in points) / sum((x - middle) ** 2 for x, _ in points)
    assert mood is not None
    assert mood.trend == pytest.approx(slope)


def test_a_day_holds_its_range_its_correction_and_its_last_score() -> None:
    corrected = Entry(3, NOW, NoteKind.VOICE, felt(NOW).probabilities, Emotion.HAPPY)
    morning = NOW.replace(hour=7)
    (day,) = look_back([felt(morning), corrected, scored(NOW, 2), scored(morning, 5)], NOW, 7).days
    assert day.emotion is Emotion.HAPPY
    assert day.corrected
    assert day.score == 2
    assert day.lowest < -0.3 < day.valence < day.highest == 1.0


def test_a_feeling_is_named_only_where_it_is_clear() -> None:
    (score_alone,) = look_back([scored(NOW, 1)], NOW, 7).days
    (vague,) = look_back([felt(NOW, Emotion.SAD, 0.3)], NOW, 7).days
    (clear,) = look_back([felt(NOW, Emotion.SAD, 0.6), scored(NOW, 5)], NOW, 7).days
    assert (score_alone.emotion, vague.emotion, clear.emotion) == (None, None, Emotion.SAD)


@pytest.mark.parametrize(
    ("look", "level", "course"),
    [
        (days(None, None), None, None),
        (days(0.0), Level.EVEN, None),
        (days(-0.4, -0.5), Level.LOW, None),
        (days(0.6, None, 0.5), Level.BRIGHT, None),
        (days(-0.7, 0.8), Level.MIXED, None),
        (days(-0.4, -0.4, 0.0, 0.1), Level.EVEN, Course.RISING),
        (days(0.2, 0.2, None, 0.2, -0.2, -0.2, 0.0), Level.EVEN, Course.SINKING),
        (days(0.1, 0.0, 0.1, 0.0), Level.EVEN, None),
    ],
)
def test_level_and_course(look: LookBack, level: Level | None, course: Course | None) -> None:
    assert (look.level, look.course) == (level, course)


def test_the_caption_says_what_is_to_be_seen() -> None:
    told = caption(days(-0.4, None, -0.4, -0.6, None, None, -0.5), TEXTS)
    assert "2026-03-12" in told and "2026-03-18" in told
    assert "4 of these 7 days" in told
    assert TEXTS("mood.level.low") in told


def test_little_and_nothing_are_told_honestly() -> None:
    nothing = caption(days(*[None] * 7), TEXTS)
    assert nothing == TEXTS("mood.nothing", first="2026-03-12", last="2026-03-18")
    one = caption(days(*[None] * 6, 0.7), TEXTS)
    assert "one day only, 2026-03-18" in one and "heavier" not in one


@given(st.lists(entries(), max_size=12), st.sampled_from(SPANS))
def test_whatever_was_felt_can_be_looked_back_on(felt: list[Entry], span: int) -> None:
    look = look_back(felt, NOW, span)
    assert look.span == span
    seen = [one.day for one in look.days]
    assert seen == sorted(set(seen))
    for one in look.days:
        assert look.first <= one.day <= look.last
        assert -1 <= one.lowest <= one.valence + 1e-9 and one.valence - 1e-9 <= one.highest <= 1
    assert caption(look, TEXTS)
