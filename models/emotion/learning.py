"""One step of learning: the loss over the labels a corpus knows, mixup, averaged weights."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from models.emotion.batches import Batch
from models.emotion.distil import TeacherHead
from models.emotion.mixstyle import mixstyle
from models.emotion.network import EmotionNetwork

_NEVER = -1e4


@dataclass(frozen=True, slots=True)
class Student:
    """The network, and beside it the head that is dropped after training."""

    network: EmotionNetwork
    head: TeacherHead | None


@dataclass(frozen=True, slots=True)
class Losses:
    smoothing: float
    mixup: float
    """Chance that a batch is mixed with itself."""
    teacher_weight: float
    steps_weight: float = 0.0
    """Of the teacher's states over time."""
    opinion: float = 0.0
    """Share of the teachers' opinion in the label."""
    profile: float = 0.0
    """Share of the loss that knows the speaker's baseline."""
    mixstyle: float = 0.0
    """Chance that a clip takes on some of another's colour."""


def masked_cross_entropy(batch: Batch, logits: Tensor, losses: Losses) -> Tensor:
    """Cross-entropy over the labels the corpus knows, (B,); 0 where there is no label.

    A corpus without "calm" says nothing about calm: neither for it nor against it.
    """
    return distribution_loss(batch.labels, batch.allowed, batch.opinion, logits, losses)


def distribution_loss(
    labels: Tensor, allowed: Tensor, opinion: Tensor, logits: Tensor, losses: Losses
) -> Tensor:
    """The same of what is known of B clips: (B,), (B, 8), (B, 8), (B, 8) → (B,)."""
    log_probabilities = logits.masked_fill(~allowed, _NEVER).log_softmax(dim=1)
    wanted = label_distribution(labels, allowed, opinion, losses)
    return torch.where(labels >= 0, -(wanted * log_probabilities).sum(dim=1), 0.0)


def label_distribution(labels: Tensor, allowed: Tensor, opinion: Tensor, losses: Losses) -> Tensor:
    """What is to be learnt, (B, 8): the label, smoothed, and the teachers' opinion of it."""
    given = F.one_hot(labels.clamp(min=0), allowed.shape[1]).float()
    alike = allowed / allowed.sum(dim=1, keepdim=True)
    label = (1 - losses.smoothing) * given + losses.smoothing * alike
    opinion = torch.where(opinion.isnan(), label, opinion)
    return (1 - losses.opinion) * label + losses.opinion * opinion


def loss_of(
    student: Student, batch: Batch, losses: Losses, rng: Generator
) -> tuple[Tensor, Tensor | None]:
    """The mean loss of one batch, and its clips' traits where the batch was not mixed.

    A mixed batch is a share of each clip with the rest of another; no voice is known in it.
    """
    network = student.network
    if losses.mixstyle:
        coloured = mixstyle(batch.features, batch.lengths, losses.mixstyle, rng)
        batch = replace(batch, features=coloured)
    if rng.random() >= losses.mixup:
        states, lengths = network.steps(batch.features, batch.lengths)
        summary = network.pool(states.float(), lengths)
        traits = network.beyond.traits(summary)
        loss = _against(batch, summary, student, losses).mean()
        if losses.profile:
            loss = loss + losses.profile * _knowing(batch, summary, student, losses).mean()
        if student.head is not None and losses.steps_weight:
            followed = student.head.loss_in_steps(states, batch.steps)
            loss = loss + losses.steps_weight * followed
        return loss, traits
    share = float(rng.beta(0.4, 0.4))
    other = reordered(batch, torch.from_numpy(rng.permutation(len(batch.labels))))
    mixed = share * batch.features + (1 - share) * other.features
    longer = torch.maximum(batch.lengths, other.lengths)
    summary = network.summary(mixed, longer).float()
    loss = share * _against(batch, summary, student, losses)
    return (loss + (1 - share) * _against(other, summary, student, losses)).mean(), None


def _against(batch: Batch, summary: Tensor, student: Student, losses: Losses) -> Tensor:
    """What the labels and the teachers say of the summaries: (B, pooled) → (B,)."""
    network = student.network
    logits = network.classify(network.dropout(summary)).float()
    loss = (1 - losses.profile) * masked_cross_entropy(batch, logits, losses)
    if student.head is not None:
        loss = loss + losses.teacher_weight * student.head.loss(summary, batch.teacher)
    return loss


def _knowing(batch: Batch, summary: Tensor, student: Student, losses: Losses) -> Tensor:
    """What the labels say of the summaries when the voices are known: (B, pooled) → (B,)."""
    network = student.network
    heard = network.dropout(summary)
    traits = network.beyond.traits(heard)
    logits = network.beyond(network.classify(heard), traits, batch.baseline, batch.notes)
    return masked_cross_entropy(batch, logits.float(), losses)


def reordered(batch: Batch, order: Tensor) -> Batch:
    return Batch(**{field.name: getattr(batch, field.name)[order] for field in fields(batch)})


def warmed_and_faded(done: float) -> float:
    """Of the learning rate, after a share of the steps: up for a twentieth, then half a cosine."""
    return min(1.0, 20 * done + 0.05) * 0.5 * (1 + math.cos(math.pi * done))


class Average:
    """A moving average of a network's weights, which hears better than any one step of them."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self.state = {name: value.clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def follow(self, network: nn.Module) -> None:
        self.steps += 1
        decay = min(self.decay, self.steps / (self.steps + 10))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self.state[name].lerp_(value, 1 - decay)
            else:
                self.state[name].copy_(value)

    def load(self, state: Mapping[str, Tensor], steps: int) -> None:
        self.state = {name: value.clone() for name, value in state.items()}
        self.steps = steps
