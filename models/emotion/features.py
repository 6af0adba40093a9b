"""A waveform as the network hears it: log-mel frames with the melody of the voice beside them.

The hot path of every note: numpy and scipy in float32, no torch and no librosa. It knows nothing
of networks, corpora or files.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.fft import rfft

RATE = 16_000
"""Hertz."""
HOP = 160
"""Samples from one frame to the next: 10 ms."""
WINDOW = 400
"""Samples a frame sees: 25 ms."""
FFT = 512
MELS = 64
LOWEST, HIGHEST = 60.0, 7600.0
"""Hertz, the edges of the mel filters."""
PROSODY = 3
"""Channels beside the mels: pitch, pitch against the note's own median, voicing."""
CHANNELS = MELS + PROSODY

TRIM_DB = 40.0
"""Ends that stay this far under the loud parts are silence."""
RANGE_DB = 50.0
"""What lies further than this under the loud parts is floor, and says nothing."""

DESCRIPTION: dict[str, float] = {
    "rate": RATE,
    "hop": HOP,
    "window": WINDOW,
    "mels": MELS,
    "lowest": LOWEST,
    "highest": HIGHEST,
    "prosody": PROSODY,
    "trim_db": TRIM_DB,
    "range_db": RANGE_DB,
    "version": 1,
}
"""What weights were trained on; they are refused where it is not what this file makes."""

Samples = NDArray[np.float32]
Frames = NDArray[np.float32]

_BLOCK = 3000
"""Frames worked on at once."""
_PITCH_HOP, _PITCH_WINDOW, _PITCH_FFT = 2 * HOP, 768, 1024
_PITCH_BINS = 128
"""FFT bins kept for pitch: up to 2 kHz, where the harmonics are clear of the formants' details."""
_LAG_FFT = 512
_LAG_RATE = RATE * _LAG_FFT / _PITCH_FFT
"""Hertz of the autocorrelation's lags after keeping the lowest bins alone."""
_SHORTEST, _LONGEST = int(_LAG_RATE / 500), int(_LAG_RATE / 63)
"""Lags searched: 500 down to 63 Hz."""
_PITCH_CENTRE = 7.5
"""log2 of 181 Hz, between men's and women's usual pitch: there the channel is 0."""


def features(samples: Samples) -> Frames:
    """Everything the network sees of a trimmed note: samples (N,) → (N // HOP + 1, CHANNELS).

    Level is gone: the same note at another gain gives the same features.
    """
    mels = standardised(log_mel(samples))  # (T, MELS)
    melody = np.repeat(prosody(samples), 2, axis=0)[: len(mels)]  # (T, PROSODY), held for 20 ms
    return np.concatenate([mels, melody], axis=1)


def log_mel(samples: Samples) -> Frames:
    """Mel power in decibels: (N,) → (N // HOP + 1, MELS), frame t centred on sample t · HOP.

    The same as librosa's melspectrogram (centred, zero-padded, Slaney's filters) in 10 log10.
    """
    return np.concatenate([_log_mel(block) for block in _frames(samples, WINDOW, HOP)])


def _log_mel(frames: Frames) -> Frames:
    spectrum = _spectrum(frames, FFT)  # (T, FFT / 2 + 1)
    power = (spectrum.real**2 + spectrum.imag**2) @ mel_filters()
    decibels: Frames = np.float32(10) * np.log10(np.maximum(power, np.float32(1e-10)))
    return decibels


def standardised(mels: Frames) -> Frames:
    """Log-mels without level: floored RANGE_DB under the loud frames, mean 0, deviation 1."""
    loud = np.quantile(mels.mean(axis=1), 0.95)
    floored = np.maximum(mels, np.float32(loud - RANGE_DB))
    centred = floored - floored.mean()
    standard: Frames = centred / max(float(centred.std()), 1.0)
    return standard


def prosody(samples: Samples) -> Frames:
    """The melody, every 20 ms: (N,) → (N // (2 · HOP) + 1, PROSODY).

    Pitch by the autocorrelation of the low-passed magnitude spectrum, in octaves from 181 Hz;
    the same from the note's own median; and how periodic the frame is, 0 … 1. Both pitches fade
    to 0 where the frame is not periodic, since there they are guesses.
    """
    blocks = [_periods(block) for block in _frames(samples, _PITCH_WINDOW, _PITCH_HOP)]
    lag, voicing = np.concatenate(blocks).T
    octave = np.log2(_LAG_RATE / lag) - _PITCH_CENTRE
    sure = np.clip((voicing - 0.1) / 0.25, 0.0, 1.0)
    voiced = octave[sure > 0.5]
    usual = np.median(voiced) if len(voiced) else 0.0
    return np.stack([octave * sure, (octave - usual) * sure, voicing], axis=1).astype(np.float32)


