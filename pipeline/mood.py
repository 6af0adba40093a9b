"""How somebody is, read from the feelings they left behind. Pure, and no judgement of the person.

Every remembered feeling becomes an observation that weighs by where it comes from (what the user
said of themselves more than any guess, a confident guess more than a doubtful one) and by its
age. The prompt, the chart and the explanation all read the one `Mood` that comes out.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pipeline.values import (
    Affect,
    Emotion,
    Entry,
    History,
    Moment,
    Mood,
    Probabilities,
    expected_affect,
)

CORRECTION_WEIGHT = 4.0
SCORE_WEIGHT = 2.0
"""A check-in's answer is the user's own word, but says nothing of which feeling it was."""
LEAST_GUESS_WEIGHT = 0.02
NOW_HALF_LIFE = timedelta(hours=2)
USUAL_HALF_LIFE = timedelta(days=21)
SETTLED = timedelta(hours=6)
"""Younger feelings are part of now, not of the usual."""
USUAL_ENTRIES, USUAL_DAYS = 5, 3
"""Fewer entries, or on fewer days, are not yet a usual."""
TREND_DAYS = 7
LOW = -0.25
"""Valence under which a day has been low."""
SHIFT = 0.7
"""Least distance from the usual, on the circumplex, that can be a sudden shift."""
TURN_CONFIDENCE = 0.4
"""Mean probability each of the two feelings must reach in its part of a note."""
SATURATION = 0.15
"""Weight of evidence that halves the doubt."""


@dataclass(frozen=True, slots=True)
class _Observation:
    """One remembered feeling, by what it says and how much that counts before ageing."""

    id: int
    at: datetime
    probabilities: Probabilities
    affect: Affect
    weight: float


def read_mood(history: History, now: datetime) -> Mood | None:
    """The mood at `now` (aware; its zone tells where days begin); None where nothing is known."""
    observations = [seen for entry in history.entries for seen in _observations(entry)]
    if not observations:
        return None
    fresh = [seen.weight * _ageing(seen.at, now, NOW_HALF_LIFE) for seen in observations]
    newest = max(seen.at for seen in observations)
    # Weights relative to the newest feeling keep old histories from vanishing to zero.
    weights = [seen.weight * _ageing(seen.at, newest, NOW_HALF_LIFE) for seen in observations]
    pooled = _pooled(observations, weights)
    emotion = max(pooled, key=pooled.__getitem__)
    affect = _mean_affect(observations, weights)
    certainty = pooled[emotion] * (1 - 2 ** (-sum(fresh) / SATURATION))
    usual, spread = _usual(observations, newest)
    days = _valence_by_day(observations, now)
    return Mood(
        now=affect,
        emotion=emotion,
        certainty=min(1.0, certainty),
        usual=usual,
        trend=_trend(days, now.date()),
        shifted=usual is not None
        and certainty >= 0.35
        and _distance(affect, usual) > max(SHIFT, 2 * spread),
        low_days=_low_days(days, now.date()),
        turned=_turned(max(history.entries, key=lambda entry: entry.at)),
        evidence=_evidence(observations, weights),
    )


def whole_day(entries: Iterable[Entry]) -> tuple[float, Probabilities] | None:
    """One day's mean valence, as the trend reads it, and how likely each feeling was in it.

    Every feeling counts by where it comes from, and none by its age. None where nothing is known.
    """
    seen = [one for entry in entries for one in _observations(entry)]
    if not seen:
        return None
    weights = [one.weight for one in seen]
    return _mean_affect(seen, weights).valence, _pooled(seen, weights)


def _observations(entry: Entry) -> Iterable[_Observation]:
    if entry.correction is not None:
        certain = {emotion: float(emotion is entry.correction) for emotion in Emotion}
        affect = entry.correction.affect
        yield _Observation(entry.id, entry.at, certain, affect, CORRECTION_WEIGHT)
    elif entry.probabilities:
        confidence = max(entry.probabilities.values())
        chance = 1 / len(Emotion)
        weight = max(LEAST_GUESS_WEIGHT, (confidence - chance) / (1 - chance))
        affect = expected_affect(entry.probabilities)
        yield _Observation(entry.id, entry.at, entry.probabilities, affect, weight)
    if entry.score is not None:
        valence = (min(5, max(1, entry.score)) - 3) / 2
        likely = _likely_at(valence)
        yield _Observation(entry.id, entry.at, likely, Affect(valence, 0.0), SCORE_WEIGHT)


def _likely_at(valence: float) -> Probabilities:
    """A score tells how pleasant, not which feeling: every feeling near that valence is likely."""
    nearness = {
        emotion: math.exp(-4 * abs(emotion.affect.valence - valence)) for emotion in Emotion
    }
    total = sum(nearness.values())
    return {emotion: near / total for emotion, near in nearness.items()}


def _ageing(at: datetime, now: datetime, half_life: timedelta) -> float:
    """1 for now (and for clocks that run ahead), a half after each half-life."""
    return math.exp2(-(max(timedelta(), now - at) / half_life))


def _pooled(observations: Sequence[_Observation], weights: Sequence[float]) -> Probabilities:
    total = sum(weights)
    return {
        emotion: sum(
            weight * seen.probabilities.get(emotion, 0.0)
            for seen, weight in zip(observations, weights, strict=True)
        )
        / total
        for emotion in Emotion
    }


def _mean_affect(observations: Sequence[_Observation], weights: Sequence[float]) -> Affect:
    pairs = list(zip(observations, weights, strict=True))
    total = sum(weights)
    return Affect(
        sum(weight * seen.affect.valence for seen, weight in pairs) / total,
        sum(weight * seen.affect.arousal for seen, weight in pairs) / total,
    )


def _usual(observations: Sequence[_Observation], newest: datetime) -> tuple[Affect | None, float]:
    """The slow mean of what lies before this conversation, and its spread on the circumplex."""
    settled = [seen for seen in observations if newest - seen.at > SETTLED]
    known = {seen.id for seen in settled}
    if len(known) < USUAL_ENTRIES or len({seen.at.date() for seen in settled}) < USUAL_DAYS:
        return None, 0.0
    weights = [seen.weight * _ageing(seen.at, newest, USUAL_HALF_LIFE) for seen in settled]
    usual = _mean_affect(settled, weights)
    squares = (_distance(seen.affect, usual) ** 2 for seen in settled)
    variance = sum(w * d for w, d in zip(weights, squares, strict=True)) / sum(weights)
    return usual, math.sqrt(variance)


def _distance(a: Affect, b: Affect) -> float:
    return math.hypot(a.valence - b.valence, a.arousal - b.arousal)


def _valence_by_day(observations: Iterable[_Observation], now: datetime) -> Mapping[date, float]:
    """Mean valence of each day of the user's own calendar."""
    days: dict[date, list[_Observation]] = {}
    for seen in observations:
        days.setdefault(min(seen.at, now).astimezone(now.tzinfo).date(), []).append(seen)
    return {
        day: _mean_affect(seen, [one.weight for one in seen]).valence for day, seen in days.items()
    }


