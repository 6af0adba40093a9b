"""How remembered feelings become one mood."""

from dataclasses import replace
from datetime import timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from pipeline.mood import read_mood
from pipeline.values import Emotion, Entry, History, Moment, NoteKind, Probabilities
from tests.strategies import NOW, entries, histories, probabilities


def guess(emotion: Emotion, sure: float = 0.7) -> Probabilities:
    rest = (1 - sure) / (len(Emotion) - 1)
    return {one: sure if one is emotion else rest for one in Emotion}


def entry(days: float, emotion: Emotion, sure: float = 0.7, number: int = 0) -> Entry:
    """A guess some days ago."""
    at = NOW - timedelta(days=days)
    return Entry(number or int(days * 1000) + 1, at, NoteKind.VOICE, guess(emotion, sure))


def history(*given_entries: Entry) -> History:
    return History(entries=tuple(sorted(given_entries, key=lambda one: one.at)))


def test_nothing_is_no_mood() -> None:
    assert read_mood(History(), NOW) is None
    assert read_mood(history(Entry(1, NOW, NoteKind.TEXT)), NOW) is None


@given(histories(["walk"]))
def test_a_mood_stays_within_its_bounds(past: History) -> None:
    mood = read_mood(past, NOW)
    if mood is None:
        return
    affects = [mood.now] + ([mood.usual] if mood.usual else [])
    assert all(-1 <= a.valence <= 1 and -1 <= a.arousal <= 1 for a in affects)
    assert 0 <= mood.certainty <= 1
    assert mood.low_days >= 0
    assert set(mood.evidence) <= {one.id for one in past.entries}
    assert mood.evidence


@given(entries(), st.sampled_from(Emotion))
def test_a_correction_is_believed(guessed: Entry, truth: Emotion) -> None:
    mood = read_mood(history(replace(guessed, correction=truth, score=None, at=NOW)), NOW)
    assert mood is not None
    assert mood.emotion is truth
    assert mood.certainty > 0.9


@given(probabilities(), st.sampled_from(Emotion))
def test_a_correction_outweighs_a_guess_of_the_same_moment(
    guessed: Probabilities, truth: Emotion
) -> None:
    told = Entry(1, NOW, NoteKind.VOICE, guessed, correction=truth)
    mood = read_mood(history(told, Entry(2, NOW, NoteKind.VOICE, guessed)), NOW)
    assert mood is not None
    assert mood.emotion is truth


@given(st.sampled_from(Emotion), st.sampled_from(Emotion), st.floats(0.3, 6))
def test_recent_counts_more_than_old(old: Emotion, new: Emotion, days: float) -> None:
    mood = read_mood(history(entry(days, old, number=1), entry(0, new, number=2)), NOW)
    assert mood is not None
    assert mood.emotion is new


@given(st.sampled_from(Emotion), st.sampled_from(Emotion))
def test_a_confident_guess_counts_more_than_a_doubtful_one(sure: Emotion, unsure: Emotion) -> None:
    mood = read_mood(history(entry(0, unsure, 0.25, 1), entry(0, sure, 0.8, 2)), NOW)
    assert mood is not None
    assert mood.emotion is sure


def test_what_was_long_ago_says_little_of_now() -> None:
    fresh = read_mood(history(entry(0, Emotion.SAD)), NOW)
    stale = read_mood(history(entry(4, Emotion.SAD)), NOW)
    assert fresh is not None and stale is not None
    assert fresh.certainty > 0.6
    assert stale.certainty < 0.05


def test_a_score_tells_how_pleasant_but_not_which_feeling() -> None:
    low = read_mood(history(Entry(1, NOW, NoteKind.TEXT, score=1)), NOW)
    high = read_mood(history(Entry(1, NOW, NoteKind.TEXT, score=5)), NOW)
    assert low is not None and high is not None
    assert low.now.valence == -1 and high.now.valence == 1
    assert low.certainty < 0.5
    assert high.emotion is Emotion.HAPPY


def test_the_usual_needs_days_and_is_not_now() -> None:
    week = [entry(days, Emotion.CALM) for days in (1, 2, 3, 4, 5)]
    mood = read_mood(history(*week, entry(0, Emotion.ANGRY, 0.9)), NOW)
    few = read_mood(history(*week[:3], entry(0, Emotion.ANGRY, 0.9)), NOW)
    assert mood is not None and few is not None
    assert few.usual is None and not few.shifted
    assert mood.usual is not None and mood.usual.valence > 0.2
    assert mood.shifted


def test_a_usual_day_is_no_shift() -> None:
    week = [entry(days, Emotion.CALM) for days in (0, 1, 2, 3, 4, 5)]
    mood = read_mood(history(*week), NOW)
    assert mood is not None and not mood.shifted


def test_the_trend_has_a_sign() -> None:
    rising = [Entry(d, NOW - timedelta(days=d), NoteKind.TEXT, score=5 - d) for d in range(4)]
    falling = [Entry(d, NOW - timedelta(days=d), NoteKind.TEXT, score=2 + d) for d in range(4)]
    up, down = read_mood(history(*rising), NOW), read_mood(history(*falling), NOW)
    assert up is not None and down is not None
    assert abs(up.trend - 0.5) < 1e-9
    assert abs(down.trend + 0.5) < 1e-9


def test_low_days_count_back_from_today_over_one_silent_day() -> None:
    lows = [entry(days, Emotion.SAD, 0.9) for days in (0, 1, 3)]
    mood = read_mood(history(entry(4, Emotion.HAPPY, 0.9), *lows), NOW)
    assert mood is not None and mood.low_days == 3
    bright = read_mood(history(entry(0, Emotion.HAPPY, 0.9), *lows[1:]), NOW)
    assert bright is not None and bright.low_days == 0


def test_days_begin_where_the_user_lives() -> None:
    late = Entry(1, NOW.replace(hour=19), NoteKind.VOICE, guess(Emotion.SAD, 0.9))
    early = Entry(2, NOW.replace(hour=23), NoteKind.VOICE, guess(Emotion.SAD, 0.9))
    now = NOW.replace(hour=23, minute=59)
    at_home = read_mood(history(late, early), now)
    in_tokyo = read_mood(
        history(late, early), now.astimezone(timezone(timedelta(hours=3, minutes=30)))
    )
    assert at_home is not None and in_tokyo is not None
    assert (at_home.low_days, in_tokyo.low_days) == (1, 2)


def test_a_change_inside_a_note_is_told() -> None:
    feelings = [Emotion.ANGRY] * 3 + [Emotion.NEUTRAL] * 2 + [Emotion.SAD] * 3
    curve = tuple(Moment(i, i + 2.0, guess(feeling)) for i, feeling in enumerate(feelings))
    turning = replace(entry(0, Emotion.ANGRY), curve=curve)
    mood = read_mood(history(turning), NOW)
    assert mood is not None and mood.turned == (Emotion.ANGRY, Emotion.SAD)
    corrected = read_mood(history(replace(turning, correction=Emotion.SAD)), NOW)
    assert corrected is not None and corrected.turned is None
    steady = replace(turning, curve=curve[:3])
    mood = read_mood(history(steady), NOW)
    assert mood is not None and mood.turned is None
