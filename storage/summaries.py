"""What older turns were about: one running summary a user. Who writes it is not known here."""

from datetime import datetime

import aiosqlite

from storage import columns


async def keep(
    db: aiosqlite.Connection, user: int, words: str, span: tuple[datetime, datetime]
) -> None:
    """The words that stand for the user's turns from the first time to the second."""
    since, until = span
    await db.execute(
        "REPLACE INTO summaries (user, words, since, until) VALUES (?, seal(?), ?, ?)",
        (user, columns.clean(words), columns.moment(since), columns.moment(until)),
    )


async def read(db: aiosqlite.Connection, user: int) -> str:
    """Empty where nothing was summed up yet."""
    rows = await db.execute_fetchall(
        "SELECT unseal(words) AS words FROM summaries WHERE user = ?", (user,)
    )
    return "".join(row["words"] for row in rows)
