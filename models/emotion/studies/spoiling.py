"""Recordings of unheard speakers as they come from worse places, the same for every cleaning.

The noise lies over the whole recording, silences at its ends included, as it does in a room; how
far it is down is counted against the speech alone.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.emotion.augment import stretch_of
from models.emotion.features import Samples, speech_span
from models.emotion.recordings import decode
from models.emotion.studies.sources import SEED, Sources, levelled

VOICES = 4
"""Talking at once in babble."""
RATIOS = (20.0, 10.0, 5.0, 0.0)
"""Signal-to-noise, dB."""


@dataclass(frozen=True, slots=True)
class Condition:
    kind: str
    """`clean`, `babble` or `noise`."""
    ratio: float = np.inf
    """Signal-to-noise, dB."""

    @property
    def name(self) -> str:
        return self.kind if self.kind == "clean" else f"{self.kind} {self.ratio:g} dB"


CONDITIONS = (
    Condition("clean"),
    *(Condition(kind, ratio) for kind in ("babble", "noise") for ratio in RATIOS),
)


@dataclass(frozen=True, slots=True)
class Backgrounds:
    noises: Sequence[Samples]
    """Sounds that no training heard."""
    voices: Sequence[Samples]
    """Speech of speakers that the weights at hand never heard."""

    def spoilt(self, samples: Samples, condition: Condition, position: int) -> Samples:
        """The recording under the condition; what lies behind it is drawn by its position."""
        if condition.kind == "clean":
            return samples
        rng = np.random.default_rng([SEED, position, len(condition.kind)])
        if condition.kind == "babble":
            chosen = rng.choice(len(self.voices), VOICES, replace=False)
            parts = [stretch_of(levelled(self.voices[int(i)]), len(samples), rng) for i in chosen]
            behind = np.sum(parts, axis=0)
        else:
            behind = stretch_of(self.noises[int(rng.integers(len(self.noises)))], len(samples), rng)
        return over(samples, np.asarray(behind, np.float32), condition.ratio)


def over(samples: Samples, behind: Samples, ratio: float) -> Samples:
    """Both together, `behind` scaled to lie `ratio` dB under the speech (its silent ends apart)."""
    start, end = speech_span(samples)
    speech = float(np.mean(np.square(samples[start:end]))) if end > start else 0.0
    power = float(np.mean(np.square(behind)))
    if power < 1e-12:
        return samples
    return samples + np.float32(np.sqrt(speech / power * 10 ** (-ratio / 10))) * behind


def backgrounds(sources: Sources, unheard: Sequence[str], behind: str = "nemo") -> Backgrounds:
    """Noises kept back from training, and clips of the unheard speakers of the corpus `behind`."""
    voices = [u.path for u in sources.utterances if u.corpus == behind and u.speaker in unheard]
    with (sources.data / "noise" / "manifest.csv").open(newline="", encoding="utf-8") as lines:
        sounds = [row["path"] for row in csv.DictReader(lines)]
    return Backgrounds(
        [decode(path) for path in kept_back(sources.data, sounds)],
        [decode(path) for path in voices[::10]],
    )


def kept_back(data: Path, sounds: Sequence[str]) -> list[Path]:
    """Every fifth noise, which training (`Material.sounds`) leaves for measuring."""
    noises = [sound for sound in sounds if "/rir/" not in sound]
    return [data / sound for sound in noises[::5]]
