"""What is remembered of one user when the next note comes, bounded, oldest first. It only reads."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from sqlite3 import Row

import aiosqlite

from pipeline.values import Entry, History, NoteKind, Rating, ReceivedNote, Turn
from storage import columns, summaries

SPAN = timedelta(days=90)
"""How far back feelings and suggestions reach."""
ENTRIES = 400
TURNS = 40
TOLD = 80
"""Newest of the older turns in which users tell of themselves."""
SUGGESTIONS = 50
RATINGS = 2000
"""Newest ratings of everybody."""
OWN_RATINGS = 500


async def before_answer(db: aiosqlite.Connection, note: ReceivedNote, now: datetime) -> History:
    """The history to answer this note with: its feeling last, its words not among the turns.

    Only the note's own entry has its curve; the curves of old notes decide nothing any more.
    """
    since = columns.moment(now - SPAN)
    return History(
        entries=await _entries(db, note, since),
        turns=await _turns(db, note),
        summary=await summaries.read(db, note.user),
        told=await _told(db, note),
        offered=await _offered(db, note.user, since, note.id),
        ratings=await _ratings(db, note.user),
    )


async def feelings(db: aiosqlite.Connection, user: int, now: datetime) -> tuple[Entry, ...]:
    """What the user felt of late, without curves, where no note is being answered."""
    rows = await db.execute_fetchall(
        """SELECT id, at, kind, probabilities, '[]' AS curve, correction, score FROM feelings
            WHERE user = ? AND at >= ? ORDER BY at DESC, id DESC LIMIT ?""",
        (user, columns.moment(now - SPAN), ENTRIES),
    )
    return tuple(_entry(row) for row in _oldest_first(rows))


async def between_notes(db: aiosqlite.Connection, user: int, now: datetime) -> History:
    """The history where no note is being answered; without the conversation."""
    return History(
        entries=await feelings(db, user, now),
        offered=await _offered(db, user, columns.moment(now - SPAN)),
        ratings=await _ratings(db, user),
    )


async def felt_since(db: aiosqlite.Connection, user: int, since: datetime) -> tuple[Entry, ...]:
    """All that the user felt from then on, without curves."""
    rows = await db.execute_fetchall(
        """SELECT id, at, kind, probabilities, '[]' AS curve, correction, score FROM feelings
            WHERE user = ? AND at >= ? ORDER BY at, id""",
        (user, columns.moment(since)),
    )
    return tuple(_entry(row) for row in rows)


async def _entries(db: aiosqlite.Connection, note: ReceivedNote, since: str) -> tuple[Entry, ...]:
    earlier = await db.execute_fetchall(
        """SELECT id, at, kind, probabilities, '[]' AS curve, correction, score FROM feelings
            WHERE user = ? AND at >= ? AND note IS NOT ? ORDER BY at DESC, id DESC LIMIT ?""",
        (note.user, since, note.id, ENTRIES - 1),
    )
    this = await db.execute_fetchall("SELECT * FROM feelings WHERE note = ?", (note.id,))
    return tuple(_entry(row) for row in (*_oldest_first(earlier), *this))


def _entry(row: Row) -> Entry:
    guess = row["probabilities"]
    return Entry(
        id=row["id"],
        at=columns.read_moment(row["at"]),
        kind=NoteKind(row["kind"]),
        probabilities=None if guess is None else columns.read_probabilities(guess),
        correction=columns.read_emotion(row["correction"]),
        score=row["score"],
        curve=columns.read_curve(row["curve"]),
    )


async def _turns(db: aiosqlite.Connection, note: ReceivedNote) -> tuple[Turn, ...]:
    # by id: notes that were sent while the bot was away stand with their answers
    rows = await db.execute_fetchall(
        """SELECT speaker, unseal(words) AS words, at, telling FROM turns
            WHERE user = ? AND note IS NOT ? ORDER BY id DESC LIMIT ?""",
        (note.user, note.id, TURNS),
    )
    return tuple(columns.turn(row) for row in _oldest_first(rows))


async def _told(db: aiosqlite.Connection, note: ReceivedNote) -> tuple[Turn, ...]:
    """Telling turns that are older than those of `_turns`."""
    rows = await db.execute_fetchall(
        """SELECT speaker, unseal(words) AS words, at, telling FROM turns
            WHERE user = :user AND telling AND note IS NOT :note
                AND id < (SELECT min(id) FROM (SELECT id FROM turns
                    WHERE user = :user AND note IS NOT :note ORDER BY id DESC LIMIT :turns))
            ORDER BY id DESC LIMIT :told""",
        {"user": note.user, "note": note.id, "turns": TURNS, "told": TOLD},
    )
    return tuple(columns.turn(row) for row in _oldest_first(rows))


async def _offered(
    db: aiosqlite.Connection, user: int, since: str, without: int | None = None
) -> tuple[tuple[str, datetime], ...]:
    """What was suggested since then, but for what hangs on the note `without`."""
    rows = await db.execute_fetchall(
        """SELECT exercise, at FROM suggestions
            WHERE user = ? AND at >= ? AND (? IS NULL OR note IS NOT ?)
            ORDER BY at DESC, id DESC LIMIT ?""",
        (user, since, without, without, SUGGESTIONS),
    )
    return tuple((row["exercise"], columns.read_moment(row["at"])) for row in _oldest_first(rows))


async def _ratings(db: aiosqlite.Connection, user: int) -> tuple[Rating, ...]:
    rows = await db.execute_fetchall(
        """SELECT * FROM ratings
            WHERE id IN (SELECT id FROM ratings ORDER BY at DESC LIMIT ?)
                OR id IN (SELECT id FROM ratings WHERE user = ? ORDER BY at DESC LIMIT ?)
            ORDER BY at, id""",
        (RATINGS, user, OWN_RATINGS),
    )
    return tuple(
        Rating(
            user=row["user"],
            exercise=row["exercise"],
            helped=bool(row["helped"]),
            emotion=columns.read_emotion(row["emotion"]),
            at=columns.read_moment(row["at"]),
        )
        for row in rows
    )


def _oldest_first(rows: Iterable[Row]) -> list[Row]:
    return list(rows)[::-1]
