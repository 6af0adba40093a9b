"""Finds listed phrases in what somebody said, in any script. It knows words, not meaning."""

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import takewhile

DENIAL = 3
"""Words beside a phrase among which a "not" denies it."""
STOP = "."
STEM, SHORTEST = 5, 3
"""Letters of a word that count, and that a word must have, for `stems`."""
_PAUSES = ".,;:!?…—–\n।؟،؛"


def tokens(words: str) -> tuple[str, ...]:
    """The words alone, case-folded; marks of Devanagari and Arabic stay with their letters."""
    plain = unicodedata.normalize("NFC", words).casefold().replace("’", "'")
    kept = (char if _is_letter(char) else " " for char in plain)
    return tuple(word for part in "".join(kept).split() if (word := part.strip("'")))


def stems(words: str) -> frozenset[str]:
    """The beginnings of the longer words, by which two texts can be seen to speak of one thing."""
    bare = (word.removesuffix("'s") for word in tokens(words))
    return frozenset(word[:STEM] for word in bare if len(word) >= SHORTEST)


def paused(words: str) -> tuple[str, ...]:
    """The words, with a full stop wherever the speaker paused."""
    for pause in _PAUSES:
        words = words.replace(pause, "\n")
    lines = (tokens(line) for line in words.split("\n"))
    return tuple(word for line in lines if line for word in (*line, STOP))


def clauses(words: str, breaks: Iterable[str]) -> list[tuple[str, ...]]:
    """The words of each clause, cut where the speaker paused and at joining words."""
    joining = frozenset((*breaks, STOP))
    found: list[tuple[str, ...]] = []
    clause: list[str] = []
    for word in paused(words):
        if word in joining:
            found.append(tuple(clause))
            clause = []
        else:
            clause.append(word)
    return [clause for clause in found if clause]


class Phrases:
    """One text, searched for phrases in which a star stands for any rest of a word.

    A denial stands before what it denies; one written with a plus stands after it.
    """

    def __init__(self, words: Sequence[str], denials: Sequence[str] = ()) -> None:
        self._words = words
        self._before = frozenset(word for word in denials if not word.startswith("+"))
        self._after = frozenset(word[1:] for word in denials if word.startswith("+"))
        self._places: dict[str, list[int]] = {}
        for place, word in enumerate(words):
            self._places.setdefault(word, []).append(place)

    def find(self, phrases: Iterable[str]) -> int | None:
        """The last place where one of the phrases stands and is not denied."""
        places = (place for phrase in phrases for place in self._all(phrase))
        return max((place for place in places if not self._is_denied(place)), default=None)

    def denies(self, phrases: Iterable[str]) -> bool:
        """Whether one of the phrases stands there with a "not" before it."""
        return any(self._is_denied(place) for phrase in phrases for place in self._all(phrase))

    def _all(self, phrase: str) -> list[int]:
        wanted = phrase.casefold().split()
        return [
            place
            for place in self._starts(wanted[0])
            if place + len(wanted) <= len(self._words)
            and all(map(_matches, wanted, self._words[place : place + len(wanted)]))
        ]

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

    def _is_denied(self, place: int) -> bool:
        before = reversed(self._words[max(0, place - DENIAL) : place])
        after = self._words[place + 1 : place + 1 + DENIAL]
        return any(
            not denials.isdisjoint(takewhile(lambda word: word != STOP, words))
            for denials, words in ((self._before, before), (self._after, after))
        )


def _matches(wanted: str, word: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


def _is_letter(char: str) -> bool:
    return char == "'" or unicodedata.category(char)[0] in "LMN"
