"""How much the bot is used, for its owner: sums and counts, never a word or a feeling."""

from datetime import datetime

import aiosqlite

from pipeline.values import Census
from storage import columns


async def heard_seconds(db: aiosqlite.Connection, user: int, since: datetime) -> float:
    """Of one user's voice, in notes that came since then and are dealt with.

    One that was cut short by a kill and comes again is not held against itself.
    """
    rows = await db.execute_fetchall(
        """SELECT total(seconds) AS heard FROM notes
            WHERE user = ? AND received_at >= ? AND settled_at IS NOT NULL""",
        (user, columns.moment(since)),
    )
    return float(next(iter(rows))["heard"])


async def census(db: aiosqlite.Connection, since: datetime) -> Census:
    rows = await db.execute_fetchall(
        """SELECT (SELECT count(*) FROM people) AS people, count(DISTINCT user) AS active,
            count(*) AS notes, total(seconds) AS seconds
            FROM notes WHERE received_at >= ?""",
        (columns.moment(since),),
    )
    row = next(iter(rows))
    return Census(row["people"], row["active"], row["notes"], row["seconds"])
