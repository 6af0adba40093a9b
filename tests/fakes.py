"""Hand-written fakes with behaviour, one per port; no mocks."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from itertools import count
from typing import Any, TypeVar

import numpy as np

from models.ladder import Readiness
from pipeline.errors import Declined, EngineError, StoreError
from pipeline.ports import Clock
from pipeline.schedule import LETTER_HOUR
from pipeline.values import (
    Against,
    Appointment,
    Asked,
    Backlog,
    Census,
    Emotion,
    Entry,
    Feeling,
    Heard,
    History,
    Keeping,
    Manner,
    Moment,
    MusicSearch,
    NoteKind,
    Person,
    Prompt,
    Rating,
    Reasons,
    ReceivedNote,
    Sentence,
    TextNote,
    Track,
    Transcript,
    Turn,
    Utterance,
    VoiceNote,
    VoiceProfile,
    Waveform,
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
        """Note → (user, exercise, when); a negative number where it was no answer to a note."""
        self.ratings: dict[tuple[int, str, str], Rating] = {}
        """(user, exercise, day) → the last verdict."""
        self.summaries: dict[int, tuple[str, datetime, datetime]] = {}
        self.reaches: dict[int, int] = {}
        """User → the last turn that the summary stands for, counted as `_numbered` does."""
        self.recordings: dict[tuple[str, str, str], str] = {}
        self.checkins: dict[int, dict[str, Any]] = {}
        """User → the row, by the names of its columns."""
        self.letter_rows: dict[int, dict[str, Any]] = {}
        """User → the row, by the names of its columns."""
        self.scores: dict[tuple[int, date], Entry] = {}
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
        self.notes[note] = replace(received, seconds=heard.seconds)
        user, at = received.user, received.sent_at
        if heard.words:
            self.turns[note, "user"] = (user, Turn("user", heard.words, at, heard.telling))
        if heard.called is not None:
            person = self.people.get(user, Person(id=user))
            self.people[user] = replace(person, called=heard.called)
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

    async def settle(self, note: int) -> None:
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

    async def summarize(
        self, user: int, words: str, span: tuple[datetime, datetime], through: int = 0
    ) -> bool:
        self._unbroken()
        if through and through not in dict(self._numbered(user)):
            return False
        self.summaries[user] = (words, *span)
        self.reaches[user] = through
        return True

    async def talkative(self, turns: int) -> tuple[int, ...]:
        self._unbroken()
        users = dict.fromkeys(user for user, _ in self.turns.values())
        return tuple(user for user in users if len(self._unsummed(user)) >= turns)

    async def backlog(self, user: int, newest: int) -> Backlog:
        self._unbroken()
        words, since, _ = self.summaries.get(user, ("", None, None))
        older = {number for number, _ in self._numbered(user)[: -newest or None]}
        turns = [(number, turn) for number, turn in self._unsummed(user) if number in older]
        return Backlog(user, words, since, tuple(turns[:60]))

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

    async def offered(self, user: int, exercise: str) -> None:
        self._unbroken()
        self.suggestions[-next(self._numbers)] = (user, exercise, self.clock())

    async def history(self, user: int) -> History:
        self._unbroken()
        return History(
            entries=await self.feelings_of(user),
            offered=self._offered(user),
            ratings=tuple(sorted(self.ratings.values(), key=lambda rating: rating.at)),
        )

    async def keep_recording(self, key: str, language: str, voice: str, file_id: str) -> None:
        self._unbroken()
        self.recordings[key, language, voice] = file_id

    async def recording(self, key: str, language: str, voice: str) -> str | None:
        self._unbroken()
        return self.recordings.get((key, language, voice))

    async def hours(self) -> tuple[tuple[time, str], ...]:
        self._unbroken()
        chosen = {(one.checkin, one.zone) for one in self.people.values()}
        return tuple(sorted((hour, zone) for hour, zone in chosen if hour and zone))

    async def appointments(self, hour: time, zone: str, day: date) -> tuple[Appointment, ...]:
        all_of = [await self.appointment(user) for user in sorted(self.people)]
        return tuple(
            one
            for one in all_of
            if one is not None
            and (one.hour, one.zone) == (hour, zone)
            and (one.asked is None or (one.asked.day, one.asked.zone) != (day, zone))
        )

    async def appointment(self, user: int) -> Appointment | None:
        person, row = await self.person(user), self._checkin(user)
        if person.checkin is None or person.zone is None:
            return None
        if row["since"] is None or row["stopped_at"] is not None:
            return None
        asked = Asked(row["asked_day"], row["asked_zone"], row["asked_at"])
        return Appointment(
            user=user,
            hour=person.checkin,
            zone=person.zone,
            since=row["since"],
            adult=person.adult,
            asked=None if asked.day is None else asked,
            crisis_at=row["crisis_at"],
        )

    async def begin_checkins(self, user: int) -> None:
        self._unbroken()
        self.checkins[user] = self._checkin(user) | {"since": self.clock(), "stopped_at": None}

    async def stop_checkins(self, user: int) -> None:
        self._unbroken()
        if user in self.checkins:
            row = self.checkins[user]
            self.checkins[user] = row | {"stopped_at": row["stopped_at"] or self.clock()}

    async def asked(self, user: int, last: Asked | None) -> None:
        self._unbroken()
        if user in self.checkins:
            day, zone, at = (last.day, last.zone, last.at) if last else (None, None, None)
            self.checkins[user] |= {"asked_day": day, "asked_zone": zone, "asked_at": at}

    async def reached(self, user: int, words: str) -> None:
        self._unbroken()
        self.turns.pop((-user, "companion"), None)
        if user not in self.checkins:
            return
        self.turns[-user, "companion"] = (user, Turn("companion", words, self.clock()))
        row = self._checkin(user)
        if row["crisis_at"] and row["asked_at"] and row["crisis_at"] <= row["asked_at"]:
            self.checkins[user] = row | {"crisis_at": None}

    async def mark_crisis(self, user: int) -> None:
        self._unbroken()
        self.checkins[user] = self._checkin(user) | {"crisis_at": self.clock()}

    async def score(self, user: int, day: date, value: int) -> bool:
        self._unbroken()
        if not 1 <= value <= 5:
            raise StoreError("a score is 1 to 5")
        known = self.scores.get((user, day))
        fresh = known or Entry(next(self._numbers), self.clock(), NoteKind.TEXT)
        self.scores[user, day] = replace(fresh, score=value)
        return known is None

    async def feelings_of(self, user: int) -> tuple[Entry, ...]:
        self._unbroken()
        return tuple(self._felt(user)[-400:])

    async def felt_since(self, user: int, since: datetime) -> tuple[Entry, ...]:
        self._unbroken()
        return tuple(self._felt(user, since))

    async def letter_zones(self) -> tuple[str, ...]:
        self._unbroken()
        people = self.people.values()
        return tuple(sorted({p.zone for p in people if p.zone and p.letter is not None}))

    async def letters(self, zone: str, day: date) -> tuple[Appointment, ...]:
        all_of = [await self.letter(user) for user in sorted(self.people)]
        return tuple(
            one
            for one in all_of
            if one is not None
            and (one.weekday, one.zone) == (day.weekday(), zone)
            and (one.asked is None or (one.asked.day, one.asked.zone) != (day, zone))
        )

    async def letter(self, user: int) -> Appointment | None:
        person, row = await self.person(user), self.letter_rows.get(user)
        if person.letter is None or person.zone is None or row is None or row["stopped_at"]:
            return None
        asked = Asked(row["asked_day"], row["asked_zone"], row["asked_at"])
        return Appointment(
            user=user,
            hour=LETTER_HOUR,
            zone=person.zone,
            since=row["since"],
            adult=person.adult,
            asked=None if asked.day is None else asked,
            crisis_at=self._checkin(user)["crisis_at"],
            weekday=person.letter,
        )

    async def begin_letters(self, user: int) -> None:
        self._unbroken()
        names = ("since", "asked_day", "asked_zone", "asked_at", "stopped_at")
        row = self.letter_rows.get(user, dict.fromkeys(names))
        self.letter_rows[user] = row | {"since": self.clock(), "stopped_at": None}

    async def stop_letters(self, user: int) -> None:
        self._unbroken()
        if user in self.letter_rows:
            self.letter_rows[user]["stopped_at"] = self.clock()

    async def written(self, user: int, last: Asked | None) -> None:
        self._unbroken()
        if user in self.letter_rows:
            day, zone, at = (last.day, last.zone, last.at) if last else (None, None, None)
            self.letter_rows[user] |= {"asked_day": day, "asked_zone": zone, "asked_at": at}

    async def count(self, user: int) -> int:
        kept = await self.export(user)
        tables = (value for value in kept.values() if isinstance(value, list | dict))
        return sum(len(table) if isinstance(table, list) else 1 for table in tables)

    async def forget(self, user: int) -> int:
        self._unbroken()
        return self._delete(lambda kind, whose, at: whose == user)

    async def heard_seconds(self, user: int, since: datetime) -> float:
        self._unbroken()
        own = (note for note in self.notes.values() if note.user == user and note.settled)
        return sum(note.seconds for note in own if note.received_at >= since)

    async def census(self, since: datetime) -> Census:
        self._unbroken()
        notes = [note for note in self.notes.values() if note.received_at >= since]
        seconds = sum(note.seconds for note in notes)
        return Census(len(self.people), len({note.user for note in notes}), len(notes), seconds)

    async def check_writable(self) -> None:
        self._unbroken()

    async def prune(self, now: datetime, most: Keeping = Keeping()) -> int:  # noqa: B008 - frozen
        self._unbroken()

        def late(kind: str, user: int, at: datetime) -> bool:
            person = self.people.get(user, Person(id=user))
            words, feelings = (
                any(days is not None and at < now - timedelta(days=days) for days in terms)
                for terms in (
                    (person.words_days, most.words_days),
                    (person.feelings_days, most.feelings_days),
                )
            )
            return {"words": words, "feelings": feelings, "notes": words and feelings}.get(
                kind, False
            )

        for user, row in self.checkins.items():
            if row["crisis_at"] and row["crisis_at"] < now - timedelta(days=30):
                self.checkins[user] = row | {"crisis_at": None}
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
            "checkin": self.checkins.get(user),
            "letter": self.letter_rows.get(user),
            "notes": [
                {**_row(note, "user", "settled"), "settled_at": self.settled_at.get(note.id)}
                for note in self.notes.values()
                if note.user == user
            ],
            "turns": [
                {"note": note if note > 0 else None, **_row(turn)}
                for (note, _), turn in own(self.turns)
            ],
            "feelings": [
                {
                    "note": note,
                    **_row(entry),
                    "engine": engine,
                    "corrected_at": self.corrected_at.get(note),
                    "day": None,
                }
                for note, entry, engine in own(self.feelings)
            ]
            + [
                {"note": None, **_row(e), "engine": None, "corrected_at": None, "day": day}
                for (whose, day), e in self.scores.items()
                if whose == user
            ],
            "suggestions": [
                {"note": note if note > 0 else None, "exercise": exercise, "at": at}
                for note, exercise, at in own(self.suggestions)
            ],
            "ratings": [
                _row(rating, "user") for rating in self.ratings.values() if rating.user == user
            ],
            "summary": summary and dict(zip(("words", "since", "until"), summary, strict=True)),
        }
        plain: dict[str, Any] = _plain(exported)
        return plain

    def _numbered(self, user: int) -> list[tuple[int, Turn]]:
        everybodys = enumerate(self.turns.values(), 1)
        return [(number, turn) for number, (whose, turn) in everybodys if whose == user]

    def _unsummed(self, user: int) -> list[tuple[int, Turn]]:
        reach = self.reaches.get(user, 0) if user in self.summaries else 0
        return [(number, turn) for number, turn in self._numbered(user) if number > reach]

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
        _, this, _ = self.feelings.get(note.id, (0, None, ""))
        earlier = [entry for entry in self._felt(note.user) if this is None or entry.id != this.id]
        turns = [
            turn
            for (number, _), (user, turn) in self.turns.items()
            if user == note.user and number != note.id
        ]
        return History(
            entries=(*earlier[-399:], *([this] if this else [])),
            turns=tuple(turns[-40:]),
            summary=self.summaries.get(note.user, ("",))[0],
            told=tuple([turn for turn in turns[:-40] if turn.telling][-80:]),
            offered=self._offered(note.user, note.id),
            ratings=tuple(sorted(self.ratings.values(), key=lambda rating: rating.at)),
        )

    def _offered(self, user: int, without: int = 0) -> tuple[tuple[str, datetime], ...]:
        since = self.clock() - timedelta(days=90)
        offered = [
            (exercise, at)
            for number, (whose, exercise, at) in self.suggestions.items()
            if whose == user and number != without and at >= since
        ]
        return tuple(sorted(offered, key=lambda offer: offer[1])[-50:])

    def _felt(self, user: int, since: datetime | None = None) -> list[Entry]:
        """The user's feelings and scores of the last days, oldest first, without curves."""
        since = since or self.clock() - timedelta(days=90)
        felt = [entry for whose, entry, _ in self.feelings.values() if whose == user]
        felt += [entry for (whose, _), entry in self.scores.items() if whose == user]
        late = (replace(entry, curve=()) for entry in felt if entry.at >= since)
        return sorted(late, key=lambda entry: (entry.at, entry.id))

    def _checkin(self, user: int) -> dict[str, Any]:
        self._unbroken()
        names = ("since", "asked_day", "asked_zone", "asked_at", "stopped_at", "crisis_at")
        return self.checkins.get(user, dict.fromkeys(names))

    def _delete(self, doomed: Callable[[str, int, datetime], bool]) -> int:
        """Drop what is doomed by its kind, its user and its time; how many rows that is."""
        dropped = [
            _drop(self.turns, lambda _, row: doomed("words", row[0], row[1].at)),
            _drop(self.summaries, lambda user, row: doomed("words", user, row[1])),
            _drop(self.feelings, lambda _, row: doomed("feelings", row[0], row[1].at)),
            _drop(self.scores, lambda key, row: doomed("feelings", key[0], row.at)),
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
            _drop(self.checkins, lambda user, _: doomed("person", user, self.clock())),
            _drop(self.letter_rows, lambda user, _: doomed("person", user, self.clock())),
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
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


class FakeTranscriber:
    """Says that it heard `words`, unless nothing is to be heard.

    `failing` are raised one call after another before it works again; `seconds` is how long a
    call takes; `ready` is what it tells of itself.
    """

    def __init__(self, words: str = "four two", language: str = "en", name: str = "fake") -> None:
        self.words = words
        self.language = language
        self.name = name
        self.ready = True
        self.failing: list[EngineError] = []
        self.seconds = 0.0
        self.calls: list[tuple[float, str | None]] = []
        """(seconds of sound, hint) of every call."""
        self.warmed = 0

    async def check(self) -> Readiness:
        return Readiness(self.ready, "a fake" if self.ready else "switched off")

    async def warm(self) -> None:
        self.warmed += 1
        if not self.ready:
            raise EngineError("switched off")

    async def transcribe(self, waveform: Waveform, language: str | None) -> Transcript:
        self.calls.append((waveform.seconds, language))
        await asyncio.sleep(self.seconds)
        if self.failing:
            raise self.failing.pop(0)
        if not waveform.samples.size or float(abs(waveform.samples).max()) < 1e-3:
            return Transcript("", None, self.name)
        return Transcript(self.words, self.language, self.name, 0.9)


class FakeRecognizer:
    """Feels `emotion` with `confidence` in everything; the rest is shared by the others."""

    def __init__(self, emotion: Emotion = Emotion.SAD, confidence: float = 0.7) -> None:
        self.emotion = emotion
        self.confidence = confidence
        self.failing: list[EngineError] = []
        self.profiles: list[VoiceProfile | None] = []
        """The voice profile each call was given."""

    async def recognize(self, waveform: Waveform, voice: VoiceProfile | None) -> Feeling:
        self.profiles.append(voice)
        if self.failing:
            raise self.failing.pop(0)
        rest = (1.0 - self.confidence) / (len(Emotion) - 1)
        probabilities = {e: self.confidence if e is self.emotion else rest for e in Emotion}
        moment = Moment(0.0, waveform.seconds, probabilities)
        return Feeling(probabilities, "fake", (moment,), VoiceProfile(1, (waveform.seconds,)))


class FakeExplainer:
    """Finds that the middle of every note decided; `compared` is what it says of the voice."""

    def __init__(self, compared: tuple[Against, ...] | None = None) -> None:
        self.compared = compared
        self.failing: list[EngineError] = []
        self.seconds = 0.0
        """How long a call takes."""
        self.asked: list[tuple[float, Emotion, VoiceProfile | None]] = []
        """(seconds of sound, feeling, usual) of every call."""

    async def explain(
        self, waveform: Waveform, emotion: Emotion, usual: VoiceProfile | None
    ) -> Reasons:
        self.asked.append((waveform.seconds, emotion, usual))
        await asyncio.sleep(self.seconds)
        if self.failing:
            raise self.failing.pop(0)
        frames, mels = round(100 * waveform.seconds), 64
        across, up = np.mgrid[-1 : 1 : frames * 1j, -1 : 1 : mels * 1j]
        middle = np.exp(-8 * (across**2 + up**2)).astype(np.float32)
        hertz = tuple(np.linspace(80, 7500, mels).tolist())
        return Reasons(middle, middle, hertz, 0.0, waveform.seconds, emotion, self.compared)


class FakeCompanion:
    """Replies with `sentences`; `breaks_after` that many its stream dies, politely if it has begun.

    `failing` are raised one call after another before it works again.
    """

    def __init__(self, *sentences: str, name: str = "fake") -> None:
        self.sentences = sentences or ("I hear you.", "That sounds heavy.")
        self.name = name
        self.ready = True
        self.failing: list[EngineError] = []
        self.breaks_after: int | None = None
        self.seconds = 0.0
        """Before each sentence."""
        self.prompts: list[Prompt] = []
        self.closed = 0
        """Replies that came to an end, or were given up by their reader."""

    async def check(self) -> Readiness:
        return Readiness(self.ready, "a fake" if self.ready else "switched off")

    async def warm(self) -> None:
        if not self.ready:
            raise EngineError("switched off")

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Sentence, None]:
        self.prompts.append(prompt)
        if self.failing:
            raise self.failing.pop(0)
        if self.breaks_after == 0:
            raise EngineError("its stream broke off")
        try:
            for text in self.sentences[: self.breaks_after]:
                await asyncio.sleep(self.seconds)
                yield Sentence(text, self.name)
        finally:
            self.closed += 1