def _periods(frames: Frames) -> Frames:
    """The best lag of each frame, refined by a parabola, and its height: (T, window) → (T, 2).

    Short lags are preferred a little, so that a period is not taken for two of it.
    """
    spectrum = _spectrum(frames, _PITCH_FFT)[:, :_PITCH_BINS]
    likeness = np.abs(spectrum) @ _cosines()  # (T, lags)
    likeness /= np.maximum(likeness[:, :1], 1e-6)
    lags = np.arange(likeness.shape[1], dtype=np.float32)
    searched = (
        likeness[:, _SHORTEST : _LONGEST + 1] - 0.1 * lags[_SHORTEST : _LONGEST + 1] / _LONGEST
    )
    best = searched.argmax(axis=1) + _SHORTEST
    rows = np.arange(len(best))
    before, at, after = (likeness[rows, best + step] for step in (-1, 0, 1))
    bend = np.minimum(before - 2 * at + after, -1e-6)
    lag = best + np.clip(0.5 * (before - after) / bend, -0.5, 0.5)
    return np.stack([lag, np.clip(at, 0.0, 1.0)], axis=1)


def _frames(samples: Samples, window: int, hop: int) -> Iterator[Frames]:
    """Frames centred on every hop-th sample, zeros beyond the ends: (N,) → (N // hop + 1, window).

    They come in blocks, so that ten minutes take no more memory at once than half a minute.
    """
    padded = np.pad(samples, window // 2)
    frames = sliding_window_view(padded, window)[::hop][: len(samples) // hop + 1]
    for start in range(0, len(frames), _BLOCK):
        yield frames[start : start + _BLOCK]


def _spectrum(frames: Frames, size: int) -> NDArray[np.complex64]:
    """The frames under a Hann window, zeros behind them: (T, window) → (T, size / 2 + 1)."""
    windowed = np.zeros((len(frames), size), np.float32)
    np.multiply(frames, _hann(frames.shape[1]), out=windowed[:, : frames.shape[1]])
    spectrum: NDArray[np.complex64] = rfft(windowed, overwrite_x=True)
    return spectrum


@cache
def _cosines() -> NDArray[np.float32]:
    """From a magnitude spectrum to its autocorrelation: (_PITCH_BINS, lags).

    An inverse FFT of so few bins and lags takes three times as long.
    """
    bins, lags = np.arange(_PITCH_BINS)[:, None], np.arange(_LONGEST + 2)
    twice = np.where(bins == 0, 1, 2) / _LAG_FFT  # each bin stands for its mirror image as well
    return (twice * np.cos(2 * np.pi * bins * lags / _LAG_FFT)).astype(np.float32)


@cache
def _hann(length: int) -> Samples:
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    return window.astype(np.float32)


@cache
def mel_filters() -> NDArray[np.float32]:
    """Slaney's triangular mel filters, each of area one: (FFT / 2 + 1, MELS)."""
    edges = _mel_to_hertz(np.linspace(_hertz_to_mel(LOWEST), _hertz_to_mel(HIGHEST), MELS + 2))
    bins = np.fft.rfftfreq(FFT, 1 / RATE)[:, None]
    rising = (bins - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - bins) / np.diff(edges)[1:]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    area: NDArray[np.float64] = 2.0 / (edges[2:] - edges[:-2])
    return (triangles * area).astype(np.float32)


# Slaney's scale: linear under 1 kHz (15 mels), logarithmic above (27 steps a factor of 6.4).
_STEP = 200.0 / 3
_LOG_STEP = np.log(6.4) / 27


def _hertz_to_mel(hertz: float) -> float:
    return hertz / _STEP if hertz < 1000 else float(15 + np.log(hertz / 1000) / _LOG_STEP)


def _mel_to_hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    bent: NDArray[np.float64] = 1000.0 * np.exp(_LOG_STEP * (mels - 15))
    return np.where(mels < 15, mels * _STEP, bent)
