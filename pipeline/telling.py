"""Which sentences tell something lasting of the speaker, and what they want to be called.

It reads `prompts/memory/*.toml`, all languages together, since people mix them: a wording is a
row of words as spoken, a star any rest of a word, "_" any one word, "…" the name. It keeps
nothing; what becomes of it, recollection.py says. The words are a stranger's: a name is letters.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pipeline.errors import ContentError

NAME = "…"
LONGEST_NAME = 2
"""Words."""
LETTERS = range(2, 31)
"""Letters a name may have."""
LONGEST_SENTENCE = 40
"""Words; of more, as speech-to-text without full stops gives them, those around are kept."""
BEFORE = 8
"""Words kept before the first telling one of such a sentence."""

_SENTENCE = re.compile(r"[^.!?…\n।؟;؛]+(?:[.!?…।؟;؛]+|\n|$)")
_WORD = re.compile(r"[^\s.,;:!?…—–।؟،؛\"“”„«»()\[\]]+")
_PAUSE = re.compile(r"[.,;:!?…—–।؟،؛\n]")


class Strength(Enum):
    """How much a wording says that a name follows."""

    IS = "is"
    """Enough."""
    CALL = "call"
    """Where it opens a clause, and the name is written as one or closes the clause."""
    HELLO = "hello"
    """Where it opens a clause, and the name has a capital letter."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of somebody's."""

    said: str
    """As it was written."""
    plain: str
    """Case-folded, without marks that are left out at will."""
    opens: bool
    """A clause begins with it."""
    closes: bool
    """A clause ends with it."""


@dataclass(frozen=True, slots=True)
class NameWording:
    """Words around a name."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    strength: Strength


@dataclass(frozen=True, slots=True, eq=False)
class Telling:
    """How people tell lasting things of themselves."""

    marks: Mapping[str, tuple[tuple[str, ...], ...]]
    """First word of a wording → the words behind it."""
    stems: tuple[tuple[str, tuple[str, ...]], ...]
    """The same for wordings whose first word may end as it likes."""
    asks: frozenset[str]
    """Words that open a question, which tells nothing."""
    names: Mapping[str, tuple[NameWording, ...]]
    """First word before a name → the wordings."""
    nobody: frozenset[str]
    """Words that are no name."""
    joins: frozenset[str]
    """Words behind a name that end it as a pause does."""
    denied: frozenset[str]
    """Words before a wording that turn it round."""

    def sentences(self, said: str) -> tuple[str, ...]:
        """The sentences that tell something lasting, in order, each of bounded length."""
        return tuple(
            told
            for sentence in _SENTENCE.findall(said)
            if (told := self._telling(sentence.strip())) is not None
        )

    def is_telling(self, said: str) -> bool:
        """Whether there is such a sentence."""
        return bool(self.sentences(said))

    def name(self, said: str) -> str | None:
        """What they want to be called; of several the last, since people correct themselves."""
        words = split(said)
        found = None
        for place, word in enumerate(words):
            for wording in self.names.get(word.plain, ()):
                found = self._name_at(words, place, wording) or found
        return found

    def _telling(self, sentence: str) -> str | None:
        words = split(sentence)
        first = next(self._places(words), None)
        if first is None or sentence[-1] in "?؟" or words[0].plain in self.asks:
            return None
        if len(words) <= LONGEST_SENTENCE:
            return sentence
        start = max(0, first - BEFORE)
        return " ".join(word.said for word in words[start : start + LONGEST_SENTENCE])

    def _places(self, words: Sequence[Word]) -> Iterator[int]:
        for place, word in enumerate(words):
            stems = (rest for stem, rest in self.stems if word.plain.startswith(stem))
            behind = (*self.marks.get(word.plain, ()), *stems)
            if any(_stand(rest, words, place + 1) for rest in behind):
                yield place

    def _name_at(self, words: Sequence[Word], place: int, wording: NameWording) -> str | None:
        start = place + len(wording.before)
        if not _stand(wording.before, words, place) or start >= len(words):
            return None
        if wording.strength is not Strength.IS and not words[place].opens:
            return None
        if place and not words[place].opens and words[place - 1].plain in self.denied:
            return None
        name = self._bounded(words, start, wording)
        if not name or not all(map(self._is_name, name)):
            return None
        if wording.strength is Strength.HELLO and not name[0].said[0].isupper():
            return None
        if not wording.after and wording.strength is not Strength.IS:
            follower = words[start + len(name)].plain if start + len(name) < len(words) else ""
            ends = name[-1].closes or follower in self.joins
            if not ends and not name[0].said[0].isupper():
                return None
        return " ".join(_capital(word.said) for word in name)

    def _bounded(
        self, words: Sequence[Word], start: int, wording: NameWording
    ) -> Sequence[Word] | None:
        """The words of the name: up to what stands behind it, or as far as capitals reach."""
        if wording.after:
            for length in range(1, LONGEST_NAME + 1):
                if _stand(wording.after, words, start + length):
                    return words[start : start + length]
            return None
        length = 1
        while (
            length < LONGEST_NAME
            and start + length < len(words)
            and not words[start + length - 1].closes
            and words[start + length - 1].said[0].isupper()
            and words[start + length].said[0].isupper()
            and words[start + length].plain not in self.nobody | self.joins
        ):
            length += 1
        return words[start : start + length]

    def _is_name(self, word: Word) -> bool:
        letters = all(char in "'’-" or unicodedata.category(char)[0] in "LM" for char in word.said)
        return letters and len(word.said) in LETTERS and word.plain not in self.nobody


def read_telling(tables: Iterable[Mapping[str, Any]]) -> Telling:
    """All languages' files as one. Raises ContentError where one is not in order."""
    marks: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    stems: list[tuple[str, tuple[str, ...]]] = []
    names: defaultdict[str, list[NameWording]] = defaultdict(list)
    sets: dict[str, set[str]] = {"asks": set(), "nobody": set(), "joins": set(), "denied": set()}
    for table in tables:
        try:
            sets["asks"].update(map(plain, table["asks"]))
            for wording in _wordings(table):
                first, *rest = _row(wording)
                if first.endswith("*"):
                    stems.append((first[:-1], tuple(rest)))
                else:
                    marks[first].append(tuple(rest))
            for strength in Strength:
                for text in table["name"][strength.value]:
                    around = _name_wording(text, strength)
                    names[around.before[0]].append(around)
            for key in ("nobody", "joins", "denied"):
                sets[key].update(map(plain, table["name"][key]))
        except (KeyError, TypeError, ValueError) as error:
            name = f"memory/{table.get('language', '?')}.toml"
            raise ContentError(f"{name}: {error}") from error
    if not marks:
        raise ContentError("memory/ holds no language")
    return Telling(
        asks=frozenset(sets["asks"]),
        marks={first: tuple(rest) for first, rest in marks.items()},
        stems=tuple(stems),
        names={first: tuple(wordings) for first, wordings in names.items()},
        nobody=frozenset(sets["nobody"]),
        joins=frozenset(sets["joins"]),
        denied=frozenset(sets["denied"]),
    )