class FakeSpeaker:
    """Hums for as long as a text would take to say; `failing` as with the others."""

    def __init__(self, name: str = "fake", languages: Collection[str] | None = None) -> None:
        self.name = name
        self.languages = languages
        """None is every language."""
        self.ready = True
        self.failing: list[EngineError] = []
        self.seconds = 0.0
        """How long a call takes."""
        self.said: list[tuple[str, Manner]] = []

    async def check(self) -> Readiness:
        return Readiness(self.ready, "a fake" if self.ready else "switched off")

    async def warm(self) -> None:
        if not self.ready:
            raise EngineError("switched off")

    async def speak(self, text: str, manner: Manner) -> Utterance:
        self.said.append((text, manner))
        await asyncio.sleep(self.seconds)
        if self.failing:
            raise self.failing.pop(0)
        if self.languages is not None and manner.language not in self.languages:
            raise Declined(f"it has no voice for {manner.language}")
        if not any(char.isalnum() for char in text):
            raise Declined("there is nothing in it to be spoken")
        seconds = (0.3 + 0.06 * len(text)) / manner.rate
        time = np.arange(round(seconds * 16_000), dtype=np.float32) / 16_000
        hum = 0.2 * manner.volume * np.sin(2 * np.pi * 140.0 * 2 ** (manner.pitch / 12) * time)
        return Utterance(Waveform(hum.astype(np.float32)), self.name)


