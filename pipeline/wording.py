"""What the words alone say of a feeling: listed wordings are counted, and nothing is understood.

It reads `prompts/feelings/*.toml`. Words that name no feeling give no guess at all, which is most
of what people say; a guess is kept doubtful, so that it weighs little beside a voice, and far less
than what somebody says of themselves. `tests/feelings_report.py` measures it.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.errors import ContentError
from pipeline.phrases import Phrases, paused
from pipeline.values import Emotion, Feeling, Probabilities

ENGINE = "words"
NAMED = (
    Emotion.CALM,
    Emotion.HAPPY,
    Emotion.SAD,
    Emotion.ANGRY,
    Emotion.FEARFUL,
    Emotion.DISGUST,
    Emotion.SURPRISED,
)
"""Feelings that are put into words; neutral is what has none."""
EVIDENCE = 2.0
"""What one wording adds to the log-odds of its feeling: a guess half sure. Where a feeling was
named in the sentences never fitted to, it was the right one in 11 of 13; so few say little, and
words weigh less than they might."""
MORE = 0.5
"""What every further wording of the same feeling is worth beside the first."""
MOST = 2
"""Wordings of one feeling that count."""
GOOD = (Emotion.CALM, Emotion.HAPPY)


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """How feelings are put into words in one language."""

    wordings: Mapping[Emotion, tuple[str, ...]]
    denials: tuple[str, ...]


def read_vocabulary(table: Mapping[str, Any], name: str) -> Vocabulary:
    """One language's file. Raises ContentError where it is not in order."""
    wanted = {"not", *(emotion.value for emotion in NAMED)}
    if table.keys() != wanted:
        raise ContentError(f"{name}: keys that are missing or unknown: {table.keys() ^ wanted}")
    for key, wordings in table.items():
        if not _are_wordings(wordings):
            raise ContentError(f"{name}: {key} must be a list of wordings")
    return Vocabulary({e: tuple(table[e.value]) for e in NAMED}, tuple(table["not"]))


def evidence(words: str, vocabulary: Vocabulary) -> Mapping[Emotion, float]:
    """How much there is of each feeling: 1 for a wording, less for a further one.

    A good feeling denied is half a sad one.
    """
    phrases = Phrases(paused(words), vocabulary.denials)
    counts = {emotion: _count(phrases, these) for emotion, these in vocabulary.wordings.items()}
    found = {e: 1 + MORE * (min(MOST, n) - 1) if n else 0.0 for e, n in counts.items()}
    if any(phrases.denies(vocabulary.wordings[emotion]) for emotion in GOOD):
        found[Emotion.SAD] += 0.5
    return found


def guess(words: str, vocabulary: Vocabulary, weight: float = EVIDENCE) -> Probabilities | None:
    """Probabilities of all eight feelings; None where the words name none."""
    found = evidence(words, vocabulary)
    if not any(found.values()):
        return None
    powers = {emotion: math.exp(weight * found.get(emotion, 0.0)) for emotion in Emotion}
    total = sum(powers.values())
    return {emotion: power / total for emotion, power in powers.items()}


def feeling(words: str, vocabulary: Vocabulary | None) -> Feeling | None:
    """The same as a feeling; None also for a language without a vocabulary."""
    probabilities = None if vocabulary is None else guess(words, vocabulary)
    return None if probabilities is None else Feeling(probabilities, ENGINE)


def _count(phrases: Phrases, wordings: Iterable[str]) -> int:
    return sum(phrases.find((wording,)) is not None for wording in wordings)


def _are_wordings(wordings: object) -> bool:
    return isinstance(wordings, list) and all(
        isinstance(wording, str) and wording.strip(" *+") for wording in wordings
    )
