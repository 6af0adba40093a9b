"""Measures what words say of feelings: python -m tests.feelings_report (part of `make eval`).

`tests/data/feelings/` holds two sets of sentences, nobody's real messages. `sentences.tsv` was set
aside before the wordings in prompts/feelings were listed, but by the same hand, so its figures
flatter. `second.tsv` was written after them, tells of moments more than it names feelings, and was
never fitted to. Where the words name nothing the guess is neutral.

No corpus of voices here has words that mean what the voice feels: actors say neutral sentences.
What the two are worth together is therefore measured twice: on those sentences as they are, and
with each held-out recording paired by chance with a sentence of the second set that means the same
feeling, which supposes that the two err independently and so flatters.
"""

import asyncio
import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import numpy as np

from models.emotion.corpora import Utterance, read_manifest
from models.emotion.inference import in_torch, read_card
from models.emotion.measuring import (
    Matrix,
    accuracy,
    calibration_error,
    confusion,
    unweighted_average_recall,
)
from models.emotion.recognizer import CnnLstmRecognizer
from models.emotion.recordings import decode
from models.emotion.siblings import FOLDS
from pipeline.content import load
from pipeline.fusion import WORDS_WEIGHT, pooled
from pipeline.values import Emotion, Probabilities, Waveform
from pipeline.wording import EVIDENCE, Vocabulary, guess

ROOT = Path(__file__).parents[1]
SETS = ROOT / "tests" / "data" / "feelings"
DATA = ROOT.parent / "shared" / "data"
EMOTIONS = tuple(Emotion)
SPOKEN = {"ravdess": "en", "emodb": "de", "tess": "en"}
"""Corpora whose sentences are known and in a language with a vocabulary."""
MOST = 240
"""Recordings of each that are paired; what more would cost minutes."""


@dataclass(frozen=True, slots=True)
class Sentence:
    language: str
    emotion: Emotion
    words: str


@dataclass(frozen=True, slots=True)
class Score:
    """Of N guesses."""

    accuracy: float
    recall: float
    """Unweighted average over the feelings that occur."""
    error: float
    """Expected calibration error."""

    @classmethod
    def of(cls, truth: Sequence[Emotion], guesses: Sequence[Probabilities]) -> "Score":
        labels = np.array([EMOTIONS.index(emotion) for emotion in truth])
        matrix: Matrix = np.array([[one[emotion] for emotion in EMOTIONS] for one in guesses])
        counts = confusion(labels, matrix.argmax(axis=1))
        error = calibration_error(matrix, labels)
        return cls(accuracy(counts), unweighted_average_recall(counts), error)

    def __str__(self) -> str:
        return f"{self.accuracy:9.2f}{self.recall:9.2f}{self.error:9.2f}"


def read_sentences(name: str = "sentences") -> list[Sentence]:
    with (SETS / f"{name}.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Sentence(language, Emotion(emotion), words) for language, emotion, words in rows]


def by_words(words: str, vocabulary: Vocabulary, weight: float = EVIDENCE) -> Probabilities:
    """The guess; where the words name nothing, neutral before all that might be meant."""
    found = guess(words, vocabulary, weight)
    return found or {e: 0.51 if e is Emotion.NEUTRAL else 0.07 for e in EMOTIONS}


def on_sentences(
    sentences: Iterable[Sentence], vocabularies: Mapping[str, Vocabulary], weight: float = EVIDENCE
) -> Score:
    held = list(sentences)
    guesses = [by_words(one.words, vocabularies[one.language], weight) for one in held]
    return Score.of([one.emotion for one in held], guesses)


def table(sentences: Sequence[Sentence], vocabularies: Mapping[str, Vocabulary]) -> str:
    """Accuracy, recall and calibration error, by language."""
    lines = ["words alone  sentences accuracy   recall      ece   (chance 0.12)"]
    for language in (*sorted({one.language for one in sentences}), "all"):
        own = [one for one in sentences if language in (one.language, "all")]
        lines.append(f"{language:12}{len(own):10}{on_sentences(own, vocabularies)}")
    return "\n".join(lines)


async def heard(
    recognizer: CnnLstmRecognizer, utterances: Sequence[Utterance]
) -> list[Probabilities]:
    """What the voice alone says."""
    return [
        (await recognizer.recognize(Waveform(decode(one.path)), None)).probabilities
        for one in utterances
    ]


async def together(sentences: Sequence[Sentence], vocabularies: Mapping[str, Vocabulary]) -> str:
    """Voice alone; with its own words; and with words paired by chance."""
    sibling = FOLDS / "1"
    recognizer = CnnLstmRecognizer(sibling, partial(in_torch, device="cpu"))
    unheard = read_card(sibling).unheard
    chance = Random(0)
    lines = [f"voice, and words at {WORDS_WEIGHT}     accuracy   recall      ece"]
    held = [one for one in read_manifest(DATA) if one.speaker in unheard and one.emotion]
    for corpus, language in SPOKEN.items():
        own = [one for one in held if one.corpus == corpus]
        own = chance.sample(own, min(MOST, len(own)))
        if not own:
            continue
        truth = [one.emotion for one in own if one.emotion]
        voices = await heard(recognizer, own)
        vocabulary = vocabularies[language]
        said = [guess(one.text, vocabulary) for one in own]
        fitting = {
            e: [s.words for s in sentences if (s.language, s.emotion) == (language, e)]
            for e in EMOTIONS
        }
        drawn = [guess(chance.choice(fitting[e]), vocabulary) for e in truth]
        named = sum(one is not None for one in said)
        rows = (
            (f"{corpus}, voice alone", voices),
            (f"  its words ({named} of {len(own)} name one)", pooled_all(voices, said)),
            ("  words paired by chance", pooled_all(voices, drawn)),
        )
        lines += [f"{name:34}{Score.of(truth, guesses)}" for name, guesses in rows]
    return "\n".join(lines)


def pooled_all(
    voices: Sequence[Probabilities], said: Sequence[Probabilities | None]
) -> list[Probabilities]:
    pairs = zip(voices, said, strict=True)
    return [voice if words is None else pooled(voice, words) for voice, words in pairs]


def main() -> None:
    vocabularies = load(ROOT / "prompts").vocabularies
    for name in ("sentences", "second"):
        sys.stdout.write(f"{name}.tsv\n{table(read_sentences(name), vocabularies)}\n\n")
    if DATA.exists():
        sys.stdout.write(asyncio.run(together(read_sentences("second"), vocabularies)) + "\n")


if __name__ == "__main__":
    main()
