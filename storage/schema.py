"""The tables, as numbered steps that only ever grow. No queries live here.

A step that has been released is never edited: a change is a new step at the end. Each step and
the number that says it was taken are one transaction, so a kill leaves the step before it.
Times are ISO 8601 in UTC with microseconds, so that they sort as text. Probabilities, curves and
voice profiles are JSON (see `columns.py`).
"""

from collections.abc import Sequence

import aiosqlite

from pipeline.errors import StoreError

STEPS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE people (
            user INTEGER PRIMARY KEY,
            name TEXT,
            language TEXT NOT NULL,
            language_chosen INTEGER NOT NULL,
            country TEXT,
            adult INTEGER,
            introduced INTEGER NOT NULL,
            reads_feelings INTEGER NOT NULL,
            answers TEXT NOT NULL,
            voice TEXT,
            profile TEXT,
            words_days INTEGER CHECK (words_days >= 0),
            feelings_days INTEGER CHECK (feelings_days >= 0)
        ) STRICT""",
        # AUTOINCREMENT: an id never comes back after /forget, so an old button finds nothing
        """CREATE TABLE notes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('voice', 'text')),
            sent_at TEXT NOT NULL,
            received_at TEXT NOT NULL,
            reference TEXT,
            words TEXT,
            profiled INTEGER NOT NULL DEFAULT 0,
            settled_at TEXT
        ) STRICT""",
        # what the platform delivers twice is one note
        """CREATE UNIQUE INDEX notes_delivered ON notes (user, reference, sent_at)
            WHERE reference IS NOT NULL""",
        "CREATE INDEX notes_pending ON notes (received_at) WHERE settled_at IS NULL",
        "CREATE INDEX notes_of ON notes (user)",
        """CREATE TABLE turns (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user INTEGER NOT NULL,
            note INTEGER REFERENCES notes (id),
            speaker TEXT NOT NULL CHECK (speaker IN ('user', 'companion')),
            words TEXT NOT NULL,
            at TEXT NOT NULL,
            UNIQUE (note, speaker)
        ) STRICT""",
        "CREATE INDEX turns_of ON turns (user, id)",
        """CREATE TABLE summaries (
            user INTEGER PRIMARY KEY,
            words TEXT NOT NULL,
            since TEXT NOT NULL,
            until TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE feelings (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user INTEGER NOT NULL,
            note INTEGER UNIQUE REFERENCES notes (id),
            at TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('voice', 'text')),
            probabilities TEXT,
            curve TEXT NOT NULL DEFAULT '[]',
            engine TEXT,
            correction TEXT,
            corrected_at TEXT,
            score INTEGER CHECK (score BETWEEN 1 AND 5),
            CHECK (probabilities IS NOT NULL OR score IS NOT NULL)
        ) STRICT""",
        "CREATE INDEX feelings_of ON feelings (user, at)",
        """CREATE TABLE suggestions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user INTEGER NOT NULL,
            note INTEGER REFERENCES notes (id),
            exercise TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX suggestions_of ON suggestions (user, at)",
        "CREATE INDEX suggestions_after ON suggestions (note)",
        """CREATE TABLE ratings (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user INTEGER NOT NULL,
            exercise TEXT NOT NULL,
            helped INTEGER NOT NULL,
            emotion TEXT,
            at TEXT NOT NULL
        ) STRICT""",
        # one verdict a day: a second tap is a change of mind, not a second voice
        "CREATE UNIQUE INDEX ratings_a_day ON ratings (user, exercise, substr(at, 1, 10))",
        "CREATE INDEX ratings_by_time ON ratings (at)",
        # guided exercises once spoken, as the chat platform keeps them; nobody's own
        """CREATE TABLE recordings (
            exercise TEXT NOT NULL,
            language TEXT NOT NULL,
            voice TEXT NOT NULL,
            file_id TEXT NOT NULL,
            PRIMARY KEY (exercise, language, voice)
        ) STRICT""",
    ),
    # how much voice was heard, for the owner's quota
    ("ALTER TABLE notes ADD COLUMN seconds REAL NOT NULL DEFAULT 0",),
    (
        "ALTER TABLE people ADD COLUMN zone TEXT",
        "ALTER TABLE people ADD COLUMN checkin TEXT",
        "CREATE INDEX people_by_checkin ON people (checkin, zone) WHERE checkin IS NOT NULL",
        # how somebody's check-ins stand: what the bot notes down, apart from what they chose
        """CREATE TABLE checkins (
            user INTEGER PRIMARY KEY,
            since TEXT,
            asked_day TEXT,
            asked_zone TEXT,
            asked_at TEXT,
            stopped_at TEXT,
            crisis_at TEXT,
            CHECK ((asked_day IS NULL) = (asked_at IS NULL)),
            CHECK ((asked_day IS NULL) = (asked_zone IS NULL))
        ) STRICT""",
        "ALTER TABLE feelings ADD COLUMN day TEXT",
        # one score a check-in: a second tap is a change of mind
        "CREATE UNIQUE INDEX feelings_scored ON feelings (user, day) WHERE day IS NOT NULL",
    ),
    # a proof of the key under which words are sealed, and whether none lie in the file unsealed
    (
        """CREATE TABLE seal (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            proof TEXT NOT NULL,
            rebuilt INTEGER NOT NULL
        ) STRICT""",
    ),
    # the weekly letter: its day is chosen, the rest is what the bot notes down
    (
        "ALTER TABLE people ADD COLUMN letter INTEGER CHECK (letter BETWEEN 0 AND 6)",
        "CREATE INDEX people_by_letter ON people (letter, zone) WHERE letter IS NOT NULL",
        """CREATE TABLE letters (
            user INTEGER PRIMARY KEY,
            since TEXT,
            asked_day TEXT,
            asked_zone TEXT,
            asked_at TEXT,
            stopped_at TEXT,
            CHECK ((asked_day IS NULL) = (asked_at IS NULL)),
            CHECK ((asked_day IS NULL) = (asked_zone IS NULL))
        ) STRICT""",
    ),
    # what is remembered beyond the newest turns, and how far the summary reaches (a turn's id)
    (
        "ALTER TABLE turns ADD COLUMN telling INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX turns_telling ON turns (user, id) WHERE telling",
        "ALTER TABLE summaries ADD COLUMN through INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE people ADD COLUMN called TEXT",
    ),
)


