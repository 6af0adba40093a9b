"""Splits, the fair one and those that papers report: who is learnt from, and who is tested.

Items are dealt, each a recording, perhaps changed; what learns from them is not here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import librosa
import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from models.emotion.features import RATE, Samples
from models.emotion.recordings import levelled
from models.emotion.studies.sources import FOLDS, SEED, Roll, Sources

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Item:
    position: int
    """Of the utterance."""
    change: str = ""
    """A key of CHANGES; empty for the recording as it is."""


Trial = tuple[Sequence[Item], Sequence[Item]]
"""What is learnt from, what is tested."""


def noisy(samples: Samples, rng: np.random.Generator) -> Samples:
    """White noise up to 3.5 % of the peak."""
    strength = 0.035 * rng.random() * float(np.abs(samples).max())
    return samples + (strength * rng.normal(size=len(samples))).astype(np.float32)


def slower(samples: Samples, rng: np.random.Generator) -> Samples:
    """At four fifths of its pace, the pitch kept."""
    return np.asarray(librosa.effects.time_stretch(samples, rate=0.8), np.float32)


def raised(samples: Samples, rng: np.random.Generator) -> Samples:
    """Seven tenths of a semitone higher, the pace kept."""
    return np.asarray(librosa.effects.pitch_shift(samples, sr=RATE, n_steps=0.7), np.float32)


CHANGES: dict[str, Callable[[Samples, np.random.Generator], Samples]] = {
    change.__name__: change for change in (noisy, slower, raised)
}
"""What notebooks and papers make copies by."""


def changed(sources: Sources, item: Item) -> Samples:
    """The item's samples, the same every time."""
    samples = sources.level(item.position)
    if not item.change:
        return samples
    return levelled(CHANGES[item.change](samples, np.random.default_rng([SEED, item.position])))


def copies(items: Sequence[Item]) -> list[Item]:
    """The items and every changed copy of them."""
    return [Item(i.position, change) for i in items for change in ("", *CHANGES)]


def oversampled(items: Sequence[Item], labels: Labels, rng: np.random.Generator) -> list[Item]:
    """The items, rarer classes filled up to the commonest by drawing some twice."""
    of = labels[[i.position for i in items]]
    most = max(int((of == label).sum()) for label in np.unique(of))
    result = list(items)
    for label in np.unique(of):
        own = np.flatnonzero(of == label)
        result += [items[int(i)] for i in rng.choice(own, most - len(own))]
    return result


def speakers_apart(roll: Roll, places: NDArray[np.int64]) -> list[Trial]:
    folds = roll.folds[places]
    return [
        ([Item(int(i)) for i in places[folds != f]], [Item(int(i)) for i in places[folds == f]])
        for f in np.unique(folds)
    ]


def copies_of_training(roll: Roll, places: NDArray[np.int64]) -> list[Trial]:
    return [(copies(heard), unheard) for heard, unheard in speakers_apart(roll, places)]


def at_random(
    roll: Roll, places: NDArray[np.int64], *, copied: bool = False, filled: bool = False
) -> list[Trial]:
    """Four fifths against one, five times, whoever speaks; copies and filling before the split."""
    items = [Item(int(i)) for i in places]
    if copied:
        items = copies(items)
    if filled:
        items = oversampled(items, roll.labels, np.random.default_rng(SEED))
    labels = roll.labels[[i.position for i in items]]
    parts = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(items, labels)
    return [([items[i] for i in heard], [items[i] for i in unheard]) for heard, unheard in parts]


@dataclass(frozen=True, slots=True)
class Protocol:
    name: str
    deal: Callable[[Roll, NDArray[np.int64]], list[Trial]]
    fair: bool = False


PROTOCOLS = (
    Protocol("speakers apart", speakers_apart, fair=True),
    Protocol("speakers apart, copies of the training clips", copies_of_training, fair=True),
    Protocol("random 80/20", at_random),
    Protocol("random 80/20, oversampled before", partial(at_random, filled=True)),
    Protocol("random 80/20, copies made before", partial(at_random, copied=True)),
    Protocol("random 80/20, both before", partial(at_random, copied=True, filled=True)),
)
