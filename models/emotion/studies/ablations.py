"""The study `ablations`: what each part of the recipe brings, one taken away at a time.

Short runs on one fold, each as long as the others, so they rank the parts and do not say how well
the shipped network hears. Other networks of the issue's list (convolutions alone, LSTM alone,
MFCC) are trained in the same way.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy.fft import dct
from torch import Tensor, nn

from models.emotion.augment import Chances
from models.emotion.config import DEFAULT, Config, read_config
from models.emotion.material import gather
from models.emotion.measuring import (
    Guesses,
    confusion,
    guess_held_out,
    unweighted_average_recall,
)
from models.emotion.network import EmotionNetwork, Lengths, Shape, thinned
from models.emotion.report import recall_of
from models.emotion.studies.results import Results, Row, once, table
from models.emotion.studies.sources import Sources
from models.emotion.train import Run

log = logging.getLogger("echomind.emotion.studies")

FOLD, EPOCHS, DRAWS = 1, 14, 4000
AVERAGE = 0.99
"""Decay of the weights' average: the shipped network's would still remember how these began."""
SILENT = Chances(
    opus=0, speed=0, room=0, noise=0, babble=0, pause=0, tempo=0, shift=0, colour=0, masks=0
)
CEPSTRA = 20
SEEDS = ("the whole recipe", "with a second seed", "with a third seed")
TOGETHER = "the three seeds, their probabilities averaged"


class ConvolutionsAlone(EmotionNetwork):
    """The LSTM replaced by a linear layer from step to step."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self.recurrent = Stepwise(shape.width, 2 * shape.hidden)  # type: ignore[assignment]


class Stepwise(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)

    def forward(self, x: Tensor, lengths: Lengths) -> Tensor:
        """(B, S, inputs) → (B, S, outputs)."""
        del lengths
        heard: Tensor = self.linear(x).tanh()
        return heard


