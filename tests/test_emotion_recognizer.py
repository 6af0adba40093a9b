"""The recogniser as the walk sees it: calibrated, covering, patient with bad notes, never stuck."""

import asyncio
import dataclasses
import resource
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from models.emotion.export import write_weights
from models.emotion.features import RATE, Samples
from models.emotion.inference import WEIGHTS, Card, read_card
from models.emotion.network import EmotionNetwork, Shape
from models.emotion.recognizer import CnnLstmRecognizer
from pipeline.errors import EngineError
from pipeline.values import Emotion, Feeling, VoiceProfile, Waveform


def voice(seconds: float, hertz: float = 170.0) -> Samples:
    """A tone that rises and falls, in syllables, over a little noise."""
    time = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(hertz * (1 + 0.2 * np.sin(2 * np.pi * 0.7 * time))) / RATE
    tone = sum(0.6**n * np.sin((n + 1) * phase) for n in range(12))
    syllables = 0.15 * (1.2 + np.sin(2 * np.pi * 3 * time))
    rng = np.random.default_rng(1)
    return (tone * syllables + rng.normal(0, 0.003, len(time))).astype(np.float32)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights' folder of a network that has learnt nothing yet."""
    torch.manual_seed(5)
    folder = tmp_path_factory.mktemp("weights")
    network = EmotionNetwork(Shape()).eval()
    write_weights(network, Card(2.0, dataclasses.asdict(Shape()), ()), folder)
    return folder


@pytest.fixture(scope="module", params=["shipped", "fresh"])
def recognizer(request: pytest.FixtureRequest, fresh: Path) -> CnnLstmRecognizer:
    return CnnLstmRecognizer(WEIGHTS if request.param == "shipped" else fresh)


def sums_to_one(feeling: Feeling) -> bool:
    every = [feeling.probabilities, *(moment.probabilities for moment in feeling.curve)]
    return all(
        set(p) == set(Emotion) and abs(sum(p.values()) - 1) < 1e-6 and min(p.values()) >= 0
        for p in every
    )


@pytest.mark.parametrize("seconds", [0.3, 1.0, 3.0, 3.99, 4.01, 7.3, 31.0])
async def test_a_feeling_and_a_curve_over_the_note(
    recognizer: CnnLstmRecognizer, seconds: float
) -> None:
    feeling = await recognizer.recognize(Waveform(voice(seconds)), None)
    assert sums_to_one(feeling)
    assert feeling.engine == "cnn-bilstm"
    assert feeling.curve[0].start == 0.0
    assert feeling.curve[-1].end == pytest.approx(seconds, abs=0.02)
    for before, after in zip(feeling.curve, feeling.curve[1:], strict=False):
        assert before.start < after.start < before.end < after.end


async def test_times_are_those_of_the_note_as_it_came(recognizer: CnnLstmRecognizer) -> None:
    silence = np.zeros(2 * RATE, np.float32)
    note = np.concatenate([silence, voice(6.0), silence])
    curve = (await recognizer.recognize(Waveform(note), None)).curve
    assert curve[0].start == pytest.approx(2.0, abs=0.1)
    assert curve[-1].end == pytest.approx(8.0, abs=0.1)


async def test_silence_around_a_voice_and_its_level_change_nothing(
    recognizer: CnnLstmRecognizer,
) -> None:
    silence = np.zeros(RATE, np.float32)
    alone = await recognizer.recognize(Waveform(voice(2.0)), None)
    later = np.concatenate([silence, 0.2 * voice(2.0), silence]).astype(np.float32)
    among = await recognizer.recognize(Waveform(later), None)
    for emotion in Emotion:
        assert among.probabilities[emotion] == pytest.approx(alone.probabilities[emotion], abs=0.05)


async def test_a_change_within_a_note_is_seen_where_it_is() -> None:
    """The windows of one half hear the same whatever the other half is."""
    recognizer = CnnLstmRecognizer()
    calm, high = voice(12.0, 110.0), voice(12.0, 330.0)
    note = np.concatenate([calm, high])
    curve = (await recognizer.recognize(Waveform(note), None)).curve
    first, last = curve[1].probabilities, curve[-2].probabilities
    apart = sum(abs(first[e] - last[e]) for e in Emotion)
    within = sum(abs(first[e] - curve[2].probabilities[e]) for e in Emotion)
    assert apart > within


async def test_ten_minutes_fit_in_bounded_memory() -> None:
    recognizer = CnnLstmRecognizer()
    note = Waveform(np.tile(voice(60.0), 10))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    feeling = await recognizer.recognize(note, None)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert sums_to_one(feeling)
    assert feeling.curve[-1].end == pytest.approx(600.0, abs=0.02)
    assert grown < 400  # MiB


