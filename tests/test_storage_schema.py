"""Migrations: taken once, in order, whole or not at all; a newer database is left alone."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import aiosqlite
import pytest

from pipeline.errors import StoreError
from pipeline.values import TextNote
from storage.schema import STEPS, migrate, version
from storage.sqlite import SqliteStore
from tests.storing import ANN, NOON

STEP_ONE = ("CREATE TABLE one (x INTEGER) STRICT", "INSERT INTO one VALUES (1)")
STEP_TWO = ("ALTER TABLE one ADD COLUMN y INTEGER", "UPDATE one SET y = x + 1")


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as raw:
        return {name for (name,) in raw.execute("SELECT name FROM sqlite_master")}


async def test_a_new_file_takes_every_step(tmp_path: Path) -> None:
    path = tmp_path / "echomind.db"
    async with SqliteStore.open(path, lambda: NOON):
        pass
    async with aiosqlite.connect(path) as raw:
        assert await version(raw) == len(STEPS)
    assert {"people", "notes", "turns", "feelings", "suggestions", "ratings"} <= tables(path)


async def test_an_older_file_takes_the_steps_it_lacks_and_keeps_its_rows(tmp_path: Path) -> None:
    async with aiosqlite.connect(tmp_path / "old.db", isolation_level=None) as raw:
        await migrate(raw, [STEP_ONE])
        await migrate(raw, [STEP_ONE, STEP_TWO])
        await migrate(raw, [STEP_ONE, STEP_TWO])
        assert await version(raw) == 2
        assert list(await raw.execute_fetchall("SELECT x, y FROM one")) == [(1, 2)]


async def test_a_step_that_breaks_off_leaves_the_step_before(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    broken = ("CREATE TABLE two (x INTEGER) STRICT", "INSERT INTO nowhere VALUES (1)")
    async with aiosqlite.connect(path, isolation_level=None) as raw:
        with pytest.raises(sqlite3.OperationalError):
            await migrate(raw, [STEP_ONE, broken])
    async with aiosqlite.connect(path, isolation_level=None) as raw:
        assert await version(raw) == 1
    assert tables(path) == {"one"}


async def test_two_that_start_at_once_take_each_step_once(tmp_path: Path) -> None:
    path = tmp_path / "echomind.db"
    stores = await asyncio.gather(*(SqliteStore.connect(path, lambda: NOON) for _ in range(4)))
    note = await stores[0].receive(TextNote(ANN, "hello", NOON))
    assert await stores[3].note(note, ANN) is not None
    for store in stores:
        await store.close()


async def test_a_newer_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "echomind.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE from_the_future (x)")
        raw.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"echomind\.db: .*newer EchoMind .*: update EchoMind"):
        await SqliteStore.connect(path, lambda: NOON)
    assert path.read_bytes() == before


async def test_another_programs_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE photos (x)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"photos\.db: .*another program.*name another file"):
        await SqliteStore.connect(path, lambda: NOON)
    assert path.read_bytes() == before
