"""Check-ins in every store: who is to be asked, who was, and what they answered by tap."""

from datetime import date, time, timedelta

import pytest

from pipeline.errors import StoreError
from pipeline.values import Appointment, Asked, Emotion, Heard, NoteKind, Person
from tests import storing
from tests.storing import ANN, BEN, DAY, NOON, AnyStore, HandClock, feeling, said, voice_note

clock, store = storing.clock, storing.store

EVENING, VIENNA, TODAY = time(20, 30), "Europe/Vienna", date(2026, 3, 1)


async def appoint(store: AnyStore, user: int, zone: str | None = VIENNA) -> None:
    await store.keep(Person(user, adult=True, zone=zone, checkin=EVENING))
    await store.begin_checkins(user)


async def test_who_chose_an_hour_is_appointed(store: AnyStore, clock: HandClock) -> None:
    await appoint(store, ANN)
    await appoint(store, BEN, "Asia/Tokyo")
    ann = Appointment(ANN, EVENING, VIENNA, NOON, adult=True)
    assert await store.hours() == ((EVENING, "Asia/Tokyo"), (EVENING, VIENNA))
    assert await store.appointments(EVENING, VIENNA, TODAY) == (ann,)
    assert await store.appointments(time(20, 31), VIENNA, TODAY) == ()
    assert await store.appointment(ANN) == ann
    assert await store.appointment(3) is None


async def test_who_chose_none_is_not(store: AnyStore) -> None:
    await appoint(store, ANN, zone=None)
    await store.keep(Person(BEN, zone=VIENNA))
    await store.begin_checkins(BEN)
    await store.keep(Person(3, zone=VIENNA, checkin=EVENING))  # and never began
    assert await store.appointments(EVENING, VIENNA, TODAY) == ()
    assert [await store.appointment(user) for user in (ANN, BEN, 3)] == [None, None, None]


async def test_who_was_asked_for_the_day_is_not_found_again(
    store: AnyStore, clock: HandClock
) -> None:
    await appoint(store, ANN)
    last = Asked(TODAY, VIENNA, NOON)
    await store.asked(ANN, last)
    assert await store.appointments(EVENING, VIENNA, TODAY) == ()
    (tomorrow,) = await store.appointments(EVENING, VIENNA, TODAY + DAY)
    assert tomorrow.asked == last
    await store.asked(ANN, Asked(TODAY, "Asia/Tokyo", NOON))
    assert len(await store.appointments(EVENING, VIENNA, TODAY)) == 1  # another calendar's day
    await store.asked(ANN, None)
    (again,) = await store.appointments(EVENING, VIENNA, TODAY)
    assert again.asked is None


async def test_who_cannot_be_reached_is_left_alone_until_they_ask(
    store: AnyStore, clock: HandClock
) -> None:
    await appoint(store, ANN)
    await store.stop_checkins(ANN)
    clock.pass_by(DAY)
    await store.stop_checkins(ANN)
    assert await store.appointments(EVENING, VIENNA, TODAY) == ()
    assert await store.appointment(ANN) is None
    assert (await store.person(ANN)).checkin == EVENING
    assert (await store.export(ANN))["checkin"]["stopped_at"].startswith("2026-03-01")
    await store.begin_checkins(ANN)
    back = await store.appointment(ANN)
    assert back is not None
    assert back.since == NOON + DAY


async def test_a_change_of_the_person_leaves_the_check_ins_as_they_stand(store: AnyStore) -> None:
    await appoint(store, ANN)
    last = Asked(TODAY, VIENNA, NOON)
    await store.asked(ANN, last)
    await store.keep(Person(ANN, zone="Asia/Tokyo", checkin=time(7)))
    found = await store.appointment(ANN)
    assert found is not None
    assert (found.hour, found.zone, found.asked) == (time(7), "Asia/Tokyo", last)


