"""The weekly letters: who wants one on which day, and who got theirs.

The day and the zone are a person's own choice and lie with them. What the bot notes down for
itself is the same as of check-ins, so `checkins.py` writes it, in this table.
"""

from datetime import date
from sqlite3 import Row

import aiosqlite

from pipeline.schedule import LETTER_HOUR
from pipeline.values import Appointment
from storage import checkins, columns

TABLE = "letters"
_APPOINTMENTS = """SELECT people.user, letter, zone, adult, letters.since, letters.asked_day,
        letters.asked_zone, letters.asked_at, checkins.crisis_at
    FROM people JOIN letters ON letters.user = people.user
        LEFT JOIN checkins ON checkins.user = people.user
    WHERE letter IS NOT NULL AND zone IS NOT NULL AND letters.since IS NOT NULL
        AND letters.stopped_at IS NULL"""


async def zones(db: aiosqlite.Connection) -> tuple[str, ...]:
    """Every zone in which somebody wants a letter."""
    rows = await db.execute_fetchall(
        """SELECT DISTINCT zone FROM people
            WHERE letter IS NOT NULL AND zone IS NOT NULL ORDER BY zone"""
    )
    return tuple(row["zone"] for row in rows)


async def appointments(db: aiosqlite.Connection, zone: str, day: date) -> tuple[Appointment, ...]:
    """Those who want theirs in this zone on this day and did not get it yet, by user."""
    rows = await db.execute_fetchall(
        f"""{_APPOINTMENTS} AND letter = ? AND zone = ?
            AND (letters.asked_day IS NOT ? OR letters.asked_zone IS NOT zone)
            ORDER BY people.user""",
        (day.weekday(), zone, day.isoformat()),
    )
    return tuple(_appointment(row) for row in rows)


async def appointment(db: aiosqlite.Connection, user: int) -> Appointment | None:
    rows = await db.execute_fetchall(f"{_APPOINTMENTS} AND people.user = ?", (user,))
    return next((_appointment(row) for row in rows), None)


def _appointment(row: Row) -> Appointment:
    crisis = row["crisis_at"]
    return Appointment(
        user=row["user"],
        hour=LETTER_HOUR,
        zone=row["zone"],
        since=columns.read_moment(row["since"]),
        adult=None if row["adult"] is None else bool(row["adult"]),
        asked=checkins.last_asked(row),
        crisis_at=None if crisis is None else columns.read_moment(crisis),
        weekday=row["letter"],
    )
