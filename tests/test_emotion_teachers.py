"""The second teacher: the encoder is Whisper's, and what is kept of it lies where it says."""

from pathlib import Path

import ctranslate2
import numpy as np
import pytest
import torch
from faster_whisper.feature_extractor import FeatureExtractor

from models.emotion.distil import Teacher, read_steps, read_teacher
from models.emotion.whisper_teacher import Encoder, hear, in_steps, read_variables, summed_up

MODEL = Path(__file__).parents[1].parent / "shared" / "fixtures" / "whisper-digits"
real_model = pytest.mark.skipif(not MODEL.exists(), reason=f"no model in {MODEL}")


def tone(hertz: float, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    time = np.arange(int(seconds * 16_000)) / 16_000
    return (0.3 * np.sin(2 * np.pi * hertz * time * (1 + time))).astype(np.float32)


@real_model
def test_the_encoder_says_what_ctranslate2_says() -> None:
    variables = read_variables(MODEL / "model.bin")
    encoder = Encoder(variables)
    mels = FeatureExtractor(feature_size=variables["encoder/conv1/weight"].shape[1])(
        tone(300, 4.0)
    )[None, :, :3000]
    mels = np.pad(mels, ((0, 0), (0, 0), (0, 3000 - mels.shape[2]))).astype(np.float32)
    whole = ctranslate2.models.Whisper(str(MODEL), compute_type="float32")
    theirs = np.array(whole.encode(ctranslate2.StorageView.from_array(np.ascontiguousarray(mels))))
    last = encoder.states(torch.from_numpy(mels))[-1]
    gamma, beta = (
        torch.from_numpy(np.array(variables[f"encoder/layer_norm/{name}"], np.float32))
        for name in ("gamma", "beta")
    )
    ours = torch.nn.functional.layer_norm(last, gamma.shape, gamma, beta).numpy()
    np.testing.assert_allclose(ours, theirs, atol=2e-2)


@real_model
def test_each_recording_is_heard_to_its_own_end() -> None:
    encoder = Encoder(read_variables(MODEL / "model.bin"))
    short, long = hear(encoder, [tone(200, 0.5), tone(250, 2.0)])
    assert len(short) == len(long) == encoder.layers + 1
    assert [len(short[0]), len(long[0])] == [24, 100]
    width = short[0].shape[1]
    assert summed_up(short).shape == (encoder.layers + 1, 2 * width)
    assert in_steps(long[-1]).shape == (50, width)


def kept(folder: Path) -> Teacher:
    """Two recordings, three layers, four dimensions; three and two steps over time."""
    rng = np.random.default_rng(0)
    np.savez(
        folder / "t.npz",
        path=np.array(["a.ogg", "b.ogg"]),
        embedding=np.arange(2 * 3 * 8, dtype=np.float16).reshape(2, 3, 8),
        ends=np.array([8, 16]),
    )
    rng.normal(size=(16, 4)).astype(np.float16).tofile(folder / "t.frames")
    return Teacher(folder / "t.npz", layers=(0, 2), steps=True)


def test_the_layers_that_are_asked_for_stand_side_by_side(tmp_path: Path) -> None:
    found = read_teacher(kept(tmp_path), ["b.ogg", "c.ogg"])
    assert found[0].tolist() == [*range(24, 32), *range(40, 48)]
    assert np.isnan(found[1]).all()


def test_states_are_standardised_on_training_recordings(tmp_path: Path) -> None:
    steps = read_steps(kept(tmp_path), ["a.ogg", "b.ogg"], training=[0, 1])
    first = steps.at(0, np.arange(0, 32, 4, dtype=np.float32))
    assert first.shape == (8, 4)
    assert np.isfinite(first).all()
    assert np.isnan(steps.at(1, np.array([-1.0, 32.0, 400.0], np.float32))).all()


def test_other_recordings_and_missing_files_are_told(tmp_path: Path) -> None:
    teacher = kept(tmp_path)
    with pytest.raises(ValueError, match="other recordings"):
        read_steps(teacher, ["a.ogg", "x.ogg"], training=[0])
    with pytest.raises(FileNotFoundError, match="take this teacher out"):
        read_teacher(Teacher(tmp_path / "none.npz"), ["a.ogg"])
