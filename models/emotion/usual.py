"""What is usual for a voice: its pitch, loudness and pace, note by note, and one note against them.

Cheap enough for every note, since it reads the melody that the network is given anyway; on speech
its pitch agrees with librosa's pYIN, which takes two hundred times as long. Nothing here hears a
feeling.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from models.emotion.features import HOP, MELS, RATE, Frames, Samples
from pipeline.values import Against, VoiceProfile

VOICED = 0.35
"""Periodicity from which the pitch of a frame is sure."""
LEAST_VOICED = 20
"""Frames of sure pitch, 0.2 s, under which a note says nothing of its voice."""
SOUNDING_DB = 25.0
"""Frames that stay this far under the loud ones are pauses."""
NUCLEUS_DB = 2.0
"""Depth of the dip that parts two syllables (de Jong and Wempe, 2009)."""
SYLLABLE = 0.06
"""Least seconds from one syllable to the next."""
NOTICEABLE = (1.0, 3.0, 0.6)
"""Semitones, decibels, syllables a second: smaller differences are not worth a word."""
UNUSUAL = 0.8
"""Nor are those that stay within so many of the voice's own deviations."""
KNOWN = 3
"""Other notes from which on a voice's usual is known."""

STATISTICS = 2 * len(NOTICEABLE)
"""Numbers of a profile that are made here; behind them stand the network's traits."""

Numbers = NDArray[np.float64]


def profile_of(samples: Samples, frames: Frames) -> VoiceProfile | None:
    """One note's pitch (semitones from 181 Hz), loudness (dBFS) and pace (syllables a second).

    Their squares stand behind them, so that merged profiles know a voice's deviations as well.
    None where too little of it is voiced. `frames` are the features of the trimmed `samples`.
    """
    octave, voicing = frames[:, MELS], frames[:, MELS + 2]
    sure = voicing > VOICED
    if sure.sum() < LEAST_VOICED:
        return None
    level = _level(samples)
    sounding = level > np.quantile(level, 0.95) - SOUNDING_DB
    loudness = 10 * np.log10(np.mean(10 ** (level[sounding] / 10)))
    numbers = np.array([12 * np.median(octave[sure]), loudness, _pace(level, sounding, sure)])
    return VoiceProfile(1, (*map(float, numbers), *map(float, np.square(numbers))))


def compare(note: VoiceProfile, usual: VoiceProfile | None) -> tuple[Against, ...] | None:
    """Pitch, loudness and pace of a note against the profile that it was merged into.

    None where too few other notes are known, or they were measured in another way.
    """
    if usual is None or usual.notes <= KNOWN or not usual.comparable(note):
        return None
    others = usual.notes - 1
    sums = np.array(usual.mean) * usual.notes - np.array(note.mean)
    mean, square = np.split(sums[:STATISTICS] / others, 2)
    deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
    differences = np.array(note.mean[: len(mean)]) - mean
    least = np.maximum(NOTICEABLE, UNUSUAL * deviation)
    return tuple(_told(*pair) for pair in zip(differences, least, strict=True))


def _told(difference: float, least: float) -> Against:
    if abs(difference) < least:
        return Against.SAME
    return Against.MORE if difference > 0 else Against.LESS


def _level(samples: Samples) -> Numbers:
    """Decibels below full scale, every 10 ms, smoothed over 50 ms."""
    blocks = samples[: len(samples) // HOP * HOP].reshape(-1, HOP).astype(np.float64)
    power = np.convolve(np.square(blocks).mean(axis=1), np.full(5, 0.2), mode="same")
    level: Numbers = 10 * np.log10(np.maximum(power, 1e-10))
    return level


def _pace(level: Numbers, sounding: NDArray[np.bool_], sure: NDArray[np.bool_]) -> float:
    """Syllable nuclei, peaks of loudness that are voiced, by second of sound."""
    peaks, _ = find_peaks(
        level, prominence=NUCLEUS_DB, distance=max(1, round(SYLLABLE * RATE / HOP))
    )
    nuclei = sum(bool(sounding[peak] and sure[max(0, peak - 2) : peak + 3].any()) for peak in peaks)
    return float(nuclei / max(sounding.sum() * HOP / RATE, 0.1))
