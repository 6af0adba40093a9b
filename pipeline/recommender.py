"""Which one small thing to suggest, whether it is the time for one, and why, told honestly.

A hybrid, pure and reproducible under its seed. Content (feeling, arousal, time of day, length)
says how likely an exercise is to help before anybody has tried it. What helped people who felt
alike moves that, shrunk towards it while ratings are few. The user's own ratings move it most.
One draw from the resulting Beta of each exercise (Thompson, 1933) explores what is still
uncertain and settles as ratings come in.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.catalogue import Condition, Daypart, Exercise, Kind, State, Texts
from pipeline.values import Affect, Emotion, History, Mood, Rating, Suggestion

PRIOR = 4.0
"""Pseudo-ratings that the content's estimate stands for."""
CROWD = 6.0
"""Most pseudo-ratings that everybody together may stand for: own taste stays able to win."""
OWN = 3.0
"""Pseudo-ratings that one rating of the user's own stands for."""
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
    """Estimated probability of helping, 0 … 1."""


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
    """All that may be offered, best first; whatever its `avoid` shuns is not among them."""
    allowed = [
        exercise
        for exercise in sorted(exercises, key=lambda exercise: exercise.key)
        if exercise.key not in occasion.without
        and (not occasion.kinds or exercise.kind in occasion.kinds)
        and not exercise.avoid & conditions(mood, occasion.at)
    ]
    rested = [exercise for exercise in allowed if _is_rested(exercise, history, occasion)]
    estimate = estimator(mood, history, occasion)
    chance = random.Random(f"{occasion.seed} {occasion.user}")
    ranked = []
    for exercise in rested or allowed:
        helped, unhelped = estimate(exercise)
        draw = chance.betavariate(helped, unhelped)
        score = draw * _novelty(exercise, history, occasion.at)
        ranked.append(Ranked(exercise, score, helped / (helped + unhelped)))
    return sorted(ranked, key=lambda one: -one.score)


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


def _is_rested(exercise: Exercise, history: History, occasion: Occasion) -> bool:
    if any(key == exercise.key and occasion.at - at < REST for key, at in history.offered):
        return False
    own = [one for one in _of(history.ratings, exercise.key) if one.user == occasion.user]
    last = max(own, key=lambda rating: rating.at, default=None)
    return last is None or last.helped or occasion.at - last.at >= SULK


def _novelty(exercise: Exercise, history: History, at: datetime) -> float:
    """1 for what was not offered lately, down to a half for what was offered just now."""
    ages = [
        max(timedelta(), at - offered) for key, offered in history.offered if key == exercise.key
    ]
    return 1.0 - 0.5 * max((max(0.0, 1 - age / STALE) for age in ages), default=0.0)


def content_fit(exercise: Exercise, mood: Mood | None, at: datetime) -> float:
    """How well an exercise fits by what it is alone, 0 … 1."""
    daypart = Daypart.of(at)
    timely = 0.5 if not exercise.times else float(daypart in exercise.times)
    if mood is None:
        return 0.35 + 0.2 * timely
    near = max(_alike(mood.emotion, eased) for eased in exercise.eases)
    sure = min(1.0, mood.certainty / 0.8)
    feeling = sure * near + (1 - sure) * 0.5
    # A stirred body wants calming, a still one wants waking; a body at rest is content with both.
    wanted = -mood.now.arousal
    led = 0.5 + 0.5 * wanted * exercise.arousal
    brief = 1.0 - abs(mood.now.arousal) * max(0.0, min(1.0, (exercise.seconds - 90) / 180))
    return 0.1 + 0.8 * (0.5 * feeling + 0.25 * led + 0.15 * timely + 0.1 * brief)


def estimator(
    mood: Mood | None, history: History, occasion: Occasion
) -> Callable[[Exercise], tuple[float, float]]:
    """From an exercise to its Beta (pseudo-ratings that it helped, that it did not)."""
    by_exercise: dict[str, list[Rating]] = defaultdict(list)
    for rating in history.ratings:
        by_exercise[rating.exercise].append(rating)
    trust = _trust(history.ratings, occasion.user)
    emotion = mood.emotion if mood is not None else None

    def estimate(exercise: Exercise) -> tuple[float, float]:
        fit = content_fit(exercise, mood, occasion.at)
        helped, total = PRIOR * fit, PRIOR
        own_helped = own_total = 0.0
        for rating in by_exercise[exercise.key]:
            weight = _alike(emotion, rating.emotion)
            if rating.user == occasion.user:
                own_helped += OWN * weight * rating.helped
                own_total += OWN * weight
            else:
                helped += weight * trust[rating.user] * rating.helped
                total += weight * trust[rating.user]
        held = min(total, CROWD)
        return (
            held * helped / total + own_helped,
            held * (1 - helped / total) + own_total - own_helped,
        )

    return estimate


def _alike(one: Emotion | None, other: Emotion | None) -> float:
    """1 for the same feeling, falling with distance on the circumplex; a half where unknown."""
    if one is None or other is None:
        return 0.5
    apart = _square(one.affect, other.affect)
    return 1.0 if one is other else max(0.05, 0.9 - apart)


def _square(one: Affect, other: Affect) -> float:
    return (one.valence - other.valence) ** 2 + (one.arousal - other.arousal) ** 2


def _trust(ratings: Iterable[Rating], user: int) -> Mapping[int, float]:
    """How far each rater's taste agrees with the user's, 0 … 2; 1 where nothing is known."""
    liking: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for rating in ratings:
        liking[rating.user][rating.exercise] += 1.0 if rating.helped else -1.0
    own = liking[user]
    trust = {}
    for rater, liked in liking.items():
        shared = [own[key] * liked[key] for key in own.keys() & liked.keys()]
        agreed, differed = (sum(x > 0 for x in shared), sum(x < 0 for x in shared))
        trust[rater] = 2 * (agreed + 1) / (agreed + differed + 2)
    return trust


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
        if one.user != occasion.user and _alike(mood.emotion, one.emotion) >= 0.6
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
