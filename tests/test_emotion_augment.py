"""What augmentation does to sound and to features, piece by piece."""

import numpy as np
import pytest

from models.emotion.augment import (
    Chances,
    Sounds,
    at_speed,
    at_tempo,
    augment_features,
    babble_of,
    colour,
    in_room,
    mask,
    mixed,
    shifted,
    spoilt,
    stretch_of,
    warped,
)
from models.emotion.features import CHANNELS, MELS, RATE, Samples, features
from models.emotion.recordings import Cache, from_pcm, opus_round_trip, to_pcm

EVERYTHING = Chances(
    opus=1.0,
    speed=1.0,
    room=1.0,
    noise=1.0,
    babble=1.0,
    pause=1.0,
    tempo=1.0,
    shift=1.0,
    colour=1.0,
)
NOTHING = Chances(
    opus=0, speed=0, room=0, noise=0, babble=0, pause=0, tempo=0, shift=0, colour=0, masks=0
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(2)


def tone(hertz: float, seconds: float = 1.0) -> Samples:
    time = np.arange(int(seconds * RATE)) / RATE
    return (0.3 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


@pytest.fixture
def sounds(rng: np.random.Generator) -> Sounds:
    waveforms = [tone(hertz) for hertz in (150, 200, 250)]
    cache = Cache(
        np.concatenate([to_pcm(w) for w in waveforms]), np.cumsum([len(w) for w in waveforms])
    )
    room = np.zeros(3000, np.float32)
    room[[100, 900, 2000]] = 1.0, 0.5, 0.25
    return Sounds(cache, (0, 1), (room,), cache, (0, 1, 2))


@pytest.mark.parametrize("snr", [0.0, 10.0, 25.0])
def test_noise_is_as_far_down_as_asked(rng: np.random.Generator, snr: float) -> None:
    voice, noise = tone(200), rng.normal(0, 0.02, RATE).astype(np.float32)
    added = mixed(voice, noise, snr) - voice
    ratio = 10 * np.log10(np.mean(voice**2) / np.mean(added**2))
    assert ratio == pytest.approx(snr, abs=0.05)


def test_silent_noise_is_no_noise() -> None:
    np.testing.assert_array_equal(mixed(tone(200), np.zeros(RATE, np.float32), 5.0), tone(200))


def test_speed_raises_pitch_and_shortens() -> None:
    faster = at_speed(tone(200, 2.0), 1.1)
    assert len(faster) == pytest.approx(2 * RATE / 1.1, rel=1e-3)
    peak = np.abs(np.fft.rfft(faster)).argmax() * RATE / len(faster)
    assert peak == pytest.approx(220, abs=1)


def test_a_room_keeps_the_voice_in_its_place() -> None:
    click = np.zeros(RATE, np.float32)
    click[4000] = 1.0
    response = np.zeros(2000, np.float32)
    response[[50, 800]] = 1.0, 0.4
    heard = in_room(click, response)
    assert len(heard) == RATE
    assert heard[4000] == pytest.approx(1.0, abs=1e-5)
    assert heard[4750] == pytest.approx(0.4, abs=1e-5)


def test_a_short_noise_is_repeated(rng: np.random.Generator) -> None:
    assert len(stretch_of(tone(100, 0.1), RATE, rng)) == RATE


def test_babble_is_never_silent_nor_short(sounds: Sounds, rng: np.random.Generator) -> None:
    babble = babble_of(sounds, 3 * RATE, rng)
    assert len(babble) == 3 * RATE
    assert np.sqrt(np.mean(babble**2)) > 0.5


def test_tempo_shortens_and_keeps_the_spectrum() -> None:
    frames = features(tone(300, 2.0))
    faster = at_tempo(frames, 1.2)
    assert len(faster) == pytest.approx(len(frames) / 1.2, abs=2)
    np.testing.assert_allclose(faster[50], frames[60], atol=0.05)


def test_shift_moves_the_spectrum() -> None:
    mels = np.tile(np.arange(MELS, dtype=np.float32), (3, 1))
    assert shifted(mels, 2)[0, 10] == 8
    assert shifted(mels, -2)[0, 10] == 12
    assert shifted(mels, 2)[0, 0] == 0


def test_masks_hide_and_touch_nothing_else(rng: np.random.Generator) -> None:
    mels = np.ones((200, MELS), np.float32)
    for _ in range(20):
        mask(mels, rng)
    assert 0 < (mels == 0).mean() < 1
    assert set(np.unique(mels)) == {0.0, 1.0}


def test_a_very_short_clip_survives_masking(rng: np.random.Generator) -> None:
    mels = np.ones((3, MELS), np.float32)
    for _ in range(50):
        mask(mels, rng)


def test_colour_is_smooth_and_small(rng: np.random.Generator) -> None:
    curves = np.stack([colour(rng) for _ in range(200)])
    assert curves.shape == (200, MELS)
    assert np.abs(np.diff(curves, axis=1)).max() < 0.15
    assert abs(curves.mean()) < 0.1


def test_no_chances_no_change(sounds: Sounds, rng: np.random.Generator) -> None:
    voice = tone(180)
    np.testing.assert_array_equal(spoilt(voice, NOTHING, sounds, rng), voice)
    same, before, factor = warped(voice, NOTHING, rng)
    np.testing.assert_array_equal(same, voice)
    assert (before, factor) == (0, 1.0)
    frames = features(voice)
    np.testing.assert_array_equal(augment_features(frames, NOTHING, rng), frames)


def test_everything_at_once_gives_finite_features(sounds: Sounds) -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        samples = spoilt(warped(tone(180, 0.5), EVERYTHING, rng)[0], EVERYTHING, sounds, rng)
        frames = augment_features(features(samples), EVERYTHING, rng)
        assert frames.shape[1] == CHANNELS
        assert frames.dtype == np.float32
        assert np.isfinite(frames).all()


def test_the_same_generator_gives_the_same_clip(sounds: Sounds) -> None:
    first, second = (
        spoilt(tone(180), EVERYTHING, sounds, np.random.default_rng(4)) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def test_opus_keeps_the_voice_and_its_length() -> None:
    voice = tone(220, 2.0)
    heard = opus_round_trip(voice, 12_000)
    assert len(heard) == pytest.approx(len(voice), abs=RATE // 20)
    peak = np.abs(np.fft.rfft(heard)).argmax() * RATE / len(heard)
    assert peak == pytest.approx(220, abs=2)
    assert not np.array_equal(heard[:RATE], voice[:RATE])


def test_pcm_clips_and_comes_back() -> None:
    loud = np.array([-2.0, -1.0, 0.0, 0.5, 2.0], np.float32)
    np.testing.assert_allclose(from_pcm(to_pcm(loud)), [-1.0, -1.0, 0.0, 0.5, 1.0], atol=1e-4)
