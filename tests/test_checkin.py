"""What a check-in asks, from what is known of the last days and nothing of one person alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipeline import checkin, content
from pipeline.checkin import Days
from pipeline.mood import read_mood
from pipeline.values import Emotion, Entry, History, NoteKind

TEXTS = content.load(Path(__file__).parents[1] / "prompts").texts("en")
EVENING = datetime(2026, 3, 10, 20, 30, tzinfo=ZoneInfo("Europe/Vienna"))
DAY = timedelta(days=1)


def scored(*scores: int, last: datetime = EVENING) -> tuple[Entry, ...]:
    """One score a day, the last of them a while before `last`."""
    first = last - len(scores) * DAY
    return tuple(
        Entry(number, (first + number * DAY).astimezone(UTC), NoteKind.TEXT, score=score)
        for number, score in enumerate(scores, 1)
    )


def days(entries: tuple[Entry, ...]) -> Days:
    return checkin.read_days(read_mood(History(entries=entries), EVENING))


@pytest.mark.parametrize(
    ("scores", "read"),
    [
        ((3,), Days.PLAIN),
        ((1,), Days.LOW),
        ((5,), Days.BRIGHT),
        ((2, 1), Days.LASTING_LOW),
        ((1, 1, 1, 2), Days.LASTING_LOW),
        ((1, 2, 3, 4), Days.RISING),
        ((5, 4, 4, 3), Days.SINKING),
        ((4, 4, 4, 4), Days.BRIGHT),
        ((3, 3, 3, 3), Days.PLAIN),
    ],
)
def test_what_stands_out_in_the_last_days(scores: tuple[int, ...], read: Days) -> None:
    assert days(scored(*scores)) is read


def test_where_nothing_is_known_nothing_is_said() -> None:
    assert checkin.read_days(None) is Days.PLAIN


def test_what_is_long_ago_says_nothing() -> None:
    old = scored(1, 1, last=EVENING - 4 * DAY)
    assert checkin.telling(old, EVENING, guesses=True) == ()
    fresh = (*old, *scored(3))
    assert checkin.telling(fresh, EVENING, guesses=True) == fresh
    assert checkin.telling((), EVENING, guesses=True) == ()


def test_who_switched_guessing_off_is_met_by_their_own_words_alone() -> None:
    at = EVENING.astimezone(UTC) - DAY
    guess = Entry(1, at - timedelta(hours=1), NoteKind.VOICE, {Emotion.SAD: 1.0})
    corrected = Entry(2, at, NoteKind.VOICE, {Emotion.SAD: 1.0}, correction=Emotion.CALM)
    score = Entry(3, at, NoteKind.TEXT, score=4)
    known = (guess, corrected, score)
    assert checkin.telling(known, EVENING, guesses=False) == (corrected, score)
    assert checkin.telling((guess,), EVENING, guesses=False) == ()
    assert checkin.telling(known, EVENING, guesses=True) == known


@pytest.mark.parametrize("of", Days)
def test_every_wording_has_its_turn(of: Days) -> None:
    wordings = TEXTS.many(f"checkin.ask.{of}")
    asked = {checkin.question(of, EVENING + n * DAY, TEXTS) for n in range(len(wordings))}
    assert len(asked) == len(wordings)
    assert all(any(one.endswith(wording) for wording in wordings) for one in asked)


def test_two_days_running_are_not_asked_alike() -> None:
    first, second = (checkin.question(Days.PLAIN, EVENING + n * DAY, TEXTS) for n in (0, 1))
    assert first != second


@pytest.mark.parametrize(
    ("hour", "greeting"),
    [(7, "morning"), (12, "afternoon"), (20, "evening"), (23, "night"), (2, "night")],
)
def test_the_greeting_is_the_hours(hour: int, greeting: str) -> None:
    said = checkin.question(Days.PLAIN, EVENING.replace(hour=hour), TEXTS)
    assert said.startswith(TEXTS(f"checkin.greeting.{greeting}"))


def test_all_who_are_asked_at_one_hour_are_asked_alike() -> None:
    """Whoever they are: the words hold no name and no field."""
    for of in Days:
        for wording in TEXTS.many(f"checkin.ask.{of}"):
            assert "{" not in wording
