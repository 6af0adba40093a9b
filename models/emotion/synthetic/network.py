"""The converter, its critic and its classifier: convolutional networks, and nothing else.

B stretches of speech, T frames of 10 ms, M log-mels. One converter serves every emotion: the one
asked for scales and shifts each normalised layer (FiLM, Perez et al., 2018; for voices as in
StarGAN-VC2, Kaneko et al., 2019).
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.nn.utils.parametrizations import spectral_norm


@dataclass(frozen=True, slots=True)
class Size:
    """How large the networks are."""

    mels: int = 64
    width: int = 128
    """Channels of the converter."""
    layers: int = 5
    """Of the converter, between its first and its last."""
    critic: int = 20
    """Channels of the first layer of the critic and the classifier; they, too, grow fourfold."""
    emotions: int = 8


class Converter(nn.Module):
    """Speech and an emotion to the same speech in that emotion: what it makes is the change."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.first = nn.Conv1d(size.mels, size.width, 6, stride=2, padding=2)
        self.layers = nn.ModuleList(Tinted(size) for _ in range(size.layers))
        self.last = nn.Conv1d(size.width, 2 * size.mels, 3, padding=1)
        nn.init.zeros_(self.last.weight)  # it begins by changing nothing

    def forward(self, mels: Tensor, emotion: Tensor) -> Tensor:
        """(B, T, M), (B,) → (B, T, M)."""
        frames = mels.shape[1]
        x = F.pad(mels.transpose(1, 2), (0, frames % 2), mode="replicate")  # (B, M, T')
        x = F.relu(self.first(x))  # (B, width, T' / 2)
        for layer in self.layers:
            x = layer(x, emotion)
        change = self.last(x).unflatten(1, (2, -1)).permute(0, 3, 1, 2)  # (B, T' / 2, 2, M)
        changed: Tensor = mels + change.flatten(1, 2)[:, :frames].float()
        return changed


class Tinted(nn.Module):
    """A convolution over time whose normalised channels the emotion scales and shifts."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.convolve = nn.Conv1d(size.width, size.width, 5, padding=2, bias=False)
        self.normalise = nn.InstanceNorm1d(size.width)
        self.tint = nn.Embedding(size.emotions, 2 * size.width)
        nn.init.normal_(self.tint.weight, std=0.3)

    def forward(self, x: Tensor, emotion: Tensor) -> Tensor:
        """(B, width, S), (B,) → (B, width, S)."""
        y = self.normalise(self.convolve(x))
        scale, shift = self.tint(emotion)[:, :, None].to(y.dtype).chunk(2, dim=1)
        tinted: Tensor = x + F.relu(y * (1 + scale) + shift)
        return tinted


class Critic(nn.Module):
    """How real each patch of speech sounds, given the emotion that it is meant to be in."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        widths = _widths(size)
        self.layers = nn.ModuleList(spectral_norm(_halving(*pair)) for pair in widths)
        self.realness = spectral_norm(nn.Conv2d(widths[-1][1], 1, 3, padding=1))
        self.belonging = spectral_norm(nn.Embedding(size.emotions, widths[-1][1]))

    def forward(self, mels: Tensor, emotion: Tensor) -> Tensor:
        """(B, T, M), (B,) → (B, patches); the emotion by projection (Miyato & Koyama, 2018)."""
        x = mels[:, None]
        for layer in self.layers:
            # Twice: spectral norm halves what goes through.
            x = 2 * F.leaky_relu(layer(x), 0.2)  # → (B, 4 · critic, T / 16, M / 16)
        fitting = (self.belonging(emotion) * x.mean(dim=(2, 3))).sum(dim=1, keepdim=True)
        realness: Tensor = self.realness(x).flatten(1) + fitting
        return realness.float()


class Classifier(nn.Module):
    """Which emotion a stretch of speech is in; taught by real speech alone."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        widths = _widths(size)
        layers = [[_halving(*pair), nn.BatchNorm2d(pair[1]), nn.ReLU()] for pair in widths]
        self.layers = nn.Sequential(*(part for layer in layers for part in layer))
        self.classify = nn.Sequential(
            nn.Linear(2 * widths[-1][1], 128), nn.ReLU(), nn.Linear(128, size.emotions)
        )

    def forward(self, mels: Tensor) -> Tensor:
        """(B, T, M) → logits (B, emotions)."""
        x = self.layers(mels[:, None])  # (B, 4 · critic, T / 16, M / 16)
        logits: Tensor = self.classify(torch.cat([x.mean(dim=(2, 3)), x.std(dim=(2, 3))], dim=1))
        return logits.float()


def _widths(size: Size) -> list[tuple[int, int]]:
    channels = (1, size.critic, 2 * size.critic, 3 * size.critic, 4 * size.critic)
    return list(pairwise(channels))


def _halving(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 4, stride=2, padding=1)
