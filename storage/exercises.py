"""What helped whom, and the guided exercises that are spoken already. It ranks nothing."""

from datetime import datetime

import aiosqlite

from pipeline.values import Rating
from storage import columns


async def rate(db: aiosqlite.Connection, rating: Rating) -> None:
    """One verdict per user, exercise and UTC day: a later one is a change of mind."""
    await db.execute(
        """INSERT INTO ratings (user, exercise, helped, emotion, at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (user, exercise, substr(at, 1, 10)) DO UPDATE
            SET helped = excluded.helped, emotion = excluded.emotion, at = excluded.at""",
        (
            rating.user,
            rating.exercise,
            rating.helped,
            rating.emotion,
            columns.moment(rating.at),
        ),
    )


async def offered(db: aiosqlite.Connection, user: int, exercise: str, now: datetime) -> None:
    """Suggested by itself, not in the answer to a note."""
    await db.execute(
        "INSERT INTO suggestions (user, exercise, at) VALUES (?, ?, ?)",
        (user, exercise, columns.moment(now)),
    )


async def keep_recording(
    db: aiosqlite.Connection, spoken: tuple[str, str, str], file_id: str
) -> None:
    """The platform's file of an exercise (key, language, voice), over an older one."""
    await db.execute("REPLACE INTO recordings VALUES (?, ?, ?, ?)", (*spoken, file_id))


async def recording(db: aiosqlite.Connection, spoken: tuple[str, str, str]) -> str | None:
    rows = await db.execute_fetchall(
        "SELECT file_id FROM recordings WHERE exercise = ? AND language = ? AND voice = ?", spoken
    )
    return next((str(row["file_id"]) for row in rows), None)