class RecurrentAlone(EmotionNetwork):
    """No convolutions: the LSTM is given four frames at a time."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self.over_both = self.over_time = nn.ModuleList()
        self.stack = nn.Linear(4 * (shape.mels + shape.prosody), shape.width)

    def steps(self, features: Tensor, lengths: Lengths) -> tuple[Tensor, Lengths]:
        notes, frames, channels = features.shape
        padded = nn.functional.pad(features, (0, 0, 0, -frames % 4))
        stacked = padded.reshape(notes, -1, 4 * channels)
        lengths = thinned(lengths, 4)
        return self.recurrent(self.dropout(self.stack(stacked).relu()), lengths), lengths


class Cepstral(EmotionNetwork):
    """The same network on MFCC: the cosine transform of the log-mels, its first coefficients."""

    transform: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__(replace(shape, mels=CEPSTRA))
        transform = dct(np.eye(shape.mels), axis=0, norm="ortho")[:CEPSTRA].T
        self.register_buffer("transform", torch.from_numpy(transform.astype(np.float32)))

    def steps(self, features: Tensor, lengths: Lengths) -> tuple[Tensor, Lengths]:
        mels = len(self.transform)
        cepstra = features[:, :, :mels] @ self.transform
        return super().steps(torch.cat([cepstra, features[:, :, mels:]], dim=2), lengths)


class Toneless(EmotionNetwork):
    """No melody beside the mels."""

    def steps(self, features: Tensor, lengths: Lengths) -> tuple[Tensor, Lengths]:
        mels = self.shape.mels
        return super().steps(
            torch.cat([features[:, :, :mels], 0 * features[:, :, mels:]], dim=2), lengths
        )


@dataclass(frozen=True, slots=True)
class Variant:
    name: str
    changes: dict[str, Any] = field(default_factory=dict)
    """Fields of the configuration."""
    build: Callable[[Shape], EmotionNetwork] = EmotionNetwork


def variants(config: Config) -> list[Variant]:
    untaught = {"teachers": (), "opinion": 0.0}
    on_the_fly = replace(config.chances, tempo=0, shift=0, colour=0, masks=0)
    return [
        *(Variant(name, {"seed": seed}) for name, seed in zip(SEEDS, (7, 8, 9), strict=True)),
        Variant("no teacher", untaught),
        Variant("no opinions in the labels", {"opinion": 0.0}),
        Variant("no baseline in training", {"profile": 0.0}),
        Variant("no mixup", {"mixup": 0.0}),
        Variant("no MixStyle", {"mixstyle": 0.0}),
        Variant("no tempo, mel shift, colour, masks", {"chances": on_the_fly}),
        Variant(
            "no augmentation at all",
            {"chances": SILENT, "passes": 1, "mixup": 0.0, "mixstyle": 0.0},
        ),
        Variant("no melody", build=Toneless),
        Variant("MFCC, no teacher", untaught, Cepstral),
        Variant("convolutions alone, no teacher", untaught, ConvolutionsAlone),
        Variant("LSTM alone, no teacher", untaught, RecurrentAlone),
    ]


TEXT = (
    f"Runs of {EPOCHS} epochs of {DRAWS} clips on fold {FOLD}, one seed: a quarter of the shipped "
    "network's training. Each leaves one thing out, or is another network on the same terms. UAR "
    "on the fold's held-out speakers. What another seed alone changes shows what is chance. So "
    "short a run favours what makes learning easy: augmentation, which costs here, pays at full "
    "length (LOG.md)."
)


def study(sources: Sources) -> Results:
    config = read_config(DEFAULT)
    config = replace(config, data=sources.data, runs=sources.runs)
    config = replace(config, held_out=FOLD, epochs=EPOCHS, draws=DRAWS, average=AVERAGE)
    figures = [made(variant, config) for variant in variants(config)]
    figures.insert(len(SEEDS), {"variant": TOGETHER} | ensemble(config))
    return Results("ablations", "python -m models.emotion.studies ablations", TEXT, figures)


def made(variant: Variant, config: Config) -> Row:
    """One variant's figures; kept under runs/studies, so that a study cut off goes on."""
    file = config.runs / "studies" / "ablations" / f"{variant.name}.json"
    row = once(file, partial(trained, variant, config))
    assert row is not None  # there is something to make it by
    return row


def trained(variant: Variant, config: Config) -> Row:
    log.info("ablations: %s", variant.name)
    guesses = learnt(variant, config)
    return {"variant": variant.name} | {g.corpus: round(recall_of(g), 4) for g in guesses}


def learnt(variant: Variant, config: Config) -> list[Guesses]:
    """The guesses of a finished run, which is finished first where it is not."""
    material = gather(replace(config, **variant.changes), log.info)
    run = Run(material, f"ablations/{variant.name}", torch.device("cpu"), variant.build)
    run.resume()
    run.learn()
    return guess_held_out(run.averaged(), material, FOLD)


def ensemble(config: Config) -> Row:
    """What the seeds' networks guess together."""
    of_seeds = [learnt(v, config) for v in variants(config) if v.name in SEEDS]
    row: Row = {}
    for alike in zip(*of_seeds, strict=True):
        mean = np.mean([g.probabilities() for g in alike], axis=0)
        counts = confusion(alike[0].labels, mean.argmax(axis=1))
        row[alike[0].corpus] = round(unweighted_average_recall(counts), 4)
    return row


def render(results: Results) -> str:
    corpora = [key for key in results.figures[0] if key != "variant"]
    rows = []
    for row in results.figures:
        values = [float(row[corpus]) for corpus in corpora]
        cells = [f"{value:.3f}" for value in (*values, float(np.mean(values)))]
        rows.append([str(row["variant"]), *cells])
    head = ["", *corpora, "mean"]
    parts = ["## What each part brings", results.protocol, table(head, rows)]
    return "\n\n".join([*parts, f"Computed by `{results.command}`.\n"])
