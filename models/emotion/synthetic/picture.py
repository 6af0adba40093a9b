"""Conversions to look at: log-mels of held-out voices, in other emotions, and back again."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from models.emotion.corpora import EMOTIONS
from models.emotion.features import Frames
from models.emotion.synthetic.network import Converter
from models.emotion.synthetic.speech import Speech
from models.emotion.synthetic.use import converted
from pipeline.values import Emotion

SHOWN = (("ravdess", "neutral"), ("emodb", "happy"), ("nemo", "sad"))
"""Corpus and emotion of each row."""
TARGETS = ("angry", "sad", "fearful", "happy")
FRAMES = 200


def draw_examples(converter: Converter, held: Speech, file: Path) -> None:
    """A row a clip: as it is, in three emotions, and back from the first of them."""
    figure = Figure(figsize=(15, 7), layout="constrained")
    axes = figure.subplots(len(SHOWN), 5, sharex=True, sharey=True)
    for row, (corpus, own) in zip(axes, SHOWN, strict=True):
        clip = held.mels[int(held.places(corpus, _label(own))[0])]
        targets = [emotion for emotion in TARGETS if emotion != own][:3]
        made = [converted(converter, clip, _label(emotion)) for emotion in targets]
        back = converted(converter, made[0], _label(own))
        titles = [f"{corpus}, {own}", *(f"→ {t}" for t in targets), f"→ {targets[0]} → {own}"]
        for axis, title, mels in zip(row, titles, (clip, *made, back), strict=True):
            _show(axis, title, mels)
    figure.supxlabel("frames of 10 ms")
    figure.supylabel("mel filters")
    figure.savefig(file, dpi=80)


def _show(axis: Axes, title: str, mels: Frames) -> None:
    axis.imshow(mels[:FRAMES].T, origin="lower", aspect="auto", vmin=-2, vmax=2.5, cmap="magma")
    axis.set_title(title, fontsize="medium")


def _label(emotion: str) -> int:
    return EMOTIONS.index(Emotion(emotion))
