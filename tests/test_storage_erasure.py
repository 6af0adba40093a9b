"""What a user forgets is in no byte of the file nor of its log; what is pruned neither."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.values import Emotion, Heard, Person, Rating, TextNote, VoiceProfile
from storage.sqlite import SqliteStore
from tests.storing import ANN, BEN, DAY, NOON, WHOLE, feeling, voice_note

SECRET = "zanzibar"
"""In whatever Ann says, is told or is called."""


def traces(folder: Path, word: str = SECRET) -> list[str]:
    """The files in which the word stands, in any of SQLite's encodings."""
    spellings = [word.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
    return [
        file.name
        for file in sorted(folder.iterdir())
        if any(spelling in file.read_bytes() for spelling in spellings)
    ]


async def confide(store: SqliteStore, notes: int = 60) -> None:
    """Enough of Ann's words for many pages, between Ben's."""
    await store.keep(replace(WHOLE, name=SECRET, voice=SECRET))
    for number in range(notes):
        words = f"{SECRET} {number} " * (number * 3 + 1)
        note = await store.receive(TextNote(ANN, words, NOON, f"{SECRET}:{number}"))
        await store.record(note, Heard(words, "en", replace(feeling(), engine=SECRET)))
        if number % 3:
            await store.answered(note, words[::-1] + words, SECRET)
        await store.correct(note, ANN, Emotion.CALM)
        bens = await store.receive(voice_note(BEN, NOON, f"ben:{number}"))
        await store.record(bens, Heard("Ben keeps timbuktu " * 20, "en", None))
    await store.rate(Rating(ANN, SECRET, True, Emotion.SAD, NOON))
    await store.summarize(ANN, SECRET, (NOON, NOON))


async def test_what_is_forgotten_is_in_no_byte(tmp_path: Path) -> None:
    async with SqliteStore.open(tmp_path / "echomind.db", lambda: NOON) as store:
        await confide(store)
        assert traces(tmp_path) != []  # the search does find it
        # person, summary, rating; 60 notes, turns and feelings; 40 replies and suggestions
        assert await store.forget(ANN) == 3 + 3 * 60 + 2 * 40
        assert traces(tmp_path) == []  # while the store is open, log and all
        assert traces(tmp_path, "timbuktu") == ["echomind.db"]
    assert traces(tmp_path) == []
    assert str(ANN) not in (tmp_path / "echomind.db").read_bytes().decode("latin-1")


async def test_what_is_forgotten_after_a_restart_is_in_no_byte(tmp_path: Path) -> None:
    path = tmp_path / "echomind.db"
    async with SqliteStore.open(path, lambda: NOON) as store:
        await confide(store)
    assert traces(tmp_path) == ["echomind.db"]
    size = path.stat().st_size
    async with SqliteStore.open(path, lambda: NOON) as store:
        await store.forget(ANN)
    assert traces(tmp_path) == []
    assert path.stat().st_size < size


async def test_pruned_words_are_in_no_byte(tmp_path: Path) -> None:
    async with SqliteStore.open(tmp_path / "echomind.db", lambda: NOON) as store:
        await store.keep(Person(id=ANN, words_days=7))
        for number in range(30):
            words = f"{SECRET} {number} " * 30
            note = await store.receive(TextNote(ANN, words, NOON))
            await store.record(note, Heard(words, "en", None))
            if number % 2:
                await store.answered(note, words, None)
        await store.summarize(ANN, SECRET, (NOON, NOON))
        assert traces(tmp_path) != []
        assert await store.prune(NOON + 8 * DAY) == 30 + 15 + 1
        assert traces(tmp_path) == []


async def test_a_reader_beside_us_holds_the_log_and_the_owner_is_told(tmp_path: Path) -> None:
    path = tmp_path / "echomind.db"
    async with SqliteStore.open(path, lambda: NOON, patience=0.1) as store:
        note = await store.receive(TextNote(ANN, SECRET, NOON))
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            assert reader.execute("SELECT count(*) FROM notes").fetchone() == (1,)
            with pytest.raises(StoreError, match=r"write-ahead log.*stop that program"):
                await store.forget(ANN)
            reader.execute("COMMIT")
        assert await store.note(note, ANN) is None  # gone from the tables all the same
        assert await store.forget(ANN) == 0
        assert traces(tmp_path) == []


async def test_prune_stops_at_the_day(tmp_path: Path) -> None:
    """To the microsecond of the days that the user wants, and no user's wish binds another."""
    async with SqliteStore.open(tmp_path / "echomind.db", lambda: NOON) as store:
        await store.keep(Person(id=ANN, feelings_days=7, profile=VoiceProfile(1, (0.5,))))
        for user in (ANN, BEN):
            note = await store.receive(TextNote(user, "hello", NOON))
            await store.record(note, Heard("hello", "en", feeling()))
        assert await store.prune(NOON + timedelta(days=7)) == 0
        assert await store.prune(NOON + timedelta(days=7, milliseconds=1)) == 1
        assert len((await store.export(BEN))["feelings"]) == 1
