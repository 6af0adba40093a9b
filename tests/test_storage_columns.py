"""Values come back from their columns as they went in."""

import asyncio
import tempfile
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import StoreError
from pipeline.values import Emotion, Entry, Feeling, Heard, Moment, Person, TextNote, VoiceProfile
from storage import columns
from storage.sqlite import SqliteStore
from tests import strategies
from tests.storing import ANN, NOON

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=zones)


@given(strategies.probabilities())
def test_probabilities(guess: dict[Emotion, float]) -> None:
    back = columns.read_probabilities(columns.probabilities(guess))
    assert list(back.items()) == list(guess.items())


@given(strategies.curves())
def test_curves(curve: tuple[Moment, ...]) -> None:
    assert columns.read_curve(columns.curve(curve)) == curve


@given(strategies.profiles)
def test_profiles(profile: VoiceProfile) -> None:
    assert columns.read_profile(columns.profile(profile)) == profile


@given(moments, moments)
def test_times_come_back_and_sort_as_text(one: datetime, other: datetime) -> None:
    assert columns.read_moment(columns.moment(one)) == one
    assert (columns.moment(one) < columns.moment(other)) == (one < other)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        columns.moment(datetime(2026, 3, 1))


@given(st.text())
def test_words_that_utf8_can_hold_are_left_alone(words: str) -> None:
    assert columns.clean(words) == words


def test_half_a_character_does_not_lose_the_words_around_it() -> None:
    assert columns.clean("so tired \ud83d today") == "so tired ? today"


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(number: float) -> None:
    with pytest.raises(StoreError, match="not finite"):
        columns.probabilities({Emotion.SAD: number})
    with pytest.raises(StoreError, match="not finite"):
        columns.profile(VoiceProfile(1, (number,)))


@pytest.mark.parametrize("broken", ["{'secret'", "[1]", '{"secret": 0.1}', "null"])
def test_a_tampered_column_is_told_without_its_content(broken: str) -> None:
    for read in (columns.read_probabilities, columns.read_profile, columns.read_moment):
        with pytest.raises(StoreError) as caught:
            read(broken)
        assert "secret" not in str(caught.value)
        assert caught.value.__cause__ is None


whole_words = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x01"), min_size=1, max_size=60
)
"""Without the character that marks sealed words, which is dropped at a text's start."""


@settings(max_examples=12, deadline=None)
@given(strategies.feelings, whole_words)
def test_a_feeling_and_its_words_survive_a_restart(feeling: Feeling, words: str) -> None:
    async def remembered(path: Path) -> tuple[Entry, Person, str]:
        async with SqliteStore.open(path, lambda: NOON) as store:
            note = await store.receive(TextNote(ANN, words, NOON))
            await store.record(note, Heard(words, None, feeling))
        async with SqliteStore.open(path, lambda: NOON) as store:
            history = await store.record(note, Heard(words, None, feeling))
            later = await store.receive(TextNote(ANN, words, NOON))
            turns = (await store.record(later, Heard("", None, None))).turns
            return history.entries[-1], await store.person(ANN), turns[0].words

    with tempfile.TemporaryDirectory() as folder:
        entry, person, kept = asyncio.run(remembered(Path(folder) / "echomind.db"))
    assert entry.probabilities == feeling.probabilities
    assert entry.curve == feeling.curve
    assert person.profile == feeling.voice
    assert kept == words


@settings(max_examples=12, deadline=None)
@given(
    st.builds(
        Person,
        id=st.integers(1, 2**63 - 1),
        name=st.none() | whole_words,
        language=st.sampled_from(["en", "hi", "ar"]),
        country=st.none() | st.sampled_from(["AT", "IN"]),
        adult=st.none() | st.booleans(),
        words_days=st.none() | st.integers(0, 10_000),
        profile=st.none() | strategies.profiles,
    )
)
def test_a_person_survives_a_restart(person: Person) -> None:
    async def remembered(path: Path) -> Person:
        async with SqliteStore.open(path, lambda: NOON) as store:
            await store.keep(person)
        async with SqliteStore.open(path, lambda: NOON) as store:
            return await store.person(person.id)

    with tempfile.TemporaryDirectory() as folder:
        back = asyncio.run(remembered(Path(folder) / "echomind.db"))
    for field in fields(Person):  # every field has its column
        assert getattr(back, field.name) == getattr(person, field.name), field.name
        assert type(getattr(back, field.name)) is type(getattr(person, field.name))


def test_times_are_told_in_utc() -> None:
    vienna = timezone(timedelta(hours=1))
    text = columns.moment(datetime(2026, 3, 1, 13, tzinfo=vienna))
    assert text == "2026-03-01T12:00:00.000000+00:00"
    assert columns.read_moment(text).tzinfo == UTC
