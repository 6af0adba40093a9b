"""Weekly letters in every store: who wants one on which day, who got it, and what /mood reads."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.schedule import LETTER_HOUR
from pipeline.values import Appointment, Asked, Person
from storage.sqlite import SqliteStore
from tests import storing
from tests.storing import ANN, BEN, DAY, NOON, AnyStore, HandClock, said

clock, store = storing.clock, storing.store

VIENNA, SUNDAY, TODAY = "Europe/Vienna", 6, date(2026, 3, 1)
"""The first of March 2026 is a Sunday."""


async def subscribe(store: AnyStore, user: int, zone: str | None = VIENNA) -> None:
    await store.keep(Person(user, adult=True, zone=zone, letter=SUNDAY))
    await store.begin_letters(user)


async def test_who_chose_a_day_gets_one_on_it(store: AnyStore) -> None:
    await subscribe(store, ANN)
    await subscribe(store, BEN, "Asia/Tokyo")
    ann = Appointment(ANN, LETTER_HOUR, VIENNA, NOON, adult=True, weekday=SUNDAY)
    assert await store.letter_zones() == ("Asia/Tokyo", VIENNA)
    assert await store.letters(VIENNA, TODAY) == (ann,)
    assert await store.letters(VIENNA, TODAY + DAY) == ()
    assert await store.letter(ANN) == ann
    assert await store.letter(3) is None


async def test_who_chose_none_or_told_no_zone_gets_none(store: AnyStore) -> None:
    await subscribe(store, ANN, zone=None)
    await store.keep(Person(BEN, zone=VIENNA))
    await store.begin_letters(BEN)
    await store.keep(Person(3, zone=VIENNA, letter=SUNDAY))  # and never began
    assert await store.letters(VIENNA, TODAY) == ()
    assert [await store.letter(user) for user in (ANN, BEN, 3)] == [None, None, None]


async def test_who_got_theirs_is_not_found_again_for_the_day(store: AnyStore) -> None:
    await subscribe(store, ANN)
    last = Asked(TODAY, VIENNA, NOON)
    await store.written(ANN, last)
    assert await store.letters(VIENNA, TODAY) == ()
    (following,) = await store.letters(VIENNA, TODAY + 7 * DAY)
    assert following.asked == last
    await store.written(ANN, None)
    assert len(await store.letters(VIENNA, TODAY)) == 1


async def test_who_cannot_be_reached_gets_none_until_they_ask(
    store: AnyStore, clock: HandClock
) -> None:
    await subscribe(store, ANN)
    await store.stop_letters(ANN)
    assert await store.letters(VIENNA, TODAY) == ()
    assert await store.letter(ANN) is None
    assert (await store.person(ANN)).letter == SUNDAY
    clock.pass_by(DAY)
    await store.begin_letters(ANN)
    back = await store.letter(ANN)
    assert back is not None and back.since == NOON + DAY


async def test_letters_and_checkins_stop_each_by_itself(store: AnyStore) -> None:
    await subscribe(store, ANN)
    person = await store.person(ANN)
    await store.keep(replace(person, checkin=LETTER_HOUR))
    await store.begin_checkins(ANN)
    await store.stop_letters(ANN)
    assert await store.appointment(ANN) is not None
    await store.begin_letters(ANN)
    await store.stop_checkins(ANN)
    assert await store.letter(ANN) is not None


async def test_words_of_danger_are_known_to_the_letter(store: AnyStore) -> None:
    await subscribe(store, ANN)
    await store.mark_crisis(ANN)
    found = await store.letter(ANN)
    assert found is not None and found.crisis_at == NOON


async def test_forgetting_takes_the_letters_along(store: AnyStore) -> None:
    await subscribe(store, ANN)
    assert await store.count(ANN) == await store.forget(ANN) == 2
    await store.written(ANN, Asked(TODAY, VIENNA, NOON))  # it was on its way
    await store.stop_letters(ANN)
    assert await store.count(ANN) == 0
    assert await store.letter_zones() == ()


async def test_all_that_was_felt_since_a_time(store: AnyStore, clock: HandClock) -> None:
    for _ in range(3):
        await said(store, clock)
        clock.pass_by(100 * DAY)
    await said(store, clock, user=BEN)
    everything = await store.felt_since(ANN, NOON)
    assert [one.at for one in everything] == [NOON, NOON + 100 * DAY, NOON + 200 * DAY]
    assert all(one.curve == () for one in everything)
    assert len(await store.felt_since(ANN, NOON + timedelta(seconds=1))) == 2


async def test_a_day_that_there_is_not_cannot_be_kept(tmp_path: Path, clock: HandClock) -> None:
    async with SqliteStore.open(tmp_path / "echomind.db", clock) as store:
        with pytest.raises(StoreError):
            await store.keep(Person(ANN, letter=7))