async def test_a_crisis_waits_for_the_next_check_in(store: AnyStore, clock: HandClock) -> None:
    await store.mark_crisis(ANN)  # before they ever wanted check-ins
    clock.pass_by(timedelta(hours=1))
    await appoint(store, ANN)
    found = await store.appointment(ANN)
    assert found is not None
    assert found.crisis_at == NOON
    await store.asked(ANN, Asked(TODAY, VIENNA, clock()))
    await store.reached(ANN, "How are you today?")
    found = await store.appointment(ANN)
    assert found is not None
    assert found.crisis_at is None


async def test_a_crisis_while_a_check_in_is_on_its_way_stays_open(
    store: AnyStore, clock: HandClock
) -> None:
    await appoint(store, ANN)
    await store.asked(ANN, Asked(TODAY, VIENNA, clock()))
    clock.pass_by(timedelta(seconds=1))
    await store.mark_crisis(ANN)
    await store.reached(ANN, "How are you?")
    found = await store.appointment(ANN)
    assert found is not None
    assert found.crisis_at == clock()


async def test_that_there_was_a_crisis_is_not_remembered_for_ever(
    store: AnyStore, clock: HandClock
) -> None:
    await store.mark_crisis(ANN)
    await store.prune(NOON + 29 * DAY)
    assert (await store.export(ANN))["checkin"]["crisis_at"] is not None
    await store.prune(NOON + 31 * DAY)
    assert (await store.export(ANN))["checkin"]["crisis_at"] is None


async def test_only_the_newest_question_stands_among_the_turns(
    store: AnyStore, clock: HandClock
) -> None:
    await appoint(store, ANN)
    await said(store, clock, "hello")
    for number in range(3):
        await store.reached(ANN, f"How are you today? {number}")
    await store.reached(BEN, "How are you?")
    _, history = await said(store, clock, "fine")
    assert [turn.words for turn in history.turns] == ["hello", "How are you today? 2"]
    assert [turn.speaker for turn in history.turns] == ["user", "companion"]


async def test_a_tap_is_an_entry_and_a_second_tap_a_change_of_mind(
    store: AnyStore, clock: HandClock
) -> None:
    assert await store.score(ANN, TODAY, 2)
    clock.pass_by(timedelta(hours=1))
    assert not await store.score(ANN, TODAY, 4)
    assert await store.score(BEN, TODAY, 1)
    assert await store.score(ANN, TODAY + DAY, 5)
    first, second = await store.feelings_of(ANN)
    assert (first.at, first.score, first.kind) == (NOON, 4, NoteKind.TEXT)
    assert (first.probabilities, first.correction, first.curve) == (None, None, ())
    assert second.score == 5
    note, history = await said(store, clock)
    assert [entry.score for entry in history.entries] == [4, 5, None]
    assert note


async def test_what_was_felt_of_late_comes_oldest_first_and_bounded(
    store: AnyStore, clock: HandClock
) -> None:
    await said(store, clock)
    clock.pass_by(91 * DAY)
    late = await store.receive(voice_note(ANN, clock()))
    await store.score(ANN, TODAY, 3)
    clock.pass_by(DAY)
    await store.record(late, Heard("", None, feeling(Emotion.HAPPY)))
    for number in range(1, 450):
        await store.score(ANN, TODAY + number * DAY, 3)
    felt = await store.feelings_of(ANN)
    assert len(felt) == 400
    assert felt == tuple(sorted(felt, key=lambda entry: (entry.at, entry.id)))


async def test_scores_go_with_the_feelings(store: AnyStore, clock: HandClock) -> None:
    await store.keep(Person(ANN, feelings_days=10))
    await store.score(ANN, TODAY, 2)
    assert await store.prune(clock() + 9 * DAY) == 0
    assert await store.prune(clock() + 11 * DAY) == 1
    assert await store.feelings_of(ANN) == ()


async def test_forgetting_takes_all_of_it(store: AnyStore, clock: HandClock) -> None:
    await appoint(store, ANN)
    await store.score(ANN, TODAY, 2)
    await store.reached(ANN, "How are you today?")
    assert await store.forget(ANN) == 4  # person, check-ins, score, question
    assert await store.appointment(ANN) is None
    assert await store.hours() == ()


async def test_a_score_off_the_scale_is_refused(store: AnyStore) -> None:
    with pytest.raises(StoreError):
        await store.score(ANN, TODAY, 6)
