"""The daily check-ins: who is to be asked when, who was, and what they answered by tap.

The hour and the zone are a person's own choice and lie with them; here is what the bot notes down
for itself. When somebody is due, `pipeline/schedule.py` decides. The weekly letter (letters.py) is
noted down in the same way, in a table of its own.
"""

from datetime import date, datetime, time
from sqlite3 import Row

import aiosqlite

from pipeline.values import Appointment, Asked, NoteKind
from storage import columns

TABLE = "checkins"
_APPOINTMENTS = """SELECT people.user, checkin, zone, adult, since, asked_day, asked_zone, asked_at,
        crisis_at
    FROM people JOIN checkins ON checkins.user = people.user
    WHERE checkin IS NOT NULL AND zone IS NOT NULL AND since IS NOT NULL AND stopped_at IS NULL"""


async def hours(db: aiosqlite.Connection) -> tuple[tuple[time, str], ...]:
    """Every hour and zone that somebody chose."""
    rows = await db.execute_fetchall(
        """SELECT DISTINCT checkin, zone FROM people
            WHERE checkin IS NOT NULL AND zone IS NOT NULL ORDER BY checkin, zone"""
    )
    return tuple((columns.read_wall_clock(row["checkin"]), row["zone"]) for row in rows)


async def appointments(
    db: aiosqlite.Connection, hour: time, zone: str, day: date
) -> tuple[Appointment, ...]:
    """Those who chose this hour and zone and were not asked there for this day, by user."""
    rows = await db.execute_fetchall(
        f"""{_APPOINTMENTS} AND checkin = ? AND zone = ?
            AND (asked_day IS NOT ? OR asked_zone IS NOT zone) ORDER BY people.user""",
        (columns.wall_clock(hour), zone, day.isoformat()),
    )
    return tuple(_appointment(row) for row in rows)


async def appointment(db: aiosqlite.Connection, user: int) -> Appointment | None:
    rows = await db.execute_fetchall(f"{_APPOINTMENTS} AND people.user = ?", (user,))
    return next((_appointment(row) for row in rows), None)


async def begin(db: aiosqlite.Connection, user: int, now: datetime, table: str = TABLE) -> None:
    """From now on, also for somebody who could not be reached before."""
    await db.execute(
        f"""INSERT INTO {table} (user, since) VALUES (?, ?)
            ON CONFLICT (user) DO UPDATE SET since = excluded.since, stopped_at = NULL""",
        (user, columns.moment(now)),
    )


async def stop(db: aiosqlite.Connection, user: int, now: datetime, table: str = TABLE) -> None:
    await db.execute(
        f"UPDATE {table} SET stopped_at = coalesce(stopped_at, ?) WHERE user = ?",
        (columns.moment(now), user),
    )


async def asked(
    db: aiosqlite.Connection, user: int, last: Asked | None, table: str = TABLE
) -> None:
    """Written before anything goes out, and taken back where it surely did not."""
    row: tuple[str | None, ...] = (None, None, None)
    if last is not None:
        row = (last.day.isoformat(), last.zone, columns.moment(last.at))
    await db.execute(
        f"UPDATE {table} SET asked_day = ?, asked_zone = ?, asked_at = ? WHERE user = ?",
        (*row, user),
    )


async def reached(db: aiosqlite.Connection, user: int, words: str, now: datetime) -> None:
    """The check-in came through: its words stand among the turns, and a crisis is followed up.

    Only the newest check-in stands there, so that unanswered ones push no conversation out; and
    none of somebody who was forgotten while it was on its way.
    """
    await db.execute("DELETE FROM turns WHERE user = ? AND note IS NULL", (user,))
    await db.execute(
        """INSERT INTO turns (user, speaker, words, at)
            SELECT user, 'companion', seal(?), ? FROM checkins WHERE user = ?""",
        (columns.clean(words), columns.moment(now), user),
    )
    # words of danger that came while it was on its way wait for the next one
    await db.execute(
        "UPDATE checkins SET crisis_at = NULL WHERE user = ? AND crisis_at <= asked_at", (user,)
    )


async def mark_crisis(db: aiosqlite.Connection, user: int, now: datetime) -> None:
    await db.execute(
        """INSERT INTO checkins (user, crisis_at) VALUES (?, ?)
            ON CONFLICT (user) DO UPDATE SET crisis_at = excluded.crisis_at""",
        (user, columns.moment(now)),
    )


async def let_go(db: aiosqlite.Connection, until: datetime) -> None:
    """Words of danger before that time are no longer followed up."""
    await db.execute(
        "UPDATE checkins SET crisis_at = NULL WHERE crisis_at < ?", (columns.moment(until),)
    )


async def score(db: aiosqlite.Connection, user: int, of: tuple[date, int], now: datetime) -> bool:
    """A tap on the scale of a day's check-in; False where it changes an earlier one."""
    day, value = of
    known = await db.execute_fetchall(
        "SELECT 1 FROM feelings WHERE user = ? AND day = ?", (user, day.isoformat())
    )
    await db.execute(
        """INSERT INTO feelings (user, at, kind, score, day) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (user, day) WHERE day IS NOT NULL DO UPDATE SET score = excluded.score""",
        (user, columns.moment(now), NoteKind.TEXT, value, day.isoformat()),
    )
    return not list(known)


def last_asked(row: Row) -> Asked | None:
    """What went out last."""
    if row["asked_day"] is None:
        return None
    day, at = columns.read_day(row["asked_day"]), columns.read_moment(row["asked_at"])
    return Asked(day, row["asked_zone"], at)


def _appointment(row: Row) -> Appointment:
    crisis = row["crisis_at"]
    return Appointment(
        user=row["user"],
        hour=columns.read_wall_clock(row["checkin"]),
        zone=row["zone"],
        since=columns.read_moment(row["since"]),
        adult=None if row["adult"] is None else bool(row["adult"]),
        asked=last_asked(row),
        crisis_at=None if crisis is None else columns.read_moment(crisis),
    )
