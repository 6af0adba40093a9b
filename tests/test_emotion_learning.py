"""Learning: masked losses, balanced draws, teacher's targets, and that steps improve things."""

import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from models.emotion.augment import Chances
from models.emotion.batches import Batch, Clips, Draws, Preparation, cut, pad
from models.emotion.corpora import EMOTIONS, Utterance
from models.emotion.distil import Steps, TeacherHead, targets
from models.emotion.features import CHANNELS, RATE
from models.emotion.learning import (
    Average,
    Losses,
    Student,
    label_distribution,
    loss_of,
    masked_cross_entropy,
)
from models.emotion.network import EmotionNetwork, Shape
from models.emotion.passes import Pass
from models.emotion.soft_labels import soft_labels
from models.emotion.voices import Voices
from pipeline.values import Emotion

SMALL = Shape(channels=(4, 6), width=16, hidden=16, dropout=0.0)


SMOOTH = Losses(smoothing=0.1, mixup=0.0, teacher_weight=0.0)


def utterance(corpus: str, speaker: int, emotion: Emotion | None) -> Utterance:
    return Utterance(Path("x.ogg"), corpus, "en", f"{corpus}_{speaker}", "", emotion)


def synthetic_batch(clips: int = 16) -> Batch:
    """Each label lights up its own band of the spectrum."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(clips) % 8
    features = 0.3 * torch.randn(clips, 60, CHANNELS, generator=generator)
    for row, label in zip(features, labels, strict=True):
        row[:, 8 * int(label) : 8 * int(label) + 8] += 1.5
    teacher = torch.nn.functional.one_hot(labels, 8).float()
    allowed = torch.ones(clips, 8, dtype=torch.bool)
    opinion = torch.full((clips, 8), torch.nan)
    steps = torch.zeros(clips, 15, 4)
    steps[:, :, 1] = labels[:, None]
    voices = (torch.randn(clips, SMALL.emotions, generator=generator), torch.arange(clips) % 3.0)
    lengths = torch.full((clips,), 60)
    return Batch(features, lengths, labels, allowed, teacher, opinion, steps, *voices)


@pytest.mark.parametrize("mixup", [0.0, 1.0])
def test_training_learns_a_tiny_batch(mixup: float) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    student = Student(EmotionNetwork(SMALL), TeacherHead(2 * SMALL.hidden, SMALL.pooled, 4, 8))
    batch, rng = synthetic_batch(), np.random.default_rng(0)
    losses = Losses(0.0, mixup, 1.0, steps_weight=0.2, profile=0.5, mixstyle=0.2)
    parameters = [*student.network.parameters(), *student.head.parameters()]  # type: ignore[union-attr]
    optimizer = torch.optim.AdamW(parameters, 5e-3)
    values = []
    for _ in range(50):
        loss, _ = loss_of(student, batch, losses, rng)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        values.append(float(loss.detach()))
    assert np.mean(values[-5:]) < 0.6 * np.mean(values[:5])
    heard = (batch.features, batch.lengths, batch.baseline, batch.notes)
    logits, _ = student.network.eval()(*heard)
    assert float((logits.argmax(dim=1) == batch.labels).float().mean()) > 0.8


def test_a_label_the_corpus_lacks_gets_no_gradient() -> None:
    batch = synthetic_batch(2)
    allowed = batch.allowed.clone()
    allowed[:, 7] = False
    batch = dataclasses.replace(batch, allowed=allowed)
    logits = torch.zeros(2, 8, requires_grad=True)
    masked_cross_entropy(batch, logits, SMOOTH).sum().backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert (logits.grad[:, 7] == 0).all()
    assert (logits.grad[:, :7] != 0).all()


def test_without_a_label_there_is_no_loss() -> None:
    batch = synthetic_batch(4)
    unlabelled = dataclasses.replace(batch, labels=torch.full((4,), -1))
    assert masked_cross_entropy(unlabelled, torch.randn(4, 8), SMOOTH).tolist() == [0, 0, 0, 0]


def test_masked_cross_entropy_is_the_known_one_where_nothing_is_masked() -> None:
    batch, logits = synthetic_batch(5), torch.randn(5, 8)
    torch.testing.assert_close(
        masked_cross_entropy(batch, logits, SMOOTH),
        torch.nn.functional.cross_entropy(
            logits, batch.labels, label_smoothing=0.1, reduction="none"
        ),
    )


def test_an_opinion_shares_the_label() -> None:
    batch = synthetic_batch(2)
    opinion = batch.opinion.clone()
    opinion[1] = torch.tensor([0.5, 0.5, 0, 0, 0, 0, 0, 0])
    losses = dataclasses.replace(SMOOTH, smoothing=0.0, opinion=0.4)
    asked = label_distribution(batch.labels, batch.allowed, opinion, losses)
    torch.testing.assert_close(asked[0], torch.eye(8)[0])
    torch.testing.assert_close(asked[1], torch.tensor([0.2, 0.8, 0, 0, 0, 0, 0, 0]))


def test_opinions_are_of_classifiers_that_never_heard_the_speaker() -> None:
    """A speaker whose labels are all wrong is outvoted by the others."""
    rng = np.random.default_rng(0)
    emotions = [EMOTIONS[i % 3] for i in range(300)]
    utterances = [utterance("a", i // 60, emotions[i]) for i in range(300)]
    heard = 5 * np.eye(3, 10)[np.arange(300) % 3] + rng.normal(0, 1, (300, 10))
    heard[:60] = np.roll(
        heard[:60], 1, axis=0
    )  # the first speaker's clips sound like another label
    opinions = soft_labels([heard.astype(np.float32)], utterances)
    np.testing.assert_allclose(opinions.sum(axis=1), 1.0, atol=1e-5)
    agreed = opinions.argmax(axis=1) == np.arange(300) % 3
    assert agreed[:60].mean() < 0.1
    assert agreed[60:].mean() > 0.9
    assert (opinions[:, 3:] == 0).all()


def test_no_label_or_no_peers_no_opinion() -> None:
    utterances = [utterance("a", 1, Emotion.SAD), utterance("a", 1, Emotion.CALM)]
    utterances += [utterance("b", 2, None)]
    assert np.isnan(soft_labels([np.ones((3, 4), np.float32)], utterances)).all()


def clips_of(utterances: list[Utterance], steps: Steps | None = None) -> Clips:
    count = len(utterances)
    lengths = RATE // 2 + 1000 * np.arange(count)
    teacher = np.zeros((count, 3), np.float32)
    opinions = np.full((count, 8), np.nan, np.float32)
    return Clips(utterances, np.arange(count), lengths, teacher, opinions, steps)


def test_draws_follow_the_weights_and_balance_the_classes() -> None:
    rare = [utterance("a", 1, Emotion.SAD)]
    common = [utterance("a", 1, Emotion.HAPPY) for _ in range(9)]
    other = [utterance("b", 2, Emotion.ANGRY) for _ in range(5)]
    utterances = rare + common + other
    draws = Draws(clips_of(utterances), {"a": 1.0, "b": 0.5})
    rng = np.random.default_rng(1)
    drawn = np.concatenate(list(draws.epoch(6000, 30, rng)))
    share = {key: n / 6000 for key, n in Counter(utterances[i].emotion for i in drawn).items()}
    assert share[Emotion.SAD] == pytest.approx(1 / 3, abs=0.04)
    assert share[Emotion.HAPPY] == pytest.approx(1 / 3, abs=0.04)
    assert share[Emotion.ANGRY] == pytest.approx(1 / 3, abs=0.04)


def test_a_batch_is_padded_and_says_what_is_known() -> None:
    utterances = [
        utterance("a", 1, Emotion.SAD),
        utterance("a", 1, None),
        utterance("b", 2, Emotion.CALM),
    ]
    draws = Draws(clips_of(utterances), {"a": 1.0, "b": 1.0})
    frames = np.random.default_rng(1).normal(size=(180, CHANNELS + 1)).astype(np.float16)
    passes = [Pass(frames, np.array([60, 120, 180]))]
    preparation = Preparation(passes, Voices(utterances, 2), Chances(), seconds=0.4)
    batch = preparation.batch(draws, np.array([0, 1, 2]), np.random.default_rng(0))
    assert batch.features.shape[0] == 3
    assert batch.features.shape[1] == int(batch.lengths.max()) <= 40
    assert batch.labels.tolist() == [EMOTIONS.index(Emotion.SAD), -1, EMOTIONS.index(Emotion.CALM)]
    assert batch.allowed.sum(dim=1).tolist() == [1, 1, 1]
    assert batch.notes.tolist() == [0, 0, 0]


def test_the_teacher_is_followed_where_the_clip_is_and_not_in_pauses() -> None:
    """Frames say where in the recording they come from; the states are of that very place."""
    utterances = [utterance("a", 1, Emotion.SAD)] * 2
    states = np.repeat(np.arange(30, dtype=np.float16)[:, None], 3, axis=1)
    one, nought = np.ones(3, np.float32), np.zeros(3, np.float32)
    steps = Steps(states, np.array([20, 30]), nought, 10 * one)
    frames = np.zeros((160, CHANNELS + 1), np.float16)
    frames[:, CHANNELS] = np.concatenate([np.arange(80), np.full(20, -1), np.arange(60)])
    passes = [Pass(frames, np.array([80, 160]))]
    draws = Draws(clips_of(utterances, steps), {"a": 1.0})
    still = Chances(tempo=0, shift=0, colour=0, masks=0)
    preparation = Preparation(passes, Voices(utterances, 2), still, seconds=3.0)
    found = preparation.batch(draws, np.array([0, 1]), np.random.default_rng(0)).steps[:, :, 0]
    torch.testing.assert_close(found[0], torch.arange(20) / 10)
    assert found[1, :5].isnan().all()
    torch.testing.assert_close(found[1, 5:15], (20 + torch.arange(10)) / 10)
    assert found[1, 15:].isnan().all()


def test_a_baseline_is_the_mean_of_other_clips_of_the_same_voice() -> None:
    utterances = [utterance("a", i // 4, EMOTIONS[i % 4]) for i in range(8)]
    voices = Voices(utterances, 1)
    rng = np.random.default_rng(0)
    _, notes = voices.baselines(np.arange(8), rng)
    assert notes.tolist() == [0] * 8  # nobody was heard yet
    voices.remember(np.arange(8), torch.tensor([[1.0], [1], [1], [100], [7], [7], [7], [7]]))
    for _ in range(20):
        baseline, notes = voices.baselines(np.array([3, 4]), rng)
        assert float(baseline[0]) == (1.0 if notes[0] else 0.0)  # never the clip itself
        assert float(baseline[1]) == (7.0 if notes[1] else 0.0)


def test_padding_is_zero_and_comes_last() -> None:
    padded, lengths = pad([np.ones((3, CHANNELS), np.float32), np.ones((5, CHANNELS), np.float32)])
    assert lengths.tolist() == [3, 5]
    assert padded[0, 3:].abs().sum() == 0
    assert padded.sum() == 8 * CHANNELS


def test_cut_is_a_stretch_of_the_clip() -> None:
    clip = np.arange(100, dtype=np.float32)
    piece = cut(clip, 10, np.random.default_rng(0))
    assert len(piece) == 10
    assert (np.diff(piece) == 1).all()
    assert len(cut(clip, 200, np.random.default_rng(0))) == 100


def test_teachers_second_view_has_no_speaker_in_it() -> None:
    rng = np.random.default_rng(0)
    utterances = [utterance("a", i // 50, Emotion.SAD) for i in range(200)]
    usual = np.repeat(rng.normal(0, 5, (4, 6)), 50, axis=0)
    embeddings = (usual + rng.normal(0, 1, (200, 6))).astype(np.float32)
    taught = targets([embeddings], utterances)
    assert taught.shape == (200, 12)
    for speaker in range(4):
        own = taught[50 * speaker : 50 * speaker + 50]
        assert np.abs(own[:, 6:].mean(axis=0)).max() < 0.05
    assert np.abs(taught[:50, :6].mean(axis=0)).max() > 0.5
    assert np.mean(np.square(taught[:, :6])) == pytest.approx(1.0, abs=0.01)


def test_what_the_teacher_never_heard_is_not_asked_of_the_student() -> None:
    embeddings = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    embeddings[2] = np.nan
    taught = targets([embeddings], [utterance("a", i // 3, Emotion.SAD) for i in range(6)])
    assert np.isnan(taught).any(axis=1).tolist() == [False, False, True, False, False, False]
    head, summary = TeacherHead(1, 5, 1, 8), torch.randn(6, 5, requires_grad=True)
    loss = head.loss(summary, torch.from_numpy(taught))
    loss.sum().backward()  # type: ignore[no-untyped-call]
    assert float(loss[2].detach()) == 0.0
    assert summary.grad is not None
    assert summary.grad[2].abs().sum() == 0
    assert torch.isfinite(summary.grad).all()


def test_the_average_lags_behind_and_arrives() -> None:
    network = EmotionNetwork(SMALL)
    average = Average(network, 0.9)
    with torch.no_grad():
        network.classify.weight.fill_(1.0)
    average.follow(network)
    assert not torch.allclose(average.state["classify.weight"], network.classify.weight)
    for _ in range(200):
        average.follow(network)
    torch.testing.assert_close(
        average.state["classify.weight"], network.classify.weight.detach(), atol=1e-4, rtol=0
    )
