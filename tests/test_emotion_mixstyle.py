"""MixStyle: colours are lent between clips, what moves in them stays, padding counts nothing."""

import numpy as np
import torch

from models.emotion.features import CHANNELS, MELS
from models.emotion.mixstyle import mixstyle, statistics

LENGTHS = torch.tensor([50, 40, 30, 50])


def clips() -> torch.Tensor:
    """Four clips, each of its own level and depth, with noise where their padding is."""
    generator = torch.Generator().manual_seed(3)
    levels = torch.arange(4.0)[:, None, None]
    return (1 + levels) * torch.randn(4, 50, CHANNELS, generator=generator) + 3 * levels


def mixed(features: torch.Tensor, chance: float = 1.0) -> torch.Tensor:
    return mixstyle(features, LENGTHS, chance, np.random.default_rng(4))


def test_colours_lie_between_those_that_were_there() -> None:
    features = clips()
    before, after = (statistics(x[:, :, :MELS], LENGTHS) for x in (features, mixed(features)))
    assert not torch.allclose(before[0], after[0], atol=0.1)
    for own, lent in zip(before, after, strict=True):
        assert (lent >= own.amin(dim=0) - 1e-3).all() and (lent <= own.amax(dim=0) + 1e-3).all()


def test_how_a_band_moves_is_kept() -> None:
    features = clips()
    changed = mixed(features)
    for before, after, length in zip(features, changed, LENGTHS, strict=True):
        pair = torch.stack([before[:length, 5], after[:length, 5]])
        assert torch.corrcoef(pair)[0, 1] > 0.999


def test_the_melody_and_clips_left_out_stay_as_they_are() -> None:
    features = clips()
    assert torch.equal(mixed(features)[:, :, MELS:], features[:, :, MELS:])
    assert torch.allclose(mixed(features, chance=0.0), features, atol=1e-4)


def test_padding_lends_nothing() -> None:
    features = clips()
    loud = features.clone()
    loud[1, 40:] += 100.0
    heard = torch.arange(50)[None] < LENGTHS[:, None]
    assert torch.allclose(mixed(features)[heard], mixed(loud)[heard])
