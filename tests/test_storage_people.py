"""People, voices and recordings in every store, the SQLite one and the fake."""

from dataclasses import replace

from pipeline.values import Heard, Person, VoiceProfile
from tests import storing
from tests.storing import ANN, BEN, WHOLE, AnyStore, HandClock, feeling, voice_note

clock, store = storing.clock, storing.store


async def test_a_person_is_remembered_whole(store: AnyStore) -> None:
    assert await store.person(ANN) == Person(id=ANN)
    await store.keep(WHOLE)
    assert await store.person(ANN) == WHOLE
    bare = replace(Person(id=ANN), profile=WHOLE.profile)
    await store.keep(bare)
    assert await store.person(ANN) == bare
    assert await store.person(BEN) == Person(id=BEN)


async def test_voices_are_merged_and_a_stale_person_does_not_undo_it(
    store: AnyStore, clock: HandClock
) -> None:
    stale = replace(WHOLE, profile=VoiceProfile(1, (1.0, 1.0)))
    await store.keep(stale)
    note = await store.receive(voice_note(ANN, clock()))
    heard = Heard("hello", "en", feeling(voice=VoiceProfile(1, (3.0, 5.0))))
    await store.record(note, heard)
    merged = VoiceProfile(2, (2.0, 3.0))
    assert await store.person(ANN) == replace(stale, profile=merged)

    await store.keep(replace(stale, name="Anna"))
    assert await store.person(ANN) == replace(stale, name="Anna", profile=merged)


async def test_another_recognisers_statistics_begin_anew(store: AnyStore, clock: HandClock) -> None:
    await store.keep(WHOLE)
    note = await store.receive(voice_note(ANN, clock()))
    voice = VoiceProfile(1, (1.0, 2.0, 3.0))
    await store.record(note, Heard("hello", "en", feeling(voice=voice)))
    assert (await store.person(ANN)).profile == voice


async def test_a_recording_is_found_by_exercise_language_and_voice(store: AnyStore) -> None:
    await store.keep_recording("breathing", "en", "aria", "file-1")
    await store.keep_recording("breathing", "en", "aria", "file-2")
    await store.keep_recording("breathing", "de", "katja", "file-3")
    assert await store.recording("breathing", "en", "aria") == "file-2"
    assert await store.recording("breathing", "de", "katja") == "file-3"
    assert await store.recording("breathing", "de", "aria") is None
