"""Where speech starts and ends: silence and a room's noise around it go, and speech never does."""

import numpy as np
import pytest

from models.emotion.endpoints import KEPT, span_in_noise, speech_span
from models.emotion.features import HOP, RATE, Samples
from tests.sounds import tone


def noise(seconds: float, strength: float) -> Samples:
    rng = np.random.default_rng(0)
    return rng.normal(0.0, strength, int(seconds * RATE)).astype(np.float32)


def test_span_leaves_out_silence_and_digital_zeros() -> None:
    zeros = np.zeros(RATE, np.float32)
    quiet = noise(0.5, 1e-4)
    start, end = speech_span(np.concatenate([zeros, quiet, tone(150), quiet, zeros]))
    assert start == pytest.approx(1.5 * RATE, abs=0.07 * RATE)
    assert end == pytest.approx(2.5 * RATE, abs=0.07 * RATE)


def test_pauses_inside_stay() -> None:
    pause = np.zeros(RATE, np.float32)
    voice = tone(150, 0.5)
    note = np.concatenate([voice, pause, voice])
    assert speech_span(note) == span_in_noise(note) == (0, 2 * RATE)


@pytest.mark.parametrize("samples", [0, 7, 159, 160, RATE])
def test_no_sound_has_no_span(samples: int) -> None:
    nothing = np.zeros(samples, np.float32)
    assert speech_span(nothing) == span_in_noise(nothing) == (0, 0)


@pytest.mark.parametrize("under", [20.0, 15.0])
def test_a_room_s_noise_around_the_speech_is_cut(under: float) -> None:
    room = noise(4.0, 0.14 * 10 ** (-under / 20))
    note = room + np.pad(tone(150, 2.0), RATE)
    assert speech_span(note) == (0, 4 * RATE)
    start, end = span_in_noise(note)
    assert start == pytest.approx(RATE - KEPT * HOP, abs=0.06 * RATE)
    assert end == pytest.approx(3 * RATE + KEPT * HOP, abs=0.06 * RATE)


def test_in_quiet_rooms_both_spans_are_the_same() -> None:
    note = np.concatenate([noise(1.0, 1e-5), tone(150, 2.0), noise(1.0, 1e-5)])
    assert span_in_noise(note) == speech_span(note)


@pytest.mark.parametrize("seconds", [0.3, 0.7, 3.0])
def test_speech_that_fills_a_noisy_note_stays_whole(seconds: float) -> None:
    note = tone(150, seconds) + noise(seconds, 0.01)
    assert span_in_noise(note) == (0, len(note))


def test_a_voice_that_fades_word_by_word_keeps_its_end() -> None:
    words = np.concatenate([tone(150, 0.4), np.zeros(RATE // 5, np.float32)] * 5)
    fading = words * np.linspace(1.0, 0.1, len(words), dtype=np.float32)
    _, end = span_in_noise(fading + noise(3.0, 1e-3))
    assert end > 2.8 * RATE


def test_clicks_alone_are_left_as_they_are() -> None:
    clicks = np.zeros(2 * RATE, np.float32)
    clicks[:: RATE // 5] = 0.9
    assert span_in_noise(clicks) == speech_span(clicks)
