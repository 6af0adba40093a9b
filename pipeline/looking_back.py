"""What is known of somebody's last days, day by day, and the words for it. Pure.

The picture and the weekly letter both look back through here, with the weights of `mood.py`, so
neither says more than the other knows. Days are those of the user's own calendar. A day of which
nothing is known is not there at all, and nothing is put in its place.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from pipeline.catalogue import Texts
from pipeline.mood import whole_day
from pipeline.values import Emotion, Entry

SPANS = (7, 30, 90)
"""Days that a picture may show."""
LOW, BRIGHT = -0.25, 0.3
"""Mean valence of the days that is worth a word."""
APART = 0.45
"""Standard deviation of the days' valence from which they were mixed."""
COURSE = 0.25
"""Difference of valence between the earlier and the later days that is worth a word."""
COURSE_DAYS = 4
"""Fewer known days show no course."""
CLEAR = 0.4
"""Least probability of a feeling that is named."""


class Level(StrEnum):
    """How the days were on the whole."""

    LOW = "low"
    EVEN = "even"
    BRIGHT = "bright"
    MIXED = "mixed"


class Course(StrEnum):
    """Where the days led."""

    RISING = "rising"
    SINKING = "sinking"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of which something is known."""

    day: date
    valence: float
    """Mean of the day, −1 (unpleasant) … +1 (pleasant)."""
    lowest: float
    """Valence, as `highest`: the day's own range."""
    highest: float
    emotion: Emotion | None
    """The likeliest feeling; None where none is clear, or there is a check-in's answer alone."""
    corrected: bool = False
    """The user said themselves what they felt, at least once."""
    score: int | None = None
    """The check-in's answer, 1 (very low) … 5 (very good); the day's last."""


@dataclass(frozen=True, slots=True)
class LookBack:
    """A span of days, and those of them that are known."""

    first: date
    last: date
    """Today, by the user's own clock."""
    days: tuple[Day, ...]
    """Oldest first."""

    @property
    def span(self) -> int:
        """How many days there are, known or not."""
        return (self.last - self.first).days + 1

    @property
    def level(self) -> Level | None:
        """None where nothing is known."""
        if not self.days:
            return None
        valences = [one.valence for one in self.days]
        mean = _mean(valences)
        if _mean([(one - mean) ** 2 for one in valences]) ** 0.5 >= APART:
            return Level.MIXED
        if mean <= LOW:
            return Level.LOW
        return Level.BRIGHT if mean >= BRIGHT else Level.EVEN

    @property
    def course(self) -> Course | None:
        """The later half of the known days against the earlier; None where they are much alike."""
        if len(self.days) < COURSE_DAYS:
            return None
        valences = [one.valence for one in self.days]
        half = len(valences) // 2
        change = _mean(valences[-half:]) - _mean(valences[:half])
        if abs(change) < COURSE:
            return None
        return Course.RISING if change > 0 else Course.SINKING


def begins(now: datetime, span: int) -> datetime:
    """Midnight before the first of `span` days, on the clock of `now` (aware)."""
    first = now.date() - timedelta(days=span - 1)
    return datetime.combine(first, time(), tzinfo=now.tzinfo)


def look_back(entries: Iterable[Entry], now: datetime, span: int) -> LookBack:
    """The last `span` days up to `now`, which is aware and tells by its zone where days begin."""
    first, last = begins(now, span).date(), now.date()
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda one: one.at):
        by_day[min(entry.at, now).astimezone(now.tzinfo).date()].append(entry)
    days = (_day(day, felt) for day, felt in sorted(by_day.items()) if first <= day <= last)
    return LookBack(first, last, tuple(one for one in days if one is not None))


def caption(look: LookBack, texts: Texts) -> str:
    """What the picture shows, in a sentence or two; it stands for those who do not see it."""
    span = {"first": look.first.isoformat(), "last": look.last.isoformat()}
    if not look.days:
        return texts("mood.nothing", **span)
    if len(look.days) == 1:
        what = texts("mood.one_day", **span, day=look.days[0].day.isoformat())
    else:
        what = texts("mood.shows", **span, known=len(look.days), span=look.span)
    course = "" if look.course is None else texts(f"mood.course.{look.course}")
    return " ".join(filter(None, (what, texts(f"mood.level.{look.level}"), course)))


def _day(day: date, entries: Sequence[Entry]) -> Day | None:
    whole = whole_day(entries)
    if whole is None:
        return None
    single = [read[0] for one in entries if (read := whole_day([one])) is not None]
    scores = [one.score for one in entries if one.score is not None]
    return Day(
        day=day,
        valence=whole[0],
        lowest=min(single),
        highest=max(single),
        emotion=_clearest(entries),
        corrected=any(one.correction is not None for one in entries),
        score=scores[-1] if scores else None,
    )


def _clearest(entries: Iterable[Entry]) -> Emotion | None:
    """The day's feeling; a check-in's answer says nothing of which one it was."""
    read = whole_day(replace(one, score=None) for one in entries)
    if read is None:
        return None
    emotion = max(read[1], key=read[1].__getitem__)
    return emotion if read[1][emotion] >= CLEAR else None


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
