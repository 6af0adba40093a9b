"""The network: CNN → BiLSTM → attentive pooling → eight logits. Nothing else lives here.

B notes, T frames of 10 ms, C channels (the log-mels, then the melody), S = T / 4 steps of 40 ms.
Notes of unequal length are padded at their end; `lengths` tells the frames that are real, and
what a note gives does not depend on the padding. It is None where all are as long as the tensor.

Whose voice it is may be known: every note gives `traits`, a second set of logits, and their mean
over a speaker's earlier notes is the speaker's `baseline`, what the voice always says. The more
notes are behind it, the more only what goes beyond it counts; with none it changes nothing.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

Lengths = Tensor | None


@dataclass(frozen=True, slots=True)
class Shape:
    """How large the network is."""

    mels: int = 64
    prosody: int = 3
    channels: tuple[int, int] = (24, 48)
    """Of the convolutions over time and mel."""
    width: int = 192
    """Of those over time alone."""
    hidden: int = 112
    """Of the LSTM, each way."""
    emotions: int = 8
    dropout: float = 0.3

    @property
    def pooled(self) -> int:
        """Width of the summary of a whole note."""
        return 4 * self.hidden


class EmotionNetwork(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        one, two = shape.channels
        self.shape = shape
        self.over_both = nn.ModuleList(
            [
                Convolution(1, one, kernel=5, stride=(2, 2)),
                Convolution(one, two, kernel=3, stride=(2, 2)),
            ]
        )
        spectrum = two * shape.mels // 4
        self.over_time = nn.ModuleList(
            [Along(spectrum + shape.prosody, shape.width), Along(shape.width, shape.width)]
        )
        self.recurrent = BothWays(shape.width, shape.hidden)
        self.pool = AttentivePooling(2 * shape.hidden)
        self.dropout = nn.Dropout(shape.dropout)
        self.classify = nn.Linear(shape.pooled, shape.emotions)
        self.beyond = Beyond(shape)

    def forward(
        self, features: Tensor, lengths: Lengths, baseline: Tensor, notes: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(B, T, C), (B,), the voices' (B, 8) and (B,) → logits (B, 8), traits (B, 8).

        `notes` counts the earlier notes behind the baseline; 0 where the voice is new.
        """
        summary = self.dropout(self.summary(features, lengths))
        traits = self.beyond.traits(summary)
        return self.beyond(self.classify(summary), traits, baseline, notes), traits

    def summary(self, features: Tensor, lengths: Lengths) -> Tensor:
        """(B, T, C), (B,) → (B, 4 · hidden): what the note sounds like as a whole."""
        pooled: Tensor = self.pool(*self.steps(features, lengths))
        return pooled

    def steps(self, features: Tensor, lengths: Lengths) -> tuple[Tensor, Lengths]:
        """(B, T, C), (B,) → what is heard from step to step, (B, S, 2 · hidden), and (B,)."""
        features = blanked(features, lengths)
        x = features[:, None, :, : self.shape.mels]  # (B, 1, T, mel)
        for convolution in self.over_both:
            x, lengths = convolution(x, lengths)  # → (B, 48, S, mel / 4)
        x = x.transpose(2, 3).flatten(1, 2)  # (B, 48 · mel / 4, S)
        melody = features[:, ::4, self.shape.mels :].transpose(1, 2)  # (B, prosody, S)
        x = torch.cat([x, melody], dim=1)
        for convolution in self.over_time:
            x = convolution(x, lengths)  # → (B, width, S)
        x = self.dropout(x.transpose(1, 2))
        return self.recurrent(x, lengths), lengths


