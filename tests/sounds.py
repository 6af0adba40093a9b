"""Sounds that tests are made of."""

import numpy as np

from models.emotion.features import RATE, Samples


def tone(hertz: float, seconds: float = 1.0, amplitude: float = 0.2) -> Samples:
    """A pure tone, (seconds · RATE,)."""
    time = np.arange(int(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
