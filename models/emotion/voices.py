"""Voices as training knows them: what each speaker's clips gave when last heard.

The network is taught to use a speaker's baseline as the bot will have it: a mean over a few
earlier notes, often all in one mood or in none. Hearing those notes anew at every step would cost
more than the step itself, so the traits of every clip are kept from the last time it was drawn.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from models.emotion.corpora import Utterance
from pipeline.values import Emotion

EARLIER = (1, 2, 3, 4, 6, 9, 14)
"""How many earlier notes may be known."""
_ONE_SIDED, _QUIET = 0.3, 0.3
"""Chances that all of them are of one or two feelings; that they are neutral or calm."""


class Voices:
    """N clips by speaker, with the traits they had; NaN until first heard."""

    def __init__(self, utterances: Sequence[Utterance], traits: int) -> None:
        self.traits = np.full((len(utterances), traits), np.nan, np.float32)
        of_speaker: dict[str, list[int]] = defaultdict(list)
        for position, utterance in enumerate(utterances):
            of_speaker[utterance.speaker].append(position)
        self._peers = [np.array(of_speaker[u.speaker]) for u in utterances]
        self._feelings = np.array([str(u.emotion or "") for u in utterances])

    def remember(self, positions: NDArray[np.int64], traits: Tensor) -> None:
        self.traits[positions] = traits.detach().float().cpu().numpy()

    def baselines(self, positions: NDArray[np.int64], rng: Generator) -> tuple[Tensor, Tensor]:
        """For each clip a mean over other clips of its speaker, (B, traits), and how many, (B,)."""
        drawn = [self._earlier(int(position), rng) for position in positions]
        baselines = [self.traits[few].mean(axis=0) if len(few) else self._nobody for few in drawn]
        notes = torch.tensor([float(len(few)) for few in drawn])
        return torch.from_numpy(np.stack(baselines)), notes

    @property
    def _nobody(self) -> NDArray[np.float32]:
        return np.zeros(self.traits.shape[1], np.float32)

    def _earlier(self, position: int, rng: Generator) -> NDArray[np.int64]:
        peers, chance = self._peers[position], rng.random()
        feelings = self._feelings[peers]
        if chance < _ONE_SIDED:
            peers = peers[np.isin(feelings, rng.choice(np.unique(feelings), 2))]
        elif chance < _ONE_SIDED + _QUIET:
            quiet = np.isin(feelings, [Emotion.NEUTRAL, Emotion.CALM])
            peers = peers[quiet] if quiet.any() else peers
        chosen = rng.choice(peers, int(rng.choice(EARLIER))) if len(peers) else peers
        chosen = np.unique(chosen[chosen != position])
        heard = ~np.isnan(self.traits[chosen, 0])
        return np.asarray(chosen[heard], np.int64)
