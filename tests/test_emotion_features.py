"""The features against librosa's, and what a change of level or of length may do to them."""

import librosa
import numpy as np
import pytest

from models.emotion.features import (
    CHANNELS,
    FFT,
    HIGHEST,
    HOP,
    LOWEST,
    MELS,
    RATE,
    WINDOW,
    Samples,
    features,
    log_mel,
    mel_filters,
    prosody,
    standardised,
)


def tone(hertz: float, seconds: float = 1.0, amplitude: float = 0.3) -> Samples:
    """A voice-like tone: ten harmonics, falling by half each."""
    time = np.arange(int(seconds * RATE)) / RATE
    harmonics = (0.5**n * np.sin(2 * np.pi * (n + 1) * hertz * time) for n in range(10))
    return np.asarray(amplitude * sum(harmonics), np.float32)


def noise(seconds: float, amplitude: float = 0.1) -> Samples:
    rng = np.random.default_rng(3)
    return rng.normal(0, amplitude, int(seconds * RATE)).astype(np.float32)


@pytest.mark.parametrize("samples", [noise(3.0), tone(220, 1.7), noise(0.31, 1e-4)])
def test_log_mel_is_librosas(samples: Samples) -> None:
    power = librosa.feature.melspectrogram(
        y=samples,
        sr=RATE,
        n_fft=FFT,
        win_length=WINDOW,
        hop_length=HOP,
        n_mels=MELS,
        fmin=LOWEST,
        fmax=HIGHEST,
        pad_mode="constant",
    )
    theirs = 10 * np.log10(np.maximum(power, 1e-10)).T
    ours = log_mel(samples)
    assert ours.dtype == np.float32
    assert ours.shape == theirs.shape
    # Decibels; single precision leaves a little more in the almost empty bands.
    assert np.abs(ours - theirs).max() < 0.02


def test_mel_filters_are_librosas() -> None:
    theirs = librosa.filters.mel(sr=RATE, n_fft=FFT, n_mels=MELS, fmin=LOWEST, fmax=HIGHEST)
    np.testing.assert_allclose(mel_filters(), theirs.T, atol=1e-7)


@pytest.mark.parametrize("hertz", [80, 120, 210, 300, 420])
def test_pitch_of_a_tone(hertz: float) -> None:
    melody = prosody(tone(hertz))[5:-5]
    assert (melody[:, 2] > 0.3).all()
    np.testing.assert_allclose(2 ** (melody[:, 0] + 7.5), hertz, rtol=0.03)
    np.testing.assert_allclose(melody[:, 1], 0.0, atol=0.03)


def test_noise_has_no_pitch() -> None:
    voicing = prosody(noise(2.0))[:, 2]
    assert np.median(voicing) < np.median(prosody(tone(180, 2.0))[:, 2]) - 0.2


@pytest.mark.parametrize("gain", [0.05, 4.0])
def test_level_does_not_matter(gain: float) -> None:
    samples = tone(200) + noise(1.0, 0.02)
    louder = (samples * gain).astype(np.float32)
    np.testing.assert_allclose(features(louder), features(samples), atol=0.02)


def test_standardised_has_no_level_left() -> None:
    mels = standardised(log_mel(noise(1.0)))
    assert abs(float(mels.mean())) < 1e-4
    assert float(mels.std()) == pytest.approx(1.0, abs=1e-3)


def test_digital_silence_has_features_too() -> None:
    assert np.isfinite(features(np.zeros(RATE, np.float32))).all()


@pytest.mark.parametrize("samples", [160, 161, 4000, 16_001, 500_000])
def test_one_frame_every_hop(samples: int) -> None:
    assert features(noise(40.0)[:samples]).shape == (samples // HOP + 1, CHANNELS)


def test_blocks_leave_no_seam() -> None:
    """Half a minute and one minute go through in different blocks, and begin the same."""
    long = noise(61.0)
    np.testing.assert_array_equal(log_mel(long)[:2000], log_mel(long[: 25 * RATE])[:2000])