class FakeJukebox:
    """Has one track a genre; `failing` as with the others."""

    def __init__(self) -> None:
        self.failing: list[EngineError] = []
        self.searches: list[MusicSearch] = []

    async def find(self, search: MusicSearch) -> Track:
        self.searches.append(search)
        if self.failing:
            raise self.failing.pop(0)
        link = f"https://open.spotify.com/track/{search.genre}"
        return Track("Loud & <Proud>", "The Fakes", link)


class FakeNoteTaker:
    """Writes `notes` about whatever it is given; `failing` as with the others.

    Where `held` is an event, it writes until that is set.
    """

    def __init__(self, notes: str = "They like tea. Their dog is called Biscuit.") -> None:
        self.notes = notes
        self.failing: list[EngineError] = []
        self.held: asyncio.Event | None = None
        self.asked: list[tuple[str, str]] = []
        """(instruction, material) of every call."""
        self.given_up = 0
        """Calls that ended before the notes did."""

    async def take_notes(self, instruction: str, material: str) -> str:
        self.asked.append((instruction, material))
        if self.failing:
            raise self.failing.pop(0)
        try:
            if self.held is not None:
                await self.held.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return self.notes


class FakeJudge:
    """Gives one verdict on whatever it is shown; `failing` as with the others."""

    def __init__(self, verdict: str = "none") -> None:
        self.verdict = verdict
        self.failing: list[EngineError] = []
        self.shown: list[tuple[str, str]] = []
        """(instruction, words) of every call."""

    async def judge(self, instruction: str, words: str) -> str:
        self.shown.append((instruction, words))
        if self.failing:
            raise self.failing.pop(0)
        return self.verdict
