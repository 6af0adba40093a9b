"""Recordings as they would come from a worse place: voices or noise behind, harder coding.

What is behind lies over the whole recording, silences at its ends included, as it does in a room;
how far it is down is counted against the speech alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.emotion.augment import mixed, stretch_of
from models.emotion.corpora import Utterance, deal_noises, read_noises
from models.emotion.endpoints import speech_span
from models.emotion.features import Samples
from models.emotion.recordings import decode, levelled, opus_round_trip

VOICES = 4
"""Talking at once in babble."""
BABBLE, NOISE = "babble", "noise"
SPEAKING = "nemo"
"""The corpus whose speakers talk behind others."""
_SEED = 7


@dataclass(frozen=True, slots=True)
class Condition:
    behind: str = ""
    """BABBLE, NOISE or nothing."""
    ratio: float = np.inf
    """Signal-to-noise, dB."""
    opus: int | None = None
    """Bits a second; None for the coding the recording came with."""

    @property
    def name(self) -> str:
        behind = f"{self.behind} {self.ratio:g} dB" if self.behind else ""
        coded = f"Opus {self.opus // 1000} kbit/s" if self.opus else ""
        return ", ".join(filter(None, (behind, coded))) or "clean"


AS_RECORDED = Condition()
NOISY = tuple(
    Condition(kind, ratio) for kind in (BABBLE, NOISE) for ratio in (20.0, 10.0, 5.0, 0.0)
)
CODED = tuple(Condition(opus=1000 * rate) for rate in (32, 24, 16, 12))
BOTH = tuple(Condition(kind, 20.0, 16_000) for kind in (BABBLE, NOISE))
CONDITIONS = (AS_RECORDED, *NOISY, *CODED, *BOTH)


@dataclass(frozen=True, slots=True)
class Backgrounds:
    noises: Sequence[Samples]
    """Sounds that no training heard."""
    voices: Sequence[Samples]
    """Speech of speakers that the network at hand never heard."""

    def spoilt(self, samples: Samples, position: int, condition: Condition) -> Samples:
        """The recording under the condition; what lies behind it is drawn by its position."""
        if condition.behind:
            rng = np.random.default_rng([_SEED, position, len(condition.behind)])
            samples = over(samples, self._behind(condition, len(samples), rng), condition.ratio)
        if condition.opus is not None:
            peak = max(float(np.abs(samples).max()), 1e-6)
            samples = opus_round_trip(0.5 * samples / peak, condition.opus)
        return samples

    def _behind(self, condition: Condition, length: int, rng: np.random.Generator) -> Samples:
        if condition.behind == NOISE:
            return stretch_of(self.noises[int(rng.integers(len(self.noises)))], length, rng)
        chosen = rng.choice(len(self.voices), VOICES, replace=False)
        parts = [stretch_of(levelled(self.voices[int(i)]), length, rng) for i in chosen]
        return np.asarray(np.sum(parts, axis=0), np.float32)


def over(samples: Samples, behind: Samples, ratio: float) -> Samples:
    """Both together, `behind` scaled to lie `ratio` dB under the speech (its silent ends apart)."""
    start, end = speech_span(samples)
    return mixed(samples, behind, ratio, samples[start:end] if end > start else samples)


def backgrounds(data: Path, unheard: Sequence[Utterance]) -> Backgrounds:
    """Noises kept back from training, and every tenth of the unheard clips of SPEAKING."""
    sounds = read_noises(data)
    _, kept_back = deal_noises(sounds)
    voices = [u.path for u in unheard if u.corpus == SPEAKING]
    return Backgrounds(
        [decode(data / sounds[place]) for place in kept_back],
        [decode(path) for path in voices[::10]],
    )
