"""A second reading of words for danger: a linear model over letters, words and what words mean,
learned from reviewed phrases by `models/second_reading.py`.

It only ever adds to the wordings of `prompts/crisis/`: it knows how danger sounds, not what was
said, so its hits show the card softly. Fixed weights and no randomness: the same words always
read the same, with every model down.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 19
"""Features are hashed into so many (Weinberger et al., 2009)."""
KIND_BUCKETS = 1 << 16
"""The same, folded, where it only chooses the card's words."""
SHORTEST, LONGEST = 3, 5
"""Letters of an n-gram; the spaces around a word count."""
STEM = 4
"""Letters of a word that stand for it beside other words."""
NEAR = 3
"""Words that a pair of words may lie apart."""
KNOWN_NEAR, WORDS_NEAR = 6, 8
"""Known words, and words, that a pair of meanings may lie apart."""
PASSAGE, STEP = 12, 5
"""Words of a passage that is read by itself, and from one to the next."""
PASSAGE_DOUBT = 1.5
"""Taken from a passage's logit: torn out, words sound worse than they are."""

Known = list[tuple[int, tuple[str, ...]]]
"""The place of each known word of one sentence, and what it may mean."""


@dataclass(frozen=True, slots=True, eq=False)
class Meanings:
    """What single words may mean, in one language; the meanings are the same in all of them."""

    stems: Mapping[str, tuple[str, ...]]
    """A word with the space behind it, or how words begin, to what it may mean."""
    attached: str
    """Letters that are written onto the front of a word and are no part of it."""

    def known(self, text: str) -> Iterator[Known]:
        """The known words of each sentence of a normalised text."""
        for sentence in f" {text} ".split(" . "):
            words, known, skip = sentence.split(), [], -1
            for place, word in enumerate(words):
                if place == skip:
                    continue
                pair = self._pair(word, words[place + 1 : place + 2])
                skip = place + 1 if pair else -1
                if meanings := pair or self._of(word):
                    known.append((place, meanings))
            yield known

    def _pair(self, word: str, following: list[str]) -> tuple[str, ...]:
        return self._longest(f"{word} {following[0]} ", len(word) + 2) if following else ()

    def _of(self, word: str) -> tuple[str, ...]:
        for front in range(4):
            if len(word) - front < 2 or not set(word[:front]) <= set(self.attached):
                break
            if meanings := self._longest(f"{word[front:]} ", 2):
                return meanings
        return ()

    def _longest(self, word: str, shortest: int) -> tuple[str, ...]:
        ends = range(len(word), shortest - 1, -1)
        return next((self.stems[word[:end]] for end in ends if word[:end] in self.stems), ())


@dataclass(frozen=True, slots=True, eq=False)
class SecondReading:
    """The learned weights."""

    readings: tuple[str, ...]
    """The kinds of danger that it tells apart."""
    weights: NDArray[np.float32]
    """(BUCKETS,): danger against none."""
    bias: float
    kind_weights: NDArray[np.float32]
    """(KIND_BUCKETS, readings)."""
    kind_biases: NDArray[np.float32]
    """(readings,)."""
    threshold: float
    """Probability of danger from which the card is shown."""

    def danger(
        self, text: str, meanings: Meanings | None = None, threshold: float | None = None
    ) -> str | None:
        """The likeliest kind of danger in a normalised text, where some danger is likely.

        `meanings` are those of the language that it is written in, where that is known; another
        `threshold` tells what is worth a look.
        """
        threshold = self.threshold if threshold is None else threshold
        least = log(threshold / (1.0 - threshold))
        for part, doubt in ((text, 0.0), *((part, PASSAGE_DOUBT) for part in passages(text))):
            buckets, values = features(part, meanings)
            if float(values @ self.weights[buckets]) + self.bias - doubt >= least:
                kinds = values @ self.kind_weights[buckets % KIND_BUCKETS] + self.kind_biases
                return self.readings[int(kinds.argmax())]
        return None


def passages(text: str) -> Iterator[str]:
    """Overlapping passages of a longer text: danger may be one remark among many."""
    words = text.split()
    if len(words) > PASSAGE + SHORTEST:
        for start in range(0, len(words) - PASSAGE + STEP, STEP):
            yield f" {' '.join(words[start : start + PASSAGE])} "


def features(text: str, meanings: Meanings | None) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The buckets that a text's features fall into, and how much each counts: two (n,)."""
    sentences = list(meanings.known(text)) if meanings else []
    parts = [
        _counted(_letters(text), 1.0),
        _counted((f"w {word}" for word in text.split()), 0.7),
        _counted(_neighbours(text), 0.7),
        _counted(_near(text), 0.7),
        _counted((f"m {one}" for known in sentences for _, ones in known for one in ones), 1.0),
        _counted(_meant_near(sentences), 0.7),
        _counted(_meant_together(sentences), 0.7),
    ]
    return np.concatenate([b for b, _ in parts]), np.concatenate([v for _, v in parts])


def _counted(names: Iterable[str], weight: float) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Names to buckets, and their counts damped, of norm `weight`: two (n,)."""
    counts = Counter(zlib.crc32(name.encode()) % BUCKETS for name in names)
    buckets = np.fromiter(counts, np.int64, len(counts))
    values = np.array([1.0 + log(count) for count in counts.values()], np.float32)
    return buckets, values * (weight / max(float(np.linalg.norm(values)), 1e-9))


def _letters(text: str) -> Iterator[str]:
    for word in text.split():
        spaced = f" {word} "
        for length in range(SHORTEST, LONGEST + 1):
            for start in range(len(spaced) - length + 1):
                yield spaced[start : start + length]


def _neighbours(text: str) -> Iterator[str]:
    stems = ["^", *(word[:STEM] for word in text.split()), "$"]
    return (f"2 {one} {other}" for one, other in pairwise(stems))


def _near(text: str) -> Iterator[str]:
    """Pairs of words with others between them, within a sentence."""
    for sentence in f" {text} ".split(" . "):
        stems = [word[:STEM] for word in sentence.split()]
        for place, stem in enumerate(stems):
            for other in stems[place + 1 : place + 1 + NEAR]:
                yield f"n {stem} {other}"


def _meant_near(sentences: Iterable[Known]) -> Iterator[str]:
    """Pairs of meanings in their order: `hit > me` is not `me > hit`."""
    for known in sentences:
        for number, (place, ones) in enumerate(known):
            for there, others in known[number + 1 : number + 1 + KNOWN_NEAR]:
                if there - place <= WORDS_NEAR:
                    yield from (f"p {one} {other}" for one in ones for other in others)


def _meant_together(sentences: Iterable[Known]) -> Iterator[str]:
    """Pairs of meanings anywhere in the text."""
    meant = sorted({one for known in sentences for _, ones in known for one in ones})
    for number, one in enumerate(meant):
        yield from (f"t {one} {other}" for other in meant[number + 1 :])
