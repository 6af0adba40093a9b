"""A second reading of words for danger: a linear model over letter n-grams, learned from reviewed
phrases by `models/second_reading.py`.

It only ever adds to the wordings of `prompts/crisis/`: it knows how danger sounds, not what was
said, so its hits show the card softly. Fixed weights and no randomness: the same words always
read the same, with every model down.
"""

import zlib
from collections import Counter
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 16
"""N-grams are hashed into so many (Weinberger et al., 2009)."""
SHORTEST, LONGEST = 3, 5
"""Letters of an n-gram; the spaces around a word count."""


@dataclass(frozen=True, slots=True, eq=False)
class SecondReading:
    """The learned weights."""

    readings: tuple[str, ...]
    """What each column speaks of: `none` first, then kinds of danger."""
    weights: NDArray[np.float32]
    """(BUCKETS, readings)."""
    biases: NDArray[np.float32]
    """(readings,)."""
    threshold: float
    """Probability of danger from which the card is shown."""

    def danger(self, text: str) -> str | None:
        """The likeliest kind of danger in a normalised text, where some danger is likely."""
        buckets, values = ngrams(text)
        logits = values @ self.weights[buckets] + self.biases
        odds = np.exp(logits - logits.max())
        probabilities = odds / odds.sum()
        if 1.0 - probabilities[0] < self.threshold:
            return None
        return self.readings[1 + int(probabilities[1:].argmax())]


def ngrams(text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The buckets that a text's n-grams fall into, and how much each counts: two (n,) of norm 1."""
    counts: Counter[int] = Counter()
    for word in text.split():
        spaced = f" {word} "
        for length in range(SHORTEST, LONGEST + 1):
            for start in range(len(spaced) - length + 1):
                gram = spaced[start : start + length].encode()
                counts[zlib.crc32(gram) % BUCKETS] += 1
    buckets = np.fromiter(counts, np.int64, len(counts))
    values = np.array([1.0 + log(count) for count in counts.values()], np.float32)
    return buckets, values / max(float(np.linalg.norm(values)), 1e-9)
