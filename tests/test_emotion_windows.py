"""How a note is cut into windows, for notes of every length."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.emotion.windows import STEP, WHOLE, loudness, softmax, window_length, window_starts


@given(st.integers(1, 100_000))
def test_windows_cover_the_note_and_stay_inside(frames: int) -> None:
    starts, length = window_starts(frames), window_length(frames)
    assert starts[0] == 0
    assert starts[-1] + length == frames
    steps = np.diff(starts)
    assert ((steps > 0) & (steps <= STEP)).all()


def test_a_short_note_is_one_window() -> None:
    assert window_starts(WHOLE) == [0]
    assert len(window_starts(WHOLE + 1)) == 2


def test_loud_windows_count_more() -> None:
    samples = np.concatenate([np.full(16_000, 0.01), np.full(16_000, 0.3)]).astype(np.float32)
    quiet, loud = loudness(samples, [0, 100], 100)
    assert loud > 10 * quiet
    assert abs(quiet + loud - 1) < 1e-9


@given(st.lists(st.floats(-500, 500, width=16), min_size=8, max_size=8))
def test_softmax_sums_to_one(logits: list[float]) -> None:
    probabilities = softmax(np.array(logits))
    assert abs(probabilities.sum() - 1) < 1e-9
    assert probabilities[np.argmax(logits)] == probabilities.max()