async def test_the_loop_stays_free_and_notes_do_not_mix(recognizer: CnnLstmRecognizer) -> None:
    notes = [Waveform(voice(2.0 + i / 2, 100.0 + 30 * i)) for i in range(8)]
    alone = [await recognizer.recognize(note, None) for note in notes]
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)

    ticking = asyncio.create_task(tick())
    together = await asyncio.gather(*(recognizer.recognize(note, None) for note in notes))
    ticking.cancel()
    assert list(together) == alone
    assert ticks > 1


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.float32),
        np.zeros(3 * RATE, np.float32),
        np.full(RATE, 1e-7, np.float32),
        voice(0.1),
        np.full(RATE, np.nan, np.float32),
        np.concatenate([voice(1.0), np.array([np.inf], np.float32)]),
        np.stack([voice(1.0), voice(1.0)]),
    ],
    ids=["empty", "zeros", "all but zeros", "a blink", "not numbers", "infinite", "stereo"],
)
async def test_what_is_no_voice_is_an_engine_error(
    recognizer: CnnLstmRecognizer, samples: Samples
) -> None:
    with pytest.raises(EngineError):
        await recognizer.recognize(Waveform(samples), None)


async def test_another_rate_is_refused(recognizer: CnnLstmRecognizer) -> None:
    with pytest.raises(EngineError):
        await recognizer.recognize(Waveform(voice(1.0), 48_000), None)


async def test_clipped_and_constant_sound_still_gets_an_answer(
    recognizer: CnnLstmRecognizer,
) -> None:
    for samples in (np.sign(voice(1.0)), np.ones(RATE, np.float32)):
        assert sums_to_one(await recognizer.recognize(Waveform(samples), None))


async def test_a_known_voice_is_heard_against_what_is_usual_for_it(
    recognizer: CnnLstmRecognizer,
) -> None:
    note = Waveform(voice(1.0))
    alone = await recognizer.recognize(note, None)
    usual = (await recognizer.recognize(Waveform(voice(3.0, 260.0)), None)).voice
    assert usual is not None
    known = await recognizer.recognize(note, usual)
    assert sums_to_one(known)
    assert known.probabilities != alone.probabilities
    assert known.voice == alone.voice


async def test_a_profile_of_other_weights_is_not_used(recognizer: CnnLstmRecognizer) -> None:
    note = Waveform(voice(1.0))
    alone = await recognizer.recognize(note, None)
    assert await recognizer.recognize(note, VoiceProfile(3, (0.0, 1.0))) == alone


def copy(folder: Path, to: Path) -> None:
    for file in folder.iterdir():
        (to / file.name).write_bytes(file.read_bytes())


def change_card(folder: Path, before: str, after: str) -> None:
    card = folder / "network.toml"
    text = card.read_text()
    assert before in text
    card.write_text(text.replace(before, after))


def missing(folder: Path) -> None:
    (folder / "network.onnx").unlink()


def cut_short(folder: Path) -> None:
    model = folder / "network.onnx"
    model.write_bytes(model.read_bytes()[:5000])


def no_card(folder: Path) -> None:
    (folder / "network.toml").unlink()


def other_features(folder: Path) -> None:
    change_card(folder, "hop = 160", "hop = 320")


def cold(folder: Path) -> None:
    change_card(folder, "temperature = 2", "temperature = -2")


@pytest.mark.parametrize("harm", [missing, cut_short, no_card, other_features, cold])
def test_weights_that_do_not_serve_are_refused_at_once(
    fresh: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    copy(fresh, tmp_path)
    CnnLstmRecognizer(tmp_path)
    harm(tmp_path)
    with pytest.raises(EngineError):
        CnnLstmRecognizer(tmp_path)


async def test_temperature_softens(fresh: Path, tmp_path: Path) -> None:
    copy(fresh, tmp_path)
    change_card(tmp_path, "temperature = 2.0", "temperature = 0.1")
    note = Waveform(voice(2.0))
    soft = await CnnLstmRecognizer(fresh).recognize(note, None)
    sharp = await CnnLstmRecognizer(tmp_path).recognize(note, None)
    assert soft.emotion == sharp.emotion
    assert soft.confidence < sharp.confidence


def test_shipped_weights_fit_and_are_small() -> None:
    assert read_card(WEIGHTS).temperature > 0
    assert (WEIGHTS / "network.onnx").stat().st_size < 5_000_000
    assert (WEIGHTS / "network.safetensors").stat().st_size < 5_000_000
