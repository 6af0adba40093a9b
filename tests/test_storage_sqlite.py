"""The SQLite file itself: who may read it, how it opens and closes, what a cancel leaves."""

import asyncio
import logging
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.values import Heard, Person, TextNote
from storage.database import Database
from storage.sqlite import SqliteStore
from tests.storing import ANN, NOON, feeling


async def connected(path: Path) -> SqliteStore:
    return await SqliteStore.connect(path, lambda: NOON)


async def test_the_folder_is_made_and_nobody_else_may_read(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "echomind.db"
    async with SqliteStore.open(path, lambda: NOON) as store:
        await store.receive(TextNote(ANN, "hello", NOON))
        files = list(path.parent.iterdir())
        assert {file.name for file in files} == {
            "echomind.db",
            "echomind.db-wal",
            "echomind.db-shm",
        }
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["echomind.db"]


async def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "echomind.db"
    path.touch(0o644)
    path.chmod(0o644)
    async with SqliteStore.open(path, lambda: NOON):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "echomind.db"
    async with SqliteStore.open(path, lambda: NOON) as store:
        note = await store.receive(TextNote(ANN, "hello", NOON, "chat:1"))
        await store.record(note, Heard("hello", "en", feeling()))
        await store.answered(note, "hi", "walk")
        before = await store.export(ANN)
    async with SqliteStore.open(path, lambda: NOON) as store:
        assert await store.export(ANN) == before


async def test_closed_is_closed(tmp_path: Path) -> None:
    store = await connected(tmp_path / "echomind.db")
    await store.close()
    await store.close()
    with pytest.raises(StoreError, match=r"echomind\.db: the database is closed"):
        await store.person(ANN)


async def test_closing_waits_for_the_transaction_that_runs(tmp_path: Path) -> None:
    store = await connected(tmp_path / "echomind.db")
    keeping = asyncio.create_task(store.keep(Person(id=ANN, name="Ann")))
    await asyncio.sleep(0)
    await store.close()
    await keeping
    async with SqliteStore.open(tmp_path / "echomind.db", lambda: NOON) as again:
        assert (await again.person(ANN)).name == "Ann"


async def test_a_block_that_raises_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "echomind.db", 1.0)
    await database.open()
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as db:
            await db.execute("INSERT INTO summaries VALUES (1, 'words', 'then', 'now', 0)")
            raise ZeroDivisionError
    async with database.transaction() as db:
        assert list(await db.execute_fetchall("SELECT * FROM summaries")) == []
    await database.close()


@pytest.mark.parametrize("steps", range(12))
async def test_a_cancelled_task_leaves_all_or_nothing(tmp_path: Path, steps: int) -> None:
    """Cancelled at whichever await, BEGIN and COMMIT among them, the store goes on."""
    async with SqliteStore.open(tmp_path / "echomind.db", lambda: NOON) as store:
        note = await store.receive(TextNote(ANN, "hello", NOON))
        recording = asyncio.create_task(store.record(note, Heard("hello", "en", feeling())))
        for _ in range(steps):
            await asyncio.sleep(0.0004)
        recording.cancel()
        await asyncio.gather(recording, return_exceptions=True)

        exported = await store.export(ANN)
        assert len(exported["turns"]) == len(exported["feelings"])
        history = await store.record(note, Heard("hello", "en", feeling()))
        assert len(history.entries) == 1


async def test_a_cancelled_begin_is_undone(tmp_path: Path) -> None:
    async with SqliteStore.open(tmp_path / "echomind.db", lambda: NOON) as store:
        for _ in range(20):
            task = asyncio.create_task(store.person(ANN))
            await asyncio.sleep(0)  # BEGIN is on its way to the thread, no more
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert task.cancelled()
        assert await store.person(ANN) == Person(id=ANN)


async def test_the_librarys_own_log_never_holds_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with SqliteStore.open(tmp_path / "echomind.db", lambda: NOON) as store:
        note = await store.receive(TextNote(ANN, "a secret of mine", NOON))
        await store.record(note, Heard("a secret of mine", "en", None))
    assert "secret" not in caplog.text


async def test_pragmas_hold(tmp_path: Path) -> None:
    database = Database(tmp_path / "echomind.db", 1.5)
    await database.open()
    expected = {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 1500,
        "temp_store": 2,
        "synchronous": 2,  # full: what is received survives a power cut
    }
    async with database.transaction() as db:
        for pragma, value in expected.items():
            (row,) = await db.execute_fetchall(f"PRAGMA {pragma}")
            assert row[0] == value, pragma
    await database.close()


async def test_half_a_character_is_kept_as_a_question_mark(tmp_path: Path) -> None:
    async with SqliteStore.open(tmp_path / "echomind.db", lambda: NOON) as store:
        note = await store.receive(TextNote(ANN, "tired \ud83d", NOON))
        await store.keep(Person(id=ANN, name="An\udc00n"))
        await store.record(note, Heard("tired \ud83d", "en", None))
        await store.answered(note, "so tired \ud83d", None)
        assert [turn["words"] for turn in (await store.export(ANN))["turns"]] == [
            "tired ?",
            "so tired ?",
        ]


async def test_the_last_feelings_and_ratings_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "echomind.db"
    guess = '{"sad":1.0}'
    async with SqliteStore.open(path, lambda: NOON) as store:
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.executemany(
                "INSERT INTO feelings (user, at, kind, probabilities) VALUES (?, ?, 'voice', ?)",
                [(ANN, f"2026-02-28T12:00:00.{n:06}+00:00", guess) for n in range(500)],
            )
            raw.executemany(
                "INSERT INTO ratings (user, exercise, helped, at) VALUES (?, 'walk', 1, ?)",
                [(n, f"2026-02-28T12:00:00.{n:06}+00:00") for n in range(1000, 4000)],
            )
            raw.execute(
                "INSERT INTO ratings (user, exercise, helped, at) VALUES (?, 'walk', 1, ?)",
                (ANN, "2020-02-28T12:00:00.000000+00:00"),
            )
        note = await store.receive(TextNote(ANN, "hello", NOON))
        history = await store.record(note, Heard("hello", "en", feeling()))
    assert len(history.entries) == 400
    assert history.entries[0].at.microsecond == 101
    assert len(history.ratings) == 2001
    assert history.ratings[0].user == ANN  # one's own count however old
    assert history.ratings[-1].user == 3999
