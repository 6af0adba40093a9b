"""One SQLite file: its connection, its transactions, its errors. It knows no table.

One connection and one lock: whoever holds the lock is the only one in a transaction. aiosqlite
keeps the blocking calls on a thread of its own.
"""

import asyncio
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from threading import Thread

import aiosqlite

from pipeline.errors import StoreError
from storage import sealing
from storage.schema import migrate, refuse_foreign, version
from storage.sealing import PLAIN, Seal

_PERMIT = "let the bot's user write the file and its folder"
_STOP = "another program has locked it: stop that program, or try again"
_ADVICE = {
    sqlite3.SQLITE_FULL: "the disk is full: make room on it",
    sqlite3.SQLITE_IOERR: "the disk fails to read or write: check it and the room left on it",
    sqlite3.SQLITE_READONLY: f"it is read-only: {_PERMIT}",
    sqlite3.SQLITE_CANTOPEN: f"it cannot be opened: {_PERMIT}",
    sqlite3.SQLITE_PERM: f"it may not be used: {_PERMIT}",
    sqlite3.SQLITE_NOTADB: "it is no SQLite database: move it aside or name another file",
    sqlite3.SQLITE_CORRUPT: "it is damaged: restore a copy, or move it aside to begin anew",
    sqlite3.SQLITE_BUSY: _STOP,
    sqlite3.SQLITE_LOCKED: _STOP,
}


class Database:
    """An open SQLite file. Every method raises StoreError, which names the file and what to do."""

    def __init__(self, path: Path, patience: float, seal: Seal = PLAIN) -> None:
        self._path = path
        self._seal = seal
        self._patience = patience
        """Seconds to wait for another program's lock."""
        self._lock = asyncio.Lock()
        self._connection: aiosqlite.Connection | None = None

    async def open(self) -> None:
        """Create the file and its folder where they lack, and bring the tables up to date."""
        # at DEBUG aiosqlite logs every statement with its values, which are a user's words
        logging.getLogger("aiosqlite").setLevel(logging.INFO)
        async with self._lock:
            with told_plainly(self._path):
                await asyncio.to_thread(_make_private, self._path)
                connection = await _connect(self._path, self._patience)
                try:
                    await _prepare(connection, self._seal)
                    if await sealing.settle(connection, self._seal):
                        await _rebuild(connection, self._path)
                        await sealing.settled(connection)
                except BaseException:
                    await connection.close()
                    raise
                self._connection = connection

    async def close(self) -> None:
        """Let a running transaction end, then close; closing twice is no error."""
        async with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                with told_plainly(self._path):
                    await connection.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """All of the block or nothing of it, also when the task is cancelled inside."""
        async with self._exclusive() as connection:
            try:
                # inside the try: a cancelled BEGIN is still carried out by the thread
                await connection.execute("BEGIN IMMEDIATE")
                yield connection
                await connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # where BEGIN failed there is nothing to undo
                    await connection.execute("ROLLBACK")
                raise

    async def check_writable(self) -> None:
        """Write the number of the last step over itself."""
        async with self.transaction() as connection:
            await connection.execute(f"PRAGMA user_version = {await version(connection)}")

    async def empty_log(self) -> None:
        """Move the write-ahead log into the file and truncate it, deleted words with it."""
        async with self._exclusive() as connection:
            await _empty_log(connection, self._path)

    async def rebuild(self) -> None:
        """Rewrite the file without anything that was deleted, and truncate the log."""
        async with self._exclusive() as connection:
            await _rebuild(connection, self._path)

    @asynccontextmanager
    async def _exclusive(self) -> AsyncIterator[aiosqlite.Connection]:
        async with self._lock:
            if self._connection is None:
                raise StoreError(f"{self._path}: the database is closed")
            with told_plainly(self._path):
                yield self._connection


@contextmanager
def told_plainly(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system raise into a StoreError for the owner, without any row."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        advice = _ADVICE.get(code & 0xFF, "the database refused")
        raise StoreError(f"{path}: {advice} ({name})") from error
    except OverflowError as error:
        raise StoreError(f"{path}: a number is too large to be kept") from error
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}: {_PERMIT}") from error
    except StoreError as error:
        if str(error).startswith(str(path)):
            raise
        raise StoreError(f"{path}: {error}") from error


def _make_private(path: Path) -> None:
    """Only the bot's user may read the file; SQLite gives its log the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        mode = path.stat().st_mode
        if path.is_file() and mode & 0o077:
            path.chmod(mode & 0o700)
        # asked before SQLite opens it, which would leave a read-only log beside it that stays
        # when the file is put right; asked of the system, since closing a file gives up its locks
        if not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise StoreError(f"{path}: it is read-only: {_PERMIT}") from None


async def _connect(path: Path, patience: float) -> aiosqlite.Connection:
    connection = aiosqlite.connect(path, isolation_level=None, timeout=patience)
    # The thread is not a daemon by default: one forgotten close would keep the process for ever.
    # aiosqlite 0.22 holds the thread, 0.21 is the thread.
    thread = getattr(connection, "_thread", connection)
    assert isinstance(thread, Thread)
    thread.daemon = True
    return await connection


async def _prepare(connection: aiosqlite.Connection, seal: Seal) -> None:
    connection.row_factory = sqlite3.Row
    await refuse_foreign(connection)
    for pragma in (
        "journal_mode = WAL",
        "foreign_keys = ON",
        "secure_delete = ON",
        "temp_store = MEMORY",  # VACUUM's copy of everybody's words never goes to a file
    ):
        await connection.execute_fetchall(f"PRAGMA {pragma}")
    await migrate(connection)
    await sealing.install(connection, seal)


async def _rebuild(connection: aiosqlite.Connection, path: Path) -> None:
    await _empty_log(connection, path)
    await connection.execute("VACUUM")
    await _empty_log(connection, path)


async def _empty_log(connection: aiosqlite.Connection, path: Path) -> None:
    rows = await connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
    if next(iter(rows))[0]:
        raise StoreError(
            f"{path}: deleted rows still lie in the write-ahead log, because another program "
            "reads the database: stop that program and delete again"
        )
