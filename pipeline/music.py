"""Which music goes with a feeling, and what to look it up with. Pure: it fetches and plays nothing.

The searches are data, in prompts/music.toml. Music keeps a feeling company, or starts from it and
leads to a lighter one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from pipeline.errors import ContentError
from pipeline.values import Emotion, Mood, MusicSearch

CLEAR = 0.35
"""Least certainty of a mood that music is chosen by without asking."""
TELLING = 0.5
"""Least certainty of a mood that music is offered for without being asked."""
LASTING = 3
"""Low days in a row after which sad music is not proposed first: for people who are low for long it
feeds brooding (Garrido S, Schubert E. Psychology of Music 2015; 43(2): 244-261). It stays one tap
away."""


class Way(StrEnum):
    """Where music goes from a feeling."""

    STAY = "stay"
    LIFT = "lift"

    @property
    def other(self) -> "Way":
        return Way.LIFT if self is Way.STAY else Way.STAY


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is to look for."""

    genre: str
    """As music services know it."""
    searches: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Music:
    """All that prompts/music.toml holds."""

    shelves: Mapping[tuple[Emotion, Way], Shelf]
    """One for each feeling and way."""
    services: Mapping[str, str]
    """Name → address of a public search, with {words} where the search goes; the first is usual."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody would like to hear."""

    emotion: Emotion
    way: Way = Way.STAY
    turn: int = 0
    """Counts on with every "another one"."""


def read_music(table: Mapping[str, Any]) -> Music:
    """The content of prompts/music.toml. Raises ContentError, naming what is wrong."""
    try:
        feelings = {Emotion(name): entry for name, entry in table["feeling"].items()}
        shelves: dict[tuple[Emotion, Way], Shelf] = {}
        for emotion in Emotion:
            entry = feelings[emotion]
            led_to = feelings[Emotion(entry["to"])]
            shelves[emotion, Way.STAY] = _shelf(entry["genre"], entry["stay"])
            shelves[emotion, Way.LIFT] = _shelf(led_to["genre"], entry["lift"])
        services = dict(table["services"])
        if not services or not all(map(_is_service, services.values())):
            raise ValueError("a service is an https address with {words} in it, and one is needed")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ContentError(f"music.toml: {error!r}") from error
    return Music(MappingProxyType(shelves), MappingProxyType(services))


def _shelf(genre: Any, searches: Any) -> Shelf:
    if not isinstance(searches, list) or not searches:
        raise ValueError("searches are a list with something in it")
    for text in (genre, *searches):
        if not isinstance(text, str) or not text.strip():
            raise ValueError("a genre and each search are texts")
    return Shelf(genre, tuple(searches))


def _is_service(address: Any) -> bool:
    return isinstance(address, str) and address.startswith("https://") and "{words}" in address


def wish(mood: Mood | None, turn: int) -> Wish | None:
    """What suits a mood; None where it is not clear enough, so that the user is asked."""
    if mood is None or mood.certainty < CLEAR:
        return None
    lifts = mood.emotion is Emotion.SAD and mood.low_days >= LASTING
    return Wish(mood.emotion, Way.LIFT if lifts else Way.STAY, turn)


def worth_offering(mood: Mood | None) -> bool:
    """Whether there is a feeling so clear that music for it may be offered unasked."""
    return mood is not None and mood.certainty >= TELLING and mood.emotion is not Emotion.NEUTRAL


def search(music: Music, wanted: Wish) -> MusicSearch:
    """What to look up for a wish; each turn brings other words or another place in the list."""
    shelf = music.shelves[wanted.emotion, wanted.way]
    turn = max(0, wanted.turn)
    words = shelf.searches[turn % len(shelf.searches)]
    return MusicSearch(shelf.genre, words, turn // len(shelf.searches))


def link(music: Music, looked_up: MusicSearch, service: str | None = None) -> str:
    """A public page that searches for it; on the usual service where this one is not known."""
    usual = next(iter(music.services.values()))
    address = usual if service is None else music.services.get(service, usual)
    return address.replace("{words}", quote(looked_up.words, safe=""))
