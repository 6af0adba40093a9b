"""The evaluation around the network: what may be measured, and the page."""

from pathlib import Path

import numpy as np

from models.emotion.corpora import EMOTIONS, Utterance
from models.emotion.knowing import EARLIER, Curve
from models.emotion.measuring import Guesses
from models.emotion.report import Findings, bootstrap, render
from models.emotion.siblings import held_out
from pipeline.values import Emotion


def utterance(corpus: str, speaker: str, emotion: Emotion | None, text: str = "") -> Utterance:
    return Utterance(Path("x.ogg"), corpus, "en", speaker, "female", emotion, text)


def made_up(right: float, corpus: str = "ravdess") -> Guesses:
    """160 clips of four speakers, the share `right` of which is heard as what it is."""
    rng = np.random.default_rng(0)
    labels = np.arange(160) % 8
    guessed = np.where(rng.random(160) < right, labels, (labels + 1) % 8)
    speakers = [f"{corpus}_{i % 4}" for i in range(160)]
    sexes = ["female" if i % 4 < 2 else "male" for i in range(160)]
    return Guesses(corpus, speakers, sexes, labels, 4.0 * np.eye(8)[guessed])


def findings_of(guesses: Guesses) -> Findings:
    return Findings(
        guesses=[guesses],
        honest=[guesses.probabilities()],
        spoilt=[("dark", guesses)],
        left_out=[guesses],
        knowing=[Curve("ravdess", "any mood", (0.5,) * len(EARLIER))],
        corrections="## More\n",
        temperature=1.5,
        folds=5,
        milliseconds=2.94,
        size=1_350_000,
    )


def test_only_labelled_clips_of_unheard_speakers_are_measured() -> None:
    wanted = [
        utterance("ravdess", "a", Emotion.SAD, "anything"),
        utterance("ased", "a", Emotion.SAD, "sentence 02"),
    ]
    others = [
        utterance("ravdess", "b", Emotion.SAD),  # trained on
        utterance("emodb", "a", None),  # boredom
        utterance("ased", "a", Emotion.SAD, "sentence 07"),  # a sentence that tells its label
    ]
    assert held_out([*others, *wanted], ["a"]) == wanted


def test_the_interval_holds_the_figure() -> None:
    low, high = bootstrap(made_up(0.7), draws=300)
    assert low < 0.7 < high
    assert high - low < 0.3


def test_the_page_says_what_was_measured() -> None:
    guesses = made_up(1.0)
    page = render(findings_of(guesses), ["## A study\n"])
    assert "| ravdess | 4 | 160 | 8 | **1.000** (1.00–1.00) | 1.000 | 1.000 |" in page
    assert "| ravdess, dark | 1.000 |" in page
    assert "2.9 ms" in page and "1.35 MB" in page and "## More" in page
    assert "| ravdess | any mood | 0.500 |" in page and "## A study" in page
    assert all(emotion in page for emotion in EMOTIONS)


def test_half_as_good_reads_half_as_good() -> None:
    guesses = made_up(0.0)
    page = render(findings_of(guesses), [])
    assert "**0.000**" in page
