"""Which time zone a place is in, by its name, by where it lies, or by what the clock says there.

Pure, and off-line: names come from places.tsv beside this file (GeoNames, CC BY 4.0), borders from
tzfpy (timezone-boundary-builder, ODbL), offsets from zoneinfo. Nothing is guessed from a language.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from zoneinfo import available_timezones

import tzfpy

from pipeline.schedule import zone_of

MOST = 6
"""Places to choose among."""
SLACK = timedelta(minutes=7)
"""How far somebody's clock, as they tell it, may be off."""
ALIKE, LEAST = 0.84, 5
"""How near a misspelt name must be, and how long."""
_PLACES = Path(__file__).with_name("places.tsv")
_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
)
_CLOCK = re.compile(r"(\d{1,2})(?:\s?[:.h]\s?(\d{2}))?\s*([ap])?\.?(?:m\b)?\.?", re.I)


@dataclass(frozen=True, slots=True)
class Place:
    """A place, or several that share a clock."""

    name: str
    zone: str
    """IANA."""


def folded(text: str) -> str:
    """A name as it is compared: no case, no diacritics, no punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    plain = unicodedata.normalize("NFKD", plain)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())


def named(text: str) -> tuple[Place, ...]:
    """Places of that name, the most populous first, one a time zone; none where none is known.

    Knows cities by many of their names, and IANA's own keys ("Europe/Vienna").
    """
    atlas, (city, _, country) = _atlas(), text.partition(",")
    found = atlas.get(folded(text)) or atlas.get(folded(city)) or ()
    there = tuple(place for place in found if place.name.endswith(f"({country.strip().upper()})"))
    return _one_a_zone(there or found)


def meant(text: str) -> tuple[Place, ...]:
    """Places whose name is nearly that, as after a slip; not to be taken for sure."""
    atlas, wanted = _atlas(), folded(text.partition(",")[0])
    if len(wanted) < LEAST:
        return ()
    near = [name for name in atlas if name[0] == wanted[0] and abs(len(name) - len(wanted)) < 3]
    alike = get_close_matches(wanted, near, n=2, cutoff=ALIKE)
    return _one_a_zone(place for name in alike for place in atlas[name])


def at(latitude: float, longitude: float) -> str | None:
    """The zone of a point on the earth, in degrees; None where the world's table has none."""
    name = tzfpy.get_tz(longitude, latitude)
    return name if name and zone_of(name) is not None else None


def clocks(now: datetime) -> tuple[tuple[int, datetime], ...]:
    """Every time that it is somewhere now, with its offset from UTC in minutes, west to east."""
    offsets = {_offset(zone, now) for zone in _by_zone()}
    return tuple((offset, now + timedelta(minutes=offset)) for offset in sorted(offsets))


def showing(offsets: Collection[int], now: datetime) -> tuple[Place, ...]:
    """The clocks that are so many minutes ahead of UTC now, told apart by the year to come."""
    alike: dict[tuple[int, ...], list[str]] = {}
    for zone in _by_zone():
        if _offset(zone, now) in offsets:
            alike.setdefault(_year(zone, now), []).append(zone)
    groups = alike.values()
    return tuple(Place(", ".join(_known_for(zones)), zones[0]) for zones in groups)[:MOST]


def telling(clock: time, now: datetime) -> tuple[Place, ...]:
    """The places where somebody's clock may tell this time now."""
    near: list[int] = []
    for offset, local in clocks(now):
        told = datetime.combine(local.date(), clock, local.tzinfo)
        apart = abs(told - local) % timedelta(days=1)
        if min(apart, timedelta(days=1) - apart) <= SLACK:
            near.append(offset)
    return showing(near, now)


def read_clock(text: str) -> time | None:
    """A time of day as people write it: 20:30, 8.30 pm, 20h30, 20; None for anything else."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


@cache
def _atlas() -> Mapping[str, tuple[Place, ...]]:
    """Folded name → places, the most populous first."""
    atlas: dict[str, list[Place]] = {}
    for name, country, zone, others in _rows():
        place = Place(f"{name} ({country})", zone)
        for key in dict.fromkeys((folded(name), *others)):
            atlas.setdefault(key, []).append(place)
    for zone in sorted(available_timezones()):
        place = Place(zone, zone)
        atlas.setdefault(folded(zone), []).append(place)
        if "/" in zone and not zone.startswith("Etc/"):
            atlas.setdefault(folded(zone.rpartition("/")[2]), [place])  # a city's own goes first
    return MappingProxyType({name: tuple(places) for name, places in atlas.items() if name})


@cache
def _by_zone() -> Mapping[str, tuple[str, ...]]:
    """Zone → its most populous places, zones in the order of theirs."""
    largest: dict[str, list[str]] = {}
    for name, _, zone, _ in _rows():
        largest.setdefault(zone, []).append(name)
    return MappingProxyType({zone: tuple(names[:3]) for zone, names in largest.items()})


def _rows() -> Iterable[tuple[str, str, str, tuple[str, ...]]]:
    """(name, country, zone, other names) of every place, the most populous first."""
    for line in _PLACES.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, country, zone, *others = line.split("\t")
            yield name, country, zone, tuple(others[0].split("|")) if others else ()


def _one_a_zone(places: Iterable[Place]) -> tuple[Place, ...]:
    first: dict[str, Place] = {}
    for place in places:
        first.setdefault(place.zone, place)
    return tuple(first.values())[:MOST]


def _known_for(zones: Sequence[str]) -> Sequence[str]:
    """What a clock is known by: the largest place of its first zones, or of its only one."""
    by_zone = _by_zone()
    return by_zone[zones[0]] if len(zones) == 1 else [by_zone[zone][0] for zone in zones[:3]]


def _offset(zone: str, now: datetime) -> int:
    """Minutes ahead of UTC."""
    ahead = now.astimezone(zone_of(zone)).utcoffset()
    return 0 if ahead is None else round(ahead / timedelta(minutes=1))


def _year(zone: str, now: datetime) -> tuple[int, ...]:
    """The offsets of the year to come, day by day."""
    return tuple(_offset(zone, now + timedelta(days=day)) for day in range(366))