def _trend(days: Mapping[date, float], today: date) -> float:
    """Least-squares slope of the last days' valence; 0 where fewer than three are known."""
    points = [
        (-age, valence) for day, valence in days.items() if (age := (today - day).days) < TREND_DAYS
    ]
    if len(points) < 3:
        return 0.0
    middle = sum(x for x, _ in points) / len(points)
    return sum((x - middle) * y for x, y in points) / sum((x - middle) ** 2 for x, _ in points)


def _low_days(days: Mapping[date, float], today: date) -> int:
    """Low days in a row up to today; one silent day between two does not end the row."""
    low, silent, day = 0, 0, today
    if today not in days:
        return 0
    while silent < 2:
        valence = days.get(day)
        if valence is None:
            silent += 1
        elif valence >= LOW:
            break
        else:
            low, silent = low + 1, 0
        day -= timedelta(days=1)
    return low


def _turned(entry: Entry) -> tuple[Emotion, Emotion] | None:
    """From what to what the voice changed between the first and the last third of a note."""
    if entry.correction is not None or len(entry.curve) < 3:
        return None
    third = max(1, len(entry.curve) // 3)
    (before, sure), (after, surer) = map(_leading, (entry.curve[:third], entry.curve[-third:]))
    if before is after or min(sure, surer) < TURN_CONFIDENCE:
        return None
    return before, after


def _leading(moments: Sequence[Moment]) -> tuple[Emotion, float]:
    """The likeliest emotion of some windows, and its mean probability."""
    means = {
        emotion: sum(moment.probabilities.get(emotion, 0.0) for moment in moments) / len(moments)
        for emotion in Emotion
    }
    emotion = max(means, key=means.__getitem__)
    return emotion, means[emotion]


def _evidence(observations: Sequence[_Observation], weights: Sequence[float]) -> tuple[int, ...]:
    """Ids of the entries that carry at least a twentieth of what is said of now, oldest first."""
    share = sum(weights) / 20
    heavy = (seen.id for seen, weight in zip(observations, weights, strict=True) if weight >= share)
    return tuple(dict.fromkeys(heavy))
