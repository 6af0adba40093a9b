"""Our own network as something that learns from any clips and guesses others, from scratch.

A short course of a few minutes, with no teacher and no voice known: enough to see what a split
does to a figure, and not how well the shipped network hears.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from models.emotion.augment import Chances, augment_features
from models.emotion.batches import cut, pad
from models.emotion.features import Frames
from models.emotion.learning import Average, warmed_and_faded
from models.emotion.measuring import logits_of
from models.emotion.network import EmotionNetwork, Shape

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Course:
    """How long is learnt, and from how much at once."""

    steps: int = 450
    batch: int = 32
    frames: int = 300
    """Longest stretch of a clip."""
    learning_rate: float = 1.5e-3
    shape: Shape = field(default_factory=Shape)
    seed: int = 7


def taught(frames: Sequence[Frames], labels: Labels, course: Course) -> EmotionNetwork:
    """The network after a course on N clips, each (T, CHANNELS); labels (N,)."""
    torch.manual_seed(course.seed)
    rng = np.random.default_rng(course.seed)
    network = EmotionNetwork(course.shape).train()
    average = Average(network, 0.99)
    optimizer = torch.optim.AdamW(network.parameters(), course.learning_rate, weight_decay=0.02)
    for step in range(course.steps):
        for group in optimizer.param_groups:
            group["lr"] = course.learning_rate * warmed_and_faded(step / course.steps)
        loss = _loss(network, frames, labels, (course, rng))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        average.follow(network)
    network.load_state_dict(average.state)
    return network.eval()


def _loss(
    network: EmotionNetwork,
    frames: Sequence[Frames],
    labels: Labels,
    how: tuple[Course, Generator],
) -> Tensor:
    course, rng = how
    places = rng.integers(len(frames), size=course.batch)
    clips = [augment_features(frames[i], Chances(), rng) for i in places]
    padded, lengths = pad([cut(clip, course.frames, rng) for clip in clips])
    with torch.autocast("cpu", torch.bfloat16):
        summary = network.dropout(network.summary(padded, lengths))
        logits = network.classify(summary).float()
    return F.cross_entropy(logits, torch.from_numpy(labels[places]), label_smoothing=0.1)


def guessed(network: EmotionNetwork, frames: Sequence[Frames]) -> Labels:
    """N whole clips → the likeliest of the eight, (N,)."""
    rows = [logits_of(network, frames[i : i + 32]) for i in range(0, len(frames), 32)]
    return np.asarray(np.concatenate(rows).argmax(axis=1), np.int64)
