"""One note's way through the tables: received, recorded, answered and settled; corrected.

Every step may come again for the same note, since a bot that was killed takes the note up anew:
then it overwrites, and nothing stands twice. What a user's history is, `history.py` says.
"""

from collections.abc import Iterable
from datetime import datetime
from sqlite3 import Row

import aiosqlite

from pipeline.errors import StoreError
from pipeline.values import (
    Emotion,
    Feeling,
    Heard,
    NoteKind,
    ReceivedNote,
    TextNote,
    Turn,
    VoiceNote,
)
from storage import columns, people

_NOTE = "SELECT *, unseal(words) AS said FROM notes"


async def receive(db: aiosqlite.Connection, note: VoiceNote | TextNote, now: datetime) -> int:
    """A new note's id, or the id it got when the platform delivered it before."""
    typed = isinstance(note, TextNote)
    sent = columns.moment(note.sent_at)
    rows = await db.execute_fetchall(
        """INSERT INTO notes (user, kind, sent_at, received_at, reference, words)
            VALUES (?, ?, ?, ?, ?, seal(?)) ON CONFLICT DO NOTHING RETURNING id""",
        (
            note.user,
            NoteKind.TEXT if typed else NoteKind.VOICE,
            sent,
            columns.moment(now),
            note.reference,
            columns.clean(note.words) if isinstance(note, TextNote) else None,
        ),
    )
    rows = list(rows) or await db.execute_fetchall(
        "SELECT id FROM notes WHERE user = ? AND reference = ? AND sent_at = ?",
        (note.user, note.reference, sent),
    )
    return int(next(iter(rows))["id"])


async def find(db: aiosqlite.Connection, note: int) -> ReceivedNote:
    """Raises StoreError for a note that is not there: never received, or forgotten since."""
    found = _notes(await db.execute_fetchall(f"{_NOTE} WHERE id = ?", (note,)))
    if not found:
        raise StoreError(f"note {note} is not known: never received, or forgotten since")
    return found[0]


async def find_of(db: aiosqlite.Connection, note: int, user: int) -> ReceivedNote | None:
    found = _notes(await db.execute_fetchall(f"{_NOTE} WHERE id = ? AND user = ?", (note, user)))
    return found[0] if found else None


async def pending(db: aiosqlite.Connection, until: datetime) -> tuple[ReceivedNote, ...]:
    """What was received by then, never settled, in the order it came."""
    return _notes(
        await db.execute_fetchall(
            f"""{_NOTE} WHERE settled_at IS NULL AND received_at <= ?
                ORDER BY received_at, id""",
            (columns.moment(until),),
        )
    )


async def record(db: aiosqlite.Connection, note: ReceivedNote, heard: Heard) -> None:
    """The words as the user's turn, what the user wants to be called, the feeling, and the voice
    into the person's profile."""
    if heard.words:
        await _keep_turn(db, note, Turn("user", heard.words, note.sent_at, heard.telling))
    if heard.called is not None:
        await people.call(db, note.user, heard.called)
    await db.execute("UPDATE notes SET seconds = ? WHERE id = ?", (heard.seconds, note.id))
    if heard.feeling is not None:
        await _keep_feeling(db, note, heard.feeling)


async def answered(
    db: aiosqlite.Connection, note: ReceivedNote, said: tuple[str, str | None], now: datetime
) -> None:
    """Keep the reply, and the key of what was suggested, if anything was."""
    reply, suggestion = said
    if reply:
        await _keep_turn(db, note, Turn("companion", reply, now))
    await db.execute("DELETE FROM suggestions WHERE note = ?", (note.id,))
    if suggestion is not None:
        await db.execute(
            "INSERT INTO suggestions (user, note, exercise, at) VALUES (?, ?, ?, ?)",
            (note.user, note.id, suggestion, columns.moment(now)),
        )


async def settle(db: aiosqlite.Connection, note: int, now: datetime) -> None:
    """Dealt with, one way or the other: typed words are needed no longer."""
    await db.execute(
        "UPDATE notes SET settled_at = coalesce(settled_at, ?), words = NULL WHERE id = ?",
        (columns.moment(now), note),
    )


async def correct(
    db: aiosqlite.Connection, of: tuple[int, int], emotion: Emotion, now: datetime
) -> bool:
    """Set it beside the guess of a note and its user; False where no feeling was read."""
    cursor = await db.execute(
        "UPDATE feelings SET correction = ?, corrected_at = ? WHERE note = ? AND user = ?",
        (emotion, columns.moment(now), *of),
    )
    return cursor.rowcount > 0


async def _keep_turn(db: aiosqlite.Connection, note: ReceivedNote, turn: Turn) -> None:
    await db.execute(
        """INSERT INTO turns (user, note, speaker, words, at, telling)
            VALUES (?, ?, ?, seal(?), ?, ?)
            ON CONFLICT (note, speaker) DO UPDATE SET words = excluded.words, at = excluded.at,
                telling = excluded.telling""",
        (
            note.user,
            note.id,
            turn.speaker,
            columns.clean(turn.words),
            columns.moment(turn.at),
            turn.telling,
        ),
    )


async def _keep_feeling(db: aiosqlite.Connection, note: ReceivedNote, feeling: Feeling) -> None:
    await db.execute(
        """INSERT INTO feelings (user, note, at, kind, probabilities, curve, engine)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (note) DO UPDATE SET probabilities = excluded.probabilities,
                curve = excluded.curve, engine = excluded.engine""",
        (
            note.user,
            note.id,
            columns.moment(note.sent_at),
            note.kind,
            columns.probabilities(feeling.probabilities),
            columns.curve(feeling.curve),
            feeling.engine,
        ),
    )
    if feeling.voice is not None and await _first_profile(db, note.id):
        await people.merge_voice(db, note.user, feeling.voice)


async def _first_profile(db: aiosqlite.Connection, note: int) -> bool:
    """Whether this note's voice is not in the profile yet; from now on it is."""
    cursor = await db.execute(
        "UPDATE notes SET profiled = 1 WHERE id = ? AND profiled = 0", (note,)
    )
    return cursor.rowcount > 0


def _notes(rows: Iterable[Row]) -> tuple[ReceivedNote, ...]:
    return tuple(
        ReceivedNote(
            id=row["id"],
            user=row["user"],
            kind=NoteKind(row["kind"]),
            sent_at=columns.read_moment(row["sent_at"]),
            received_at=columns.read_moment(row["received_at"]),
            reference=row["reference"],
            words=row["said"],
            settled=row["settled_at"] is not None,
            seconds=row["seconds"],
        )
        for row in rows
    )
