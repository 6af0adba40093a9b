"""MixStyle over frequency: a clip takes on some of another's colour, and stays what it was.

The mean and the deviation of each mel band over a clip hold the microphone, the room, the throat
and the language; how the bands move holds most of the feeling. Clips of a batch lend one another
those statistics, so that the network learns not to lean on them (Zhou et al., "Domain
Generalization with MixStyle", 2021; by frequency as Schmid et al. did for DCASE, 2022).
"""

import torch
from numpy.random import Generator
from torch import Tensor

from models.emotion.features import MELS
from models.emotion.network import real

_CONCENTRATION = 0.4
"""Of the beta distribution of shares: mostly nearly all of one's own, or nearly none."""


def mixstyle(features: Tensor, lengths: Tensor, chance: float, rng: Generator) -> Tensor:
    """(B, T, CHANNELS), (B,) → the same, each clip's bands coloured with that chance.

    Padding is left to the network, which does not hear it; the melody stays.
    """
    clips = len(features)
    share = rng.beta(_CONCENTRATION, _CONCENTRATION, clips)
    share[rng.random(clips) >= chance] = 1.0
    kept = torch.from_numpy(share).to(features)[:, None, None]
    other = torch.from_numpy(rng.permutation(clips)).to(features.device)
    mels, melody = features[:, :, :MELS], features[:, :, MELS:]
    mean, spread = statistics(mels, lengths)
    standard = (mels - mean) / spread
    mean, spread = (kept * own + (1 - kept) * own[other] for own in (mean, spread))
    return torch.cat([standard * spread + mean, melody], dim=2)


def statistics(mels: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """(B, T, M), (B,) → mean and deviation of each band where the clip is, (B, 1, M) each."""
    there = real(lengths, mels.shape[1])[:, :, None]
    frames = lengths[:, None, None]
    mean = (mels * there).sum(dim=1, keepdim=True) / frames
    variance = ((mels - mean).square() * there).sum(dim=1, keepdim=True) / frames
    return mean, (variance + 1e-4).sqrt()
