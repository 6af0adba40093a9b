"""The end of training: the layer that knows voices, fitted anew on what the finished network hears.

While the network learns, its traits move from step to step, and a baseline is made of yesterday's.
Once the weights stand, what is heard of every clip can be kept, and the one linear layer that
hears a note against its voice is fitted to that in a minute: on held-out speakers this brought
more than learning alone (LOG.md).
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.emotion.batches import Clips, Draws, pad
from models.emotion.features import CHANNELS
from models.emotion.learning import Losses, distribution_loss
from models.emotion.network import Beyond, EmotionNetwork
from models.emotion.passes import Pass
from models.emotion.voices import Voices

STEPS, BATCH = 1500, 64
PASSES = 3
"""Of the augmented ones, from which clips and their speakers' earlier notes are drawn."""
_LONGEST = 400
"""Frames heard of a clip."""

Summaries = NDArray[np.float32]


def settle(network: EmotionNetwork, draws: Draws, passes: Sequence[Pass], losses: Losses) -> None:
    """Fit `network.beyond` in place; nothing else of the network changes."""
    heard = np.stack([summaries(network, draws.clips, one) for one in passes[:PASSES]])
    spread = torch.from_numpy(heard.std(axis=(0, 1)) + 1e-4)
    torch.manual_seed(0)
    scaled, rng = Beyond(network.shape), np.random.default_rng(0)
    voices = Voices(draws.clips.utterances, heard.shape[2])
    optimizer = torch.optim.AdamW(scaled.parameters(), 1e-3, weight_decay=0.05)
    labelled = draws.chance * (draws.labels >= 0)
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = 5e-4 * (1 + math.cos(math.pi * step / STEPS))
        positions = rng.choice(len(labelled), BATCH, p=labelled / labelled.sum())
        voices.traits = heard[rng.integers(len(heard))]
        usual, notes = voices.baselines(positions, rng)
        note = torch.from_numpy(heard[rng.integers(len(heard)), positions])
        apart = nn.functional.dropout((note - usual) / spread, 0.5)
        traits = scaled.traits(apart)
        with torch.no_grad():
            alone = network.classify(note)
        logits = scaled(alone, traits, torch.zeros_like(traits), notes)
        loss = distribution_loss(*draws.truths(positions), logits, losses).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    with torch.no_grad():
        network.beyond.traits.weight.copy_(scaled.traits.weight / spread)
        network.beyond.usual.copy_(scaled.usual)


def summaries(network: EmotionNetwork, clips: Clips, passed: Pass) -> Summaries:
    """What the network hears of every clip in one pass, (N, pooled)."""
    found = np.zeros((len(clips.indices), network.shape.pooled), np.float32)
    order = np.argsort(clips.lengths)
    for start in range(0, len(order), 32):
        some = order[start : start + 32]
        frames = [passed[int(clips.indices[i])][:_LONGEST, :CHANNELS] for i in some]
        with torch.no_grad():
            summary: Tensor = network.summary(*pad(frames))
        found[some] = summary.numpy()
    return found
