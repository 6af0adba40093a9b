"""Corrections calibrate the guesses at one voice: little while they are few, never past sense."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adaptation import Pair, learn, learn_from, own_reading, reheard, reread
from pipeline.values import (
    Emotion,
    Entry,
    Feeling,
    Heard,
    History,
    Moment,
    NoteKind,
    Probabilities,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EIGHT = tuple(Emotion)


def guess(
    likeliest: Emotion, second: Emotion = Emotion.NEUTRAL, sure: float = 0.5
) -> Probabilities:
    rest = (1 - sure) / 9
    shares = dict.fromkeys(Emotion, rest)
    shares[second] += 2 * rest
    shares[likeliest] = 0.0
    shares[likeliest] = 1 - sum(shares.values())
    return shares


guesses = st.lists(st.floats(0.0, 1.0), min_size=8, max_size=8).map(
    lambda raw: dict(zip(EIGHT, [(x + 1e-9) / (sum(raw) + 8e-9) for x in raw], strict=True))
)
pairs = st.lists(st.tuples(guesses, st.sampled_from(Emotion)), max_size=30)


def entry(
    probabilities: Probabilities | None,
    correction: Emotion | None = None,
    kind: NoteKind = NoteKind.VOICE,
) -> Entry:
    return Entry(1, NOON, kind, probabilities, correction)


@given(pairs, guesses)
def test_a_guess_stays_a_distribution(told: list[Pair], new: Probabilities) -> None:
    calibration = learn(told)
    if calibration is None:
        assert not told
        return
    again = calibration(new)
    assert set(again) == set(Emotion)
    assert sum(again.values()) == pytest.approx(1)
    assert all(0 <= p <= 1 for p in again.values())


@given(pairs.filter(bool))
def test_the_order_of_corrections_does_not_matter(told: list[Pair]) -> None:
    one, other = learn(told), learn(told[::-1])
    assert one is not None and other is not None
    assert one.weights == pytest.approx(other.weights, abs=1e-3)


def test_what_is_always_mistaken_is_learned_and_the_rest_is_left() -> None:
    """A voice whose ordinary sounds angry: told often enough, it is heard as ordinary."""
    seems = guess(Emotion.ANGRY, Emotion.NEUTRAL)
    told = [(seems, Emotion.NEUTRAL)] * 25 + [(guess(Emotion.SAD, sure=0.8), Emotion.SAD)] * 5
    calibration = learn(told)
    assert calibration is not None
    again = calibration(seems)
    assert max(again, key=again.__getitem__) is Emotion.NEUTRAL
    sad = calibration(guess(Emotion.SAD, sure=0.8))
    assert max(sad, key=sad.__getitem__) is Emotion.SAD


def test_one_correction_moves_little_and_more_move_more() -> None:
    seems = guess(Emotion.ANGRY, Emotion.NEUTRAL)
    moved = []
    for times in (1, 5, 20, 80):
        calibration = learn([(seems, Emotion.NEUTRAL)] * times)
        assert calibration is not None
        moved.append(calibration(seems)[Emotion.NEUTRAL] - seems[Emotion.NEUTRAL])
    assert 0 < moved[0] < 0.1
    assert moved == sorted(moved)


def test_a_strong_ridge_is_the_identity() -> None:
    seems = guess(Emotion.ANGRY)
    calibration = learn([(seems, Emotion.NEUTRAL)] * 20, shrinkage=1e9)
    assert calibration is not None
    assert calibration(seems) == pytest.approx(seems, abs=1e-6)


def test_no_correction_changes_nothing() -> None:
    assert learn([]) is None
    assert learn_from([entry(guess(Emotion.SAD)), entry(None, Emotion.SAD)]) is None
    history = History(entries=(entry(guess(Emotion.SAD)),))
    heard = Heard("words", "en", Feeling(guess(Emotion.SAD), "test"), seconds=2.0)
    assert reread(history, None) is history
    assert reheard(heard, None) is heard


def test_only_voices_teach_and_only_voices_are_reread() -> None:
    seems = guess(Emotion.ANGRY, Emotion.NEUTRAL)
    typed = [entry(seems, Emotion.NEUTRAL, NoteKind.TEXT)] * 9
    assert learn_from(typed) is None
    calibration = learn_from([entry(seems, Emotion.NEUTRAL)] * 9)
    history = reread(History(entries=(*typed, entry(seems), entry(None))), calibration)
    assert own_reading(History(entries=(entry(seems),))).entries[0].probabilities == seems
    assert history.entries[0].probabilities == seems
    assert history.entries[-2].probabilities != seems
    assert history.entries[-1].probabilities is None
    written = Heard("words", "en", Feeling(seems, "test"))
    assert reheard(written, calibration) is written


def test_the_curve_is_reread_with_the_whole() -> None:
    seems = guess(Emotion.ANGRY, Emotion.NEUTRAL)
    calibration = learn_from([entry(seems, Emotion.NEUTRAL)] * 30)
    feeling = Feeling(seems, "test", (Moment(0, 3, seems), Moment(1.5, 4.5, seems)))
    heard = reheard(Heard("words", "en", feeling, seconds=4.5), calibration)
    assert heard.feeling is not None
    assert heard.feeling.emotion is Emotion.NEUTRAL
    assert all(one.probabilities == heard.feeling.probabilities for one in heard.feeling.curve)
