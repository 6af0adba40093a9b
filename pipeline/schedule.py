"""When somebody is to be asked or written to. Pure: people and time go in, who is due comes out.

The hour is the wall clock's, so it becomes one instant of each local day: a clock that is put
forward over it asks as much later, one that is put back asks the first time. An hour that was
missed, because the bot was down, is made up for once and not for long. What is asked, and how it
gets there, is not known here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.values import Appointment, Asked

CATCH_UP = timedelta(hours=2)
"""How long after its hour a check-in may still go out."""
LETTER_HOUR = time(10)
"""When weekly letters go out, on everybody's own wall clock."""
LETTER_CATCH_UP = timedelta(hours=10)
"""A letter is looked forward to for a week, so it may come later in its day than a question."""
LATEST = max(CATCH_UP, LETTER_CATCH_UP)
"""How far back anything that is due can have struck."""
PUNCTUAL = timedelta(minutes=15)
"""Up to here it is not late: so long may a minute that many chose take."""
APART = timedelta(hours=6)
"""Least time between two check-ins, whatever zones and hours were changed between them."""
LETTERS_APART = timedelta(days=3)
"""Least time between two letters, so that a new day of the week or a new zone doubles none."""
QUIET = (time(22), time(8))
"""Nothing late goes out between these hours of the wall clock; a chosen hour is kept."""
YOUNG = (time(7), time(21))
"""First and last hour for those who have not said that they are of age."""
FOLLOW_UP = timedelta(days=14)
"""How long after words of danger a check-in still asks after them."""
TALK = timedelta(minutes=4)
"""How long after a note, or its answer, somebody is still taken to be talking."""
LONGEST_HOLD = timedelta(minutes=12)
"""Nothing is held back for a talk longer than that."""
NEXT_LOOK = timedelta(minutes=2)
"""By then whoever was held back has been looked at again."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A check-in, or a letter, that is to go out now."""

    user: int
    day: date
    """The day it is for, in the calendar of the zone."""
    zone: str
    """IANA."""
    at: datetime
    """Aware, UTC; when its hour struck."""
    follows_up: bool = False
    """The last that was heard were words of danger."""


def due(appointments: Iterable[Appointment], now: datetime) -> tuple[Due, ...]:
    """Who is to be asked now, those first whose hour struck first."""
    found = [one for each in appointments if (one := due_now(each, now)) is not None]
    return tuple(sorted(found, key=lambda one: (one.at, one.user)))


def due_now(appointment: Appointment, now: datetime) -> Due | None:
    """What one person is to get now (aware), if anything."""
    late = CATCH_UP if appointment.weekday is None else LETTER_CATCH_UP
    struck = last_struck(appointment.hour, appointment.zone, now, late)
    if struck is None or not suits(appointment.hour, appointment.adult):
        return None
    day, at = struck
    if not _is_new(appointment, day, at) or _disturbs(appointment, at, now):
        return None
    crisis = appointment.crisis_at
    follows_up = crisis is not None and now - crisis <= FOLLOW_UP
    return Due(appointment.user, day, appointment.zone, at, follows_up)


def can_wait(
    appointment: Appointment, now: datetime, talked: datetime | None, since: datetime
) -> bool:
    """Whether what is due now would break into a talk, and is not lost by waiting for a while.

    `talked` is when they last sent a note or got its answer, or when their exercise ends; `since`
    is when this was first found due; all are aware. Who chose the hour after they talked waits for
    it, and is not kept waiting.
    """
    talking = talked is not None and talked >= appointment.since and now - talked < TALK
    if not talking or now - since >= LONGEST_HOLD:
        return False
    return due_now(appointment, now + NEXT_LOOK) is not None


@lru_cache(maxsize=4096)  # many choose one hour and zone
def last_struck(
    hour: time, zone: str, now: datetime, late: timedelta = CATCH_UP
) -> tuple[date, datetime] | None:
    """The day and the instant (UTC) of the hour that struck last, if it is not too long ago."""
    tz = zone_of(zone)
    if tz is None:
        return None
    days = _around(now.astimezone(tz).date(), -1, 0)
    struck = [(at, day) for day in days if (at := _instant(day, hour, tz)) <= now]
    at, day = max(struck, default=(now - _DAY, days[0]))
    return (day, at) if now - at <= late else None


def next_time(appointment: Appointment, now: datetime) -> datetime | None:
    """When the next one goes out, on the wall clock of its zone; None where none will."""
    tz = zone_of(appointment.zone)
    if tz is None or not suits(appointment.hour, appointment.adult):
        return None
    for day in _around(now.astimezone(tz).date(), 0, 3 if appointment.weekday is None else 14):
        at = _instant(day, appointment.hour, tz)
        if at > now and _is_new(appointment, day, at):
            return at.astimezone(tz)
    return None


def suits(hour: time, adult: bool | None) -> bool:
    """Whether somebody may be asked at this hour; only adults are asked late and early."""
    first, last = YOUNG
    return adult is True or first <= hour <= last


def zone_of(name: str) -> ZoneInfo | None:
    """The time zone, unless the world's table of them no longer has it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def wall_clock(now: datetime, zone: str | None) -> datetime:
    """The same instant on the clock of a zone; as it is where none is known."""
    tz = None if zone is None else zone_of(zone)
    return now if tz is None else now.astimezone(tz)


def _instant(day: date, hour: time, tz: ZoneInfo) -> datetime:
    """UTC. Of an hour that comes twice the first; one that is left out comes as much later."""
    return datetime.combine(day, hour.replace(fold=0), tzinfo=tz).astimezone(UTC)


def _around(day: date, first: int, last: int) -> tuple[date, ...]:
    return tuple(day + offset * _DAY for offset in range(first, last + 1))


def _is_new(appointment: Appointment, day: date, at: datetime) -> bool:
    """On its day, chosen before the hour struck, and not asked for this day or only just."""
    if at < appointment.since or appointment.weekday not in (None, day.weekday()):
        return False
    last = appointment.asked
    if last is None or last.at > at + _DAY:  # the machine's clock was wrong then
        return True
    apart = APART if appointment.weekday is None else LETTERS_APART
    return day > _day_asked(last, appointment.zone) and at - last.at >= apart


def _day_asked(last: Asked, zone: str) -> date:
    """The day of the last one, in the calendar of the zone that counts now."""
    tz = zone_of(zone)
    return last.day if last.zone == zone or tz is None else last.at.astimezone(tz).date()


def _disturbs(appointment: Appointment, at: datetime, now: datetime) -> bool:
    """Whether it comes late, and at an hour at which nothing late should come."""
    if now - at <= PUNCTUAL:
        return False
    local = now.astimezone(zone_of(appointment.zone)).time()
    begins, ends = QUIET
    return local >= begins or local < ends or not suits(local, appointment.adult)
