"""Made-up users with hidden tastes, and the days they live through. It recommends nothing.

Nothing here is measured on people: it is a world in which the truth is known, so that a ranking
can be held against it. What helps whom is a sum, on the log-odds scale, of what the exercise is
meant for, how good it is, what the user's taste group likes, and what only this user likes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from pipeline.catalogue import Daypart, Exercise, Kind
from pipeline.mood import read_mood
from pipeline.values import Emotion, Entry, History, Mood, NoteKind

EMOTIONS = tuple(Emotion)
START = datetime(2026, 1, 5, tzinfo=UTC)
HOURS = (7, 9, 12, 15, 18, 20, 22, 23)
"""When people write."""
MEMORY = 8
"""Feelings of a user's past that the mood is read from."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class World:
    """How a society is; every spread is a standard deviation in log-odds."""

    users: int = 120
    notes: int = 40
    """Of each user."""
    days: int = 60
    """Over which users join."""
    groups: int = 5
    meant: float = 0.9
    """What it adds to the odds that an exercise is meant for the feeling, and leads the right way;
    0 where the published sources tell nothing of these users."""
    quality: float = 0.4
    """How unequal the exercises are for everybody, and again for each feeling."""
    group_taste: float = 0.9
    """How far a group's liking of a kind is from everybody's, and half as far for each feeling."""
    own_taste: float = 0.5
    """How far a person's liking is from their group's, by kind and again by exercise."""
    boredom: float = 1.0
    """How much less helps what was done just now; gone after a few days."""
    base: float = -0.6
    rated: float = 0.55
    """Share of suggestions that are rated at all."""
    slips: float = 0.08
    """Share of ratings that say the opposite."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One note for which something is suggested, and the luck that any suggestion would meet."""

    number: int
    user: int
    nth: int
    """Which of the user's own notes this is, from 0."""
    at: datetime
    feels: Emotion
    mood: Mood
    """As the bot reads it; not always what the user feels."""
    asked: bool
    chance: tuple[float, float, float]
    """Uniform: does it help, is it rated, does the rating slip."""


@dataclass(frozen=True, slots=True, eq=False)
class Society:
    """Users, what they like, and all their visits in the order of time."""

    world: World
    exercises: Sequence[Exercise]
    taste: Floats
    """Log-odds of helping, (users, exercises, feelings)."""
    timely: Floats
    """What the part of the day adds, (exercises, dayparts)."""
    visits: Sequence[Visit]
    place: dict[str, int] = field(repr=False)
    """Where an exercise's key stands in the arrays."""

    def chance_of_help(self, visit: Visit, key: str, last: datetime | None) -> float:
        """The hidden truth; `last` is when the user was offered the same before."""
        row = self.place[key]
        odds = self.taste[visit.user, row, EMOTIONS.index(visit.feels)]
        odds += self.timely[row, list(Daypart).index(Daypart.of(visit.at))]
        if last is not None:
            odds -= self.world.boredom * np.exp(-(visit.at - last) / timedelta(days=3))
        return float(1 / (1 + np.exp(-odds)))


def make(world: World, exercises: Sequence[Exercise], seed: int) -> Society:
    """The same society for the same seed."""
    chance = np.random.default_rng([seed, world.users, world.groups])
    return Society(
        world=world,
        exercises=exercises,
        taste=_tastes(world, exercises, chance),
        timely=np.array(
            [[0.3 * (part in one.times) for part in Daypart] for one in exercises], dtype=float
        ),
        visits=_visits(world, chance),
        place={one.key: row for row, one in enumerate(exercises)},
    )


def _tastes(world: World, exercises: Sequence[Exercise], chance: np.random.Generator) -> Floats:
    users, items, feelings = world.users, len(exercises), len(EMOTIONS)
    kinds = np.array([list(Kind).index(one.kind) for one in exercises])
    group = chance.integers(world.groups, size=users)
    spread = chance.normal
    shared = spread(0, world.quality, (items, 1)) + spread(0, world.quality, (items, feelings))
    by_group = spread(0, world.group_taste, (world.groups, len(Kind), 1))
    by_group = by_group + spread(0, world.group_taste / 2, (world.groups, len(Kind), feelings))
    own = spread(0, world.own_taste, (users, len(Kind), 1))[:, kinds]
    own = own + spread(0, world.own_taste, (users, items, 1))
    return world.base + world.meant * _meant(exercises) + shared + by_group[group][:, kinds] + own


