"""Where the speech of a note starts and ends: silence around it is cut, and so is a room's noise.

The network hears a note against its own loudness, so a second of the room before and after the
speech changes what it hears of the speech itself. numpy alone; knows no network.
"""

import numpy as np
from numpy.typing import NDArray

from models.emotion.features import HOP, TRIM_DB, Samples

ABOVE_FLOOR_DB, UNDER_LOUD_DB = 9.0, 10.0
"""What stays less than the first over a note's quietest tenth, and more than the second under its
loud parts, is the room."""
ROOM_DB = 25.0
"""A room that lies further than this under the loud parts does no harm, and may be soft speech."""
LONG, KEPT = 40, 20
"""Frames of 10 ms: the room is cut where more than so many lie at an end, and so many stay."""
_SMOOTH = 10
"""Frames, 100 ms: neither a click nor a gap between two syllables counts."""


def speech_span(samples: Samples) -> tuple[int, int]:
    """First and past-the-last sample of what is not silence at the ends; (0, 0) of no sound.

    Digital zeros and quiet ends are out, 50 ms of margin are left. Pauses inside stay.
    """
    energy = _energy(samples)
    sounding = energy[energy > 1e-10]
    if not len(sounding):
        return 0, 0
    threshold = float(np.quantile(sounding, 0.95)) * 10 ** (-TRIM_DB / 10)
    loud = np.flatnonzero(energy > max(threshold, 1e-10))
    margin = 5 * HOP
    return max(0, int(loud[0]) * HOP - margin), min(
        len(samples), (int(loud[-1]) + 1) * HOP + margin
    )


def span_in_noise(samples: Samples) -> tuple[int, int]:
    """The same, the room's noise before and after the speech out as well.

    Training and its caches know `speech_span` alone: the corpora come from quiet rooms.
    """
    start, end = speech_span(samples)
    energy = _energy(samples[start:end])
    if len(energy) <= 2 * LONG:
        return start, end
    before = _SMOOTH // 2
    around = np.pad(energy, (before, _SMOOTH - 1 - before), mode="edge")
    level = np.convolve(around, np.full(_SMOOTH, 1 / _SMOOTH), mode="valid")  # as long as energy
    over_floor = float(np.quantile(level, 0.1)) * 10 ** (ABOVE_FLOOR_DB / 10)
    loud = float(np.quantile(energy, 0.95))
    speech = np.flatnonzero(level > min(over_floor, loud * 10 ** (-UNDER_LOUD_DB / 10)))
    if over_floor < loud * 10 ** (-ROOM_DB / 10) or not len(speech):  # quiet, or clicks alone
        return start, end
    first, last = int(speech[0]), int(speech[-1]) + 1
    if len(energy) - last > LONG:
        end = start + (last + KEPT) * HOP
    if first > LONG:
        start += (first - KEPT) * HOP
    return start, end


def _energy(samples: Samples) -> NDArray[np.float32]:
    """Mean square of every 10 ms, (N // HOP,)."""
    blocks = samples[: len(samples) // HOP * HOP].reshape(-1, HOP)
    energy: NDArray[np.float32] = np.einsum("ij,ij->i", blocks, blocks) / HOP
    return energy
