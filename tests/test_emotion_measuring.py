"""The figures of merit against scikit-learn's and against cases worked out by hand."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from models.emotion.calibration import fit_temperature, honest_probabilities, surprise
from models.emotion.measuring import (
    Guesses,
    Labels,
    Matrix,
    accuracy,
    calibration_error,
    calibration_error_by_chance,
    confusion,
    macro_f1,
    recalls,
    unweighted_average_recall,
)


def made_up(seed: int = 0, clips: int = 400, sharpness: float = 1.0) -> Guesses:
    """Labels drawn from the softmax of the logits, which are then `sharpness` times too sure."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1.5, (clips, 8))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(8, p=row) for row in chances])
    speakers = [f"speaker {i % 4}" for i in range(clips)]
    return Guesses(
        "made up", speakers, ["female", "male"] * (clips // 2), labels, logits * sharpness
    )


@pytest.fixture
def pair() -> tuple[Labels, Labels]:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 6, 300)  # two labels never occur
    return labels, np.where(rng.random(300) < 0.6, labels, rng.integers(0, 6, 300))


def test_figures_are_scikit_learns(pair: tuple[Labels, Labels]) -> None:
    labels, guessed = pair
    counts = confusion(labels, guessed)
    assert unweighted_average_recall(counts) == pytest.approx(
        balanced_accuracy_score(labels, guessed)
    )
    assert accuracy(counts) == pytest.approx(accuracy_score(labels, guessed))
    assert macro_f1(counts) == pytest.approx(f1_score(labels, guessed, average="macro"))


def test_a_label_that_never_occurs_has_no_recall(pair: tuple[Labels, Labels]) -> None:
    rates = recalls(confusion(*pair))
    assert np.isnan(rates[6:]).all()
    assert not np.isnan(rates[:6]).any()


def test_calibration_error_by_hand() -> None:
    probabilities: Matrix = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.6, 0.4]])
    labels = np.array([0, 1, 0, 0])
    # Two at 0.9 of which one is right, two at 0.6 both right: (0.8 + 0.8) / 4.
    assert calibration_error(probabilities, labels) == pytest.approx(0.4)


def test_what_chance_alone_shows_of_calibration_shrinks_with_the_clips() -> None:
    few, many = (np.tile([0.7, 0.3], (count, 1)) for count in (50, 5000))
    # The mean distance of a share of 50 from what it should be, its deviation √(0.21 / 50).
    assert calibration_error_by_chance(few) == pytest.approx(
        np.sqrt(2 / np.pi * 0.21 / 50), rel=0.1
    )
    assert calibration_error_by_chance(many) < 0.01


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 3.0])
def test_temperature_undoes_what_was_too_sure(sharpness: float) -> None:
    guesses = made_up(clips=4000, sharpness=sharpness)
    temperature = fit_temperature([guesses])
    assert temperature == pytest.approx(sharpness, rel=0.1)
    assert surprise(guesses, temperature) <= surprise(guesses, 1.0) + 1e-9


def test_calibrated_guesses_of_strangers_have_little_error() -> None:
    guesses = made_up(clips=4000, sharpness=3.0)
    (honest,) = honest_probabilities([guesses])
    before = calibration_error(guesses.probabilities(), guesses.labels)
    assert calibration_error(honest, guesses.labels) < 0.04 < before
    np.testing.assert_allclose(honest.sum(axis=1), 1.0)


def test_labels_a_corpus_lacks_get_nothing() -> None:
    guesses = made_up()
    guesses.logits[:, 3] = -np.inf
    probabilities = guesses.probabilities(2.0)
    assert (probabilities[:, 3] == 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)


def test_a_subset_keeps_rows_together() -> None:
    guesses = made_up()
    women = guesses.subset(np.array(guesses.sexes) == "female")
    assert set(women.sexes) == {"female"}
    np.testing.assert_array_equal(women.labels, guesses.labels[::2])
