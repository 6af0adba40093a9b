"""What every Speaker does, the fake and the real ones alike; then what each does of its own."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import aiohttp
import edge_tts
import espeakng_loader
import numpy as np
import pytest
from edge_tts.exceptions import NoAudioReceived, UnexpectedResponse
from hypothesis import given, settings
from hypothesis import strategies as st

from models.espeak import Voicing, espeak
from models.ladder import FirstSpeaker, SpeakerRung
from models.speech import EDGE_VOICES, EdgeTts, edge_voices
from models.speech_local import EspeakNg, Piper, espeak_voicing
from pipeline.audio import FFMPEG, encode_voice
from pipeline.errors import Declined, EngineError
from pipeline.values import Manner, Waveform
from tests.fakes import FakeSpeaker

SENTENCES = {
    "en": "I hear you, and that sounds like a lot to carry.",
    "es": "Te escucho, y eso suena a mucho peso.",
    "de": "Ich höre dir zu, das klingt nach einer Menge.",
    "fr": "Je t'écoute, et cela semble lourd à porter.",
    "pt": "Estou ouvindo você, e isso parece pesado.",
    "hi": "मैं आपकी बात सुन रहा हूँ, यह बहुत भारी लगता है।",
    "ru": "Я тебя слышу, и это звучит тяжело.",
    "ar": "أنا أسمعك، وهذا يبدو ثقيلا عليك.",
}


async def mp3(seconds: float) -> bytes:
    """A tone as the service sends it: MP3, 24 kHz, mono."""
    command = [FFMPEG, "-v", "error", "-f", "lavfi", "-i", f"sine=300:duration={seconds}"]
    command += ["-ar", "24000", "-ac", "1", "-b:a", "48k", "-f", "mp3", "pipe:1"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    sound, _ = await process.communicate()
    return sound


Way = Callable[[str], AsyncIterator[dict[str, Any]]]
"""Voice → the chunks of one synthesis."""


@dataclass
class Service:
    """Stands for `edge_tts.Communicate`; `ways` are how its calls go, the last one for good."""

    ways: list[Way]
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, text: str, voice: str, **manner: Any) -> "Service.Synthesis":
        self.asked.append((text, voice, manner))
        way = self.ways.pop(0) if len(self.ways) > 1 else self.ways[0]
        return Service.Synthesis(way, voice)

    @dataclass
    class Synthesis:
        way: Way
        voice: str

        def stream(self) -> AsyncIterator[dict[str, Any]]:
            return self.way(self.voice)


async def well(voice: str) -> AsyncIterator[dict[str, Any]]:
    sound = await mp3(1.5)
    yield {"type": "audio", "data": sound[:1000]}
    yield {"type": "SentenceBoundary", "offset": 0, "duration": 1, "text": "…"}
    yield {"type": "audio", "data": sound[1000:]}


async def offline(voice: str) -> AsyncIterator[dict[str, Any]]:
    raise aiohttp.ClientConnectionError("no route")
    yield {}


async def no_audio(voice: str) -> AsyncIterator[dict[str, Any]]:
    raise NoAudioReceived("No audio was received.")
    yield {}


async def odd(voice: str) -> AsyncIterator[dict[str, Any]]:
    yield {"type": "audio", "data": b"\xff\xf3"}
    raise UnexpectedResponse("no such path")


async def empty(voice: str) -> AsyncIterator[dict[str, Any]]:
    return
    yield {}


async def html(voice: str) -> AsyncIterator[dict[str, Any]]:
    yield {"type": "audio", "data": b"<html><body>Too many requests</body></html>" * 50}


async def slow(voice: str) -> AsyncIterator[dict[str, Any]]:
    await asyncio.sleep(30)
    yield {}


async def forbidden(voice: str) -> AsyncIterator[dict[str, Any]]:
    request: Any = None
    raise aiohttp.WSServerHandshakeError(request, (), status=403, message="Invalid response")
    yield {}


@pytest.fixture(params=["fake", "espeak-ng", "edge-tts"])
def speaker(request: pytest.FixtureRequest) -> SpeakerRung:
    if request.param == "edge-tts":
        return EdgeTts(Service([well]))
    return EspeakNg() if request.param == "espeak-ng" else FakeSpeaker()


@pytest.mark.parametrize("language", SENTENCES)
async def test_it_speaks_every_language(speaker: SpeakerRung, language: str) -> None:
    said = await speaker.speak(SENTENCES[language], Manner(language))
    samples = said.waveform.samples
    assert said.engine == speaker.name
    assert samples.dtype == np.float32 and samples.ndim == 1
    assert 0.7 < said.waveform.seconds < 8
    assert 0.02 < float(np.sqrt(np.mean(np.square(samples)))) < 0.5
    assert float(np.abs(samples).max()) <= 1.0


@pytest.mark.parametrize("text", ["", "   ", "…", "?!", "\n"])
async def test_nothing_to_say_is_declined(speaker: SpeakerRung, text: str) -> None:
    with pytest.raises(Declined):
        await speaker.speak(text, Manner())


async def test_sentences_side_by_side(speaker: SpeakerRung) -> None:
    alone = {
        language: (await speaker.speak(text, Manner(language))).waveform.seconds
        for language, text in SENTENCES.items()
    }
    calls = [speaker.speak(SENTENCES[language], Manner(language)) for language in alone] * 1
    together = await asyncio.gather(*calls)
    for said, seconds in zip(together, alone.values(), strict=True):
        assert said.waveform.seconds == pytest.approx(seconds, rel=0.02)


async def test_what_it_says_becomes_a_voice_note(speaker: SpeakerRung) -> None:
    said = await speaker.speak("Take one slow breath with me.", Manner())
    voice, seconds = await asyncio.to_thread(encode_voice, [said.waveform])
    assert voice.startswith(b"OggS") and b"OpusHead" in voice[:100]
    assert seconds == pytest.approx(said.waveform.seconds, abs=0.05)


async def test_an_unknown_chosen_voice_is_no_obstacle(speaker: SpeakerRung) -> None:
    said = await speaker.speak("Hello there, how are you?", Manner(voice="no such voice"))
    assert said.waveform.seconds > 0.3


def energy(waveform: Waveform) -> float:
    return float(np.sqrt(np.mean(np.square(waveform.samples))))


def fundamental(waveform: Waveform) -> float:
    """The strongest period between 70 and 400 Hz, in hertz, by autocorrelation."""
    samples = waveform.samples - waveform.samples.mean()
    spectrum = np.abs(np.fft.rfft(samples, 2 * len(samples))) ** 2
    correlation = np.fft.irfft(spectrum)[: waveform.rate // 70]
    shortest = waveform.rate // 400
    return waveform.rate / (shortest + int(np.argmax(correlation[shortest:])))


async def test_espeak_follows_the_manner() -> None:
    speaker, text = EspeakNg(), SENTENCES["en"]
    usual = (await speaker.speak(text, Manner())).waveform
    slow_ = (await speaker.speak(text, Manner(rate=0.7))).waveform
    quiet = (await speaker.speak(text, Manner(volume=0.5))).waveform
    high = (await speaker.speak(text, Manner(pitch=4.0))).waveform
    assert slow_.seconds > 1.2 * usual.seconds
    assert energy(quiet) == pytest.approx(0.5 * energy(usual), rel=0.15)
    assert fundamental(high) > 1.1 * fundamental(usual)
    assert usual.rate == 22_050


async def test_espeak_says_what_looks_like_markup_rather_than_obeying_it() -> None:
    plain = (await EspeakNg().speak("one two three", Manner())).waveform.seconds
    marked = (await EspeakNg().speak("<break time='30s'/> one two three", Manner())).waveform
    assert plain < marked.seconds < plain + 8


def test_espeak_takes_a_man_s_voice_after_a_man_s() -> None:
    assert espeak_voicing(Manner("de", "de-DE-ConradNeural")).voice == "de+m3"
    assert espeak_voicing(Manner("de", "de-DE-KatjaNeural")).voice == "de+f3"
    with pytest.raises(Declined):
        espeak_voicing(Manner("xx"))


def test_espeak_without_such_a_voice_is_an_engine_error() -> None:
    with pytest.raises(EngineError, match="no voice nobody"):
        espeak().speak("Hello.", Voicing("nobody"))
    assert espeak().speak("Hello.", Voicing("en-us")).seconds > 0.2


def test_espeak_in_four_threads_at_once_mixes_nothing() -> None:
    def speak(language: str) -> float:
        voicing = espeak_voicing(Manner(language))
        return espeak().speak(SENTENCES[language], voicing).seconds

    alone = [speak(language) for language in SENTENCES]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(speak, list(SENTENCES) * 4))
    assert together == pytest.approx(alone * 4, rel=0.02)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux has /proc")
def test_espeak_starts_from_a_folder_deep_down(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120) / ("e" * 120)
    deep.mkdir(parents=True)
    (deep / "data").symlink_to(espeakng_loader.get_data_path())
    script = (
        "import sys, espeakng_loader as loader\n"
        "loader.get_data_path = lambda: sys.argv[1]\n"
        "from models.espeak import Voicing, espeak\n"
        "assert espeak().speak('Hola.', Voicing('es')).seconds > 0.2\n"
        "assert espeak().speak('Hallo.', Voicing('de')).seconds > 0.2\n"
    )
    command = [sys.executable, "-c", script, str(deep / "data")]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


async def test_espeaks_share_the_one_library() -> None:
    for speaker in (EspeakNg(), EspeakNg()):
        assert (await speaker.speak("Hello.", Manner())).waveform.seconds > 0.2


async def test_espeak_does_not_hold_up_the_loop() -> None:
    speaker = EspeakNg()
    await speaker.warm()
    longest, call = 0.0, asyncio.create_task(speaker.speak("word " * 3000, Manner()))
    clock = asyncio.get_running_loop().time
    while not call.done():
        before = clock()
        await asyncio.sleep(0.001)
        longest = max(longest, clock() - before)
    assert (await call).waveform.seconds > 300
    assert longest < 0.5


async def test_edge_uses_its_first_voice_and_the_manner() -> None:
    service = Service([well])
    manner = Manner("de", rate=0.9, pitch=-2.0, volume=0.8)
    said = await EdgeTts(service).speak("Guten Abend.", manner)
    text, voice, asked = service.asked[0]
    assert (text, voice) == ("Guten Abend.", EDGE_VOICES["de"][0])
    assert (asked["rate"], asked["volume"], asked["pitch"]) == ("-10%", "-20%", "-21Hz")
    assert said.waveform.rate == 24_000
    assert said.waveform.seconds == pytest.approx(1.5, abs=0.15)


@pytest.mark.parametrize("way", [no_audio, odd, empty, forbidden])
async def test_edge_tries_a_second_voice(way: Way) -> None:
    service = Service([way, well])
    said = await EdgeTts(service).speak("Bonsoir.", Manner("fr"))
    assert [voice for _, voice, _ in service.asked] == list(EDGE_VOICES["fr"][:2])
    assert said.waveform.seconds > 1


@pytest.mark.parametrize("way", [no_audio, odd, empty, html, forbidden])
async def test_edge_gives_up_after_two(way: Way) -> None:
    service = Service([way])
    with pytest.raises(EngineError):
        await EdgeTts(service).speak("Bonsoir.", Manner("fr"))
    assert len(service.asked) <= 2


async def test_edge_offline_asks_once() -> None:
    service = Service([offline])
    with pytest.raises(EngineError, match="cannot be reached"):
        await EdgeTts(service).speak("Hello.", Manner())
    assert len(service.asked) == 1


async def test_edge_is_cut_off_when_it_is_slow() -> None:
    service = Service([slow])
    before = asyncio.get_running_loop().time()
    with pytest.raises(EngineError, match="no sound within"):
        await EdgeTts(service, cap=0.3).speak("Hello.", Manner())
    assert asyncio.get_running_loop().time() - before < 1.0
    assert len(service.asked) == 2


async def test_edge_recovers_from_a_voice_that_hangs() -> None:
    service = Service([slow, well])
    said = await EdgeTts(service, cap=4.0).speak("Hello.", Manner())
    assert said.waveform.seconds > 1


async def test_edge_refuses_a_manner_that_is_out_of_bounds_politely() -> None:
    service = Service([well])
    await EdgeTts(service).speak("Hello.", Manner(rate=9.0, volume=-3.0))
    assert service.asked[0][2]["rate"] == "+100%"
    assert service.asked[0][2]["volume"] == "-100%"


@given(
    language=st.sampled_from(sorted(SENTENCES)),
    rate=st.floats(0.1, 10),
    pitch=st.floats(-40, 40),
    volume=st.floats(-1, 5),
)
@settings(max_examples=60, deadline=None)
def test_edge_is_only_asked_what_it_takes(
    language: str, rate: float, pitch: float, volume: float
) -> None:
    class Checked(Service):
        def __call__(self, text: str, voice: str, **manner: Any) -> Service.Synthesis:
            edge_tts.Communicate(text, voice, **manner)  # raises ValueError on a wrong form
            return super().__call__(text, voice, **manner)

    service = Checked([offline])
    with pytest.raises(EngineError, match="cannot be reached"):
        asyncio.run(EdgeTts(service).speak("Hello.", Manner(language, None, rate, pitch, volume)))
    assert len(service.asked) == 1


def test_edge_takes_the_chosen_voice_where_it_speaks_the_language() -> None:
    chosen = "en-GB-RyanNeural"
    assert edge_voices(Manner("en", chosen)) == (chosen, *EDGE_VOICES["en"])
    assert edge_voices(Manner("de", chosen)) == EDGE_VOICES["de"]
    assert edge_voices(Manner("de", "en-US-EmmaMultilingualNeural"))[0].startswith("en-US-Emma")
    with pytest.raises(Declined):
        edge_voices(Manner("tlh"))


def test_every_language_has_two_online_voices() -> None:
    assert set(EDGE_VOICES) == set(SENTENCES)
    assert all(len(set(voices)) >= 2 for voices in EDGE_VOICES.values())


async def test_a_mute_service_falls_to_espeak() -> None:
    ladder = FirstSpeaker([EdgeTts(Service([offline])), EspeakNg()])
    said = await ladder.speak(SENTENCES["ru"], Manner("ru"))
    assert said.engine == "espeak-ng"


async def test_piper_without_its_voice_says_so(tmp_path: Path) -> None:
    piper = Piper(tmp_path / "de_DE-nobody.onnx")
    readiness = await piper.check()
    assert not readiness.ready and "de_DE-nobody.onnx" in readiness.note
    with pytest.raises(EngineError):
        await piper.speak("Hallo.", Manner("de"))


needs_piper = pytest.mark.skipif(
    find_spec("piper") is None, reason="piper-tts is not installed: pip install 'echomind[piper]'"
)


@pytest.fixture
def piper_voice(tmp_path: Path) -> Path:
    """A voice in Piper's format that hums 256 samples for every phoneme."""
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto
    nodes = [
        helper.make_node("Cast", ["input"], ["ids"], to=kinds.FLOAT),
        helper.make_node("Unsqueeze", ["ids", "axes"], ["column"]),
        helper.make_node("Mul", ["column", "wave"], ["frames"]),
        helper.make_node("Sin", ["frames"], ["sines"]),
        helper.make_node("Reshape", ["sines", "shape"], ["output"]),
    ]
    wave = np.sin(np.arange(256) * 2 * np.pi / 128).astype(np.float32)
    values = {"axes": np.array([2]), "wave": wave, "shape": np.array([1, 1, 1, -1])}
    graph = helper.make_graph(
        nodes,
        "hum",
        [
            helper.make_tensor_value_info("input", kinds.INT64, [1, None]),
            helper.make_tensor_value_info("input_lengths", kinds.INT64, [1]),
            helper.make_tensor_value_info("scales", kinds.FLOAT, [3]),
        ],
        [helper.make_tensor_value_info("output", kinds.FLOAT, [1, 1, 1, None])],
        [onnx.numpy_helper.from_array(value, name) for name, value in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path = tmp_path / "de_DE-hum-low.onnx"
    path.write_bytes(model.SerializeToString())
    symbols = "_^$ abcdefghijklmnopqrstuvwxyzɐəɛɪʊøʃŋɡː"
    config = {
        "audio": {"sample_rate": 16_000},
        "espeak": {"voice": "de"},
        "num_symbols": len(symbols),
        "num_speakers": 1,
        "phoneme_id_map": {symbol: [i] for i, symbol in enumerate(symbols)},
    }
    Path(f"{path}.json").write_text(json.dumps(config), encoding="utf-8")
    return path


@needs_piper
async def test_piper_speaks_with_its_voice(piper_voice: Path) -> None:
    piper = Piper(piper_voice)
    assert (await piper.check()).note == "de_DE-hum-low, for de alone"
    said = await piper.speak(SENTENCES["de"], Manner("de"))
    assert said.engine == "piper"
    assert said.waveform.rate == 16_000 and said.waveform.seconds > 0.5


@needs_piper
async def test_piper_declines_other_languages(piper_voice: Path) -> None:
    with pytest.raises(Declined, match="speaks de, not en"):
        await Piper(piper_voice).speak("Hello.", Manner("en"))


@needs_piper
def test_piper_with_a_broken_voice_is_an_engine_error(piper_voice: Path) -> None:
    piper_voice.write_bytes(b"no network")
    with pytest.raises(EngineError, match="cannot be loaded"):
        asyncio.run(Piper(piper_voice).speak("Hallo.", Manner("de")))
