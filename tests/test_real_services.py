"""The services that live elsewhere, asked for real: only where they are, and only when allowed.

The one place where a test may leave this machine, and only with ECHOMIND_TEST_ONLINE=1.
"""

import os
import socket

import pytest

from models.companion import Ollama
from models.ollama_server import OllamaSettings
from models.speech import EDGE_VOICES, EdgeTts
from pipeline.values import Heard, Manner, Prompt, Turn
from tests.test_companion_contract import NOW

MODEL = os.environ.get("ECHOMIND_OLLAMA_MODEL", "llama3.2:3b")

online = pytest.mark.skipif(
    not os.environ.get("ECHOMIND_TEST_ONLINE"),
    reason="edge-tts is an online service; ECHOMIND_TEST_ONLINE=1 lets this test reach it",
)


@pytest.fixture
def no_network() -> None:
    """Stands in the place of the fixture that forbids the network everywhere else."""


def ollama_is_here() -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", 11434)) == 0


@online
@pytest.mark.parametrize("language", EDGE_VOICES)
async def test_edge_tts_knows_its_voices(language: str) -> None:
    for voice in EDGE_VOICES[language]:
        said = await EdgeTts().speak("1 2 3", Manner(language, voice))
        assert 0.3 < said.waveform.seconds < 8


@pytest.mark.skipif(not ollama_is_here(), reason="no Ollama listens on this machine's port 11434")
async def test_ollama_replies() -> None:
    ollama = Ollama(OllamaSettings(model=MODEL))
    readiness = await ollama.check()
    if not readiness.ready:
        pytest.skip(readiness.note)
    words = "I had a long day and nothing worked."
    turn = Turn("user", words, NOW)
    prompt = Prompt("Be kind and brief.", (turn,), Heard(words, "en", None), None, None, "en")
    sentences = [sentence async for sentence in ollama.reply(prompt)]
    assert sentences and all(s.engine == f"ollama {MODEL}" for s in sentences)
