"""The weekly letter: what was, what helped, one look ahead, and honest where little is known."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.letter import Letter, Week, compose, own_words, read_week
from pipeline.looking_back import LookBack
from pipeline.values import Emotion, Entry, History, NoteKind, Rating
from tests.chatting import words
from tests.strategies import NOW, histories
from tests.test_looking_back import days, felt, scored

TEXTS = words().texts("en")
DAY = timedelta(days=1)
KEYS = [one.key for one in words().exercises]
BREATHING, WALK = "breath_478", KEYS[1]
NEVER = re.compile(r"streak|in a row|well done|keep (it )?up|proud|missed you|every day|\d", re.I)
"""Counts, praise for use and reproach have no place in a letter."""


def rated(exercise: str, helped: bool, age: float, user: int = 1) -> Rating:
    return Rating(user, exercise, helped, None, NOW - age * DAY)


def week(look: LookBack) -> Letter:
    return compose(Week(look), TEXTS)


def test_an_unknown_week_is_told_as_one() -> None:
    letter = week(days(*[None] * 7))
    assert letter.sentences[:2] == (TEXTS("letter.opening"), TEXTS("letter.nothing"))
    assert letter.sentences[2] in TEXTS.many("letter.ahead.unknown")
    assert len(letter.sentences) == 3


def test_a_day_or_two_are_a_glimpse_without_best_and_worst() -> None:
    letter = week(days(*[None] * 5, -0.7, 0.8))
    assert TEXTS("letter.little") in letter.sentences
    assert "brightest" not in letter.text


def test_a_heavy_week_names_its_bright_day_and_not_its_worst() -> None:
    letter = week(days(-0.6, -0.6, -0.6, -0.5, 0.1, -0.4, -0.5))
    assert TEXTS("letter.level.low") in letter.sentences
    assert TEXTS("letter.brightest", day="Monday") in letter.sentences
    assert "heaviest" not in letter.text
    assert letter.sentences[-1] in TEXTS.many("letter.ahead.low")


def test_a_mixed_week_names_both() -> None:
    letter = week(days(None, 0.8, -0.7, 0.7, -0.6, 0.1, None))
    assert TEXTS("letter.brightest", day="Friday") in letter.sentences
    assert TEXTS("letter.heaviest", day="Saturday") in letter.sentences


def test_where_days_are_alike_none_is_named() -> None:
    assert "brightest" not in week(days(0.4, 0.5, 0.4, 0.4)).text


def test_a_feeling_that_came_back_is_named_the_ordinary_one_is_not() -> None:
    look = days(-0.5, -0.5, -0.5)
    assert TEXTS("letter.most", feeling="low") in week(look).sentences
    plain = replace(look, days=tuple(replace(one, emotion=Emotion.NEUTRAL) for one in look.days))
    assert "came back" not in week(plain).text


def test_what_helped_comes_from_ones_own_ratings_the_last_word_on_each() -> None:
    ratings = (
        rated(BREATHING, True, 12),
        rated(WALK, True, 3),
        rated(KEYS[2], True, 5),
        rated(KEYS[2], False, 2),
        rated(KEYS[3], True, 1, user=2),
    )
    read = read_week(History(ratings=ratings), 1, NOW)
    assert (read.helped, read.helped_before) == ((WALK,), (BREATHING,))
    letter = compose(replace(read, look=days(0.1)), TEXTS)
    title = TEXTS(f"exercise.{WALK}.title")
    assert TEXTS("letter.helped.week", titles=title) in letter.sentences
    assert letter.exercises == (WALK,)


@given(st.datetimes(datetime(2026, 3, 10), datetime(2026, 4, 20)))
def test_every_hour_is_in_exactly_one_letter(hour: datetime) -> None:
    """Whenever on its day a letter comes, and also in the week in which the clocks change."""
    zone = ZoneInfo("Europe/Vienna")
    at = hour.replace(tzinfo=zone)
    entry, rating = felt(at), replace(rated(WALK, True, 0), at=at)
    first = datetime(2026, 3, 1, 10, tzinfo=zone)
    read = [
        read_week(History(entries=(entry,), ratings=(rating,)), 1, first + number * 7 * DAY)
        for number in range(10)
    ]
    (day,) = [one for week in read for one in week.look.days]
    assert day.day == at.date()
    assert [bool(one.helped) for one in read] == [bool(one.look.days) for one in read]


def test_what_helped_before_stands_in() -> None:
    letter = compose(Week(days(0.1), (), (BREATHING, WALK)), TEXTS)
    title = TEXTS(f"exercise.{BREATHING}.title")
    assert TEXTS("letter.helped.before", titles=title) in letter.sentences
    gone = compose(Week(days(0.1), ("no_such_exercise",)), TEXTS)
    assert TEXTS("letter.helped.unknown") in gone.sentences
    assert gone.exercises == ()


def test_danger_leaves_no_room_for_anything_lighter() -> None:
    letter = compose(Week(days(0.8, 0.8, 0.8), (WALK,), (), danger=True), TEXTS)
    assert letter.sentences[-1] == TEXTS.many("letter.ahead.crisis")[0]
    assert "helped" not in letter.text
    assert letter.exercises == ()


def test_the_look_ahead_changes_from_week_to_week() -> None:
    this = days(-0.5, -0.5)
    following = LookBack(this.first + 7 * DAY, this.last + 7 * DAY, this.days)
    assert week(this).sentences[-1] != week(following).sentences[-1]


def test_without_leave_to_read_feelings_only_ones_own_word_counts() -> None:
    corrected = Entry(3, NOW, NoteKind.VOICE, felt(NOW).probabilities, Emotion.HAPPY)
    told = (felt(NOW), corrected, scored(NOW, 2))
    assert own_words(told, guesses=True) == told
    assert own_words(told, guesses=False) == told[1:]


@given(histories(KEYS), st.booleans())
def test_no_letter_counts_praises_or_reproaches(history: History, danger: bool) -> None:
    read = replace(read_week(history, 1, NOW), danger=danger)
    letter = compose(read, TEXTS)
    without_titles = letter.text
    for key in letter.exercises:
        without_titles = without_titles.replace(TEXTS(f"exercise.{key}.title"), "")
    assert not NEVER.search(without_titles)
    assert 3 <= len(letter.sentences) <= 9
    assert len(letter.paragraphs[-1]) == 1  # one look ahead


@pytest.mark.parametrize("language", words().languages)
def test_every_language_has_seven_days_and_a_way_ahead(language: str) -> None:
    texts = words().texts(language)
    assert len(set(texts.many("letter.weekdays"))) == 7
    for level in ("low", "even", "bright", "mixed", "unknown", "crisis"):
        assert texts.many(f"letter.ahead.{level}")
