"""A note of any length as overlapping windows, and the windows' guesses as one feeling.

Pure arithmetic on frame counts, levels and logits; knows neither network nor engine.
"""

import numpy as np
from numpy.typing import NDArray

from models.emotion.features import HOP, RATE, Samples

WINDOW = 3 * RATE // HOP
"""Frames of one window: 3 s, the longest stretch that the network was trained on."""
STEP = WINDOW // 2
"""Frames from one window to the next."""
WHOLE = WINDOW * 4 // 3
"""A note up to this many frames is one window: two that overlap almost whole say the same."""

Matrix = NDArray[np.float64]


def window_starts(frames: int) -> list[int]:
    """First frames of the windows; the last one ends with the note."""
    if frames <= WHOLE:
        return [0]
    return [*range(0, frames - WINDOW, STEP), frames - WINDOW]


def window_length(frames: int) -> int:
    """Frames of every window of a note of that many."""
    return frames if frames <= WHOLE else WINDOW


def loudness(samples: Samples, starts: list[int], length: int) -> Matrix:
    """How much voice each window holds: its root mean square, (windows,), summing to 1."""
    levels = [
        np.sqrt(np.mean(np.square(samples[start * HOP : (start + length) * HOP])))
        for start in starts
    ]
    weights = np.asarray(levels, np.float64) + 1e-9
    share: Matrix = weights / weights.sum()
    return share


def softmax(logits: Matrix) -> Matrix:
    """(…, 8) → (…, 8), each row summing to 1."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: Matrix = powers / powers.sum(axis=-1, keepdims=True)
    return probabilities
