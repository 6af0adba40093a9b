"""A guided exercise made audible: sentences spoken slowly, and real silence between them.

Spoken once per language and voice; after that Telegram's own copy is sent by its file_id.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakValueDictionary

import numpy as np

from pipeline import audio
from pipeline.catalogue import Cue
from pipeline.ports import Speaker
from pipeline.values import Manner, Utterance, Waveform

SLOWLY = 0.85
"""Times the voice's usual pace."""
AT_ONCE = 3
"""Sentences in the speaker's hands together."""
BREATH = 0.15
"""Seconds between beats that are spoken longer than they should last."""


class Recordings(Protocol):
    """The platform's files of what was spoken before. Both raise StoreError."""

    async def recording(self, key: str, language: str, voice: str) -> str | None: ...

    async def keep_recording(self, key: str, language: str, voice: str, file_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Script:
    """A session as it is to be spoken."""

    exercise: str
    cues: tuple[Cue, ...]
    manner: Manner

    @property
    def wording(self) -> str:
        """The chosen voice, and a digest of the words: changed words are spoken anew."""
        spoken = "\n".join(f"{cue.text}|{cue.seconds}|{cue.counted}" for cue in self.cues)
        return f"{self.manner.voice or ''}#{hashlib.sha256(spoken.encode()).hexdigest()[:12]}"


class Sessions:
    """Speaks guided exercises. `speak` raises EngineError."""

    def __init__(self, speaker: Speaker, recordings: Recordings) -> None:
        self._speaker = speaker
        self._recordings = recordings
        self._speaking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def alone(self, script: Script) -> asyncio.Lock:
        """Held while a session is spoken and sent, so that the next one finds it spoken."""
        name = f"{script.exercise}/{script.manner.language}/{script.wording}"
        return self._speaking.setdefault(name, asyncio.Lock())

    async def spoken_before(self, script: Script) -> str | None:
        """The file_id of the session, if it was sent before."""
        return await self._recordings.recording(
            script.exercise, script.manner.language, script.wording
        )

    async def remember(self, script: Script, file_id: str) -> None:
        await self._recordings.keep_recording(
            script.exercise, script.manner.language, script.wording, file_id
        )

    async def speak(self, script: Script) -> tuple[bytes, float]:
        """The session as one Ogg/Opus voice note, and its seconds."""
        utterances = await self._utter(sorted({cue.text for cue in script.cues}), script.manner)
        parts = [part for cue in script.cues for part in _timed(cue, utterances[cue.text])]
        return await asyncio.to_thread(audio.encode_voice, parts, 0.0)

    async def _utter(self, texts: Sequence[str], manner: Manner) -> dict[str, Utterance]:
        """Each sentence once, a few at a time."""
        free = asyncio.Semaphore(AT_ONCE)

        async def utter(text: str) -> Utterance:
            async with free:
                return await self._speaker.speak(text, manner)

        tasks = [asyncio.create_task(utter(text)) for text in texts]
        try:
            return dict(zip(texts, await asyncio.gather(*tasks), strict=True))
        finally:
            for task in tasks:
                task.cancel()


def _timed(cue: Cue, utterance: Utterance) -> tuple[Waveform, Waveform]:
    """A cue's sound and the silence after it; a counted one lasts its seconds, sound included."""
    spoken = utterance.waveform.seconds if cue.counted else 0.0
    seconds = max(BREATH if cue.counted else 0.0, cue.seconds - spoken)
    silence = np.zeros(round(seconds * audio.VOICE_RATE), np.float32)
    return utterance.waveform, Waveform(silence, audio.VOICE_RATE)
