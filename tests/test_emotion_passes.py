"""Passes: augmented ahead of time, and every frame knows where it comes from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.emotion.augment import Chances, Sounds
from models.emotion.features import CHANNELS, HOP, RATE, features
from models.emotion.passes import Recipe, build_passes
from models.emotion.recordings import Cache, to_pcm

STILL = Chances(opus=0, speed=0, room=0, noise=0, babble=0, pause=0)


@pytest.fixture
def cache() -> Cache:
    time = np.arange(RATE) / RATE
    tones = [(0.3 * np.sin(2 * np.pi * hertz * time)).astype(np.float32) for hertz in (150, 220)]
    return Cache(np.concatenate([to_pcm(t) for t in tones]), np.array([RATE, 2 * RATE]))


def recipe(cache: Cache, chances: Chances, seconds: float = 2.0) -> Recipe:
    return Recipe(cache, cache, Sounds(cache, (0,), (), cache, (0, 1)), chances, seconds)


def test_without_chances_a_pass_is_the_recordings_own_features(cache: Cache) -> None:
    frames = recipe(cache, STILL).frames(1, np.random.default_rng(0))
    np.testing.assert_allclose(frames[:, :CHANNELS], features(cache[1]), atol=1e-6)
    assert frames[:, CHANNELS].tolist() == list(range(len(frames)))


def test_frames_know_their_place_at_another_speed_and_after_a_pause(cache: Cache) -> None:
    for seed in range(8):
        moved = replace(STILL, speed=1.0, pause=1.0)
        places = recipe(cache, moved).frames(0, np.random.default_rng(seed))[:, CHANNELS]
        inside = places >= 0
        assert 0.8 * RATE / HOP < inside.sum() < 1.2 * RATE / HOP
        pace = np.diff(places[inside])
        assert pace == pytest.approx(pace[0], abs=0.01)
        assert 0.9 <= pace[0] <= 1.12
        assert places[inside][0] < 2 and places[inside][-1] > RATE / HOP - 3


def test_a_long_recording_is_cut_and_still_knows_its_place(cache: Cache) -> None:
    starts = {
        float(recipe(cache, STILL, 0.5).frames(0, np.random.default_rng(s))[0, CHANNELS])
        for s in range(5)
    }
    assert len(starts) == 5
    assert all(0 <= start <= 0.5 * RATE / HOP for start in starts)


def test_passes_are_made_once_and_differ(cache: Cache, tmp_path: Path) -> None:
    told: list[str] = []
    noisy = recipe(cache, replace(STILL, noise=1.0))
    first = build_passes(tmp_path, 3, noisy, told.append)
    assert len(first) == 3 and told
    assert not np.array_equal(first[0][1], first[1][1])
    told.clear()
    again = build_passes(tmp_path, 3, noisy, told.append)
    assert not told
    np.testing.assert_array_equal(first[2][1], again[2][1])
    build_passes(tmp_path, 1, recipe(cache, STILL), told.append)
    assert told  # another recipe has passes of its own
    np.testing.assert_array_equal(build_passes(tmp_path, 3, noisy, told.append)[2][1], first[2][1])
