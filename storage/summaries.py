"""What older turns were about: one running summary a user, and how far it reaches.

Who writes it is not known here. The turns it stands for stay where they are.
"""

from datetime import datetime

import aiosqlite

from pipeline.values import Backlog
from storage import columns

MOST = 60
"""Turns of a backlog that are read at once."""


async def keep(
    db: aiosqlite.Connection, user: int, words: str, reach: tuple[datetime, datetime, int]
) -> bool:
    """The words that stand for the user's turns from the first time to the second, the last being
    the turn of that number; False where it went meanwhile, and with it what was summed up."""
    since, until, through = reach
    cursor = await db.execute(
        """REPLACE INTO summaries (user, words, since, until, through)
            SELECT :user, seal(:words), :since, :until, :through WHERE :through = 0
                OR EXISTS (SELECT 1 FROM turns WHERE id = :through AND user = :user)""",
        {
            "user": user,
            "words": columns.clean(words),
            "since": columns.moment(since),
            "until": columns.moment(until),
            "through": through,
        },
    )
    return cursor.rowcount > 0


async def read(db: aiosqlite.Connection, user: int) -> str:
    """Empty where nothing was summed up yet."""
    rows = await db.execute_fetchall(
        "SELECT unseal(words) AS words FROM summaries WHERE user = ?", (user,)
    )
    return "".join(row["words"] for row in rows)


async def talkative(db: aiosqlite.Connection, turns: int) -> tuple[int, ...]:
    """Users with at least so many turns that no summary stands for."""
    rows = await db.execute_fetchall(
        """SELECT turns.user FROM turns LEFT JOIN summaries ON summaries.user = turns.user
            WHERE turns.id > coalesce(summaries.through, 0)
            GROUP BY turns.user HAVING count(*) >= ? ORDER BY min(turns.id)""",
        (turns,),
    )
    return tuple(row["user"] for row in rows)


async def backlog(db: aiosqlite.Connection, user: int, newest: int) -> Backlog:
    """What no summary stands for, but for so many of the newest turns; bounded."""
    known = await db.execute_fetchall(
        "SELECT unseal(words) AS words, since, through FROM summaries WHERE user = ?", (user,)
    )
    summary = next(iter(known), None)
    rows = await db.execute_fetchall(
        """SELECT id, speaker, unseal(words) AS words, at, telling FROM turns
            WHERE user = :user AND id > :through AND id <= (SELECT id FROM turns
                WHERE user = :user ORDER BY id DESC LIMIT 1 OFFSET :newest)
            ORDER BY id LIMIT :most""",
        {
            "user": user,
            "through": summary["through"] if summary else 0,
            "newest": newest,
            "most": MOST,
        },
    )
    return Backlog(
        user=user,
        summary=summary["words"] if summary else "",
        since=columns.read_moment(summary["since"]) if summary else None,
        turns=tuple((row["id"], columns.turn(row)) for row in rows),
    )
