"""The trained converter at work: clips of any length in another emotion."""

from collections import Counter
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator

from models.emotion.corpora import EMOTIONS
from models.emotion.features import Frames
from models.emotion.synthetic.network import Converter
from models.emotion.synthetic.speech import Numbers, Speech
from models.emotion.synthetic.training import Plan
from pipeline.values import Emotion

RARE: dict[str, tuple[str, ...]] = {
    "emodb": ("disgust", "fearful"),
    "savee": ("happy", "sad", "angry", "fearful", "disgust", "surprised"),
    "nemo": ("surprised",),
}
"""Corpus → the emotions of which it has few clips."""


def load_converter(checkpoint: Path, plan: Plan) -> Converter:
    """The averaged converter of a finished training run.

    Raises FileNotFoundError before there is a run, and ValueError before it has ended.
    """
    saved = torch.load(checkpoint, weights_only=True)
    if len(saved["history"]) * plan.block < plan.steps:
        raise ValueError(f"{checkpoint} is of a run that has not ended: train on")
    state = saved["average"]
    converter = Converter(plan.size)
    module = "module."
    own = {k.removeprefix(module): v for k, v in state.items() if k.startswith(module)}
    converter.load_state_dict(own)
    return converter.eval()


@torch.no_grad()
def converted(converter: Converter, mels: Frames, emotion: int) -> Frames:
    """The clip in that emotion, standardised again: (T, MELS) → (T, MELS)."""
    made = converter(torch.from_numpy(mels)[None], torch.tensor([emotion]))[0].numpy()
    centred = made - made.mean()
    standard: Frames = (centred / max(float(centred.std()), 1e-3)).astype(np.float32)
    return standard


def missing(speech: Speech) -> list[tuple[str, int, int]]:
    """Each rare class, and how many clips make it as common as its corpus's commonest."""
    wanted = []
    for corpus, emotions in RARE.items():
        counts = Counter(speech.labels[speech.corpora == corpus].tolist())
        for emotion in emotions:
            label = EMOTIONS.index(Emotion(emotion))
            if counts[label]:
                most = max(counts.values())
                wanted.append((corpus, label, most - counts[label]))
    return wanted


def with_conversions(speech: Speech, converter: Converter, rng: Generator) -> Speech:
    """The speech and, for each missing clip, one of another emotion of its corpus, converted."""
    places, labels = [], []
    for corpus, label, count in missing(speech):
        others = np.flatnonzero((speech.corpora == corpus) & (speech.labels != label))
        places.append(rng.choice(others, count, replace=count > len(others)))
        labels.append(np.full(count, label))
    sources, targets = np.concatenate(places), np.concatenate(labels)
    made = [
        converted(converter, speech.mels[i], int(label))
        for i, label in zip(sources, targets, strict=True)
    ]
    return _extended(speech, sources, (made, targets))


def with_repeats(speech: Speech, rng: Generator) -> Speech:
    """The speech and, for each missing clip, a real one of its class once more."""
    sources = np.concatenate(
        [
            rng.choice(speech.places(corpus, label), count)
            for corpus, label, count in missing(speech)
        ]
    )
    return _extended(speech, sources, ([speech.mels[i] for i in sources], speech.labels[sources]))


def _extended(speech: Speech, sources: Numbers, more: tuple[list[Frames], Numbers]) -> Speech:
    """More clips by the speakers of `sources`: their log-mels and their labels."""
    mels, labels = more
    return Speech(
        [*speech.mels, *mels],
        np.concatenate([speech.labels, labels]),
        np.concatenate([speech.allowed, speech.allowed[sources]]),
        np.concatenate([speech.corpora, speech.corpora[sources]]),
        np.concatenate([speech.speakers, speech.speakers[sources]]),
    )