async def version(connection: aiosqlite.Connection) -> int:
    """How many steps the database has taken."""
    rows = await connection.execute_fetchall("PRAGMA user_version")
    return int(next(iter(rows))[0])


async def refuse_foreign(connection: aiosqlite.Connection) -> None:
    """Raise StoreError, before a byte is written, for a database that is not ours to change."""
    # the tables before the version: another process may be taking the first step between the two
    tables = list(await connection.execute_fetchall("SELECT 1 FROM sqlite_master"))
    taken = await version(connection)
    if taken > len(STEPS):
        raise StoreError(
            f"the database comes from a newer EchoMind (schema {taken}, this one knows "
            f"{len(STEPS)}): update EchoMind, or name another file"
        )
    if taken == 0 and tables:
        raise StoreError("the database belongs to another program: name another file")


async def migrate(connection: aiosqlite.Connection, steps: Sequence[Sequence[str]] = STEPS) -> None:
    """Take the steps that are missing; another process may be doing the same.

    On an error the connection is to be closed, which undoes the step that was begun.
    """
    for number, step in enumerate(steps, 1):
        await connection.execute("BEGIN IMMEDIATE")
        taken = await version(connection)
        if taken < number:
            for statement in step:
                await connection.execute(statement)
        # written also where nothing is new: a file that cannot be written is found out at start
        await connection.execute(f"PRAGMA user_version = {max(taken, number)}")
        await connection.execute("COMMIT")
