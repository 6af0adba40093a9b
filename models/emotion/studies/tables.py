"""Recordings as rows of numbers: what the classical classifiers are fed.

Cepstral statistics and eGeMAPS are computed here and kept under runs/studies, a block at a time,
so that a run that was cut off goes on; embeddings of teachers are read from their files.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import librosa
import numpy as np
from numpy.typing import NDArray

from models.emotion.features import HOP, RATE, Samples
from models.emotion.studies.sources import TRAINING_ONLY, Sources

log = logging.getLogger("echomind.emotion.studies")

Table = NDArray[np.float32]
"""(L, N, D): L views of N recordings to choose one from (layers of a network, else one)."""

_BLOCK = 500
"""Recordings a file."""
_CEPSTRA = 20
_DELTA_FRAMES = 9


def cepstral_statistics(samples: Samples) -> Samples:
    """20 MFCC, their first and second differences, each as mean, deviation, least and most.

    Samples (N,) → (240,). Frames of 32 ms every 10 ms, the level taken out before.
    """
    if len(samples) < HOP * _DELTA_FRAMES:
        samples = np.pad(samples, (0, HOP * _DELTA_FRAMES - len(samples)))
    cepstra = librosa.feature.mfcc(
        y=samples, sr=RATE, n_mfcc=_CEPSTRA, n_fft=512, hop_length=HOP, n_mels=64
    )  # (20, T)
    tracks = np.concatenate(
        [cepstra, librosa.feature.delta(cepstra), librosa.feature.delta(cepstra, order=2)]
    )  # (60, T)
    summary = [tracks.mean(1), tracks.std(1), tracks.min(1), tracks.max(1)]
    return np.concatenate(summary).astype(np.float32)


def egemaps() -> Callable[[Samples], Samples]:
    """The extended Geneva minimalistic set (Eyben et al., 2016) by openSMILE: (N,) → (88,)."""
    import opensmile  # noqa: PLC0415 - the [train] extra, slow to load

    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02,
        feature_level=opensmile.FeatureLevel.Functionals,
    )

    def describe(samples: Samples) -> Samples:
        row: Any = smile.process_signal(samples, RATE)
        return np.asarray(row.to_numpy()[0], np.float32)

    return describe


def kept(folder: Path, positions: int, row: Callable[[int], Samples]) -> NDArray[np.float32]:
    """`row(i)` for every position, (N, D), read from `folder` where it has been computed before."""
    folder.mkdir(parents=True, exist_ok=True)
    blocks = []
    for start in range(0, positions, _BLOCK):
        file = folder / f"{start:06d}.npy"
        some = range(start, min(start + _BLOCK, positions))
        if not file.exists():
            partial = file.with_suffix(".part")
            with partial.open("wb") as out:
                np.save(out, np.stack([row(position) for position in some]))
            partial.replace(file)
            log.info("%s: %d of %d", folder.name, some[-1] + 1, positions)
        blocks.append(np.load(file))
        if len(blocks[-1]) != len(some):
            raise ValueError(f"{file} was made for other corpora; remove {folder}")
    return np.concatenate(blocks)


def cepstral_table(sources: Sources) -> Table:
    folder = sources.runs / "studies" / "cepstra"
    rows = kept(folder, len(sources.utterances), lambda i: cepstral_statistics(sources.level(i)))
    return rows[None]


def egemaps_table(sources: Sources) -> Table:
    """NaN for the corpora that only teach: a tenth of a second a clip is too dear for them."""
    folder, describe = sources.runs / "studies" / "egemaps", egemaps()
    places = [i for i, u in enumerate(sources.utterances) if u.corpus not in TRAINING_ONLY]
    rows = kept(folder, len(places), lambda i: describe(sources.level(places[i])))
    table = np.full((1, len(sources.utterances), rows.shape[1]), np.nan, np.float32)
    table[0, places] = np.nan_to_num(rows)
    return table


def embedding_table(sources: Sources, file: Path) -> Table:
    """A teacher's embeddings, (N, D) or layer by layer (N, L, D); NaN where it heard none of it."""
    with np.load(file) as stored:
        rows = {str(path): row for row, path in enumerate(stored["path"])}
        places = np.array([rows.get(name, -1) for name in sources.names])
        whole = np.asarray(stored["embedding"], np.float32)
    layered = whole[:, None] if whole.ndim == 2 else whole  # (rows, L, D)
    table: Table = layered[places].transpose(1, 0, 2)  # (L, N, D)
    table[:, places < 0] = np.nan
    return table


def centred(table: Table, speakers: NDArray[np.str_]) -> Table:
    """Every row less the mean of its speaker's rows: what is left when the voice is known."""
    result = table.copy()
    for speaker in np.unique(speakers):
        own = speakers == speaker
        result[:, own] -= table[:, own].mean(axis=1, keepdims=True)
    return result
