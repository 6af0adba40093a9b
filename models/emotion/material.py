"""What training and evaluation work on: the corpora decoded once, the noises, and the split."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from models.emotion.augment import Sounds
from models.emotion.batches import Clips
from models.emotion.config import Config
from models.emotion.corpora import (
    EMOTIONS,
    Utterance,
    deal_folds,
    deal_noises,
    read_manifest,
    read_noises,
)
from models.emotion.dialogues import iemocap, meld
from models.emotion.distil import Steps, read_steps, read_teacher, targets
from models.emotion.features import RATE, Samples
from models.emotion.layouts import crema_d, emodb, emovo, nemo, ravdess, savee, tess
from models.emotion.passes import Pass, Recipe, build_passes
from models.emotion.recordings import Cache, build_cache, decode, opus_round_trip, trimmed
from models.emotion.soft_labels import soft_labels

OPUS_RATES = (12_000, 16_000, 20_000, 24_000)
"""Bits a second of the second variant; the corpora themselves come at 32 000."""
REAL_ROOMS = ("noise/rir/sb_", "noise/rir/web_kitchen")
"""Impulse responses that sound like a room somebody sits in; the others are reverb units."""

LAYOUTS: dict[str, Callable[[Path], list[Utterance]]] = {
    reader.__name__: reader
    for reader in (ravdess, tess, savee, emodb, emovo, crema_d, nemo, meld, iemocap)
}

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Material:
    config: Config
    utterances: Sequence[Utterance]
    clean: Cache
    opus: Cache
    noises: Cache
    noise_names: Sequence[str]
    fold_of: dict[str, int]

    def positions(self, fold: int) -> list[int]:
        """Utterances whose speakers the fold holds out, in the order of the list."""
        held = enumerate(self.utterances)
        return [i for i, u in held if self.fold_of.get(u.speaker, -1) == fold and self.audible(i)]

    def training_positions(self) -> list[int]:
        """Utterances of every speaker that is not held out."""
        held = set(self.positions(self.config.held_out)) if self.config.held_out >= 0 else set()
        return [i for i in range(len(self.utterances)) if i not in held and self.audible(i)]

    def audible(self, position: int) -> bool:
        return self.clean.length(position) >= RATE // 4

    def clips(self, positions: Sequence[int]) -> Clips:
        """The utterances at `positions`, with the teacher's targets where there is a teacher."""
        chosen = [self.utterances[i] for i in positions]
        names = [name_of(u, self.config.data) for u in chosen]
        teachers = [read_teacher(teacher, names) for teacher in self.config.teachers]
        taught = np.zeros((len(chosen), 0), np.float32)
        opinions = np.full((len(chosen), len(EMOTIONS)), np.nan, np.float32)
        if teachers:
            taught = targets(teachers, chosen)
        if teachers and self.config.opinion:
            opinions = soft_labels(teachers, chosen)
        lengths = np.array([self.clean.length(i) for i in positions])
        return Clips(chosen, np.array(positions), lengths, taught, opinions, self._steps(positions))

    def _steps(self, positions: Sequence[int]) -> Steps | None:
        names = [name_of(u, self.config.data) for u in self.utterances]
        over_time = (t for t in self.config.teachers if t.steps)
        return next((read_steps(teacher, names, positions) for teacher in over_time), None)

    def passes(self, tell: Tell) -> Sequence[Pass]:
        """The augmented features of all recordings; made where they are not there yet."""
        config = self.config
        talking = [i for i, u in enumerate(self.utterances) if u.corpus in config.training_only]
        sounds = self.sounds([i for i in talking if self.audible(i)])
        recipe = Recipe(self.clean, self.opus, sounds, config.chances, config.seconds * 1.5)
        return build_passes(config.runs / "cache", config.passes, recipe, tell)

    def sounds(self, speech: Sequence[int]) -> Sounds:
        """Noises and rooms for training."""
        noises, _ = deal_noises(self.noise_names)
        rooms = [i for i, name in enumerate(self.noise_names) if name.startswith(REAL_ROOMS)]
        return Sounds(
            self.noises,
            tuple(noises),
            tuple(self.noises[i] for i in rooms),
            self.clean,
            tuple(speech),
        )


def name_of(utterance: Utterance, data: Path) -> str:
    """What a recording is called in caches and teachers' tables: its path, short inside `data`."""
    path = utterance.path
    return str(path.relative_to(data) if path.is_relative_to(data) else path)


def gather(config: Config, tell: Tell) -> Material:
    """Read the manifests and build whatever cache is not there yet (minutes, once).

    Raises ValueError where corpora are to be left out of a run that holds no fold out: nothing
    would keep them from being trained on.
    """
    if config.left_out and config.held_out < 0:
        raise ValueError("corpora are left out beside a fold: say which one (--held-out)")
    utterances = read_manifest(config.data)
    for layout, corpus in config.more.items():
        utterances += LAYOUTS[layout](Path(corpus))
    names = [name_of(utterance, config.data) for utterance in utterances]
    folder = config.runs / "cache"

    def load(index: int) -> Samples:
        return trimmed(decode(utterances[index].path))

    clean = build_cache(folder / "clean.pcm", names, load, tell)

    def load_opus(index: int) -> Samples:
        return opus_round_trip(clean[index], Random(names[index]).choice(OPUS_RATES))

    opus = build_cache(folder / "opus.pcm", names, load_opus, tell)
    sounds = read_noises(config.data)

    def load_noise(index: int) -> Samples:
        noise = decode(config.data / sounds[index])
        return noise * np.float32(0.7 / max(float(np.abs(noise).max()), 1e-6))

    noises = build_cache(folder / "noise.pcm", sounds, load_noise, tell)
    fold_of = deal_folds(utterances, config.folds, config.fold_seed, config.training_only)
    fold_of |= {u.speaker: config.held_out for u in utterances if u.corpus in config.left_out}
    return Material(config, utterances, clean, opus, noises, sounds, fold_of)
