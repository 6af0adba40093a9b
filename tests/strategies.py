"""Hypothesis strategies for the values that flow, shared by every room's tests."""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st

from pipeline.values import (
    Affect,
    Emotion,
    Entry,
    Feeling,
    History,
    Moment,
    Mood,
    NoteKind,
    Rating,
    Turn,
    VoiceProfile,
)

settings.register_profile("house", deadline=None)  # a busy machine fails no test
settings.load_profile("house")

finite = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def probabilities(draw: st.DrawFn) -> dict[Emotion, float]:
    """All eight emotions, summing to 1; some may be as good as impossible."""
    weights = [draw(st.floats(0.0, 1.0)) for _ in Emotion]
    total = sum(weights)
    if total < 1e-6:
        return dict.fromkeys(Emotion, 1 / len(Emotion))
    return {emotion: weight / total for emotion, weight in zip(Emotion, weights, strict=True)}


@st.composite
def curves(draw: st.DrawFn) -> tuple[Moment, ...]:
    """Overlapping windows of one length in time order."""
    length = draw(st.floats(0.5, 10.0))
    hop = draw(st.floats(0.1, 1.0)) * length
    guesses = draw(st.lists(probabilities(), max_size=4))
    return tuple(Moment(i * hop, i * hop + length, guess) for i, guess in enumerate(guesses))


profiles = st.builds(
    VoiceProfile, st.integers(1, 10_000), st.lists(finite, max_size=40).map(tuple), st.text()
)

feelings = st.builds(
    Feeling,
    probabilities=probabilities(),
    engine=st.text(min_size=1, max_size=12),
    curve=curves(),
    voice=st.none() | profiles,
)

NOW = datetime(2026, 3, 18, 19, 30, tzinfo=UTC)
"""A Wednesday evening."""

emotions = st.sampled_from(Emotion)
past = st.timedeltas(timedelta(), timedelta(days=60)).map(lambda age: NOW - age)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """A remembered feeling: a guess, a guess and its correction, a check-in, or any of them."""
    return Entry(
        id=draw(st.integers(1, 1_000_000)),
        at=draw(past),
        kind=draw(st.sampled_from(NoteKind)),
        probabilities=draw(st.none() | probabilities()),
        correction=draw(st.none() | emotions),
        score=draw(st.none() | st.integers(1, 5)),
        curve=draw(curves()),
    )


turns = st.builds(Turn, st.sampled_from(["user", "companion"]), st.text(max_size=200), past)


def ratings(keys: list[str]) -> st.SearchStrategy[Rating]:
    """What a few users thought of some exercises."""
    return st.builds(
        Rating, st.integers(1, 5), st.sampled_from(keys), st.booleans(), st.none() | emotions, past
    )


def histories(keys: list[str]) -> st.SearchStrategy[History]:
    """What is remembered of one user, oldest first."""
    return st.builds(
        History,
        entries=st.lists(entries(), max_size=6).map(
            lambda some: tuple(sorted(some, key=lambda entry: entry.at))
        ),
        turns=st.lists(turns, max_size=5).map(
            lambda some: tuple(sorted(some, key=lambda turn: turn.at))
        ),
        summary=st.text(max_size=80),
        offered=st.lists(st.tuples(st.sampled_from(keys), past), max_size=5).map(tuple),
        ratings=st.lists(ratings(keys), max_size=12).map(tuple),
    )


moods = st.builds(
    Mood,
    now=st.builds(Affect, st.floats(-1, 1), st.floats(-1, 1)),
    emotion=emotions,
    certainty=st.floats(0, 1),
    usual=st.none() | st.builds(Affect, st.floats(-1, 1), st.floats(-1, 1)),
    trend=st.floats(-0.5, 0.5),
    shifted=st.booleans(),
    low_days=st.integers(0, 9),
    turned=st.none() | st.tuples(emotions, emotions),
)
