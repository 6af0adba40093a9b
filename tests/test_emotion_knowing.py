"""What a baseline adds, and how far sureness can be trusted, on voices made up for it."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models.emotion.corpora import EMOTIONS
from models.emotion.knowing import EARLIER, any_mood, curves, histories, one_mood, quiet, section
from models.emotion.measuring import Guesses
from models.emotion.network import Beyond, Shape
from models.emotion.sureness import THRESHOLDS, areas, corpus_weights, risks

SHAPE = Shape()


def voices(clips: int = 240) -> Guesses:
    """Traits are the label and, far louder, the voice; the logits alone know nothing."""
    labels = np.arange(clips) % 8
    speakers = np.arange(clips) // 8 % 3
    usual = 5 * np.eye(8)[speakers * 2]
    return Guesses(
        "made up",
        [f"speaker {s}" for s in speakers],
        [""] * clips,
        labels,
        np.random.default_rng(0).normal(0, 0.01, (clips, 8)),
        np.eye(8)[labels] + usual,
    )


def test_a_known_voice_is_heard_better_and_better() -> None:
    found = {c.past: c.uar for c in curves([(voices(), Beyond(SHAPE))])}
    assert set(found) == {"any mood", "neutral", "one other mood"}
    alone, *_, after_twenty = found["any mood"]
    assert alone < 0.25
    assert after_twenty > 0.9
    assert len(found["any mood"]) == len(EARLIER)


def test_no_history_holds_the_clip_itself_or_another_speaker() -> None:
    guesses = voices()
    baseline, notes = histories(guesses, any_mood, 3, np.random.default_rng(0))
    assert set(notes) == {3.0}
    speakers = np.array(guesses.speakers)
    for place in range(0, 240, 17):
        own = guesses.traits[speakers == speakers[place]]
        assert baseline[place].argmax() == own.mean(axis=0).argmax()


def test_pasts_are_what_they_are_called() -> None:
    labels, rng = np.arange(80) % 8, np.random.default_rng(0)
    others = np.arange(1, 80)
    assert set(labels[quiet(others, labels, 5, rng)]) == {0, 1}
    for _ in range(10):
        moods = set(labels[one_mood(others, labels, 5, rng)])
        assert len(moods) == 1 and moods != {5}
    assert quiet(np.array([3, 4]), labels, 5, rng).tolist() == [3, 4]  # nothing quiet to draw


def test_the_table_names_every_number_of_notes() -> None:
    text = section(curves([(voices(), Beyond(SHAPE))]))
    assert "| made up | any mood |" in text
    assert f"| {EARLIER[-1]} |" in text


def test_risk_falls_as_less_is_told() -> None:
    rng = np.random.default_rng(1)
    sure = rng.uniform(0.2, 1.0, 4000)
    probabilities = np.zeros((4000, 8))
    probabilities[:, 0], probabilities[:, 1:] = sure, ((1 - sure) / 7)[:, None]
    labels = np.where(rng.random(4000) < sure, 0, 1)
    told = risks(probabilities, labels, np.ones(4000))
    assert [t.threshold for t in told] == list(THRESHOLDS)
    assert told[0].coverage == 1.0
    assert told[0].risk == pytest.approx(1 - sure.mean(), abs=0.03)
    assert [t.coverage for t in told] == sorted((t.coverage for t in told), reverse=True)
    assert told[-1].risk == pytest.approx(0.05, abs=0.03)
    nothing = risks(probabilities[:1] * 0 + 1 / 8, labels[:1], np.ones(1))
    assert np.isnan(nothing[-1].risk)


def test_areas_are_scikit_learns() -> None:
    rng = np.random.default_rng(2)
    probabilities, labels = rng.dirichlet(np.ones(8), 300), rng.integers(0, 7, 300)
    found = areas(probabilities, labels)
    for label in range(7):
        expected = roc_auc_score(labels == label, probabilities[:, label])
        assert found[label] == pytest.approx(expected)
    assert np.isnan(found[7])
    assert len(found) == len(EMOTIONS)


def test_every_corpus_counts_the_same() -> None:
    small, large = voices(24), voices(240)
    weights = corpus_weights([small, large])
    assert weights[:24].sum() == pytest.approx(weights[24:].sum())