def split(said: str) -> list[Word]:
    """The words of a text, and where its clauses begin and end."""
    found: list[Word] = []
    end = 0
    opens = True
    for match in _WORD.finditer(unicodedata.normalize("NFC", said)):
        paused = bool(_PAUSE.search(match.string, end, match.start()))
        if found and paused:
            found[-1] = Word(found[-1].said, found[-1].plain, found[-1].opens, closes=True)
        end = match.end()
        word = match[0].strip("'’-")
        if word:
            found.append(Word(word, plain(word), opens or paused, closes=False))
            opens = False
    if found:
        found[-1] = Word(found[-1].said, found[-1].plain, found[-1].opens, closes=True)
    return found


def plain(word: str) -> str:
    """A word as it is compared: case, apostrophes and Arabic vowel signs make no difference."""
    folded = unicodedata.normalize("NFC", word).casefold().replace("’", "'")
    return "".join(char for char in folded if not "\u064b" <= char <= "\u0652")


def _wordings(table: Mapping[str, Any]) -> Iterator[str]:
    yield from table["told"]
    for whose in table["whose"]:
        yield from (f"{whose} {who}" for who in table["who"])


def _row(wording: str) -> tuple[str, ...]:
    words = tuple(plain(word) for word in wording.split())
    if not words or words[0] in ("*", "_"):
        raise ValueError(f"{wording!r} must begin with a word")
    return words


def _name_wording(text: str, strength: Strength) -> NameWording:
    before, mark, after = text.partition(NAME)
    if not mark:
        raise ValueError(f"{text!r} has no place for the name")
    if "*" in text:
        raise ValueError(f"{text!r} must have whole words around the name")
    return NameWording(_row(before), tuple(plain(word) for word in after.split()), strength)


def _stand(wanted: Sequence[str], words: Sequence[Word], place: int) -> bool:
    """Whether these words stand from there on."""
    if place + len(wanted) > len(words):
        return False
    pairs = zip(wanted, words[place : place + len(wanted)], strict=True)
    return all(_is(one, word.plain) for one, word in pairs)


def _is(wanted: str, word: str) -> bool:
    if wanted == "_":
        return True
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


def _capital(word: str) -> str:
    return word[0].upper() + word[1:] if word.islower() else word
