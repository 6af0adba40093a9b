"""Which one small thing to suggest, whether it is the time for one, and why, told honestly.

A hybrid, pure and reproducible under its seed. Content (feeling, arousal, time of day, length)
says how likely an exercise is to help before anybody has tried it; ratings, everybody's and the
user's own, move that (taste.py says how far). One joint draw around the estimates, damped
(Thompson, 1933; Chapelle and Li, 2011), explores what is still uncertain and settles as ratings
come in. docs/recommender.md measures it against simpler ways.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from pipeline.catalogue import Condition, Daypart, Exercise, Kind, State, Texts
from pipeline.taste import Asking, alike, believe
from pipeline.values import Emotion, History, Mood, Rating, Suggestion

EXPLORING = 0.1
"""How far a draw strays from the estimate, in its standard deviations: people have few evenings to
spend on trying, so it is little."""
LEAST = 0.02
"""Nothing is sure to help, or sure not to."""
SAMENESS = 0.25
"""Share of its score that an exercise loses when it was offered just now."""
PATIENCE = timedelta(hours=2)
"""Least time between two suggestions that nobody asked for."""
REST = timedelta(days=1)
"""An exercise offered within this time is passed over while there are others."""
SULK = timedelta(days=3)
"""An exercise that did not help is passed over for this long while there are others."""
STALE = timedelta(days=7)
"""Time after which an offered exercise counts as fresh again."""
NOTICE = 0.35
"""Least certainty of a mood that is acted upon."""
UNPLEASANT, PLEASANT = -0.2, 0.35
STIRRED, STILL = 0.4, -0.35
LASTING = 3
"""Low days in a row that make a low a lasting one."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """When, for whom and in which words a suggestion is made."""

    at: datetime
    """Aware, in the user's own zone where it is known."""
    user: int
    texts: Texts
    seed: int
    """The same occasion with the same seed gives the same suggestion."""
    asked: bool = False
    """The user asked for something to do: it is always the time for one."""
    kinds: frozenset[Kind] = frozenset()
    """Only these; empty for any."""
    without: frozenset[str] = frozenset()
    """Keys already turned down by "another one"."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One exercise with how likely it is to help, and from where that is known."""

    exercise: Exercise
    score: float
    """What the ranking goes by: a draw around `mean`, lowered for what is not new."""
    mean: float
    """Estimated probability of helping."""


def suggest(
    exercises: Sequence[Exercise], mood: Mood | None, history: History, occasion: Occasion
) -> Suggestion | None:
    """The one to offer now; None where it is not the time for one, or nothing fits."""
    if not occasion.asked and not _is_time(mood, history, occasion.at):
        return None
    ranked = rank(exercises, mood, history, occasion)
    if not ranked:
        return None
    best = ranked[0].exercise
    return Suggestion(
        key=best.key,
        title=best.title(occasion.texts),
        invitation=best.invitation(occasion.texts),
        seconds=best.seconds,
        reason=_reason(best, mood, history, occasion),
    )


def rank(
    exercises: Sequence[Exercise], mood: Mood | None, history: History, occasion: Occasion
) -> list[Ranked]:
    """All that may be offered, best first."""
    shelf = sorted(exercises, key=lambda exercise: exercise.key)
    felt, certainty = (None, 0.0) if mood is None else (mood.emotion, mood.certainty)
    asking = Asking(occasion.user, felt, certainty)
    belief = believe(shelf, history.ratings, asking, _usual_fit)
    offered = candidates(shelf, mood, history, occasion)
    place = {one.key: number for number, one in enumerate(shelf)}
    places = [place[one.key] for one in offered]
    fits = np.array([content_fit(one, mood, occasion.at) for one in offered])
    means = np.clip(fits + belief.mean[places], LEAST, 1 - LEAST)
    doubt = np.linalg.cholesky(belief.covariance[np.ix_(places, places)])
    chance = random.Random(f"{occasion.seed} {occasion.user}")
    strays = EXPLORING * doubt @ [chance.gauss(0, 1) for _ in offered]
    draws = np.clip(means + strays, 0.0, 1.0)
    ranked = [
        Ranked(one, draw * _novelty(one, history, occasion.at), mean)
        for one, draw, mean in zip(offered, draws.tolist(), means.tolist(), strict=True)
    ]
    return sorted(ranked, key=lambda one: -one.score)


def candidates(
    exercises: Sequence[Exercise], mood: Mood | None, history: History, occasion: Occasion
) -> list[Exercise]:
    """All that may be offered, by key; whatever its `avoid` shuns is not among them."""
    holding = conditions(mood, occasion.at)
    if occasion.kinds == {Kind.SLEEP}:
        holding -= frozenset(Daypart)  # who asks for sleep by day sleeps by day
    allowed = [
        exercise
        for exercise in sorted(exercises, key=lambda exercise: exercise.key)
        if exercise.key not in occasion.without
        and (not occasion.kinds or exercise.kind in occasion.kinds)
        and not exercise.avoid & holding
    ]
    tired = _tired(history, occasion)
    return [exercise for exercise in allowed if exercise.key not in tired] or allowed


