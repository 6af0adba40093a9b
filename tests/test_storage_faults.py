"""Disks and files that fail: each is told plainly, with the path and what to do, and no words."""

import asyncio
import os
import sqlite3
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pipeline.errors import StoreError
from pipeline.values import Heard, Person, TextNote
from storage.database import Database
from storage.sqlite import SqliteStore
from tests.storing import ANN, NOON, feeling

NOBODY = 65534
SECRET = "zanzibar " * 10_000
"""Words that no message may repeat; not in the lines that a traceback quotes."""


async def connected(path: Path, patience: float = 1.0) -> SqliteStore:
    return await SqliteStore.connect(path, lambda: NOON, patience)


def told(error: StoreError) -> str:
    """All that a log would show of it, its causes too."""
    return "".join(traceback.format_exception(error))


@contextmanager
def powerless() -> Iterator[None]:
    """As a user whom file modes bind, also where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def set_mode(folder: Path, mode: int) -> None:
    folder.chmod(mode)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that belongs to the powerless user; pytest's own lets nobody else through."""
    with TemporaryDirectory() as name:
        if os.geteuid() == 0:
            os.chown(name, NOBODY, NOBODY)
        yield Path(name)


async def test_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "echomind.db"
    database = Database(path, 1.0)
    await database.open()
    store = SqliteStore(database, lambda: NOON)
    note = await store.receive(TextNote(ANN, "before", NOON))
    async with database.transaction() as db:
        (row,) = await db.execute_fetchall("PRAGMA page_count")
        await db.execute_fetchall(f"PRAGMA max_page_count = {row[0]}")

    with pytest.raises(StoreError) as caught:
        await store.record(note, Heard(SECRET, "en", feeling()))
    assert str(caught.value) == f"{path}: the disk is full: make room on it (SQLITE_FULL)"
    assert isinstance(caught.value.__cause__, sqlite3.Error)
    assert "zanzibar" not in told(caught.value)

    async with database.transaction() as db:
        await db.execute_fetchall("PRAGMA max_page_count = 1000000")
    exported = await store.export(ANN)
    assert (exported["turns"], exported["feelings"]) == ([], [])  # nothing of it half-written
    assert [pending.id for pending in await store.pending()] == [note]
    await store.close()


async def test_a_read_only_file(folder: Path) -> None:
    path = folder / "echomind.db"
    with powerless():
        await (await connected(path)).close()
        path.chmod(0o400)
        with pytest.raises(StoreError, match=r"echomind\.db: it is read-only: let the bot's user"):
            await connected(path)
        path.chmod(0o600)
        await (await connected(path)).close()


async def test_a_folder_that_may_not_be_written(folder: Path) -> None:
    with powerless():
        set_mode(folder, 0o500)
        for path in (folder / "echomind.db", folder / "deeper" / "echomind.db"):
            with pytest.raises(StoreError, match=r"echomind\.db: Permission denied: let the bot"):
                await connected(path)
        set_mode(folder, 0o700)


async def test_a_folder_in_the_files_place(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"it cannot be opened: .*SQLITE_CANTOPEN"):
        await connected(tmp_path)


async def test_a_file_in_the_folders_place(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(StoreError, match=r"echomind\.db: "):
        await connected(tmp_path / "data" / "echomind.db")


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "letters.txt"
    path.write_text("dear diary " * 1000)
    with pytest.raises(StoreError, match=r"letters\.txt: it is no SQLite database: move it aside"):
        await connected(path)
    assert path.read_text() == "dear diary " * 1000


async def test_a_damaged_database(tmp_path: Path) -> None:
    path = tmp_path / "echomind.db"
    async with SqliteStore.open(path, lambda: NOON) as store:
        for number in range(50):
            note = await store.receive(TextNote(ANN, "words " * 100, NOON, f"chat:{number}"))
            await store.record(note, Heard(SECRET[:900], "en", feeling()))
    content = bytearray(path.read_bytes())
    content[3 * 4096 :] = b"\xa5" * (len(content) - 3 * 4096)
    path.write_bytes(content)

    with pytest.raises(StoreError, match=r"echomind\.db: it is damaged: restore a copy") as caught:
        async with SqliteStore.open(path, lambda: NOON) as store:
            await store.export(ANN)
    assert "zanzibar" not in told(caught.value)


async def test_a_database_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "echomind.db"
    await (await connected(path)).close()
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(StoreError, match=r"echomind\.db: it is (damaged|no SQLite database)"):
        async with SqliteStore.open(path, lambda: NOON) as store:
            await store.receive(TextNote(ANN, "hello", NOON))


async def test_a_locked_database_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "echomind.db"
    store = await connected(path, patience=5.0)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        keeping = asyncio.create_task(store.keep(Person(id=ANN, name="Ann")))
        await asyncio.sleep(0.2)
        assert not keeping.done()
        other.execute("COMMIT")
        await keeping
    await store.close()


async def test_a_database_locked_for_long_is_told(tmp_path: Path) -> None:
    path = tmp_path / "echomind.db"
    store = await connected(path, patience=0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"echomind\.db: another program has locked it: stop"):
            await store.keep(Person(id=ANN, name="Ann"))
        with pytest.raises(StoreError, match="another program has locked it"):
            await connected(path, patience=0.1)
        other.execute("COMMIT")
    await store.keep(Person(id=ANN, name="Ann"))
    assert (await store.person(ANN)).name == "Ann"
    await store.close()


async def test_what_a_column_refuses_is_told_without_its_value(tmp_path: Path) -> None:
    async with SqliteStore.open(tmp_path / "echomind.db", lambda: NOON) as store:
        with pytest.raises(StoreError, match="SQLITE_CONSTRAINT") as caught:
            await store.keep(Person(id=ANN, name=SECRET, words_days=-77))
        assert "zanzibar" not in told(caught.value)
        with pytest.raises(StoreError, match="a number is too large to be kept"):
            await store.person(2**63)
        assert await store.person(ANN) == Person(id=ANN)


async def test_a_tampered_row_is_told_with_the_path(tmp_path: Path) -> None:
    path = tmp_path / "echomind.db"
    async with SqliteStore.open(path, lambda: NOON) as store:
        note = await store.receive(TextNote(ANN, "hello", NOON))
        await store.record(note, Heard("hello", "en", feeling()))
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.execute("UPDATE feelings SET probabilities = '{\"zanzibar\": 1}'")
        with pytest.raises(StoreError, match=r"echomind\.db: a column does not hold") as caught:
            await store.record(note, Heard("hello", "en", None))
        assert "zanzibar" not in told(caught.value)
