"""The network: its size, what padding may not do, and that ONNX says what torch says."""

import numpy as np
import onnxruntime
import pytest
import torch

from models.emotion.export import largest_difference, to_onnx
from models.emotion.features import CHANNELS
from models.emotion.network import EmotionNetwork, Shape, turned, unknown


@pytest.fixture(scope="module")
def network() -> EmotionNetwork:
    torch.manual_seed(1)
    torch.set_num_threads(1)
    network = EmotionNetwork(Shape())
    for _ in range(3):  # so that the batch norms hold statistics that are not their first ones
        hear(network, torch.randn(4, 80, CHANNELS), 80, 80, 60, 50)
    return network.eval()


def hear(network: EmotionNetwork, features: torch.Tensor, *lengths: int) -> torch.Tensor:
    """The logits of notes whose voices are new."""
    new = unknown(network.shape, len(lengths))
    logits: torch.Tensor = network(features, torch.tensor(lengths), *new)[0]
    return logits


def test_shipped_shape_is_small_enough() -> None:
    assert sum(p.numel() for p in EmotionNetwork(Shape()).parameters()) <= 1_000_000


def test_padding_changes_nothing(network: EmotionNetwork) -> None:
    note = torch.randn(1, 77, CHANNELS)
    padded = torch.cat([note, torch.randn(1, 60, CHANNELS)], dim=1)
    with torch.no_grad():
        alone = hear(network, note, 77)
        among = hear(network, padded, 77)
    torch.testing.assert_close(alone, among, atol=1e-5, rtol=1e-5)


def test_what_comes_last_matters(network: EmotionNetwork) -> None:
    note = torch.randn(1, 100, CHANNELS)
    changed = note.clone()
    changed[:, 90:] += 1.0
    with torch.no_grad():
        apart = hear(network, note, 100) - hear(network, changed, 100)
    assert float(apart.abs().max()) > 1e-4


def test_notes_turn_and_their_padding_does_not() -> None:
    x = torch.tensor([[[1.0], [2.0], [3.0], [0.0]], [[4.0], [5.0], [6.0], [7.0]]])
    assert turned(x, torch.tensor([3, 4]))[:, :, 0].tolist() == [[3, 2, 1, 0], [7, 6, 5, 4]]
    assert turned(x, None)[:, :, 0].tolist() == [[0, 3, 2, 1], [7, 6, 5, 4]]


def test_without_lengths_every_note_fills_the_tensor(network: EmotionNetwork) -> None:
    notes = torch.randn(3, 77, CHANNELS)
    with torch.no_grad():
        told = hear(network, notes, 77, 77, 77)
        untold = network(notes, None, *unknown(network.shape, 3))[0]
    torch.testing.assert_close(told, untold, atol=1e-5, rtol=1e-5)


def test_onnx_says_what_torch_says(network: EmotionNetwork) -> None:
    assert largest_difference(network, to_onnx(network)) < 1e-4


def test_onnx_takes_any_batch_and_length(network: EmotionNetwork) -> None:
    session = onnxruntime.InferenceSession(to_onnx(network), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    for notes, frames in [(1, 26), (1, 301), (7, 100)]:
        features = rng.normal(size=(notes, frames, CHANNELS)).astype(np.float32)
        baseline, none = (each.numpy() for each in unknown(network.shape, notes))
        given = {"features": features, "baseline": baseline, "notes": none}
        (ours,) = session.run(["logits"], given)
        with torch.no_grad():
            theirs = hear(network, torch.from_numpy(features), *[frames] * notes).numpy()
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_a_voice_never_heard_before_has_no_say(network: EmotionNetwork) -> None:
    """Whatever its baseline says, no note stands behind it."""
    note, length = torch.randn(1, 100, CHANNELS), torch.tensor([100])
    baseline = torch.randn(1, network.shape.emotions)
    with torch.no_grad():
        alone = hear(network, note, 100)
        new, traits = network(note, length, baseline, torch.zeros(1))
        known, same = network(note, length, baseline, torch.ones(1))
    torch.testing.assert_close(new, alone)
    torch.testing.assert_close(traits, same)
    assert float((known - alone).abs().max()) > 1e-4


def test_a_baseline_counts_more_the_more_notes_are_behind_it(network: EmotionNetwork) -> None:
    note, length = torch.randn(1, 100, CHANNELS), torch.tensor([100])
    baseline = torch.randn(1, network.shape.emotions)
    with torch.no_grad():
        alone = hear(network, note, 100)
        apart = [
            float((network(note, length, baseline, torch.tensor([n]))[0] - alone).norm())
            for n in (1.0, 5.0, 50.0)
        ]
    assert apart == sorted(apart)
