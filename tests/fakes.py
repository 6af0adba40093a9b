"""Hand-written fakes with behaviour, one per port; no mocks."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import count
from typing import Any, TypeVar

from pipeline.errors import StoreError
from pipeline.ports import Clock
from pipeline.values import (
    Emotion,
    Entry,
    Feeling,
    Heard,
    History,
    NoteKind,
    Person,
    Rating,
    ReceivedNote,
    TextNote,
    Turn,
    VoiceNote,
)

K = TypeVar("K")
V = TypeVar("V")


class FakeStore:
    """What is remembered, in memory, by the rules of the SQLite store: one contract tests both.

    Set `broken` and every method raises it.
    """

    def __init__(self, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self.clock = clock
        self.broken: StoreError | None = None
        self.people: dict[int, Person] = {}
        self.notes: dict[int, ReceivedNote] = {}
        self.settled_at: dict[int, datetime] = {}
        self.profiled: set[int] = set()
        self.turns: dict[tuple[int, str], tuple[int, Turn]] = {}
        """(note, speaker) → (user, turn)."""
        self.feelings: dict[int, tuple[int, Entry, str]] = {}
        """Note → (user, entry, engine)."""
        self.corrected_at: dict[int, datetime] = {}
        self.suggestions: dict[int, tuple[int, str, datetime]] = {}
        """Note → (user, exercise, when)."""
        self.ratings: dict[tuple[int, str, str], Rating] = {}
        """(user, exercise, day) → the last verdict."""
        self.summaries: dict[int, tuple[str, datetime, datetime]] = {}
        self.recordings: dict[tuple[str, str, str], str] = {}
        self._numbers = count(1)

    async def receive(self, note: VoiceNote | TextNote) -> int:
        self._unbroken()
        for known in self.notes.values():
            same = (known.user, known.reference, known.sent_at)
            if note.reference and same == (note.user, note.reference, note.sent_at):
                return known.id
        number = next(self._numbers)
        typed = note.words if isinstance(note, TextNote) else None
        self.notes[number] = ReceivedNote(
            id=number,
            user=note.user,
            kind=NoteKind.VOICE if typed is None else NoteKind.TEXT,
            sent_at=note.sent_at,
            received_at=self.clock(),
            reference=note.reference,
            words=typed,
        )
        return number

    async def record(self, note: int, heard: Heard) -> History:
        received = self._note(note)
        user, at = received.user, received.sent_at
        if heard.words:
            self.turns[note, "user"] = (user, Turn("user", heard.words, at))
        if heard.feeling is not None:
            self._feel(received, heard.feeling)
        return self._history(received)

    async def answered(self, note: int, reply: str, suggestion: str | None) -> None:
        user = self._note(note).user
        if reply:
            self.turns[note, "companion"] = (user, Turn("companion", reply, self.clock()))
        self.suggestions.pop(note, None)
        if suggestion is not None:
            self.suggestions[note] = (user, suggestion, self.clock())
        await self.abandon(note)

    async def abandon(self, note: int) -> None:
        self._unbroken()
        if note in self.notes:
            self.notes[note] = replace(self.notes[note], settled=True, words=None)
            self.settled_at.setdefault(note, self.clock())

    async def pending(self, older_than: timedelta = timedelta(0)) -> tuple[ReceivedNote, ...]:
        self._unbroken()
        until = self.clock() - older_than
        waiting = (n for n in self.notes.values() if not n.settled and n.received_at <= until)
        return tuple(sorted(waiting, key=lambda n: (n.received_at, n.id)))

    async def note(self, note: int, user: int) -> ReceivedNote | None:
        self._unbroken()
        found = self.notes.get(note)
        return found if found and found.user == user else None

    async def correct(self, note: int, user: int, emotion: Emotion) -> bool:
        self._unbroken()
        whose, entry, engine = self.feelings.get(note, (None, None, ""))
        if entry is None or whose != user:
            return False
        self.feelings[note] = (user, replace(entry, correction=emotion), engine)
        self.corrected_at[note] = self.clock()
        return True

    async def summarize(self, user: int, words: str, span: tuple[datetime, datetime]) -> None:
        self._unbroken()
        self.summaries[user] = (words, *span)

    async def person(self, user: int) -> Person:
        self._unbroken()
        return self.people.get(user, Person(id=user))

    async def keep(self, person: Person) -> None:
        known = await self.person(person.id)
        if known.profile and known.profile.notes > (person.profile.notes if person.profile else 0):
            person = replace(person, profile=known.profile)
        self.people[person.id] = person

    async def rate(self, rating: Rating) -> None:
        self._unbroken()
        self.ratings[rating.user, rating.exercise, rating.at.date().isoformat()] = rating

    async def keep_recording(self, key: str, language: str, voice: str, file_id: str) -> None:
        self._unbroken()
        self.recordings[key, language, voice] = file_id

    async def recording(self, key: str, language: str, voice: str) -> str | None:
        self._unbroken()
        return self.recordings.get((key, language, voice))

    async def forget(self, user: int) -> int:
        self._unbroken()
        return self._delete(lambda kind, whose, at: whose == user)

    async def prune(self, now: datetime) -> int:
        self._unbroken()

        def late(kind: str, user: int, at: datetime) -> bool:
            person = self.people.get(user, Person(id=user))
            words, feelings = (
                days is not None and at < now - timedelta(days=days)
                for days in (person.words_days, person.feelings_days)
            )
            return {"words": words, "feelings": feelings, "notes": words and feelings}.get(
                kind, False
            )

        for number, note in self.notes.items():
            if note.words is not None and late("words", note.user, note.received_at):
                self.notes[number] = replace(note, words=None, settled=True)
                self.settled_at.setdefault(number, now)
        return self._delete(late)

    async def export(self, user: int) -> dict[str, Any]:
        self._unbroken()

        def own(rows: Mapping[Any, tuple[Any, ...]]) -> list[tuple[Any, ...]]:
            return [(key, *row[1:]) for key, row in rows.items() if row[0] == user]

        person = self.people.get(user)
        summary = self.summaries.get(user)
        exported = {
            "schema": 1,
            "exported_at": self.clock(),
            "user": user,
            "person": person and _row(person, "id"),
            "notes": [
                {**_row(note, "user", "settled"), "settled_at": self.settled_at.get(note.id)}
                for note in self.notes.values()
                if note.user == user
            ],
            "turns": [{"note": note, **_row(turn)} for (note, _), turn in own(self.turns)],
            "feelings": [
                {
                    "note": note,
                    **_row(entry),
                    "engine": engine,
                    "corrected_at": self.corrected_at.get(note),
                }
                for note, entry, engine in own(self.feelings)
            ],
            "suggestions": [
                {"note": note, "exercise": exercise, "at": at}
                for note, exercise, at in own(self.suggestions)
            ],
            "ratings": [
                _row(rating, "user") for rating in self.ratings.values() if rating.user == user
            ],
            "summary": summary and dict(zip(("words", "since", "until"), summary, strict=True)),
        }
        plain: dict[str, Any] = _plain(exported)
        return plain

    def _unbroken(self) -> None:
        if self.broken is not None:
            raise self.broken

    def _note(self, note: int) -> ReceivedNote:
        self._unbroken()
        if note not in self.notes:
            raise StoreError(f"note {note} is not known: never received, or forgotten since")
        return self.notes[note]

    def _feel(self, note: ReceivedNote, feeling: Feeling) -> None:
        _, known, _ = self.feelings.get(note.id, (0, None, ""))
        entry = Entry(
            id=known.id if known else next(self._numbers),
            at=note.sent_at,
            kind=note.kind,
            probabilities=feeling.probabilities,
            correction=known.correction if known else None,
            curve=feeling.curve,
        )
        self.feelings[note.id] = (note.user, entry, feeling.engine)
        if feeling.voice is not None and note.id not in self.profiled:
            self.profiled.add(note.id)
            person = self.people.get(note.user, Person(id=note.user))
            voice = feeling.voice
            if person.profile and len(person.profile.mean) == len(voice.mean):
                voice = person.profile.merged(voice)
            self.people[note.user] = replace(person, profile=voice)

    def _history(self, note: ReceivedNote) -> History:
        since = self.clock() - timedelta(days=90)
        _, this, _ = self.feelings.get(note.id, (0, None, ""))
        earlier = [
            replace(entry, curve=())
            for number, (user, entry, _) in self.feelings.items()
            if user == note.user and number != note.id and entry.at >= since
        ]
        turns = [
            turn
            for (number, _), (user, turn) in self.turns.items()
            if user == note.user and number != note.id
        ]
        offered = [
            (exercise, at)
            for number, (user, exercise, at) in self.suggestions.items()
            if user == note.user and number != note.id and at >= since
        ]
        earlier.sort(key=lambda entry: (entry.at, entry.id))
        return History(
            entries=(*earlier[-399:], *([this] if this else [])),
            turns=tuple(turns[-40:]),
            summary=self.summaries.get(note.user, ("",))[0],
            offered=tuple(sorted(offered, key=lambda offer: offer[1])[-50:]),
            ratings=tuple(sorted(self.ratings.values(), key=lambda rating: rating.at)),
        )

    def _delete(self, doomed: Callable[[str, int, datetime], bool]) -> int:
        """Drop what is doomed by its kind, its user and its time; how many rows that is."""
        dropped = [
            _drop(self.turns, lambda _, row: doomed("words", row[0], row[1].at)),
            _drop(self.summaries, lambda user, row: doomed("words", user, row[1])),
            _drop(self.feelings, lambda _, row: doomed("feelings", row[0], row[1].at)),
            _drop(self.suggestions, lambda _, row: doomed("feelings", row[0], row[2])),
            _drop(self.ratings, lambda _, row: doomed("feelings", row.user, row.at)),
        ]
        held = {note for note, _ in self.turns} | self.feelings.keys() | self.suggestions.keys()
        dropped += [
            _drop(
                self.notes,
                lambda n, row: n not in held and doomed("notes", row.user, row.received_at),
            ),
            _drop(self.people, lambda user, _: doomed("person", user, self.clock())),
        ]
        return sum(dropped)


def _drop(rows: dict[K, V], doomed: Callable[[K, V], bool]) -> int:
    gone = [key for key, row in rows.items() if doomed(key, row)]
    for key in gone:
        del rows[key]
    return len(gone)


def _row(value: Any, *without: str) -> dict[str, Any]:
    return {key: item for key, item in asdict(value).items() if key not in without}


def _plain(value: Any) -> Any:
    """The value as JSON knows it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return value.value if isinstance(value, Enum) else value
