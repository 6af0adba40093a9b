"""The measurement of what corrections add: it sees a gain where there is one, else none."""

import numpy as np
import pytest

from models.emotion.adapting import (
    LEAST_CLIPS,
    User,
    Voice,
    choose_shrinkage,
    gain,
    losses_of,
    section,
    voices,
)
from models.emotion.measuring import Guesses


def voice(mistaken: bool, noise: float = 0.3, clips: int = 120, seed: int = 0) -> Voice:
    """A voice each of whose feelings is heard as it is or, rather, as the next one."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 8, clips)
    logits = rng.normal(0, noise, (clips, 8))
    logits[np.arange(clips), labels] += 1.5
    logits[np.arange(clips), (labels + 1) % 8] += 2.0 if mistaken else 0.0
    return Voice("one", logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), labels)


def calibrated(clips: int, seed: int) -> Voice:
    """A voice whose guesses are as right as they claim to be: there is nothing to learn."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(8, 0.5), clips)
    labels = np.array([rng.choice(8, p=row) for row in probabilities])
    return Voice("one", np.log(probabilities), labels)


def gains(
    of: Voice, user: User, shrinkage: float = 30.0
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rng = np.random.default_rng(3)
    return np.array([gain(of, user, shrinkage, rng) for _ in range(20)])


def test_a_voice_that_is_always_mistaken_gains() -> None:
    uar, accuracy, loss = gains(voice(mistaken=True), User(40)).mean(axis=0)
    assert uar > 0.2 and accuracy > 0.2 and loss < -0.2


def test_a_voice_that_is_heard_rightly_loses_nothing() -> None:
    uar, _, loss = gains(voice(mistaken=False), User(20)).mean(axis=0)
    assert uar == pytest.approx(0, abs=0.01) and loss < 0.05


def test_who_says_only_what_was_wrong_of_a_voice_heard_rightly_says_nothing() -> None:
    assert not gains(voice(mistaken=False, noise=0.01), User(20, only_wrong=True)).any()


def test_more_corrections_gain_more() -> None:
    mistaken = voice(mistaken=True)
    few, many = (gains(mistaken, User(notes)).mean(axis=0)[0] for notes in (5, 40))
    assert many > few > 0


def test_where_there_is_nothing_to_learn_more_shrinkage_is_chosen() -> None:
    mistaken = [voice(mistaken=True, clips=60, seed=seed) for seed in (1, 2)]
    honest = [calibrated(60, seed) for seed in (1, 2)]
    chosen = [choose_shrinkage(np.stack([losses_of(v) for v in few])) for few in (mistaken, honest)]
    assert chosen[0] < chosen[1]


def test_only_speakers_with_enough_clips_are_scored() -> None:
    rng = np.random.default_rng(0)
    names = ["many"] * LEAST_CLIPS + ["few"] * 5
    logits = rng.normal(size=(len(names), 8))
    guesses = Guesses("corpus", names, [""] * len(names), rng.integers(0, 8, len(names)), logits)
    assert [one.name for one in voices([guesses])] == ["many"]
    assert section([guesses]) == ""
