"""Who the users are and what they chose; what is usual for their voices. No conversation here."""

from dataclasses import replace
from typing import Any

import aiosqlite

from pipeline.values import Person, VoiceProfile
from storage import columns

_COLUMNS = (
    "name",
    "language",
    "language_chosen",
    "country",
    "adult",
    "introduced",
    "reads_feelings",
    "answers",
    "voice",
    "words_days",
    "feelings_days",
    "zone",
    "called",
    "letter",
)
_FLAGS = {"language_chosen", "adult", "introduced", "reads_feelings"}


async def find(db: aiosqlite.Connection, user: int) -> Person | None:
    rows = list(await db.execute_fetchall("SELECT * FROM people WHERE user = ?", (user,)))
    if not rows:
        return None
    row = rows[0]
    chosen: dict[str, Any] = {
        name: bool(row[name]) if name in _FLAGS and row[name] is not None else row[name]
        for name in _COLUMNS
    }
    profile = None if row["profile"] is None else columns.read_profile(row["profile"])
    checkin = None if row["checkin"] is None else columns.read_wall_clock(row["checkin"])
    return Person(id=user, profile=profile, checkin=checkin, **chosen)


async def keep(db: aiosqlite.Connection, person: Person) -> None:
    """The person as given, but for a profile that was merged on since they were read."""
    known = await find(db, person.id)
    if known and known.profile and known.profile.notes > _notes(person.profile):
        person = replace(person, profile=known.profile)
    await _write(db, person)


async def merge_voice(db: aiosqlite.Connection, user: int, voice: VoiceProfile) -> None:
    """One more note of this voice. Another recogniser's statistics make a profile anew."""
    person = await find(db, user) or Person(id=user)
    if person.profile and person.profile.comparable(voice):
        voice = person.profile.merged(voice)
    await _write(db, replace(person, profile=voice))


async def call(db: aiosqlite.Connection, user: int, called: str) -> None:
    """What they want to be called from now on."""
    person = await find(db, user) or Person(id=user)
    await _write(db, replace(person, called=called))


async def _write(db: aiosqlite.Connection, person: Person) -> None:
    names = ("user", "profile", "checkin", *_COLUMNS)
    values = (
        person.id,
        None if person.profile is None else columns.profile(person.profile),
        None if person.checkin is None else columns.wall_clock(person.checkin),
        *(_plain(getattr(person, name)) for name in _COLUMNS),
    )
    places = ", ".join("?" * len(names))
    await db.execute(f"REPLACE INTO people ({', '.join(names)}) VALUES ({places})", values)


def _plain(value: str | int | None) -> str | int | None:
    return columns.clean(value) if isinstance(value, str) else value


def _notes(profile: VoiceProfile | None) -> int:
    return 0 if profile is None else profile.notes