class Convolution(nn.Module):
    """A convolution over (time, mel) that keeps the padding at zero."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: tuple[int, int]) -> None:
        super().__init__()
        self.every = stride[0]
        self.convolve = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.normalise = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor, lengths: Lengths) -> tuple[Tensor, Lengths]:
        x = F.relu(self.normalise(self.convolve(x)))
        lengths = thinned(lengths, self.every)
        return blanked(x, lengths, time=2), lengths


class Along(nn.Module):
    """A convolution over time that sees all frequencies at once, and adds to what it was given."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.adds = inputs == outputs
        self.convolve = nn.Conv1d(inputs, outputs, 3, padding=1, bias=False)
        self.normalise = nn.BatchNorm1d(outputs)

    def forward(self, x: Tensor, lengths: Lengths) -> Tensor:
        """(B, inputs, S), (B,) → (B, outputs, S)."""
        heard = F.relu(self.normalise(self.convolve(x)))
        heard = heard + x if self.adds else heard
        return blanked(heard, lengths, time=2)


class BothWays(nn.Module):
    """A bidirectional LSTM whose backward half starts at each note's own end, not its padding."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.forth = nn.LSTM(inputs, hidden, batch_first=True)
        self.back = nn.LSTM(inputs, hidden, batch_first=True)

    def forward(self, x: Tensor, lengths: Lengths) -> Tensor:
        """(B, S, inputs) → (B, S, 2 · hidden)."""
        forth, _ = self.forth(x)
        back, _ = self.back(turned(x, lengths))
        return torch.cat([forth, turned(back, lengths)], dim=2)


class AttentivePooling(nn.Module):
    """Mean and deviation over time, weighted by what deserves attention (Okabe et al., 2018)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attend = nn.Sequential(nn.Linear(width, 64), nn.Tanh(), nn.Linear(64, 1))

    def forward(self, x: Tensor, lengths: Lengths) -> Tensor:
        """(B, S, width) → (B, 2 · width)."""
        weights = blanked(self.attend(x), lengths, filling=-1e4).softmax(dim=1)  # (B, S, 1)
        mean = (weights * x).sum(dim=1)
        spread = (weights * (x - mean[:, None]).square()).sum(dim=1)
        return torch.cat([mean, (spread + 1e-5).sqrt()], dim=1)


class Beyond(nn.Module):
    """What a note says beyond what its voice always says."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.traits = nn.Linear(shape.pooled, shape.emotions, bias=False)
        self.usual = nn.Parameter(torch.zeros(shape.emotions))

    def forward(self, alone: Tensor, traits: Tensor, baseline: Tensor, notes: Tensor) -> Tensor:
        """Logits of the note alone, (B, 8), its traits and its voice's, (B,) → logits, (B, 8)."""
        trust = (notes / (notes + 2.5))[:, None]  # (B, 1): two or three notes are half the way
        logits: Tensor = (1 - trust) * alone + trust * (traits - baseline + self.usual)
        return logits


def unknown(shape: Shape, notes: int) -> tuple[Tensor, Tensor]:
    """The baseline of voices never heard before: (B, 8) and (B,), all zero."""
    return torch.zeros(notes, shape.emotions), torch.zeros(notes)


def real(lengths: Tensor, steps: int) -> Tensor:
    """(B,) → (B, steps): where a note is, and not its padding."""
    return torch.arange(steps, device=lengths.device)[None] < lengths[:, None]


def thinned(lengths: Lengths, every: int) -> Lengths:
    """The lengths where one frame of so many is kept."""
    return None if lengths is None else (lengths + every - 1) // every


def blanked(x: Tensor, lengths: Lengths, time: int = 1, filling: float = 0.0) -> Tensor:
    """(B, …) with `filling` in the padding, which lies along the dimension `time`."""
    if lengths is None:
        return x
    padding = ~real(lengths, x.shape[time])
    shape = [1] * x.dim()
    shape[0], shape[time] = padding.shape
    return x.masked_fill(padding.view(shape), filling)


def turned(x: Tensor, lengths: Lengths) -> Tensor:
    """(B, S, D) back to front; only the notes turn, and their padding stays at the end."""
    if lengths is None:
        return x.flip(1)
    places = torch.arange(x.shape[1], device=x.device)[None]
    places = torch.where(places < lengths[:, None], lengths[:, None] - 1 - places, places)
    return x.gather(1, places[:, :, None].expand(-1, -1, x.shape[2]))
