"""What teacher networks say of each recording, as targets for the student to reproduce.

The teachers' embeddings are read from files; the teachers themselves are not here. Targets are
made of training speakers alone, and the head that predicts them is dropped when the network ships.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.emotion.corpora import Utterance

Embeddings = NDArray[np.float32]

COMPONENTS = 256
"""Principal components kept of each view of each teacher."""


@dataclass(frozen=True, slots=True)
class Teacher:
    """Where one teacher's embeddings lie."""

    file: Path
    """npz of `path` (N,) and `embedding`, (N, D) or (N, layers, D)."""
    layers: tuple[int, ...] = ()
    """Those that are used, where there are several."""
    steps: bool = False
    """Whether states over time lie beside the embeddings, in a file .frames."""


def read_teacher(teacher: Teacher, names: Sequence[str]) -> Embeddings:
    """The embeddings of the recordings `names`, (N, D), NaN where the teacher heard none of it.

    Raises FileNotFoundError, saying how to do without, where the file is missing.
    """
    if not teacher.file.exists():
        raise FileNotFoundError(
            f"{teacher.file} is not there: make it (see whisper_teacher.py and the data's own "
            "description) or take this teacher out of the configuration"
        )
    with np.load(teacher.file) as stored:
        rows = {str(path): row for row, path in enumerate(stored["path"])}
        kept = stored["embedding"]
    if teacher.layers:
        kept = kept[:, list(teacher.layers)].reshape(len(kept), -1)
    known = np.array([name in rows for name in names])
    embedding = np.full((len(names), kept.shape[1]), np.nan, np.float32)
    embedding[known] = kept[[rows[name] for name in names if name in rows]]
    return embedding


def centred(embeddings: Embeddings, utterances: Sequence[Utterance]) -> Embeddings:
    """How far every embedding lies from its speaker's mean, (N, D).

    It is what a clip has that the voice does not always have, which is where the emotion is. A
    student that hears one clip can only predict it by telling the usual from the unusual.
    """
    speakers = np.array([utterance.speaker for utterance in utterances])
    apart = embeddings.copy()
    taught = ~np.isnan(embeddings[:, 0])
    for speaker in np.unique(speakers[taught]):
        own = taught & (speakers == speaker)
        apart[own] -= embeddings[own].mean(axis=0)
    return apart


def targets(teachers: Sequence[Embeddings], utterances: Sequence[Utterance]) -> Embeddings:
    """Two views of every teacher side by side, (N, teachers · 2 · at most COMPONENTS).

    The first view is the embedding itself, the second the one `centred` on its speaker. NaN where
    there is no embedding.
    """
    views = [view for each in teachers for view in (each, centred(each, utterances))]
    return np.concatenate([principal_components(standardised(v), COMPONENTS) for v in views], 1)


def standardised(values: Embeddings) -> Embeddings:
    """Every dimension at mean 0, deviation 1, outliers cut off."""
    spread = np.nanstd(values, axis=0)
    standard: Embeddings = (values - np.nanmean(values, axis=0)) / np.maximum(spread, 1e-4)
    return np.clip(standard, -5.0, 5.0)


def principal_components(values: Embeddings, components: int) -> Embeddings:
    """(N, D) → (N, at most `components`), their mean square one; NaN where the row is unknown."""
    known = values[~np.isnan(values[:, 0])]
    _, directions = np.linalg.eigh(known.T @ known)
    reduced: Embeddings = values @ directions[:, -components:]
    scale = np.float32(max(np.sqrt(np.nanmean(np.square(reduced))), 1e-6))
    in_scale: Embeddings = reduced / scale
    return in_scale


@dataclass(frozen=True, slots=True)
class Steps:
    """A teacher's states over time: for each recording one every 40 ms."""

    states: NDArray[np.float16]
    """(all steps, D), mapped."""
    ends: NDArray[np.int64]
    """Where each recording's steps end."""
    mean: Embeddings
    spread: Embeddings
    """(D,) each, of the training recordings."""

    def at(self, index: int, places: Embeddings) -> Embeddings:
        """Standardised states at `places` of a recording, in frames of 10 ms: (S,) → (S, D).

        NaN where there is none: before, after, in a pause.
        """
        start = int(self.ends[index - 1]) if index else 0
        rows = np.floor(places / 4).astype(int)
        there = (places >= 0) & (rows < self.ends[index] - start)
        found = np.full((len(places), len(self.mean)), np.nan, np.float32)
        found[there] = (self.states[start + rows[there]] - self.mean) / self.spread
        return np.clip(found, -5.0, 5.0)


def read_steps(teacher: Teacher, names: Sequence[str], training: Sequence[int]) -> Steps:
    """The teacher's states of all recordings `names`, standardised on those of `training`.

    Raises ValueError where the file holds other recordings.
    """
    with np.load(teacher.file) as stored:
        if [str(path) for path in stored["path"]] != list(names):
            raise ValueError(f"{teacher.file} was made of other recordings: make it again")
        ends, width = stored["ends"], stored["embedding"].shape[-1] // 2
    states = np.memmap(teacher.file.with_suffix(".frames"), np.float16, "r").reshape(-1, width)
    some = np.concatenate([states[ends[i] - 4 : ends[i] : 2] for i in training[::4]])
    some = some.astype(np.float32)
    return Steps(states, ends, some.mean(axis=0), some.std(axis=0) + 1e-3)


class TeacherHead(nn.Module):
    """From what the student hears to what the teachers heard; used in training alone."""

    def __init__(self, recurrent: int, pooled: int, steps: int, dimensions: int) -> None:
        super().__init__()
        self.predict = nn.Linear(pooled, dimensions)
        self.follow = nn.Linear(recurrent, steps)

    def loss(self, summary: Tensor, target: Tensor) -> Tensor:
        """Mean squared error per note: (B, pooled), (B, D) → (B,); NaN in a target counts 0."""
        return squared_error(self.predict(summary), target).mean(dim=1)

    def loss_in_steps(self, states: Tensor, target: Tensor) -> Tensor:
        """The same over time: (B, S, recurrent), (B, S, D) → one number."""
        known = (~target[:, :, 0].isnan()).sum().clamp(min=1)
        return squared_error(self.follow(states), target).mean(dim=2).sum() / known


def squared_error(guess: Tensor, target: Tensor) -> Tensor:
    return torch.where(target.isnan(), 0.0, (guess.float() - target.nan_to_num()).square())
