"""What a check-in asks: a short question that knows the last days. Pure, and never a reproach.

A question is a greeting of the hour and one of a few wordings for how the last days were. Neither
holds anything of one person alone, so many who are asked at one hour are asked in the same words,
which are spoken once for all of them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.catalogue import Daypart, Texts
from pipeline.values import Entry, Mood

LATELY = timedelta(days=3)
"""Older feelings say nothing of the last days."""
LOW, BRIGHT = -0.25, 0.35
"""Valence of the last days that is worth a word."""
SLOPE = 0.06
"""Valence a day that is worth a word."""
LASTING = 2
"""Low days in a row that are worth a word."""


class Days(StrEnum):
    """How the last days were, as far as a question may know."""

    PLAIN = "plain"
    """Little is known, or nothing stands out."""
    LOW = "low"
    LASTING_LOW = "lasting_low"
    RISING = "rising"
    SINKING = "sinking"
    BRIGHT = "bright"
    CRISIS = "crisis"
    """There were words of danger, and nobody asked after them yet."""


def telling(entries: Sequence[Entry], now: datetime, guesses: bool) -> tuple[Entry, ...]:
    """What a question may draw on, oldest first; nothing where the last of it is long ago.

    Without `guesses` it is only what people said of themselves.
    """
    own = tuple(one for one in entries if guesses or one.score or one.correction)
    return own if own and now - own[-1].at <= LATELY else ()


def read_days(mood: Mood | None) -> Days:
    """What stands out in the mood of the last days."""
    if mood is None:
        return Days.PLAIN
    if mood.low_days >= LASTING:
        return Days.LASTING_LOW
    if abs(mood.trend) >= SLOPE:
        return Days.RISING if mood.trend > 0 else Days.SINKING
    if mood.now.valence <= LOW:
        return Days.LOW
    return Days.BRIGHT if mood.now.valence >= BRIGHT else Days.PLAIN


def question(days: Days, local: datetime, texts: Texts) -> str:
    """The question for an hour of the wall clock; its wording changes from day to day."""
    wordings = texts.many(f"checkin.ask.{days}")
    wording = wordings[local.date().toordinal() % len(wordings)]
    return f"{texts(f'checkin.greeting.{Daypart.of(local)}')} {wording}"
