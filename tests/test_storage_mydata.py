"""A user's own data in every store: to have it all, to have it gone, to have it gone in time."""

import json

from pipeline.values import (
    Emotion,
    Keeping,
    Person,
    Rating,
    TextNote,
)
from tests import storing
from tests.storing import ANN, BEN, DAY, NOON, WHOLE, AnyStore, HandClock, said, talked

clock, store = storing.clock, storing.store


async def test_forget_deletes_one_user_and_says_how_much(store: AnyStore, clock: HandClock) -> None:
    await store.keep(WHOLE)
    note = await talked(store, clock)
    await store.rate(Rating(ANN, "walk", True, None, NOON))
    await store.summarize(ANN, "Ann has a dog.", (NOON, NOON))
    await talked(store, clock, "still here", BEN)
    await store.keep_recording("breathing", "en", "aria", "file-1")

    # person, note, two turns, feeling, suggestion, rating, summary
    assert await store.count(ANN) == 8
    assert await store.forget(ANN) == 8
    assert await store.count(ANN) == 0
    assert await store.forget(ANN) == 0
    assert await store.person(ANN) == Person(id=ANN)
    assert await store.note(note, ANN) is None
    again, history = await said(store, clock)
    assert again > note  # an old button never reaches a new note
    assert len(history.entries) == 1
    assert (history.turns, history.offered, history.ratings, history.summary) == ((), (), (), "")

    _, bens = await said(store, clock, "and now", BEN)
    assert [turn.words for turn in bens.turns] == ["still here", "You said: still here"]
    assert await store.recording("breathing", "en", "aria") == "file-1"


async def test_export_is_everything_as_json(store: AnyStore, clock: HandClock) -> None:
    await store.keep(WHOLE)
    await store.begin_checkins(ANN)
    await store.begin_letters(ANN)
    note = await talked(store, clock)
    await store.correct(note, ANN, Emotion.HAPPY)
    await store.rate(Rating(ANN, "walk", True, Emotion.SAD, NOON))
    await store.summarize(ANN, "Ann has a dog.", (NOON, NOON))
    await store.score(ANN, NOON.date(), 4)
    noon, minute_later = "2026-03-01T12:00:00.000000+00:00", "2026-03-01T12:01:00.000000+00:00"
    guess = {emotion.value: 0.65 if emotion is Emotion.SAD else 0.05 for emotion in Emotion}

    exported = await store.export(ANN)
    number = exported["feelings"][0]["id"]
    assert json.loads(json.dumps(exported)) == {
        "schema": 1,
        "exported_at": minute_later,
        "user": ANN,
        "person": {
            "name": "Ann",
            "language": "de",
            "language_chosen": True,
            "country": "AT",
            "adult": False,
            "introduced": True,
            "reads_feelings": False,
            "answers": "voice",
            "voice": "de-DE-KatjaNeural",
            "profile": {"notes": 3, "mean": [0.1, -2.5e-7], "by": "an ear"},
            "words_days": 30,
            "feelings_days": 0,
            "zone": "Europe/Vienna",
            "called": None,
            "checkin": "20:30",
            "letter": 6,
        },
        "checkin": {
            "since": noon,
            "asked_day": None,
            "asked_zone": None,
            "asked_at": None,
            "stopped_at": None,
            "crisis_at": None,
        },
        "letter": {
            "since": noon,
            "asked_day": None,
            "asked_zone": None,
            "asked_at": None,
            "stopped_at": None,
        },
        "notes": [
            {
                "id": note,
                "kind": "voice",
                "sent_at": noon,
                "received_at": noon,
                "reference": None,
                "words": None,
                "seconds": 0.0,
                "settled_at": noon,
            }
        ],
        "turns": [
            {
                "note": note,
                "speaker": speaker,
                "words": words,
                "at": noon,
                "telling": False,
            }
            for speaker, words in (
                ("user", "I slept badly"),
                ("companion", "You said: I slept badly"),
            )
        ],
        "feelings": [
            {
                "id": number,
                "note": note,
                "at": noon,
                "kind": "voice",
                "probabilities": guess,
                "curve": [
                    {"start": 0.0, "end": 3.0, "probabilities": guess},
                    {"start": 1.5, "end": 4.5, "probabilities": guess},
                ],
                "engine": "cnn-lstm",
                "correction": "happy",
                "corrected_at": minute_later,
                "score": None,
                "day": None,
            },
            {
                "id": number + 1,
                "note": None,
                "at": minute_later,
                "kind": "text",
                "probabilities": None,
                "curve": [],
                "engine": None,
                "correction": None,
                "corrected_at": None,
                "score": 4,
                "day": "2026-03-01",
            },
        ],
        "suggestions": [{"note": note, "exercise": "breathing-478", "at": noon}],
        "ratings": [{"exercise": "walk", "helped": True, "emotion": "sad", "at": noon}],
        "summary": {"words": "Ann has a dog.", "since": noon, "until": noon},
    }


