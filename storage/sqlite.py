"""The store on one SQLite file: which small step runs in which transaction, and no SQL.

It stands for the ports Store and People, and keeps more that the chat needs. Every method raises
StoreError.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Self

from pipeline.ports import Clock
from pipeline.values import (
    Appointment,
    Asked,
    Backlog,
    Census,
    Emotion,
    Entry,
    Heard,
    History,
    Keeping,
    Person,
    Rating,
    ReceivedNote,
    TextNote,
    VoiceNote,
)
from storage import checkins, exercises, history, letters, mydata, notes, people, summaries, usage
from storage.database import Database
from storage.sealing import Seal

PATIENCE = 5.0
"""Seconds to wait for another program's lock."""
NO_LIMIT = Keeping()


class SqliteStore:
    """What is remembered, in one file that only its owner can read."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, clock: Clock, patience: float = PATIENCE, words_key: str | None = None
    ) -> AsyncIterator[Self]:
        """The store for the length of a block; the file and its folder are made where they lack.

        With a key, words are encrypted in the file (`sealing.py`), those in it before as well.
        """
        store = await cls.connect(path, clock, patience, words_key)
        try:
            yield store
        finally:
            await store.close()

    @classmethod
    async def connect(
        cls, path: Path, clock: Clock, patience: float = PATIENCE, words_key: str | None = None
    ) -> Self:
        """The open store, for those who must close it by hand."""
        database = Database(path, patience, Seal(words_key))
        await database.open()
        return cls(database, clock)

    async def close(self) -> None:
        await self._database.close()

    # the walk of a note

    async def receive(self, note: VoiceNote | TextNote) -> int:
        """Write down that a note came; delivered twice (same reference and time), it is one."""
        async with self._database.transaction() as db:
            return await notes.receive(db, note, self._clock())

    async def record(self, note: int, heard: Heard) -> History:
        """Keep words, feeling and voice; the history with the new feeling as its last entry."""
        async with self._database.transaction() as db:
            received = await notes.find(db, note)
            await notes.record(db, received, heard)
            return await history.before_answer(db, received, self._clock())

    async def answered(self, note: int, reply: str, suggestion: str | None) -> None:
        """Keep the reply and what was suggested; the note stays pending until it is settled."""
        async with self._database.transaction() as db:
            received = await notes.find(db, note)
            await notes.answered(db, received, (reply, suggestion), self._clock())

    async def settle(self, note: int) -> None:
        """The note's answer has been delivered, or there will be none."""
        async with self._database.transaction() as db:
            await notes.settle(db, note, self._clock())

    async def pending(self, older_than: timedelta = timedelta(0)) -> tuple[ReceivedNote, ...]:
        """Notes received at least so long ago and never settled, in the order they came."""
        async with self._database.transaction() as db:
            return await notes.pending(db, self._clock() - older_than)

    async def note(self, note: int, user: int) -> ReceivedNote | None:
        """The user's note; None where there is none, or it is another's."""
        async with self._database.transaction() as db:
            return await notes.find_of(db, note, user)

    async def correct(self, note: int, user: int, emotion: Emotion) -> bool:
        """What the user says it really was; False where they have no such guess to correct."""
        async with self._database.transaction() as db:
            return await notes.correct(db, (note, user), emotion, self._clock())

    async def summarize(
        self, user: int, words: str, span: tuple[datetime, datetime], through: int = 0
    ) -> bool:
        """What the user's turns of a span of time were about, over the summary before.

        `through` is the last of them; False, and nothing kept, where it is gone meanwhile.
        """
        async with self._database.transaction() as db:
            return await summaries.keep(db, user, words, (*span, through))

    async def talkative(self, turns: int) -> tuple[int, ...]:
        """Users with at least so many turns that no summary stands for."""
        async with self._database.transaction() as db:
            return await summaries.talkative(db, turns)

    async def backlog(self, user: int, newest: int) -> Backlog:
        """What no summary stands for, but for so many of the user's newest turns; bounded."""
        async with self._database.transaction() as db:
            return await summaries.backlog(db, user, newest)

    # people

    async def person(self, user: int) -> Person:
        """The user as known; a new Person where unknown."""
        async with self._database.transaction() as db:
            return await people.find(db, user) or Person(id=user)

    async def keep(self, person: Person) -> None:
        """Remember the person; a profile that grew since they were read stays."""
        async with self._database.transaction() as db:
            await people.keep(db, person)

    # exercises

    async def rate(self, rating: Rating) -> None:
        """Whether an exercise helped; one verdict per user, exercise and UTC day, the last."""
        async with self._database.transaction() as db:
            await exercises.rate(db, rating)

    async def offered(self, user: int, exercise: str) -> None:
        """Keep what was suggested when another one was asked for."""
        async with self._database.transaction() as db:
            await exercises.offered(db, user, exercise, self._clock())

    async def history(self, user: int) -> History:
        """What is remembered of the user between notes, without the conversation."""
        async with self._database.transaction() as db:
            return await history.between_notes(db, user, self._clock())

    async def keep_recording(self, key: str, language: str, voice: str, file_id: str) -> None:
        """The platform's file of a guided exercise, over an older one."""
        async with self._database.transaction() as db:
            await exercises.keep_recording(db, (key, language, voice), file_id)

    async def recording(self, key: str, language: str, voice: str) -> str | None:
        """The platform's file of a guided exercise, where it was spoken before."""
        async with self._database.transaction() as db:
            return await exercises.recording(db, (key, language, voice))

    # check-ins

    async def hours(self) -> tuple[tuple[time, str], ...]:
        """Every hour and time zone that somebody chose."""
        async with self._database.transaction() as db:
            return await checkins.hours(db)

    async def appointments(self, hour: time, zone: str, day: date) -> tuple[Appointment, ...]:
        """Those who chose this hour and zone and were not asked for this day yet."""
        async with self._database.transaction() as db:
            return await checkins.appointments(db, hour, zone, day)

    async def appointment(self, user: int) -> Appointment | None:
        """The user's; None where they want none or could not be reached."""
        async with self._database.transaction() as db:
            return await checkins.appointment(db, user)

    async def begin_checkins(self, user: int) -> None:
        """From now on, also for somebody who could not be reached before."""
        async with self._database.transaction() as db:
            await checkins.begin(db, user, self._clock())

    async def stop_checkins(self, user: int) -> None:
        """They cannot be reached: none until they ask for them again."""
        async with self._database.transaction() as db:
            await checkins.stop(db, user, self._clock())

    async def asked(self, user: int, last: Asked | None) -> None:
        """The check-in that is about to go out; or, where it surely did not, the one before."""
        async with self._database.transaction() as db:
            await checkins.asked(db, user, last)

    async def reached(self, user: int, words: str) -> None:
        """The check-in came through: keep its words as a turn; a crisis before is followed up."""
        async with self._database.transaction() as db:
            await checkins.reached(db, user, words, self._clock())

    async def mark_crisis(self, user: int) -> None:
        """Words of danger: the next check-in follows up."""
        async with self._database.transaction() as db:
            await checkins.mark_crisis(db, user, self._clock())

    async def score(self, user: int, day: date, value: int) -> bool:
        """1 … 5 on the scale of a day's check-in; False where it changes an earlier tap."""
        async with self._database.transaction() as db:
            return await checkins.score(db, user, (day, value), self._clock())

    async def feelings_of(self, user: int) -> tuple[Entry, ...]:
        """What the user felt of late, oldest first, bounded as a history is."""
        async with self._database.transaction() as db:
            return await history.feelings(db, user, self._clock())

    async def felt_since(self, user: int, since: datetime) -> tuple[Entry, ...]:
        """What the user felt from then on, oldest first, all of it."""
        async with self._database.transaction() as db:
            return await history.felt_since(db, user, since)

    # weekly letters

    async def letter_zones(self) -> tuple[str, ...]:
        """Every time zone in which somebody wants a letter."""
        async with self._database.transaction() as db:
            return await letters.zones(db)

    async def letters(self, zone: str, day: date) -> tuple[Appointment, ...]:
        """Those who want their letter in this zone on this day, and did not get it yet."""
        async with self._database.transaction() as db:
            return await letters.appointments(db, zone, day)

    async def letter(self, user: int) -> Appointment | None:
        """The user's; None where they want none or could not be reached."""
        async with self._database.transaction() as db:
            return await letters.appointment(db, user)

    async def begin_letters(self, user: int) -> None:
        """From now on, also for somebody who could not be reached before."""
        async with self._database.transaction() as db:
            await checkins.begin(db, user, self._clock(), letters.TABLE)

    async def stop_letters(self, user: int) -> None:
        """They cannot be reached: none until they ask for them again."""
        async with self._database.transaction() as db:
            await checkins.stop(db, user, self._clock(), letters.TABLE)

    async def written(self, user: int, last: Asked | None) -> None:
        """The letter that is about to go out; or, where it surely did not, the one before."""
        async with self._database.transaction() as db:
            await checkins.asked(db, user, last, letters.TABLE)

    # a user's own data

    async def export(self, user: int) -> dict[str, Any]:
        """Everything about the user, ready for JSON; `mydata.py` tells the keys."""
        async with self._database.transaction() as db:
            return await mydata.export(db, user, self._clock())

    async def count(self, user: int) -> int:
        """How many rows about the user there are."""
        async with self._database.transaction() as db:
            return await mydata.count(db, user)

    async def forget(self, user: int) -> int:
        """Delete every row of the user, from the file and its log for good; how many they were."""
        async with self._database.transaction() as db:
            deleted = await mydata.forget(db, user)
        await self._database.rebuild()
        return deleted

    async def prune(self, now: datetime, most: Keeping = NO_LIMIT) -> int:
        """Delete what is older than its user wants it kept, or the owner lets; how many rows."""
        async with self._database.transaction() as db:
            deleted = await mydata.prune(db, now, most)
        await self._database.empty_log()
        return deleted

    # the owner's view

    async def heard_seconds(self, user: int, since: datetime) -> float:
        """How much of the user's voice was heard in notes that came since then and are settled."""
        async with self._database.transaction() as db:
            return await usage.heard_seconds(db, user, since)

    async def census(self, since: datetime) -> Census:
        """How many use the bot, and how much they did since then."""
        async with self._database.transaction() as db:
            return await usage.census(db, since)

    async def check_writable(self) -> None:
        """Write without changing anything; the StoreError says why it cannot be done."""
        await self._database.check_writable()
