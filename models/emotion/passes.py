"""Augmented features ahead of time: every recording several times over, as training reads them.

Making a clip's features, with rooms, noise and codecs, takes as long as learning from them, and
every run needs the same. So they are made once, in some `passes` over the corpora, each with its
own chance; what is cheap (cutting, tempo, mel shift, colour, masks, mixup) stays on the fly. A
derived cache in runs/, like the recordings'. Behind a clip talk only voices that no fold holds
out, so that one set of passes serves every fold.
"""

import json
import multiprocessing
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models.emotion.augment import Chances, Sounds, spoilt, warped
from models.emotion.features import CHANNELS, HOP, RATE, Frames, features
from models.emotion.recordings import Cache


@dataclass(frozen=True, slots=True)
class Pass:
    """The features of every recording, in one mapped file."""

    frames: NDArray[np.float16]
    """(all frames, CHANNELS + 1); see Recipe.frames."""
    ends: NDArray[np.int64]
    """Where each recording's frames end."""

    def __getitem__(self, index: int) -> Frames:
        start = self.ends[index - 1] if index else 0
        return np.asarray(self.frames[start : self.ends[index]], np.float32)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a recording's features are made, by chance."""

    clean: Cache
    opus: Cache
    sounds: Sounds
    chances: Chances
    seconds: float
    """Longest stretch kept."""

    @property
    def stamp(self) -> str:
        """What tells passes by this recipe from others: all that is done to the waveform."""
        done = ("opus", "speed", "room", "noise", "babble", "pause", "snr_db")
        chances = [getattr(self.chances, name) for name in done]
        return repr((chances, self.seconds, len(self.clean), CHANNELS))

    def frames(self, index: int, rng: Generator) -> Frames:
        """One recording, augmented: (T, CHANNELS), and behind them the frame's own place.

        That is where in the unspoilt recording the frame comes from, in frames; −1 in a pause.
        """
        source = self.opus if rng.random() < self.chances.opus else self.clean
        samples = source[index]
        spare = max(0, len(samples) - int(self.seconds * RATE))
        start = int(rng.integers(spare + 1))
        samples = samples[start : start + len(samples) - spare]
        slower, before, factor = warped(samples, self.chances, rng)
        heard = features(spoilt(slower, self.chances, self.sounds, rng))
        places = (np.arange(len(heard)) - before / HOP) * factor  # in the stretch
        silent = (places < 0) | (places > len(samples) / HOP)
        places = np.where(silent, -1.0, places + start / HOP)
        return np.concatenate([heard, places[:, None].astype(np.float32)], axis=1)


def build_passes(
    folder: Path, count: int, recipe: Recipe, tell: Callable[[str], None]
) -> Sequence[Pass]:
    """The passes by this recipe, in a folder of their own in `folder`.

    Those that are not there yet are made, two at a time.
    """
    stamp = recipe.stamp
    folder = folder / f"passes-{zlib.crc32(stamp.encode()):08x}"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [n for n in range(count) if not _is_made(folder / f"{n}.json", stamp)]
    fork = multiprocessing.get_context("fork")  # shares the mapped caches, pickles nothing
    for start in range(0, len(missing), 2):
        workers = [
            fork.Process(target=_make, args=(folder, number, recipe, stamp))
            for number in missing[start : start + 2]
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        tell(f"{count - len(missing) + start + len(workers)} of {count} augmented passes made")
    return [_read(folder / f"{number}.json") for number in range(count)]


def _is_made(index: Path, stamp: str) -> bool:
    return index.exists() and json.loads(index.read_text())["stamp"] == stamp


def _make(folder: Path, number: int, recipe: Recipe, stamp: str) -> None:
    ends, total = [], 0
    with (folder / f"{number}.frames").open("wb") as out:
        for index in range(len(recipe.clean)):
            frames = recipe.frames(index, np.random.default_rng((number, index)))
            out.write(frames.astype(np.float16).tobytes())
            total += len(frames)
            ends.append(total)
    (folder / f"{number}.json").write_text(json.dumps({"stamp": stamp, "ends": ends}))


def _read(index: Path) -> Pass:
    frames = np.memmap(index.with_suffix(".frames"), np.float16, "r").reshape(-1, CHANNELS + 1)
    return Pass(frames, np.array(json.loads(index.read_text())["ends"], np.int64))
