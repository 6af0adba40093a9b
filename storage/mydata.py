"""A user's rights over what is kept: to have it all, to have it gone, to have it gone in time.

The export is one JSON object; `schema` rises when a key changes its meaning or goes:

    schema        1
    exported_at   time (all times: ISO 8601, UTC)
    user          the chat platform's number for the user
    person        what was told or chosen, by the names of `Person`, with `profile`
                  {notes, mean}; null where nothing was
    checkin       how the daily check-ins stand: {since, asked_day, asked_zone, asked_at,
                  stopped_at, crisis_at}; null where there never was one
    letter        how the weekly letters stand: {since, asked_day, asked_zone, asked_at,
                  stopped_at}; null where there never was one
    notes         [{id, kind, sent_at, received_at, reference, words, seconds, settled_at}]
    turns         [{note, speaker, words, at, telling}], where `telling` says that the user
                  tells something lasting of themselves, which is remembered for longer
    feelings      [{id, note, at, kind, probabilities {emotion: p}, curve [{start, end,
                  probabilities}], engine, correction, corrected_at, score, day}], where
                  `day` is that of the check-in which the score answered
    suggestions   [{note, exercise, at}]
    ratings       [{exercise, helped, emotion, at}]
    summary       {words, since, until} or null
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from sqlite3 import Row
from typing import Any

import aiosqlite

from pipeline.values import Keeping
from storage import checkins, columns, sealing

SCHEMA = 1
MARK = timedelta(days=30)
"""How long it is remembered that a check-in is to follow up words of danger."""

# children before the notes they refer to
_TABLES = (
    "turns",
    "summaries",
    "feelings",
    "suggestions",
    "ratings",
    "notes",
    "checkins",
    "letters",
    "people",
)
_FLAGS = {"language_chosen", "adult", "introduced", "reads_feelings", "helped", "telling"}
_JSON = {"profile", "probabilities", "curve"}
_INTERNAL = {"user", "profiled", "through"}


async def forget(db: aiosqlite.Connection, user: int) -> int:
    """Delete every row of the user; how many there were."""
    deleted = 0
    for table in _TABLES:
        cursor = await db.execute(f"DELETE FROM {table} WHERE user = ?", (user,))
        deleted += cursor.rowcount
    return deleted


async def count(db: aiosqlite.Connection, user: int) -> int:
    """How many rows `forget` would delete."""
    counts = " + ".join(f"(SELECT count(*) FROM {table} WHERE user = :user)" for table in _TABLES)
    rows = await db.execute_fetchall(f"SELECT {counts} AS rows", {"user": user})
    return int(next(iter(rows))["rows"])


async def export(db: aiosqlite.Connection, user: int, now: datetime) -> dict[str, Any]:
    """Everything about the user, ready for JSON; the keys are in this file's charter."""
    rows = {table: await _rows(db, table, user) for table in _TABLES}
    for table in ("turns", "suggestions", "ratings"):
        for row in rows[table]:
            del row["id"]
    return {
        "schema": SCHEMA,
        "exported_at": columns.moment(now),
        "user": user,
        "person": next(iter(rows["people"]), None),
        "checkin": next(iter(rows["checkins"]), None),
        "letter": next(iter(rows["letters"]), None),
        **{name: rows[name] for name in ("notes", "turns", "feelings", "suggestions", "ratings")},
        "summary": next(iter(rows["summaries"]), None),
    }


async def prune(db: aiosqlite.Connection, now: datetime, most: Keeping) -> int:
    """Delete what is older than its user wants it kept, or the owner lets; how many rows went.

    A note's own row, which says only that something came, goes when nothing hangs on it.
    """
    terms = {
        "now": columns.moment(now),
        "words_days": most.words_days,
        "feelings_days": most.feelings_days,
    }
    deleted = 0
    for table, column, days in (
        ("turns", "at", "words_days"),
        ("summaries", "since", "words_days"),
        ("feelings", "at", "feelings_days"),
        ("suggestions", "at", "feelings_days"),
        ("ratings", "at", "feelings_days"),
    ):
        cursor = await db.execute(
            f"DELETE FROM {table} WHERE {column} < {_cutoff(table, days)}", terms
        )
        deleted += cursor.rowcount
    await checkins.let_go(db, now - MARK)
    return deleted + await _prune_notes(db, terms)


async def _prune_notes(db: aiosqlite.Connection, terms: Mapping[str, Any]) -> int:
    cursor = await db.execute(
        f"""DELETE FROM notes
            WHERE received_at < {_cutoff("notes", "words_days")}
                AND received_at < {_cutoff("notes", "feelings_days")}
                AND NOT EXISTS (SELECT 1 FROM turns WHERE note = notes.id)
                AND NOT EXISTS (SELECT 1 FROM feelings WHERE note = notes.id)
                AND NOT EXISTS (SELECT 1 FROM suggestions WHERE note = notes.id)""",
        terms,
    )
    # a typed note that nobody ever answered still has its words
    await db.execute(
        f"""UPDATE notes SET words = NULL, settled_at = coalesce(settled_at, :now)
            WHERE words IS NOT NULL AND received_at < {_cutoff("notes", "words_days")}""",
        terms,
    )
    return cursor.rowcount


def _cutoff(table: str, days: str) -> str:
    """SQL for the oldest time to be kept; null, and so never true, where nobody set a term."""
    own = f"(SELECT {days} FROM people WHERE people.user = {table}.user)"
    kept = f"coalesce(min({own}, :{days}), {own}, :{days})"
    return f"strftime('%Y-%m-%dT%H:%M:%f', :now, '-' || {kept} || ' days')"


async def _rows(db: aiosqlite.Connection, table: str, user: int) -> list[dict[str, Any]]:
    """The user's rows, with their words open."""
    said = ", unseal(words) AS said" if table in sealing.WORDS else ""
    rows = _plain(
        await db.execute_fetchall(
            f"SELECT *{said} FROM {table} WHERE user = ? ORDER BY rowid", (user,)
        )
    )
    if said:
        for row in rows:
            row["words"] = row.pop("said")
    return rows


def _plain(rows: Iterable[Row]) -> list[dict[str, Any]]:
    return [
        {key: _value(key, row[key]) for key in row.keys() if key not in _INTERNAL}  # noqa: SIM118
        for row in rows
    ]


def _value(key: str, value: Any) -> Any:
    if value is None:
        return None
    if key in _FLAGS:
        return bool(value)
    return columns.read_json(value) if key in _JSON else value
