"""A whole training run in small: it leaves what it promises; interruption changes nothing."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from models.emotion.augment import Chances
from models.emotion.config import DEFAULT, Config, read_config
from models.emotion.corpora import EMOTIONS, Utterance, deal_folds
from models.emotion.features import RATE
from models.emotion.material import Material, gather
from models.emotion.network import Shape
from models.emotion.recordings import Cache, to_pcm
from models.emotion.train import Run, learning_rate


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return dataclasses.replace(
        read_config(DEFAULT),
        runs=tmp_path,
        teachers=(),
        training_only=("other",),
        left_out=(),
        passes=2,
        bfloat16=False,
        steps_weight=0.0,
        chances=dataclasses.replace(Chances(), babble=0.0, noise=0.0),
        epochs=2,
        draws=16,
        batch=8,
        warmup_epochs=1,
        held_out=0,
        folds=3,
        weights={"small": 1.0},
        shape=Shape(channels=(4, 6), width=16, hidden=16, dropout=0.2),
    )


def material(config: Config) -> Material:
    """Twelve tones by three speakers, and a noise."""
    time = np.arange(RATE // 2) / RATE
    tones = [
        (0.2 * np.sin(2 * np.pi * (100 + 20 * i) * time)).astype(np.float32) for i in range(12)
    ]
    cache = Cache(np.concatenate([to_pcm(t) for t in tones]), np.arange(1, 13) * len(time))
    utterances = [
        Utterance(Path(f"{i}.ogg"), "small", "en", f"small_{i % 3}", "female", EMOTIONS[i // 3])
        for i in range(12)
    ]
    fold_of = deal_folds(utterances, config.folds, config.fold_seed)
    return Material(config, utterances, cache, cache, cache, ["noise/x"] * 12, fold_of)


def run_of(config: Config) -> Run:
    torch.set_num_threads(1)
    return Run(material(config), "test", torch.device("cpu"))


def test_held_out_speakers_are_never_drawn(config: Config) -> None:
    of = material(config)
    held = {of.utterances[i].speaker for i in of.positions(0)}
    trained = {of.utterances[i].speaker for i in of.training_positions()}
    assert held and trained and not held & trained
    everybody = material(dataclasses.replace(config, held_out=-1))
    assert len(everybody.training_positions()) == 12


def test_no_corpus_is_left_out_where_nothing_would_hold_it(config: Config) -> None:
    nowhere = dataclasses.replace(config, left_out=("small",), held_out=-1)
    with pytest.raises(ValueError, match="say which one"):
        gather(nowhere, print)


def test_a_run_leaves_a_checkpoint_curves_and_figures(config: Config) -> None:
    run = run_of(config)
    run.learn()
    assert [row["epoch"] for row in run.history] == [1, 2]
    assert 0 <= run.history[-1]["small"] <= 1
    assert (run.folder / "checkpoint.pt").stat().st_size > 0
    assert (run.folder / "curves.png").stat().st_size > 0


def test_an_interrupted_run_ends_where_the_other_does(config: Config) -> None:
    whole = run_of(config)
    whole.learn()
    broken = run_of(dataclasses.replace(config, runs=config.runs / "broken"))
    broken.history.append({"epoch": 1, "loss": broken._learn_epoch()})
    broken.epoch = 1
    broken.save()
    resumed = run_of(dataclasses.replace(config, runs=config.runs / "broken"))
    resumed.resume()
    assert resumed.epoch == 1
    resumed.learn()
    for name, value in whole.average.state.items():
        torch.testing.assert_close(resumed.average.state[name], value, msg=name)


def test_settling_fits_the_layer_that_knows_voices_and_no_other(config: Config) -> None:
    run = run_of(config)
    run.learn()
    before = {name: value.clone() for name, value in run.average.state.items()}
    run.settle()
    changed = {n for n, value in run.average.state.items() if not torch.equal(value, before[n])}
    assert changed == {"beyond.traits.weight", "beyond.usual"}
    again = run_of(config)
    again.resume()
    again.settle()
    settled = again.average.state["beyond.usual"]
    torch.testing.assert_close(settled, run.average.state["beyond.usual"])  # once is enough


def test_learning_rate_rises_then_falls_to_nothing(config: Config) -> None:
    long = dataclasses.replace(config, epochs=20, warmup_epochs=2)
    rates = [learning_rate(long, epoch) for epoch in np.linspace(0, 20, 200)]
    peak = int(np.argmax(rates))
    assert rates[peak] == pytest.approx(long.learning_rate, rel=0.02)
    assert 15 < peak < 25
    assert rates[-1] == pytest.approx(0.0, abs=1e-9)
    assert all(np.diff(rates[peak:]) <= 0)
