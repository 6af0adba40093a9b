"""What a teacher network says of each recording, as targets for the student to reproduce.

The teacher's embeddings are read from a file; the teacher itself is not here. Targets are made of
training speakers alone, and the head that predicts them is dropped when the network ships.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.emotion.corpora import Utterance

Embeddings = NDArray[np.float32]


def read_teacher(file: Path, names: Sequence[str]) -> Embeddings:
    """The embeddings of the recordings `names`, (N, D), NaN where the teacher heard none of it."""
    with np.load(file) as stored:
        rows = {str(path): row for row, path in enumerate(stored["path"])}
        known = np.array([name in rows for name in names])
        stored_embedding = np.asarray(stored["embedding"], np.float32)
    embedding = np.full((len(names), stored_embedding.shape[1]), np.nan, np.float32)
    embedding[known] = stored_embedding[[rows[name] for name in names if name in rows]]
    return embedding


def targets(embeddings: Embeddings, utterances: Sequence[Utterance]) -> Embeddings:
    """Two views of every embedding side by side, (N, D) → (N, 2 · D), each dimension standardised.

    Where there is no embedding there is no target either: NaN.

    The first is the embedding itself. The second is how far it lies from its speaker's mean: what
    this clip has that the voice does not always have, which is where the emotion is. A student
    that hears one clip can only predict it by telling the usual from the unusual.
    """
    speakers = np.array([utterance.speaker for utterance in utterances])
    centred = embeddings.copy()
    taught = ~np.isnan(embeddings[:, 0])
    for speaker in np.unique(speakers[taught]):
        own = taught & (speakers == speaker)
        centred[own] -= embeddings[own].mean(axis=0)
    return np.concatenate([_standardised(embeddings), _standardised(centred)], axis=1)


def _standardised(values: Embeddings) -> Embeddings:
    spread = np.nanstd(values, axis=0)
    standard: Embeddings = (values - np.nanmean(values, axis=0)) / np.maximum(spread, 1e-4)
    return np.clip(standard, -5.0, 5.0)


class TeacherHead(nn.Module):
    """From the student's summary of a note to the teacher's; used in training alone."""

    def __init__(self, pooled: int, dimensions: int) -> None:
        super().__init__()
        self.predict = nn.Linear(pooled, dimensions)

    def loss(self, summary: Tensor, target: Tensor) -> Tensor:
        """Mean squared error per note: (B, pooled), (B, D) → (B,); 0 where the target is NaN."""
        wrong = (self.predict(summary) - target.nan_to_num()).square().mean(dim=1)
        return torch.where(target[:, 0].isnan(), 0.0, wrong)
