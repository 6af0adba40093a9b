"""Measure the shipped weights and write REPORT.md: python -m models.emotion.evaluate

Every held-out recording goes through the recogniser as a user's note would: the file as it is,
trimmed, cut and calibrated by the code that serves. Only speakers whom the weights' card names as
never heard are counted.
"""

import argparse
import asyncio
import logging
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from models.emotion.adapting import section
from models.emotion.calibration import honest_probabilities
from models.emotion.conditions import CONDITIONS, VOICES
from models.emotion.config import DEFAULT, read_config
from models.emotion.corpora import EMOTIONS, Utterance, labels_of, read_manifest
from models.emotion.features import RATE, Samples, features
from models.emotion.inference import WEIGHTS, on_cpu, read_card
from models.emotion.measuring import CLEAN_TEST_SENTENCES, Guesses, Matrix
from models.emotion.recognizer import CnnLstmRecognizer
from models.emotion.recordings import decode
from models.emotion.report import Findings, render
from pipeline.values import Waveform

log = logging.getLogger("echomind.emotion.evaluate")
REPORT = Path(__file__).with_name("REPORT.md")

SPOILT, BABBLE = "ravdess", "nemo"
"""The corpus measured under worse conditions, and the one whose speakers talk behind it."""

Spoil = Callable[[Samples], Samples]


def held_out(utterances: Sequence[Utterance], unheard: Sequence[str]) -> list[Utterance]:
    """What may be measured: labelled, of unheard speakers, not a sentence that tells its label."""
    return [
        u
        for u in utterances
        if u.speaker in unheard
        and u.emotion is not None
        and u.text in CLEAN_TEST_SENTENCES.get(u.corpus, (u.text,))
    ]


async def logits_of(recognizer: CnnLstmRecognizer, samples: Samples) -> Matrix:
    """The served guess as logits, (8,): its probabilities' logarithms."""
    feeling = await recognizer.recognize(Waveform(samples), None)
    return np.log([max(feeling.probabilities[emotion], 1e-12) for emotion in EMOTIONS])


async def guess(recognizer: CnnLstmRecognizer, own: Sequence[Utterance], spoil: Spoil) -> Guesses:
    """Guesses on one corpus, the labels that it lacks at −∞."""
    corpus = own[0].corpus
    logits = np.stack([await logits_of(recognizer, spoil(decode(u.path))) for u in own])
    logits[:, [e not in labels_of(own)[corpus] for e in EMOTIONS]] = -np.inf
    labels = np.array([EMOTIONS.index(u.emotion) for u in own if u.emotion])
    return Guesses(corpus, [u.speaker for u in own], [u.sex for u in own], labels, logits)


async def guess_all(
    recognizer: CnnLstmRecognizer, utterances: Sequence[Utterance]
) -> list[Guesses]:
    """One Guesses a corpus, on the recordings as they are."""
    guesses = []
    for corpus in sorted({u.corpus for u in utterances}):
        own = [u for u in utterances if u.corpus == corpus]
        log.info("%s: %d recordings", corpus, len(own))
        guesses.append(await guess(recognizer, own, lambda samples: samples))
    return guesses


async def guess_spoilt(
    recognizer: CnnLstmRecognizer, utterances: Sequence[Utterance]
) -> list[tuple[str, Guesses]]:
    """The corpus of record under every condition; behind it talk voices unheard as well."""
    own = [u for u in utterances if u.corpus == SPOILT]
    voices = [decode(u.path) for u in utterances if u.corpus == BABBLE][::10]
    result = []
    for condition in CONDITIONS if own and len(voices) >= VOICES else ():
        log.info("%s, %s", SPOILT, condition.name)
        rng = np.random.default_rng(0)
        spoil = partial(condition.applied, voices=voices, rng=rng)
        result.append((condition.name, await guess(recognizer, own, spoil)))
    return result


def milliseconds(weights: Path) -> float:
    """Median time of features and network for three seconds of sound, one thread."""
    card, listen = read_card(weights), on_cpu(weights)
    note = np.random.default_rng(0).normal(0, 0.1, 3 * RATE).astype(np.float32)
    times = []
    for _ in range(200):
        started = time.perf_counter()
        listen(features(note)[None], np.zeros(card.traits, np.float32), 0.0)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


async def evaluate(data: Path, weights: Path) -> str:
    """The report's text. Raises ValueError where the weights have heard every speaker."""
    card = read_card(weights)
    utterances = held_out(read_manifest(data), card.unheard)
    if not utterances:
        raise ValueError("these weights were trained on every speaker: nothing honest to measure")
    recognizer = CnnLstmRecognizer(weights)
    guesses = await guess_all(recognizer, utterances)
    spoilt = await guess_spoilt(recognizer, utterances)
    honest = honest_probabilities(guesses)
    findings = Findings(guesses, honest, spoilt, section(guesses), card.temperature)
    return render(findings, milliseconds(weights), onnx_bytes(weights))


def onnx_bytes(weights: Path) -> int:
    return (weights / "network.onnx").stat().st_size


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the emotion network; write REPORT.md.")
    parser.add_argument("--data", type=Path, default=read_config(DEFAULT).data)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--report", type=Path, default=REPORT)
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    text = asyncio.run(evaluate(asked.data, asked.weights))
    asked.report.write_text(text, encoding="utf-8")
    log.info("wrote %s", asked.report)


if __name__ == "__main__":
    main()
