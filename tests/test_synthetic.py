"""The converter and its study in small: shapes, learning, seeds, conversions, scores, the page."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.emotion.corpora import EMOTIONS
from models.emotion.synthetic import study
from models.emotion.synthetic.listener import Course, guess, teach
from models.emotion.synthetic.network import Classifier, Converter, Critic, Size
from models.emotion.synthetic.page import helps, render
from models.emotion.synthetic.picture import draw_examples
from models.emotion.synthetic.scoring import FIGURES, closed_guesses, score
from models.emotion.synthetic.speech import Speech, other_emotion, stretch
from models.emotion.synthetic.training import Plan, Run
from models.emotion.synthetic.use import (
    converted,
    load_converter,
    missing,
    with_conversions,
    with_repeats,
)
from pipeline.values import Emotion

SIZE = Size(width=8, layers=2, critic=4)
PLAN = Plan(size=SIZE, steps=8, block=4, batch=4, frames=32, lessons=3)
COURSE = Course(steps=3, batch=4, frames=32, width=12)
SAID = {
    "ravdess": ("neutral", "angry"),
    "emodb": ("neutral", "neutral", "disgust", "fearful"),
    "savee": ("neutral", "neutral", "sad"),
    "nemo": ("sad", "surprised"),
}
"""By each of two speakers of a corpus."""


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def speech() -> Speech:
    """Noise as log-mels, of unequal length, its tilt telling the emotion."""
    rng = np.random.default_rng(0)
    rows = [(c, f"{c}_{s}", e) for c, said in SAID.items() for s in range(2) for e in said]
    labels = np.array([EMOTIONS.index(Emotion(e)) for _, _, e in rows])
    known = {c: [emotion.value in said for emotion in EMOTIONS] for c, said in SAID.items()}
    tilt = np.linspace(-1, 1, 64)
    return Speech(
        [
            (rng.normal(size=(30 + 3 * i, 64)) + (label - 3) * tilt).astype(np.float32)
            for i, label in enumerate(labels)
        ],
        labels,
        np.array([known[corpus] for corpus, _, _ in rows]),
        np.array([corpus for corpus, _, _ in rows]),
        np.array([speaker for _, speaker, _ in rows]),
    )


@pytest.mark.parametrize("frames", [32, 45])
def test_networks_keep_shapes(frames: int) -> None:
    mels, emotion = torch.randn(3, frames, 64), torch.tensor([0, 3, 7])
    assert Converter(SIZE)(mels, emotion).shape == mels.shape
    assert Critic(SIZE)(mels, emotion).shape == (3, frames // 16 * 4)
    assert Classifier(SIZE)(mels).shape == (3, 8)


@torch.no_grad()
def test_a_converter_begins_by_changing_little_and_minds_the_emotion() -> None:
    torch.manual_seed(0)
    converter, mels = Converter(SIZE), torch.randn(1, 40, 64)
    both = [converter(mels, torch.tensor([emotion])) for emotion in (0, 4)]
    assert float((both[0] - mels).abs().mean()) < 0.2
    torch.nn.init.normal_(converter.last.weight)
    both = [converter(mels, torch.tensor([emotion])) for emotion in (0, 4)]
    assert not torch.allclose(both[0], both[1], atol=1e-3)


def test_the_converters_are_of_the_size_that_was_asked_for() -> None:
    assert sum(p.numel() for p in Converter(Size()).parameters()) < 2_000_000


def test_the_way_there_and_back_is_learnt(speech: Speech, tmp_path: Path) -> None:
    plan = replace(PLAN, steps=48, block=12, learning_rate=6e-3)
    plan = replace(plan, classification=0.0, cycle=5.0, identity=2.0)
    run = Run(speech, plan, tmp_path)
    with torch.no_grad():  # a converter that at first changes a lot
        torch.nn.init.normal_(run.converter.last.weight, std=0.2)
    run.learn()
    assert run.history[-1]["cycle"] < 0.7 * run.history[0]["cycle"]
    assert run.history[-1]["identity"] < 0.7 * run.history[0]["identity"]


def test_the_classifier_learns_the_tilt(speech: Speech, tmp_path: Path) -> None:
    losses = Run(speech, replace(PLAN, lessons=150), tmp_path).teach_classifier()
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])


def test_a_seed_gives_the_same_converter_and_a_break_changes_nothing(
    speech: Speech, tmp_path: Path
) -> None:
    whole, broken = (Run(speech, PLAN, tmp_path / name) for name in ("whole", "broken"))
    whole.learn()
    broken.teach_classifier()
    broken.history.append(broken.learn_block())
    broken.save()
    with pytest.raises(ValueError, match="not ended"):
        load_converter(tmp_path / "broken" / "checkpoint.pt", PLAN)
    resumed = Run(speech, PLAN, tmp_path / "broken")
    resumed.resume()
    resumed.learn()
    for one, other in zip(whole.average.parameters(), resumed.average.parameters(), strict=True):
        assert torch.equal(one, other)
    loaded = load_converter(tmp_path / "broken" / "checkpoint.pt", PLAN)
    again = load_converter(tmp_path / "whole" / "checkpoint.pt", PLAN)
    assert np.array_equal(converted(loaded, speech.mels[0], 3), converted(again, speech.mels[0], 3))


def test_a_conversion_is_standardised_and_as_long_as_the_clip(speech: Speech) -> None:
    made = converted(Converter(SIZE), speech.mels[1], 4)
    assert made.shape == speech.mels[1].shape and made.dtype == np.float32
    assert abs(float(made.mean())) < 1e-3 and abs(float(made.std()) - 1) < 1e-3


def test_rare_classes_are_filled_up(speech: Speech) -> None:
    wanted = {(corpus, EMOTIONS[label].value): n for corpus, label, n in missing(speech)}
    assert wanted == {
        ("emodb", "disgust"): 2,
        ("emodb", "fearful"): 2,
        ("savee", "sad"): 2,
        ("nemo", "surprised"): 0,
    }
    rng = np.random.default_rng(0)
    repeated = with_repeats(speech, rng)
    conversions = with_conversions(speech, Converter(SIZE), rng)
    for more in (repeated, conversions):
        assert len(more.mels) == len(speech.mels) + 6
        for name in ("labels", "allowed", "corpora", "speakers"):
            assert len(getattr(more, name)) == len(more.mels)
        disgust = EMOTIONS.index(Emotion.DISGUST)
        assert len(more.places("emodb", disgust)) == len(
            speech.places("emodb", EMOTIONS.index(Emotion.NEUTRAL))
        )
        assert more.allowed[np.arange(len(more.labels)), more.labels].all()
    assert any(np.array_equal(repeated.mels[-1], mels) for mels in speech.mels)


def test_stretches_and_targets(speech: Speech) -> None:
    rng = np.random.default_rng(0)
    mels = speech.mels[0]
    longer = stretch(mels, 50, rng)
    assert longer.shape == (50, 64) and (longer[30:] == mels.min()).all()
    assert stretch(mels, 20, rng).shape == (20, 64)
    for label, allowed in zip(speech.labels, speech.allowed, strict=True):
        target = other_emotion(int(label), allowed, rng)
        assert target != label and allowed[target]


def test_chances_weigh_corpora_and_classes(speech: Speech) -> None:
    chances = speech.chances(by_class=True)
    neutral = chances[speech.places("emodb", EMOTIONS.index(Emotion.NEUTRAL))].sum()
    disgust = chances[speech.places("emodb", EMOTIONS.index(Emotion.DISGUST))].sum()
    assert neutral == pytest.approx(disgust)
    alike = speech.chances(by_class=False)[speech.corpora == "emodb"]
    assert np.ptp(alike) < 1e-12


def test_listeners_are_the_same_for_a_seed(speech: Speech) -> None:
    one, same, other = (
        guess(teach(speech, replace(COURSE, seed=seed, mixup=1.0)), speech.mels[:3])
        for seed in (1, 1, 2)
    )
    assert one.shape == (3, 8) and np.array_equal(one, same)
    assert not np.allclose(one, other)


def test_scores_find_who_hears_better(speech: Speech) -> None:
    right, wrong = speech.labels, (speech.labels + 1) % 8
    guessed = {"real": [wrong, wrong], "converted": [right, wrong]}
    arms, gains = score(guessed, speech, [("converted", "real")], draws=50)
    assert [*arms["real"]] == [*FIGURES]
    assert arms["real"]["UAR"] == [0.0, 0.0, 0.0]
    assert arms["converted"]["rare recall"] == [0.5, 0.5, 0.5]
    assert gains["converted − real"]["savee"] == [0.5, 0.5, 0.5]
    logits = np.zeros((len(speech.labels), 8))
    guesses = closed_guesses(logits, speech.allowed)
    assert speech.allowed[np.arange(len(guesses)), guesses].all()


def found(gain: float) -> dict[str, object]:
    """Results in which conversions bring that much."""
    row = {name: [0.5, 0.4, 0.6] for name in FIGURES}
    more = {name: [gain, gain - 0.02, gain + 0.02] for name in FIGURES}
    pairs = ("converted − real", "repeated − real", "mixed − real", "converted − repeated")
    return {
        "protocol": {
            "training clips": 10,
            "training speakers": 3,
            "held-out clips": 5,
            "held-out speakers": 2,
            "seeds": 2,
            "steps": 7,
            "batch": 4,
            "converter steps": 9,
            "converter parameters": 600_000,
            "added clips": {"emodb disgust": 2},
        },
        "figures": dict.fromkeys(("real", "mixed", "repeated", "converted"), row),
        "gains": dict.fromkeys(pairs, more),
        "conversion": {
            "clips": 5,
            "real, heard as what it is": 0.5,
            "real, heard as the target": 0.1,
            "converted, heard as the target": 0.3,
            "converted, still heard as what it was": 0.2,
            "converted back, heard as what it was": 0.4,
            "by target": {"angry": 0.25},
            "change": 0.4,
            "cycle": 0.1,
        },
    }


def test_the_verdict_follows_the_figures() -> None:
    assert helps(found(0.05)) and "they help" in render(found(0.05))
    assert not helps(found(0.01)) and "not trained on" in render(found(0.01))
    assert "emodb disgust 2" in render(found(0.01)) and "angry 0.25" in render(found(0.01))
    assert "+0.010 (-0.01 … +0.03)" in render(found(0.01))


def test_examples_are_drawn(speech: Speech, tmp_path: Path) -> None:
    happy = replace(speech, labels=speech.labels.copy())
    happy.labels[speech.places("emodb", EMOTIONS.index(Emotion.FEARFUL))] = EMOTIONS.index(
        Emotion.HAPPY
    )
    draw_examples(Converter(SIZE), happy, tmp_path / "examples.png")
    assert (tmp_path / "examples.png").stat().st_size > 10_000


def test_the_study_finds_what_the_page_shows_and_teaches_nobody_twice(
    speech: Speech, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = replace(PLAN, steps=4)
    Run(speech, plan, tmp_path).learn()
    monkeypatch.setattr(study, "Plan", lambda: plan)
    monkeypatch.setattr(study, "course_of", lambda arm, seed: replace(COURSE, seed=seed))
    results = study.run(speech, speech, tmp_path)
    taught = {file.name: file.stat().st_mtime_ns for file in tmp_path.glob("*.safetensors")}
    assert len(taught) == len(study.ARMS) * len(study.SEEDS)
    assert study.run(speech, speech, tmp_path) == results
    assert {f.name: f.stat().st_mtime_ns for f in tmp_path.glob("*.safetensors")} == taught
    assert "Verdict" in render(results)
