"""What every study starts from: the recordings, trimmed and decoded once, and whom each fold keeps.

The folds are those that the network is trained and measured on, dealt here from the manifest
alone, so that a study needs neither a network nor its configuration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.emotion.corpora import EMOTIONS, Utterance, deal_folds, labels_of, read_manifest
from models.emotion.features import RATE, Samples
from models.emotion.measuring import CLEAN_TEST_SENTENCES
from models.emotion.recordings import Cache, build_cache, decode, levelled, trimmed

FOLDS, FOLD_SEED = 5, 1
TRAINING_ONLY = ("tess", "turevdb")
"""Two women, and single words: no figure on them would mean anything."""
SEED = 7
"""Of every classifier that draws lots."""


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    data: Path
    """The folder of the corpora."""
    runs: Path
    """Where what can be made again is kept."""
    utterances: Sequence[Utterance]
    sounds: Cache
    """Every utterance, trimmed."""
    fold_of: dict[str, int]
    """Speaker → the fold that holds them out; speakers of TRAINING_ONLY corpora are in none."""

    @property
    def names(self) -> list[str]:
        return [str(u.path.relative_to(self.data)) for u in self.utterances]

    def level(self, position: int) -> Samples:
        """The utterance at a root mean square of a tenth: how loud it was recorded is no hint."""
        return levelled(self.sounds[position])


@dataclass(frozen=True, slots=True)
class Roll:
    """Who says what, N utterances side by side, as arrays that classifiers can be cut from."""

    corpora: NDArray[np.str_]
    speakers: NDArray[np.str_]
    sexes: NDArray[np.str_]
    labels: NDArray[np.int64]
    """(N,), place in EMOTIONS; −1 where there is none to learn."""
    folds: NDArray[np.int64]
    """(N,), −1 for speakers that no fold holds out."""
    measured: NDArray[np.bool_]
    """Labelled, in a fold, and not a sentence that tells its label."""
    allowed: NDArray[np.bool_]
    """(N, 8), the labels that the utterance's corpus knows."""


def gather(data: Path, runs: Path) -> Sources:
    """The corpora at `data`; what is not decoded yet under `runs` is decoded (minutes, once)."""
    utterances = read_manifest(data)
    names = [str(u.path.relative_to(data)) for u in utterances]

    def load(index: int) -> Samples:
        return trimmed(decode(utterances[index].path))

    sounds = build_cache(runs / "cache" / "clean.pcm", names, load, lambda _: None)
    return Sources(data, runs, utterances, sounds, folds_of(utterances))


def folds_of(utterances: Sequence[Utterance]) -> dict[str, int]:
    return deal_folds(utterances, FOLDS, FOLD_SEED, TRAINING_ONLY)


def call(utterances: Sequence[Utterance], fold_of: dict[str, int]) -> Roll:
    """The roll of the utterances, in their order."""
    known = labels_of(utterances)
    labels = np.array([EMOTIONS.index(u.emotion) if u.emotion else -1 for u in utterances])
    folds = np.array([fold_of.get(u.speaker, -1) for u in utterances])
    fair = [u.text in CLEAN_TEST_SENTENCES.get(u.corpus, (u.text,)) for u in utterances]
    return Roll(
        corpora=np.array([u.corpus for u in utterances]),
        speakers=np.array([u.speaker for u in utterances]),
        sexes=np.array([u.sex for u in utterances]),
        labels=labels,
        folds=folds,
        measured=np.array(fair) & (labels >= 0) & (folds >= 0),
        allowed=np.array([[e in known.get(u.corpus, ()) for e in EMOTIONS] for u in utterances]),
    )


def audible(sources: Sources) -> NDArray[np.bool_]:
    """(N,), False where less than a quarter of a second is left."""
    lengths = [sources.sounds.length(i) for i in range(len(sources.utterances))]
    return np.array(lengths) >= RATE // 4
