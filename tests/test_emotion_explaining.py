"""Why a voice was heard so: reasons that add up, and numbers that are the voice's own."""

from functools import cache
from pathlib import Path

import librosa
import numpy as np
import pytest

from models.emotion.endpoints import span_in_noise
from models.emotion.explaining import Explainer
from models.emotion.features import MELS, RATE, features
from models.emotion.recognizer import CnnLstmRecognizer
from models.emotion.usual import KNOWN, compare, profile_of
from pipeline import audio
from pipeline.errors import EngineError
from pipeline.values import Against, Emotion, VoiceProfile, Waveform
from tests.chatting import NOTE


@cache
def note() -> Waveform:
    return audio.decode(NOTE)


@cache
def explainer() -> Explainer:
    return Explainer(CnnLstmRecognizer())


def profile(waveform: Waveform) -> VoiceProfile:
    start, end = span_in_noise(waveform.samples)
    samples = waveform.samples[start:end]
    found = profile_of(samples, features(samples))
    assert found is not None
    return found


@pytest.mark.parametrize("emotion", [Emotion.SAD, Emotion.ANGRY])
def test_what_is_attributed_sums_to_what_the_note_adds(emotion: Emotion) -> None:
    import torch  # noqa: PLC0415 - as late as the code under test

    asked = explainer()
    frames = features(note().samples)
    silence = np.zeros_like(frames)
    silence[:, :MELS] = frames[:, :MELS].min()
    with torch.no_grad():
        both = torch.from_numpy(np.stack([frames, silence]))
        network = asked._network
        logits = network.classify(network.summary(both, torch.tensor([len(frames)] * 2)))
    there, away = logits.log_softmax(dim=1)[:, list(Emotion).index(emotion)].tolist()
    total = float(asked.attributions(frames, emotion).sum())
    assert total == pytest.approx(there - away, abs=0.1 * max(1.0, abs(there - away)))


async def test_the_reasons_cover_the_voice_and_point_at_sound() -> None:
    reasons = await explainer().explain(note(), Emotion.SAD, None)
    start, end = span_in_noise(note().samples)
    assert reasons.start == pytest.approx(start / RATE, abs=0.02)
    assert reasons.seconds == pytest.approx((end - start) / RATE, abs=0.03)
    assert reasons.mels.shape == reasons.weights.shape
    assert reasons.weights.min() >= 0 and reasons.weights.max() == pytest.approx(1)
    assert len(reasons.hertz) == MELS and list(reasons.hertz) == sorted(reasons.hertz)
    assert reasons.compared is None
    strong = reasons.weights > 0.5
    assert reasons.mels[strong].mean() > reasons.mels.mean()


async def test_another_feeling_has_other_reasons() -> None:
    sad, angry = [
        (await explainer().explain(note(), emotion, None)).weights
        for emotion in (Emotion.SAD, Emotion.ANGRY)
    ]
    assert np.abs(sad - angry).max() > 0.2


async def test_of_a_long_note_the_stretch_that_decided_is_explained() -> None:
    quiet = np.zeros(RATE // 2, np.float32)
    long = Waveform(np.tile(np.append(note().samples, quiet), 8))
    reasons = await explainer().explain(long, Emotion.SAD, None)
    assert 11.0 <= reasons.seconds <= 12.0
    assert 0 <= reasons.start <= long.seconds - 12


async def test_broken_weights_are_an_engine_error(tmp_path: Path) -> None:
    (tmp_path / "network.toml").write_text("temperature = 1.0", encoding="utf-8")
    with pytest.raises(EngineError):
        await Explainer(CnnLstmRecognizer(), tmp_path).explain(note(), Emotion.SAD, None)


async def test_silence_cannot_be_explained() -> None:
    with pytest.raises(EngineError):
        await explainer().explain(Waveform(np.zeros(RATE, np.float32)), Emotion.SAD, None)


@pytest.mark.timeout(240)  # numba compiles pYIN
def test_the_pitch_is_that_of_librosa() -> None:
    hertz, voiced, _ = librosa.pyin(
        note().samples, fmin=65, fmax=500, sr=RATE, frame_length=1024, hop_length=320
    )
    theirs = 12 * np.log2(np.nanmedian(hertz[voiced]) / 2**7.5)
    assert profile(note()).mean[0] == pytest.approx(theirs, abs=1.0)


def test_a_louder_voice_is_louder_and_nothing_else() -> None:
    usual, loud = profile(note()), profile(Waveform(2 * note().samples))
    assert loud.mean[0] == pytest.approx(usual.mean[0], abs=0.1)
    assert loud.mean[1] - usual.mean[1] == pytest.approx(6.02, abs=0.1)
    assert loud.mean[2] == pytest.approx(usual.mean[2], abs=0.2)


@pytest.mark.parametrize("rate", [2.0, 4.0, 6.0])
def test_the_pace_is_that_of_the_syllables(rate: float) -> None:
    """A voiced hum that swells so many times a second."""
    time = np.arange(3 * RATE) / RATE
    hum = sum(np.sin(2 * np.pi * 150 * k * time) / k for k in range(1, 8))
    swelling = 0.1 * hum * (0.55 - 0.45 * np.cos(2 * np.pi * rate * time))
    assert profile(Waveform(swelling.astype(np.float32))).mean[2] == pytest.approx(rate, abs=0.3)


def test_noise_has_no_voice() -> None:
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 0.1, RATE).astype(np.float32)
    assert profile_of(samples, features(samples)) is None


def known(*notes: tuple[float, float, float]) -> VoiceProfile:
    """The merged profile of notes with these numbers."""
    first, *others = [VoiceProfile(1, (*one, *(x * x for x in one))) for one in notes]
    for other in others:
        first = first.merged(other)
    return first


USUALLY = [(0.0, -20.0, 4.0), (0.4, -21.0, 4.2), (-0.4, -19.0, 3.8)]


def test_a_note_is_compared_with_the_others_not_with_itself() -> None:
    numbers = (3.0, -28.0, 4.1)
    usual, this = known(*USUALLY, numbers), known(numbers)
    assert compare(this, usual) == (Against.MORE, Against.LESS, Against.SAME)


def test_a_restless_voice_is_not_told_of_every_change() -> None:
    numbers = (3.0, -20.0, 4.0)
    restless = [(-6.0, -20.0, 4.0), (0.0, -20.0, 4.0), (6.0, -20.0, 4.0)]
    assert compare(known(numbers), known(*restless, numbers)) == (Against.SAME,) * 3


def test_an_unknown_voice_is_not_compared() -> None:
    numbers = (3.0, -28.0, 4.1)
    assert compare(known(numbers), None) is None
    assert compare(known(numbers), known(*USUALLY[: KNOWN - 1], numbers)) is None
    assert compare(known(numbers), VoiceProfile(9, (0.5,))) is None
