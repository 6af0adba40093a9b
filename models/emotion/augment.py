"""What a microphone, a room, a street and a codec do to a voice, done on the fly while training.

Two stages: on the waveform (speed, pauses, rooms, noise, babble), then on the features (tempo,
mel shift, colour of the microphone, masks). Everything is drawn from the generator it is handed.
Opus comes before this: the cache holds every recording a second time, after a round trip.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy.signal import fftconvolve

from models.emotion.features import MELS, RATE, Frames, Samples
from models.emotion.recordings import Cache


@dataclass(frozen=True, slots=True)
class Chances:
    """How often each thing happens to a clip, and how far it goes."""

    opus: float = 0.4
    """Of a clip coming from the cache's Opus variant (12–24 kbit/s)."""
    speed: float = 0.3
    room: float = 0.2
    noise: float = 0.4
    babble: float = 0.15
    pause: float = 0.3
    tempo: float = 0.3
    shift: float = 0.4
    colour: float = 0.5
    masks: int = 2
    """Bands hidden in time, and as many in frequency."""
    snr_db: tuple[float, float] = (5.0, 25.0)


@dataclass(frozen=True, slots=True)
class Sounds:
    """What voices are mixed with; the speech is of training speakers alone."""

    noises: Cache
    noise_indices: tuple[int, ...]
    rooms: tuple[Samples, ...]
    """Impulse responses."""
    speech: Cache
    speech_indices: tuple[int, ...]


def warped(samples: Samples, chances: Chances, rng: Generator) -> tuple[Samples, int, float]:
    """Spoken at another speed, with a pause around: (N,) → (N',), the pause before, the speed."""
    factor, before, after = 1.0, 0, 0
    if rng.random() < chances.speed:
        factor = rng.uniform(0.9, 1.12)
        samples = at_speed(samples, factor)
    if rng.random() < chances.pause:
        before, after = (int(pause) for pause in rng.integers(0, RATE // 2, 2))
        samples = np.pad(samples, (before, after))
    return samples, before, factor


def spoilt(samples: Samples, chances: Chances, sounds: Sounds, rng: Generator) -> Samples:
    """In a room, with noise and babble behind: (N,) → (N,), level left to the features."""
    if sounds.rooms and rng.random() < chances.room:
        samples = in_room(samples, sounds.rooms[rng.integers(len(sounds.rooms))])
    if rng.random() < chances.noise:
        noise = sounds.noises[sounds.noise_indices[rng.integers(len(sounds.noise_indices))]]
        samples = mixed(samples, stretch_of(noise, len(samples), rng), rng.uniform(*chances.snr_db))
    if rng.random() < chances.babble:
        babble = babble_of(sounds, len(samples), rng)
        samples = mixed(samples, babble, rng.uniform(*chances.snr_db))
    return samples


def augment_features(frames: Frames, chances: Chances, rng: Generator) -> Frames:
    """(T, CHANNELS) → (T', CHANNELS)."""
    if rng.random() < chances.tempo:
        frames = at_tempo(frames, rng.uniform(0.85, 1.2))
    mels = frames[:, :MELS].copy()
    if rng.random() < chances.shift:
        mels = shifted(mels, int(rng.integers(-2, 3)))
    if rng.random() < chances.colour:
        mels += colour(rng)
    for _ in range(chances.masks):
        mask(mels, rng)
    return np.concatenate([mels, frames[:, MELS:]], axis=1)


def at_speed(samples: Samples, factor: float) -> Samples:
    """Faster and higher by `factor`, as a tape would play it."""
    places = np.arange(0, len(samples) - 1, factor)
    return np.asarray(np.interp(places, np.arange(len(samples)), samples), np.float32)


def in_room(samples: Samples, response: Samples) -> Samples:
    """The voice as the room gives it back, the direct sound where it was: (N,) → (N,)."""
    start = int(np.abs(response).argmax())
    heard = fftconvolve(samples, response[start : start + RATE // 2])[: len(samples)]
    return np.asarray(heard, np.float32)


def mixed(samples: Samples, noise: Samples, snr_db: float, voice: Samples | None = None) -> Samples:
    """Both together, the noise scaled to that signal-to-noise ratio.

    The signal is all of the samples, or the `voice` in them.
    """
    voice = samples if voice is None else voice
    voice_power, noise_power = float(np.mean(voice**2)), float(np.mean(noise**2))
    if noise_power < 1e-12:
        return samples
    gain = np.sqrt(voice_power / noise_power * 10 ** (-snr_db / 10))
    return samples + np.float32(gain) * noise


def stretch_of(sound: Samples, length: int, rng: Generator) -> Samples:
    """`length` samples of a sound from a random place, repeated where it is too short."""
    start = int(rng.integers(len(sound)))
    return np.resize(np.roll(sound, -start), length)


def babble_of(sounds: Sounds, length: int, rng: Generator) -> Samples:
    """Three to five voices at once, equally loud."""
    babble = np.zeros(length, np.float32)
    for index in rng.choice(sounds.speech_indices, int(rng.integers(3, 6))):
        voice = sounds.speech[int(index)]
        if len(voice):
            voice = voice / max(float(np.sqrt(np.mean(voice**2))), 1e-4)
            babble += stretch_of(voice.astype(np.float32), length, rng)
    return babble


def at_tempo(frames: Frames, factor: float) -> Frames:
    """Faster by `factor` at the same pitch: (T, C) → (T / factor, C)."""
    places = np.arange(0, len(frames) - 1, factor, dtype=np.float32)
    before = places.astype(int)
    after = np.minimum(before + 1, len(frames) - 1)
    share = (places - before).astype(np.float32)[:, None]
    between: Frames = frames[before] * (1 - share) + frames[after] * share
    return between


def shifted(mels: Frames, steps: int) -> Frames:
    """The spectrum moved up by `steps` filters, its edge repeated: a longer or shorter throat."""
    places = np.clip(np.arange(MELS) - steps, 0, MELS - 1)
    return mels[:, places]


def colour(rng: Generator) -> Frames:
    """A microphone's own response, (MELS,), a smooth curve in deviations of the log-mels."""
    knots = rng.normal(0.0, 0.25, 5)
    return np.interp(np.arange(MELS), np.linspace(0, MELS - 1, 5), knots).astype(np.float32)


def mask(mels: Frames, rng: Generator) -> None:
    """Hide a band of frequencies and a stretch of time, in place (SpecAugment, Park 2019)."""
    width = int(rng.integers(0, 9))
    low = int(rng.integers(0, MELS - width))
    mels[:, low : low + width] = 0.0
    length = int(rng.integers(0, min(25, len(mels) // 5) + 1))
    start = int(rng.integers(0, len(mels) - length + 1))
    mels[start : start + length] = 0.0
