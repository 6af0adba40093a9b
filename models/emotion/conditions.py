"""Recordings as they would come from a worse place: voices or noise behind, harder coding.

What is behind lies over the whole recording, silences at its ends included, as it does in a room;
how far it is down is counted against the speech alone.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.emotion.augment import stretch_of
from models.emotion.corpora import Utterance
from models.emotion.endpoints import speech_span
from models.emotion.features import Samples
from models.emotion.recordings import decode, opus_round_trip

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

    def spoilt(self, samples: Samples, condition: Condition, position: int) -> Samples:
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
        parts = [stretch_of(_level(self.voices[int(i)]), length, rng) for i in chosen]
        return np.asarray(np.sum(parts, axis=0), np.float32)


def over(samples: Samples, behind: Samples, ratio: float) -> Samples:
    """Both together, `behind` scaled to lie `ratio` dB under the speech (its silent ends apart)."""
    start, end = speech_span(samples)
    speech = float(np.mean(np.square(samples[start:end]))) if end > start else 0.0
    power = float(np.mean(np.square(behind)))
    if power < 1e-12:
        return samples
    return samples + np.float32(np.sqrt(speech / power * 10 ** (-ratio / 10))) * behind


def backgrounds(data: Path, utterances: Sequence[Utterance], unheard: Sequence[str]) -> Backgrounds:
    """Noises kept back from training, and every tenth clip of the unheard speakers of SPEAKING."""
    voices = [u.path for u in utterances if u.corpus == SPEAKING and u.speaker in unheard]
    with (data / "noise" / "manifest.csv").open(newline="", encoding="utf-8") as lines:
        sounds = [row["path"] for row in csv.DictReader(lines)]
    return Backgrounds(
        [decode(path) for path in kept_back(data, sounds)], [decode(path) for path in voices[::10]]
    )


def kept_back(data: Path, sounds: Sequence[str]) -> list[Path]:
    """Every fifth noise, which training (`Material.sounds`) leaves for measuring."""
    noises = [sound for sound in sounds if "/rir/" not in sound]
    return [data / sound for sound in noises[::5]]


def _level(samples: Samples) -> Samples:
    """At a root mean square of one."""
    return samples / max(float(np.sqrt(np.mean(np.square(samples)))), 1e-6)