async def test_export_of_a_stranger_is_empty(store: AnyStore) -> None:
    exported = await store.export(ANN)
    assert exported.pop("exported_at")
    assert exported == {
        "schema": 1,
        "user": ANN,
        "person": None,
        "checkin": None,
        "letter": None,
        "notes": [],
        "turns": [],
        "feelings": [],
        "suggestions": [],
        "ratings": [],
        "summary": None,
    }


async def test_words_are_kept_as_long_as_their_user_wants(
    store: AnyStore, clock: HandClock
) -> None:
    await store.keep(Person(id=ANN, words_days=10))
    await talked(store, clock)
    await talked(store, clock, "Ben keeps all", BEN)
    await store.summarize(ANN, "Ann has a dog.", (NOON, NOON))
    typed = await store.receive(TextNote(ANN, "typed and never answered", clock(), "chat:1"))

    assert await store.prune(clock() + 9 * DAY) == 0
    assert await store.prune(clock() + 11 * DAY) == 3  # two turns and the summary
    assert await store.prune(clock() + 11 * DAY) == 0

    found = await store.note(typed, ANN)
    assert found is not None
    assert found.words is None
    assert await store.pending() == ()
    _, anns = await said(store, clock)
    assert (anns.turns, anns.summary) == ((), "")
    assert len(anns.entries) == 2  # feelings have their own term
    _, bens = await said(store, clock, "more", BEN)
    assert len(bens.turns) == 2


async def test_feelings_are_kept_as_long_as_their_user_wants(
    store: AnyStore, clock: HandClock
) -> None:
    await store.keep(Person(id=ANN, feelings_days=10))
    await talked(store, clock)
    await store.rate(Rating(ANN, "walk", True, None, NOON))

    assert await store.prune(clock() + 11 * DAY) == 3  # feeling, suggestion, rating
    _, history = await said(store, clock)
    assert len(history.entries) == 1
    assert (history.offered, history.ratings) == ((), ())
    assert len(history.turns) == 2


async def test_a_note_goes_when_nothing_hangs_on_it(store: AnyStore, clock: HandClock) -> None:
    await store.keep(Person(id=ANN, words_days=10, feelings_days=20))
    note = await talked(store, clock)
    assert await store.prune(clock() + 11 * DAY) == 2  # two turns
    assert await store.note(note, ANN) is not None
    assert await store.prune(clock() + 21 * DAY) == 3  # feeling, suggestion, note
    assert await store.note(note, ANN) is None


async def test_nobody_keeps_longer_than_the_owner_lets(store: AnyStore, clock: HandClock) -> None:
    """The shorter of the two terms holds, and the owner's for those who set none."""
    most = Keeping(words_days=30, feelings_days=90)
    await store.keep(Person(id=ANN, words_days=10, feelings_days=365))
    await talked(store, clock)
    await talked(store, clock, "Ben has set nothing", BEN)

    assert await store.prune(clock() + 11 * DAY, most) == 2  # Ann's turns
    assert await store.prune(clock() + 31 * DAY, most) == 2  # Ben's
    # two feelings, two suggestions, and the two notes that nothing hangs on any more
    assert await store.prune(clock() + 91 * DAY, most) == 6
    assert await store.prune(clock() + 9000 * DAY, most) == 0


async def test_no_days_at_all_keeps_nothing_over_night(store: AnyStore, clock: HandClock) -> None:
    await talked(store, clock)
    # two turns, feeling, suggestion, note
    assert await store.prune(clock() + DAY, Keeping(words_days=0, feelings_days=0)) == 5


async def test_what_comes_late_leaves_nothing_of_the_forgotten(store: AnyStore) -> None:
    """A check-in that was on its way when they were forgotten."""
    await store.keep(WHOLE)
    await store.begin_checkins(ANN)
    await store.forget(ANN)
    await store.asked(ANN, None)
    await store.reached(ANN, "How are you?")
    await store.stop_checkins(ANN)
    assert await store.count(ANN) == 0
