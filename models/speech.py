"""edge-tts as a Speaker: Microsoft's online voices, one plain sentence at a time.

With it the reply's text leaves this machine; the voices that stay are in `speech_local.py`. It
takes no markup: whatever looks like some would be read aloud.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Protocol

import aiohttp
import edge_tts
import httpx
from edge_tts.exceptions import EdgeTTSException

from models.ladder import Readiness
from pipeline.audio import decode
from pipeline.errors import Declined, EngineError, NoteError
from pipeline.values import Manner, Utterance, Waveform

EDGE_VOICES: Mapping[str, tuple[str, ...]] = {
    "en": ("en-US-EmmaMultilingualNeural", "en-US-AndrewNeural", "en-GB-SoniaNeural"),
    "es": ("es-ES-ElviraNeural", "es-ES-AlvaroNeural", "es-MX-DaliaNeural"),
    "de": ("de-DE-KatjaNeural", "de-DE-ConradNeural", "de-DE-AmalaNeural"),
    "fr": ("fr-FR-DeniseNeural", "fr-FR-HenriNeural", "fr-FR-EloiseNeural"),
    "pt": ("pt-BR-FranciscaNeural", "pt-BR-AntonioNeural", "pt-PT-RaquelNeural"),
    "hi": ("hi-IN-SwaraNeural", "hi-IN-MadhurNeural"),
    "ru": ("ru-RU-SvetlanaNeural", "ru-RU-DmitryNeural"),
    "ar": ("ar-EG-SalmaNeural", "ar-EG-ShakirNeural", "ar-SA-ZariyahNeural"),
}
"""Language → voices in order of preference; the second of each is a man's."""

_EDGE_HOST = "https://speech.platform.bing.com"
_EDGE_PITCH = 190.0
"""Hertz; edge-tts shifts pitch in hertz, so a usual one has to be taken for granted."""


class Stream(Protocol):
    """One synthesis of edge-tts."""

    def stream(self) -> AsyncIterator[Any]: ...


Communicate = Callable[..., Stream]
"""How edge-tts is asked for one synthesis; `edge_tts.Communicate` is one."""


class EdgeTts:
    """Microsoft's online voices; MP3 at 24 kHz comes back."""

    name = "edge-tts"

    def __init__(self, communicate: Communicate = edge_tts.Communicate, cap: float = 10.0) -> None:
        """`cap` in seconds, for both voices that may be tried with one sentence."""
        self._communicate = communicate
        self._cap = cap

    async def check(self) -> Readiness:
        try:
            async with asyncio.timeout(4.0), httpx.AsyncClient(timeout=3.0) as client:
                await client.head(_EDGE_HOST)
        except (httpx.HTTPError, OSError, TimeoutError):
            return Readiness(False, "Microsoft's online voices cannot be reached from here")
        return Readiness(True, "Microsoft's online voices; the reply's text leaves this machine")

    async def warm(self) -> None:
        """Find out now rather than with the first reply. Raises EngineError."""
        readiness = await self.check()
        if not readiness.ready:
            raise EngineError(readiness.note)

    async def speak(self, text: str, manner: Manner) -> Utterance:
        """As `ports.Speaker`. Raises Declined for a language without a voice."""
        require_words(text)
        first, *others = edge_voices(manner)
        try:
            async with asyncio.timeout(self._cap):
                try:
                    # A voice that hangs leaves the other one time.
                    async with asyncio.timeout(self._cap * 0.6):
                        mp3 = await self._synthesise(text, first, manner)
                except (EngineError, TimeoutError):
                    if not others:
                        raise
                    mp3 = await self._synthesise(text, others[0], manner)
        except TimeoutError:
            raise EngineError(f"no sound within {self._cap:.0f} s") from None
        except _Unreachable as error:
            raise EngineError("the service cannot be reached") from error
        return Utterance(await _decoded(mp3), self.name)

    async def _synthesise(self, text: str, voice: str, manner: Manner) -> bytes:
        """The MP3. `stream()` may be called once, so every try is a new Communicate."""
        sound = bytearray()
        try:
            communicate = self._communicate(
                text,
                voice,
                rate=_percent(manner.rate, 0.5, 2.0),
                volume=_percent(manner.volume, 0.0, 2.0),
                pitch=_hertz(manner.pitch),
                connect_timeout=4,
            )
            async for chunk in communicate.stream():
                if chunk["type"] == "audio":
                    sound += chunk["data"]
        except (aiohttp.ClientConnectionError, OSError) as error:
            raise _Unreachable from error
        except (EdgeTTSException, aiohttp.ClientError, ValueError, TypeError, KeyError) as error:
            raise EngineError(f"{voice} failed") from error
        if not sound:
            raise EngineError(f"{voice} was silent")
        return bytes(sound)


class _Unreachable(Exception):
    """No connection to the service, so that another voice would fare no better."""


def edge_voices(manner: Manner) -> tuple[str, ...]:
    """The voices to try, the chosen one first where it speaks the language. Raises Declined."""
    own = EDGE_VOICES.get(manner.language)
    if own is None:
        raise Declined(f"it has no voice for {manner.language}")
    chosen = manner.voice
    if chosen is None or not chosen.endswith("Neural"):
        return own
    speaks = chosen.startswith(f"{manner.language}-") or "Multilingual" in chosen
    return (chosen, *(voice for voice in own if voice != chosen)) if speaks else own


def require_words(text: str) -> None:
    """Raises Declined where no letter and no digit is there to be spoken."""
    if not any(char.isalnum() for char in text):
        raise Declined("there is nothing in it to be spoken")


def _percent(times: float, least: float, most: float) -> str:
    return f"{(min(max(times, least), most) - 1) * 100:+.0f}%"


def _hertz(semitones: float) -> str:
    octaves = min(max(semitones, -12.0), 12.0) / 12
    return f"{_EDGE_PITCH * (2**octaves - 1):+.0f}Hz"


async def _decoded(mp3: bytes) -> Waveform:
    try:
        return await asyncio.to_thread(decode, mp3, 24_000)
    except NoteError as error:
        raise EngineError("it sent something that is no sound") from error