def _meant(exercises: Sequence[Exercise]) -> Floats:
    """What the sources promise: (exercises, feelings), about −1 … 1."""
    eases = [[1.0 if feeling in one.eases else -0.5 for feeling in EMOTIONS] for one in exercises]
    leads = [[-one.arousal * feeling.affect.arousal for feeling in EMOTIONS] for one in exercises]
    return np.array(eases) + 0.5 * np.array(leads)


def _visits(world: World, chance: np.random.Generator) -> list[Visit]:
    visits = [visit for user in range(world.users) for visit in _life(user, world, chance)]
    visits.sort(key=lambda visit: (visit.at, visit.user))
    return [
        Visit(number, one.user, one.nth, one.at, one.feels, one.mood, one.asked, one.chance)
        for number, one in enumerate(visits)
    ]


def _life(user: int, world: World, chance: np.random.Generator) -> list[Visit]:
    """One user's visits: they join one day, write every day or so, and some stay away for weeks."""
    at = START + timedelta(days=float(chance.uniform(0, world.days)))
    home = chance.dirichlet([1.0, 0.8, 1.0, 2.2, 1.2, 2.0, 0.6, 0.6])
    feels = int(chance.choice(len(EMOTIONS), p=home))
    entries: list[Entry] = []
    visits: list[Visit] = []
    while len(visits) < world.notes:
        feels = _next_feeling(feels, home, chance)
        at = _next_time(at, chance)
        entries = [*entries, _heard(len(entries), feels, at, chance)][-MEMORY:]
        mood = read_mood(History(entries=tuple(entries)), at)
        asked = bool(chance.random() < 0.25)
        if mood is not None and (asked or mood.now.valence < -0.2):
            luck = (float(chance.random()), float(chance.random()), float(chance.random()))
            visits.append(Visit(0, user, len(visits), at, EMOTIONS[feels], mood, asked, luck))
    return visits


def _next_feeling(feels: int, home: Floats, chance: np.random.Generator) -> int:
    """A Markov chain: feelings last, change to near ones rather than to far, and come home."""
    here = EMOTIONS[feels].affect
    near = np.array(
        [
            np.exp(
                -((here.valence - e.affect.valence) ** 2) - (here.arousal - e.affect.arousal) ** 2
            )
            for e in EMOTIONS
        ]
    )
    drawn = home * (0.2 + near)
    stays = 0.45 * np.eye(len(EMOTIONS))[feels] + 0.55 * drawn / drawn.sum()
    return int(chance.choice(len(EMOTIONS), p=stays))


def _next_time(at: datetime, chance: np.random.Generator) -> datetime:
    away = chance.uniform(14, 40) if chance.random() < 0.04 else chance.lognormal(-0.1, 0.7)
    later = at + timedelta(days=float(away))
    hour = later.replace(hour=int(chance.choice(HOURS)))
    return hour if hour - at > timedelta(hours=3) else hour + timedelta(days=1)


def _heard(number: int, feels: int, at: datetime, chance: np.random.Generator) -> Entry:
    """What a recogniser that is right about two times in three makes of a feeling.

    One user in seven corrects it.
    """
    evidence = chance.normal(0, 1, len(EMOTIONS)) + 2.2 * np.eye(len(EMOTIONS))[feels]
    share = np.exp(evidence) / np.exp(evidence).sum()
    guess = {emotion: float(p) for emotion, p in zip(EMOTIONS, share, strict=True)}
    corrected = EMOTIONS[feels] if chance.random() < 0.15 else None
    return Entry(number, at, NoteKind.VOICE, guess, corrected)
