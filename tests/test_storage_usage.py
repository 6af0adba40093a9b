"""What the owner may know of the use of every store: sums and counts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.errors import StoreError
from pipeline.values import Census, Heard, Person
from tests import storing
from tests.fakes import FakeStore
from tests.storing import ANN, BEN, DAY, NOON, AnyStore, HandClock, talked, voice_note

clock, store = storing.clock, storing.store


async def spoke(store: AnyStore, clock: HandClock, seconds: float, user: int = ANN) -> int:
    note = await store.receive(voice_note(user, clock()))
    await store.record(note, Heard("hello", "en", None, seconds))
    await store.answered(note, "hi", None)
    await store.settle(note)
    return note


async def test_the_seconds_of_one_user_since_a_time(store: AnyStore, clock: HandClock) -> None:
    assert await store.heard_seconds(ANN, NOON) == 0
    note = await spoke(store, clock, 90.5)
    clock.pass_by(DAY)
    await spoke(store, clock, 20.25)
    await spoke(store, clock, 7, BEN)
    await store.receive(voice_note(ANN, clock()))  # not heard yet

    assert await store.heard_seconds(ANN, NOON) == 110.75
    assert await store.heard_seconds(ANN, NOON + timedelta(microseconds=1)) == 20.25
    found = await store.note(note, ANN)
    assert found is not None and found.seconds == 90.5


async def test_a_note_is_counted_once_it_is_dealt_with(store: AnyStore, clock: HandClock) -> None:
    note = await store.receive(voice_note(ANN, clock()))
    await store.record(note, Heard("hello", "en", None, 30))
    assert await store.heard_seconds(ANN, NOON) == 0
    await store.settle(note)
    assert await store.heard_seconds(ANN, NOON) == 30


async def test_a_note_taken_up_again_is_counted_once(store: AnyStore, clock: HandClock) -> None:
    note = await spoke(store, clock, 30)
    await store.record(note, Heard("hello", "en", None, 30))
    assert await store.heard_seconds(ANN, NOON) == 30


async def test_the_census_counts(store: AnyStore, clock: HandClock) -> None:
    assert await store.census(NOON) == Census(0, 0, 0, 0)
    await store.keep(Person(id=ANN))
    await store.keep(Person(id=BEN))
    await spoke(store, clock, 12)
    clock.pass_by(DAY)
    await spoke(store, clock, 3, BEN)
    await talked(store, clock, "typed", BEN)

    assert await store.census(NOON) == Census(people=2, active=2, notes=3, seconds=15)
    assert await store.census(NOON + DAY) == Census(people=2, active=1, notes=2, seconds=3)


async def test_what_was_forgotten_is_not_counted(store: AnyStore, clock: HandClock) -> None:
    await spoke(store, clock, 12)
    await store.forget(ANN)
    assert await store.heard_seconds(ANN, NOON) == 0
    assert replace(await store.census(NOON), people=0) == Census(0, 0, 0, 0)


async def test_a_check_changes_nothing(store: AnyStore, clock: HandClock) -> None:
    await spoke(store, clock, 12)
    before = await store.export(ANN)
    await store.check_writable()
    assert await store.export(ANN) == before


async def test_a_check_says_why_nothing_can_be_written(store: AnyStore) -> None:
    if isinstance(store, FakeStore):
        store.broken = StoreError("the disk is full")
    else:
        await store.close()
    with pytest.raises(StoreError):
        await store.check_writable()
