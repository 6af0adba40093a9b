"""Finds listed phrases in what somebody said, in any script. It knows words, not meaning."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

DENIAL = 3
"""Words beside a phrase, its own aside, among which a "not" denies it."""
STOP = "."
BEGIN, END = "^", "$"
"""Stand for where a clause begins and ends; a second END for the end of all."""
STEM, SHORTEST = 5, 3
"""Letters of a word that count, and that a word must have, for `stems`."""
_PAUSES = ".,;:!?…—–\n।؟،؛"
_END = re.compile(r"[.!?;\n।॥؟؛]+")
_WAITING = re.compile(r"\.{2,}")
"""Dots by which somebody hesitates: a pause, and no end."""


def tokens(words: str) -> tuple[str, ...]:
    """The words alone, case-folded; marks of Devanagari and Arabic stay with their letters."""
    return tuple(word.casefold() for word in spelled(words))


def spelled(words: str) -> tuple[str, ...]:
    """The same words as they were written."""
    plain = unicodedata.normalize("NFC", words).replace("’", "'")
    kept = (char if _is_letter(char) else " " for char in plain)
    return tuple(word for part in "".join(kept).split() if (word := part.strip("'")))


def stems(words: str) -> frozenset[str]:
    """The beginnings of the longer words, by which two texts can be seen to speak of one thing."""
    bare = (word.removesuffix("'s") for word in tokens(words))
    return frozenset(word[:STEM] for word in bare if len(word) >= SHORTEST)


def paused(words: str) -> tuple[str, ...]:
    """The words, with a full stop wherever the speaker paused."""
    return tuple(word for line in _lines(words) for word in (*tokens(line), STOP))


def framed(words: str) -> tuple[str, ...]:
    """The words, with marks around each clause and one more behind all."""
    lines = (word for line in _lines(words) for word in (BEGIN, *tokens(line), END))
    return (*lines, END)


def sentences(words: str) -> list[str]:
    """The sentences as they were written, without what ends them; none is empty."""
    parts = _END.split(_WAITING.sub("…", words))
    return [part for part in parts if tokens(part)]


def clauses(words: str, breaks: Iterable[str]) -> list[tuple[str, ...]]:
    """The words of each clause as they were written, cut at pauses and at joining words."""
    joining = frozenset(word.casefold() for word in breaks)
    found: list[tuple[str, ...]] = []
    for line in _lines(words):
        clause: list[str] = []
        for word in spelled(line):
            if word.casefold() in joining:
                found.append(tuple(clause))
                clause = []
            else:
                clause.append(word)
        found.append(tuple(clause))
    return [clause for clause in found if clause]


class Phrases:
    """One text, searched for phrases in which a star stands for any rest of a word.

    A denial stands before what it denies; one written with a plus stands after it.
    """

    def __init__(self, words: Sequence[str], denials: Sequence[str] = ()) -> None:
        """Case makes no difference."""
        self._words = tuple(word.casefold() for word in words)
        self._before = frozenset(word for word in denials if not word.startswith("+"))
        self._after = frozenset(word[1:] for word in denials if word.startswith("+"))
        self._places: dict[str, list[int]] = {}
        for place, word in enumerate(self._words):
            self._places.setdefault(word, []).append(place)

    def find(self, phrases: Iterable[str]) -> int | None:
        """The last place where one of the phrases stands and is not denied."""
        return max(
            (place for place, length in self._all(phrases) if not self._is_denied(place, length)),
            default=None,
        )

    def last(self, phrases: Iterable[str]) -> int | None:
        """The last place where one of the phrases stands, denied or not."""
        return max((place for place, _ in self._all(phrases)), default=None)

    def denies(self, phrases: Iterable[str]) -> bool:
        """Whether one of the phrases stands there and is denied."""
        return any(self._is_denied(place, length) for place, length in self._all(phrases))

    def aside(self, phrases: Iterable[str]) -> "Phrases":
        """The text in which a "not" within such a phrase ("won't you") denies nothing."""
        words = list(self._words)
        for place, length in self._all(phrases):
            for at in range(place, place + length):
                words[at] = "" if words[at] in self._before | self._after else words[at]
        return Phrases(words, (*self._before, *(f"+{word}" for word in self._after)))

    def _all(self, phrases: Iterable[str]) -> Iterator[tuple[int, int]]:
        """Where the phrases stand, and how many words each has."""
        for phrase in phrases:
            wanted = phrase.casefold().split()
            for place in self._starts(wanted[0]):
                found = self._words[place : place + len(wanted)]
                if len(found) == len(wanted) and all(map(_matches, wanted, found)):
                    yield place, len(wanted)

    def _starts(self, first: str) -> list[int]:
        if "*" not in first:
            return self._places.get(first, [])
        stem = first.rstrip("*")
        return [
            place
            for word, places in self._places.items()
            if word.startswith(stem)
            for place in places
        ]

    def _is_denied(self, place: int, length: int) -> bool:
        before = reversed(self._words[max(0, place - DENIAL) : place])
        after = self._words[place + length : place + length + DENIAL]
        return any(
            not denials.isdisjoint(takewhile(lambda word: word != STOP, words))
            for denials, words in ((self._before, before), (self._after, after))
        )


def _lines(words: str) -> list[str]:
    """What was said between two pauses; nothing of it is empty."""
    for pause in _PAUSES:
        words = words.replace(pause, "\n")
    return [line for line in words.split("\n") if tokens(line)]


def _matches(wanted: str, word: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


def _is_letter(char: str) -> bool:
    return char == "'" or unicodedata.category(char)[0] in "LMN"
