"""Held-out recordings as they would come from a worse place: other voices behind, harder coding."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from models.emotion.augment import mixed, stretch_of
from models.emotion.features import Samples
from models.emotion.recordings import opus_round_trip, trimmed

VOICES = 4
"""Talking at once in babble."""


@dataclass(frozen=True, slots=True)
class Condition:
    name: str
    babble_db: float | None = None
    """Signal-to-noise ratio; None for no babble."""
    opus: int | None = None
    """Bits a second; None for the coding the recording came with."""

    def applied(self, samples: Samples, voices: Sequence[Samples], rng: Generator) -> Samples:
        """The recording, trimmed, under this condition; babble is drawn from `voices`."""
        samples = trimmed(samples)
        if self.babble_db is not None:
            chosen = [voices[i] for i in rng.choice(len(voices), VOICES, replace=False)]
            babble = sum(stretch_of(_level(voice), len(samples), rng) for voice in chosen)
            samples = mixed(samples, np.asarray(babble, np.float32), self.babble_db)
        if self.opus is not None:
            samples = opus_round_trip(
                0.5 * samples / max(float(np.abs(samples).max()), 1e-6), self.opus
            )
        return samples


def _level(samples: Samples) -> Samples:
    """At a root mean square of one."""
    return samples / max(float(np.sqrt(np.mean(np.square(samples)))), 1e-6)


CONDITIONS = (
    Condition("as recorded, trimmed"),
    *(Condition(f"Opus {rate} kbit/s", opus=1000 * rate) for rate in (32, 24, 16, 12)),
    *(Condition(f"babble {ratio} dB", babble_db=float(ratio)) for ratio in (20, 10, 5, 0)),
    Condition("babble 20 dB, Opus 16 kbit/s", babble_db=20.0, opus=16_000),
    Condition("babble 10 dB, Opus 16 kbit/s", babble_db=10.0, opus=16_000),
)
