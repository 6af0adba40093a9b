"""The walk of a note through every store: one contract for the SQLite one and the fake."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.errors import StoreError
from pipeline.values import (
    Emotion,
    Heard,
    NoteKind,
    Rating,
    TextNote,
    VoiceProfile,
)
from tests import storing
from tests.storing import (
    ANN,
    BEN,
    DAY,
    NOON,
    AnyStore,
    HandClock,
    feeling,
    said,
    talked,
    voice_note,
)

clock, store = storing.clock, storing.store


async def test_a_new_feeling_is_the_last_entry(store: AnyStore, clock: HandClock) -> None:
    await talked(store, clock)
    _, history = await said(store, clock)

    first, last = history.entries
    assert first.at == NOON
    assert last.at == NOON + timedelta(minutes=1)
    assert last.kind is NoteKind.VOICE
    assert last.probabilities == feeling().probabilities
    assert last.curve == feeling().curve
    assert first.curve == ()  # old curves decide nothing
    assert first.id != last.id


async def test_an_old_note_taken_up_late_still_comes_last(
    store: AnyStore, clock: HandClock
) -> None:
    left = await store.receive(voice_note(ANN, clock()))
    clock.pass_by(DAY)
    newer = await talked(store, clock)
    history = await store.record(left, Heard("", None, feeling(Emotion.HAPPY)))

    assert newer != left
    assert [entry.at for entry in history.entries] == [NOON + DAY, NOON]


async def test_the_turns_before_come_back_without_the_one_being_answered(
    store: AnyStore, clock: HandClock
) -> None:
    await talked(store, clock, "one")
    await talked(store, clock, "two")
    _, history = await said(store, clock, "three")

    assert [(turn.speaker, turn.words) for turn in history.turns] == [
        ("user", "one"),
        ("companion", "You said: one"),
        ("user", "two"),
        ("companion", "You said: two"),
    ]
    assert history.turns[0].at == NOON


async def test_what_was_offered_comes_back(store: AnyStore, clock: HandClock) -> None:
    await talked(store, clock)
    _, history = await said(store, clock)
    assert history.offered == (("breathing-478", NOON),)


async def test_a_reading_that_was_not_possible_leaves_no_entry(
    store: AnyStore, clock: HandClock
) -> None:
    note = await store.receive(voice_note(ANN, clock()))
    history = await store.record(note, Heard("hello", "en", None))
    assert history.entries == ()
    assert not await store.correct(note, ANN, Emotion.CALM)


async def test_words_that_were_not_understood_leave_no_turn(
    store: AnyStore, clock: HandClock
) -> None:
    note, _ = await said(store, clock, "")
    await store.answered(note, "", None)
    _, history = await said(store, clock)
    assert history.turns == ()
    assert history.offered == ()


async def test_history_is_bounded(store: AnyStore, clock: HandClock) -> None:
    await talked(store, clock, "long ago")
    clock.pass_by(91 * DAY)
    for number in range(45):
        await talked(store, clock, f"word {number}")
    _, history = await said(store, clock)

    assert len(history.entries) == 46  # the feeling of long ago is out of the span
    assert len(history.turns) == 40
    assert history.turns[-1].words == "You said: word 44"
    assert len(history.offered) == 45


async def test_pending_until_settled(store: AnyStore, clock: HandClock) -> None:
    voice = await store.receive(voice_note(ANN, clock(), "file:1"))
    clock.pass_by(timedelta(minutes=5))
    text = await store.receive(TextNote(BEN, "typed words", clock(), "chat:9"))

    first, second = await store.pending()
    assert (first.id, first.user, first.kind) == (voice, ANN, NoteKind.VOICE)
    assert (first.reference, first.words, first.settled) == ("file:1", None, False)
    assert (first.sent_at, first.received_at) == (NOON, NOON)
    assert (second.id, second.kind, second.words) == (text, NoteKind.TEXT, "typed words")
    assert [note.id for note in await store.pending(timedelta(minutes=1))] == [voice]

    await store.record(voice, Heard("hello", "en", feeling()))
    assert len(await store.pending()) == 2  # recorded is not answered
    await store.answered(voice, "hi", None)
    assert len(await store.pending()) == 2  # answered is not delivered
    await store.settle(voice)
    assert await store.pending() == (second,)


async def test_a_settled_note_is_no_longer_pending(store: AnyStore, clock: HandClock) -> None:
    note = await store.receive(TextNote(ANN, "typed", clock(), "chat:1"))
    await store.settle(note)
    await store.settle(note)
    assert await store.pending() == ()
    found = await store.note(note, ANN)
    assert found is not None
    assert found.settled
    assert found.words is None


async def test_what_the_platform_delivers_twice_is_one_note(
    store: AnyStore, clock: HandClock
) -> None:
    note = voice_note(ANN, clock(), "file:1")
    first = await store.receive(note)
    clock.pass_by(timedelta(seconds=9))
    assert await store.receive(note) == first
    assert await store.receive(replace(note, user=BEN)) != first
    assert await store.receive(replace(note, sent_at=clock())) != first
    assert await store.receive(replace(note, reference=None)) != first
    assert await store.receive(replace(note, reference=None)) != first
    assert len(await store.pending()) == 5


async def test_a_note_taken_up_again_stands_once(store: AnyStore, clock: HandClock) -> None:
    note = await store.receive(voice_note(ANN, clock()))
    voice = VoiceProfile(1, (1.0, 3.0))
    await store.record(note, Heard("first hearing", "en", feeling(Emotion.SAD, voice)))
    await store.correct(note, ANN, Emotion.FEARFUL)
    clock.pass_by(timedelta(minutes=2))
    history = await store.record(note, Heard("second", "en", feeling(Emotion.ANGRY, voice)))
    for _ in range(2):
        await store.answered(note, "the reply", "walk")

    (entry,) = history.entries
    assert entry.probabilities == feeling(Emotion.ANGRY).probabilities
    assert entry.correction is Emotion.FEARFUL
    assert (await store.person(ANN)).profile == voice
    _, later = await said(store, clock)
    assert [turn.words for turn in later.turns] == ["second", "the reply"]
    assert [key for key, _ in later.offered] == ["walk"]


async def test_the_last_suggestion_of_a_note_counts(store: AnyStore, clock: HandClock) -> None:
    note, _ = await said(store, clock)
    await store.answered(note, "one", "walk")
    await store.answered(note, "two", None)
    _, later = await said(store, clock)
    assert later.offered == ()


async def test_a_note_that_is_not_there_cannot_be_recorded(store: AnyStore) -> None:
    with pytest.raises(StoreError, match="note 99 is not known"):
        await store.record(99, Heard("private", "en", feeling()))
    with pytest.raises(StoreError, match="note 99 is not known"):
        await store.answered(99, "private", None)
    assert await store.note(99, ANN) is None
    await store.settle(99)


async def test_nothing_of_another_user(store: AnyStore, clock: HandClock) -> None:
    bens = await talked(store, clock, "Ben's secret", BEN)
    await store.summarize(BEN, "Ben's life", (NOON, NOON))
    _, history = await said(store, clock)

    assert len(history.entries) == 1
    assert (history.turns, history.offered, history.summary) == ((), (), "")
    assert await store.note(bens, ANN) is None
    assert not await store.correct(bens, ANN, Emotion.CALM)
    assert "Ben" not in json.dumps(await store.export(ANN))


async def test_a_correction_stands_beside_the_guess(store: AnyStore, clock: HandClock) -> None:
    note = await talked(store, clock)
    assert await store.correct(note, ANN, Emotion.CALM)
    assert await store.correct(note, ANN, Emotion.HAPPY)
    _, history = await said(store, clock)

    corrected, plain = history.entries
    assert corrected.correction is Emotion.HAPPY
    assert corrected.probabilities == feeling().probabilities
    assert plain.correction is None


async def test_ratings_are_everybodys(store: AnyStore, clock: HandClock) -> None:
    bens = Rating(BEN, "walk", True, None, NOON - DAY)
    anns = Rating(ANN, "walk", True, Emotion.SAD, NOON)
    await store.rate(anns)
    await store.rate(bens)
    _, history = await said(store, clock)
    assert history.ratings == (bens, anns)


async def test_a_change_of_mind_is_no_second_rating(store: AnyStore, clock: HandClock) -> None:
    first = Rating(ANN, "walk", True, Emotion.SAD, NOON)
    second = replace(first, helped=False, at=NOON + timedelta(hours=1))
    other_day = replace(first, at=NOON + DAY)
    other_exercise = replace(first, exercise="breathe")
    for rating in (first, second, other_day, other_exercise):
        await store.rate(rating)
    _, history = await said(store, clock)
    assert history.ratings == (other_exercise, second, other_day)


async def test_a_summary_is_remembered(store: AnyStore, clock: HandClock) -> None:
    await store.summarize(ANN, "Ann has a dog.", (NOON - DAY, NOON))
    await store.summarize(ANN, "Ann has a dog called Rex.", (NOON - DAY, NOON))
    _, history = await said(store, clock)
    assert history.summary == "Ann has a dog called Rex."


async def test_many_at_once_are_kept_apart(store: AnyStore, clock: HandClock) -> None:
    notes = await asyncio.gather(
        *(store.receive(TextNote(user, f"from {user}", NOON)) for user in range(40))
    )
    histories = await asyncio.gather(
        *(store.record(n, Heard(f"from {u}", "en", feeling())) for u, n in enumerate(notes))
    )
    assert len(set(notes)) == 40
    assert all(len(history.entries) == 1 for history in histories)
    assert {note.words for note in await store.pending()} == {f"from {u}" for u in range(40)}


async def test_between_notes_the_history_has_no_conversation(
    store: AnyStore, clock: HandClock
) -> None:
    note = await talked(store, clock)
    await store.correct(note, ANN, Emotion.HAPPY)
    await talked(store, clock, user=BEN)
    await store.offered(ANN, "box_breathing")
    await store.rate(Rating(BEN, "box_breathing", True, None, clock()))
    history = await store.history(ANN)

    assert [entry.correction for entry in history.entries] == [Emotion.HAPPY]
    assert [key for key, _ in history.offered] == ["breathing-478", "box_breathing"]
    assert [rating.user for rating in history.ratings] == [BEN]
    assert history.turns == () and history.summary == ""


async def test_what_was_offered_by_itself_is_remembered_for_the_next_note(
    store: AnyStore, clock: HandClock
) -> None:
    await store.offered(ANN, "box_breathing")
    _, history = await said(store, clock)

    assert [key for key, _ in history.offered] == ["box_breathing"]
    assert (await store.export(ANN))["suggestions"][0]["note"] is None
    assert await store.forget(ANN) > 0
    assert (await store.history(ANN)).offered == ()
