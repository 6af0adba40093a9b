"""A listener for the study: a small network of the shipped kind, taught from log-mels alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from models.emotion.augment import Chances, augment_features
from models.emotion.corpora import EMOTIONS
from models.emotion.features import MELS, Frames
from models.emotion.learning import warmed_and_faded
from models.emotion.measuring import Matrix
from models.emotion.synthetic.speech import Numbers, Speech, closed_loss, stretch


class Listener(nn.Module):
    """CNN → BiLSTM → mean and deviation over time → eight logits."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.over_both = nn.Sequential(
            nn.Conv2d(1, width // 6, 5, stride=2, padding=2),
            nn.BatchNorm2d(width // 6),
            nn.ReLU(),
            nn.Conv2d(width // 6, width // 3, 3, stride=2, padding=1),
            nn.BatchNorm2d(width // 3),
            nn.ReLU(),
        )
        self.over_time = nn.Sequential(
            nn.Conv1d(width // 3 * MELS // 4, width, 3, padding=1),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Dropout(0.3),
        )
        self.recurrent = nn.LSTM(width, width // 2, batch_first=True, bidirectional=True)
        self.classify = nn.Sequential(nn.Dropout(0.3), nn.Linear(2 * width, len(EMOTIONS)))

    def forward(self, mels: Tensor) -> Tensor:
        """(B, T, MELS) → logits (B, 8)."""
        x = self.over_both(mels[:, None])  # (B, width / 3, T / 4, MELS / 4)
        x = self.over_time(x.transpose(2, 3).flatten(1, 2))  # (B, width, T / 4)
        x, _ = self.recurrent(x.transpose(1, 2))  # (B, T / 4, width)
        logits: Tensor = self.classify(torch.cat([x.mean(dim=1), x.std(dim=1)], dim=1))
        return logits.float()


@dataclass(frozen=True, slots=True)
class Course:
    """How a listener is taught; all arms of the study get the same steps."""

    steps: int = 1200
    batch: int = 24
    frames: int = 160
    learning_rate: float = 2e-3
    mixup: float = 0.0
    """Chance that a batch is mixed with itself."""
    seed: int = 1
    width: int = 96


def teach(speech: Speech, course: Course) -> Listener:
    """A listener from its first step to its last."""
    torch.manual_seed(course.seed)
    rng = np.random.default_rng(course.seed)
    network = Listener(course.width).train()
    optimizer = torch.optim.AdamW(network.parameters(), course.learning_rate, weight_decay=0.02)
    chances = speech.chances(by_class=False)
    for step in range(course.steps):
        for group in optimizer.param_groups:
            group["lr"] = course.learning_rate * warmed_and_faded(step / course.steps)
        places = rng.choice(len(speech.labels), course.batch, p=chances)
        loss = _loss(network, speech, (places, course), rng)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
    return network.eval()


def _loss(
    network: Listener, speech: Speech, task: tuple[Numbers, Course], rng: Generator
) -> Tensor:
    places, course = task
    frames = [augment_features(speech.mels[i], Chances(), rng) for i in places]
    mels = torch.from_numpy(np.stack([stretch(clip, course.frames, rng) for clip in frames]))
    labels, allowed = (torch.from_numpy(of[places]) for of in (speech.labels, speech.allowed))
    share, order = 1.0, torch.arange(len(places))
    if rng.random() < course.mixup:
        share, order = float(rng.beta(0.4, 0.4)), torch.from_numpy(rng.permutation(len(places)))
        mels = share * mels + (1 - share) * mels[order]
    heard = _heard(network, mels)
    own = closed_loss(heard, labels, allowed)
    return share * own + (1 - share) * closed_loss(heard, labels[order], allowed[order])


def _heard(network: Listener, mels: Tensor) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        logits: Tensor = network(mels)
    return logits


@torch.no_grad()
def guess(network: Listener, mels: Sequence[Frames]) -> Matrix:
    """Whole clips, each (T, MELS) → logits (N, 8)."""
    rows = [_heard(network, torch.from_numpy(clip)[None]) for clip in mels]
    return np.asarray(torch.cat(rows).double().numpy())
