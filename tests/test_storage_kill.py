"""Killed in the middle, or never closed: what a process leaves, and that it ends at all."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from pipeline.values import Heard
from storage.sqlite import SqliteStore
from tests.storing import ANN, BEN, NOON, feeling

ROOT = Path(__file__).parents[1]
LIMIT_S = 30

PREAMBLE = f"""
import asyncio, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from pipeline.values import Heard, Person, TextNote
from storage.database import Database
from storage.sqlite import SqliteStore
from tests.storing import feeling
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN, BEN = {ANN}, {BEN}
PATH = Path(sys.argv[1])
"""

AFTER_RECEIVE = """
async def main():
    store = await SqliteStore.connect(PATH, lambda: NOON)
    await store.keep(Person(id=ANN, name="Ann"))
    await store.receive(TextNote(ANN, "hello", NOON, "chat:1"))
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""

MID_TRANSACTION = """
async def main():
    database = Database(PATH, 1.0)
    await database.open()
    store = SqliteStore(database, lambda: NOON)
    first = await store.receive(TextNote(ANN, "hello", NOON, "chat:1"))
    second = await store.receive(TextNote(BEN, "ciao", NOON, "chat:2"))
    await store.record(second, Heard("ciao", "it", feeling()))
    await store.answered(second, "ciao", None)
    await store.settle(second)
    async with database.transaction() as db:
        await db.execute("PRAGMA cache_spill = 1")
        await db.execute("PRAGMA cache_size = 1")  # so that half of it does reach the log
        for number in range(2000):
            await db.execute(
                "INSERT INTO turns (user, speaker, words, at) VALUES (?, 'user', ?, '')",
                (ANN, "half-written " * 20),
            )
        assert os.path.getsize(f"{PATH}-wal") > 300_000
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""

NEVER_CLOSED = """
async def main():
    global store
    store = await SqliteStore.connect(PATH, lambda: NOON)
    await store.receive(TextNote(ANN, "hello", NOON, "chat:1"))
asyncio.run(main())
print("the end")
"""

FAILED_INSIDE = """
async def main():
    async with SqliteStore.open(PATH, lambda: NOON) as store:
        raise SystemExit(3)
asyncio.run(main())
"""


def run(program: str, path: Path) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own; fails where it does not end by itself."""
    return subprocess.run(
        [sys.executable, "-c", PREAMBLE + program, str(path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=LIMIT_S,
        capture_output=True,
        text=True,
        check=False,
    )


async def test_killed_after_receive_the_note_is_pending(tmp_path: Path) -> None:
    path = tmp_path / "echomind.db"
    assert run(AFTER_RECEIVE, path).returncode == -signal.SIGKILL

    async with SqliteStore.open(path, lambda: NOON) as store:
        (note,) = await store.pending()
        assert (note.user, note.words, note.reference) == (ANN, "hello", "chat:1")
        assert (await store.person(ANN)).name == "Ann"
        history = await store.record(note.id, Heard("hello", "en", feeling()))
        assert len(history.entries) == 1
        await store.answered(note.id, "hi", None)
        await store.settle(note.id)
        assert await store.pending() == ()


async def test_killed_in_a_transaction_nothing_is_half_written(tmp_path: Path) -> None:
    path = tmp_path / "echomind.db"
    killed = run(MID_TRANSACTION, path)
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    async with SqliteStore.open(path, lambda: NOON) as store:
        (note,) = await store.pending()
        assert (note.user, note.words) == (ANN, "hello")
        assert (await store.export(ANN))["turns"] == []
        bens = await store.export(BEN)
        assert [turn["words"] for turn in bens["turns"]] == ["ciao", "ciao"]
        assert len(bens["feelings"]) == 1


def test_a_store_that_was_never_closed_keeps_no_process_alive(tmp_path: Path) -> None:
    ended = run(NEVER_CLOSED, tmp_path / "echomind.db")
    assert (ended.returncode, ended.stdout) == (0, "the end\n")


def test_a_block_left_by_an_exit_closes(tmp_path: Path) -> None:
    ended = run(FAILED_INSIDE, tmp_path / "echomind.db")
    assert (ended.returncode, ended.stderr) == (3, "")
    assert [file.name for file in tmp_path.iterdir()] == ["echomind.db"]