def conditions(mood: Mood | None, at: datetime) -> frozenset[Condition]:
    """What holds at this moment, of all that an exercise could shun."""
    holding: set[Condition] = {Daypart.of(at)}
    if mood is None:
        return frozenset(holding)
    if mood.certainty >= NOTICE:
        holding.add(mood.emotion)
    states = {
        State.STIRRED: mood.now.arousal > STIRRED,
        State.STILL: mood.now.arousal < STILL,
        State.LOW: mood.now.valence < UNPLEASANT,
        State.LASTING_LOW: mood.low_days >= LASTING,
        State.BRIGHT: mood.now.valence > PLEASANT,
    }
    return frozenset(holding | {state for state, holds in states.items() if holds})


def _is_time(mood: Mood | None, history: History, at: datetime) -> bool:
    """Something weighs on the user, it is clear enough, and nothing was offered just now."""
    if mood is None or mood.certainty < NOTICE:
        return False
    if any(at - offered < PATIENCE for _, offered in history.offered):
        return False
    return mood.now.valence < UNPLEASANT or (
        mood.now.arousal > STIRRED and mood.now.valence < PLEASANT
    )


def _tired(history: History, occasion: Occasion) -> frozenset[str]:
    """Keys of what was offered just now, or did not help the last time."""
    own = [rating for rating in history.ratings if rating.user == occasion.user]
    last = {one.exercise: one for one in sorted(own, key=lambda rating: rating.at)}
    return frozenset(
        {key for key, at in history.offered if occasion.at - at < REST}
        | {key for key, one in last.items() if not one.helped and occasion.at - one.at < SULK}
    )


def _novelty(exercise: Exercise, history: History, at: datetime) -> float:
    """1 for what was not offered lately, less for what was offered just now."""
    ages = [
        max(timedelta(), at - offered) for key, offered in history.offered if key == exercise.key
    ]
    return 1.0 - SAMENESS * max((max(0.0, 1 - age / STALE) for age in ages), default=0.0)


def content_fit(exercise: Exercise, mood: Mood | None, at: datetime) -> float:
    """How well an exercise fits by what it is alone, 0 … 1."""
    return _fit(exercise, mood, float(Daypart.of(at) in exercise.times) if exercise.times else 0.5)


def _fit(exercise: Exercise, mood: Mood | None, timely: float) -> float:
    if mood is None:
        return 0.35 + 0.2 * timely
    near = max(alike(mood.emotion, eased) for eased in exercise.eases)
    sure = min(1.0, mood.certainty / 0.8)
    feeling = sure * near + (1 - sure) * 0.5
    # A stirred body wants calming, a still one wants waking; a body at rest is content with both.
    wanted = -mood.now.arousal
    led = 0.5 + 0.5 * wanted * exercise.arousal
    brief = 1.0 - abs(mood.now.arousal) * max(0.0, min(1.0, (exercise.seconds - 90) / 180))
    return 0.1 + 0.8 * (0.5 * feeling + 0.25 * led + 0.15 * timely + 0.1 * brief)


def _usual_fit(exercise: Exercise, emotion: Emotion | None) -> float:
    """How well it fits a feeling at no particular time."""
    mood = None if emotion is None else Mood(now=emotion.affect, emotion=emotion, certainty=1.0)
    return _fit(exercise, mood, 0.5)


def _of(ratings: Iterable[Rating], key: str) -> list[Rating]:
    return [rating for rating in ratings if rating.exercise == key]


def _reason(exercise: Exercise, mood: Mood | None, history: History, occasion: Occasion) -> str:
    """The strongest thing that is true of this choice; empty where there is none."""
    texts = occasion.texts
    ratings = _of(history.ratings, exercise.key)
    own = [one for one in ratings if one.user == occasion.user]
    last = max(own, key=lambda rating: rating.at, default=None)
    if last is not None and last.helped:
        return _remembered(last.at, occasion)
    if mood is None or mood.certainty < NOTICE:
        return ""
    others = [
        one
        for one in ratings
        if one.user != occasion.user
        and one.emotion is not None
        and alike(mood.emotion, one.emotion) >= 0.6
    ]
    if len({one.user for one in others}) >= 3 and sum(one.helped for one in others) > 0.6 * len(
        others
    ):
        return texts("reason.helped_others")
    if mood.emotion in exercise.eases and mood.now.valence < UNPLEASANT:
        return texts(f"reason.eases.{mood.emotion}")
    return ""


def _remembered(at: datetime, occasion: Occasion) -> str:
    """When it last helped, as one would say it."""
    texts = occasion.texts
    local = at.astimezone(occasion.at.tzinfo)
    days = (occasion.at.date() - local.date()).days
    if days <= 0:
        return texts("reason.helped_today")
    if days == 1:
        return texts("reason.helped_yesterday")
    if days < 7:
        return texts.many("reason.helped_weekday")[local.weekday()]
    return texts("reason.helped_before")
