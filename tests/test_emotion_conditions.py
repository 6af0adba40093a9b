"""Worse places: what lies behind a recording, how far down it is, and always the same."""

import numpy as np
import pytest

from models.emotion.conditions import (
    AS_RECORDED,
    BABBLE,
    BOTH,
    CONDITIONS,
    Backgrounds,
    Condition,
    over,
)
from models.emotion.features import RATE
from tests.sounds import tone


@pytest.fixture(scope="module")
def behind() -> Backgrounds:
    rng = np.random.default_rng(0)
    sounds = [rng.normal(size=RATE).astype(np.float32) for _ in range(5)]
    return Backgrounds(sounds, sounds)


def test_noise_is_as_far_under_the_speech_as_said_whatever_silence_is_around_it() -> None:
    speech = tone(200.0)
    note = np.pad(speech, RATE)
    behind = np.random.default_rng(0).normal(size=len(note)).astype(np.float32)
    added = over(note, behind, 5.0) - note
    ratio = 10 * np.log10(np.mean(np.square(speech)) / np.mean(np.square(added)))
    assert ratio == pytest.approx(5.0, abs=0.5)
    assert np.abs(added[: RATE // 2]).max() > 0


def test_babble_is_as_far_down_as_the_condition_says() -> None:
    voices = [tone(hertz) for hertz in (150, 210, 280, 330, 390)]
    clean = tone(200, 2.0)
    added = Backgrounds([], voices).spoilt(clean, 0, Condition(BABBLE, 10.0)) - clean
    ratio = 10 * np.log10(np.mean(clean**2) / np.mean(added**2))
    assert ratio == pytest.approx(10.0, abs=0.1)


def test_silence_behind_leaves_the_note_as_it_is() -> None:
    note = tone(200.0)
    assert over(note, np.zeros_like(note), 0.0) is note


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
def test_a_condition_is_the_same_every_time_and_keeps_the_note_s_length(
    behind: Backgrounds, condition: Condition
) -> None:
    note = tone(200.0, 2.0)
    first, second = (behind.spoilt(note, 7, condition) for _ in range(2))
    assert (first == second).all() and np.isfinite(first).all()
    assert len(first) == pytest.approx(len(note), abs=RATE // 10 if condition.opus else 0)
    assert (condition == AS_RECORDED) == (len(first) == len(note) and bool((first == note).all()))
    if condition.behind:
        other = behind.spoilt(note, 8, condition)
        assert len(other) != len(first) or (other != first).any()


def test_every_condition_has_a_name_of_its_own() -> None:
    assert len({condition.name for condition in CONDITIONS}) == len(CONDITIONS)
    assert BOTH[0].name == "babble 20 dB, Opus 16 kbit/s"
