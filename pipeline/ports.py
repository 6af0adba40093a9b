"""What the walk needs of the world, each stated by its user, in one to three methods."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Protocol

from pipeline.values import (
    Emotion,
    Feeling,
    Heard,
    History,
    Manner,
    MusicSearch,
    Person,
    Prompt,
    Reasons,
    Sentence,
    TextNote,
    Track,
    Transcript,
    Utterance,
    VoiceNote,
    VoiceProfile,
    Waveform,
)

Clock = Callable[[], datetime]
"""The time now, aware, UTC."""


class Transcriber(Protocol):
    async def transcribe(self, waveform: Waveform, language: str | None) -> Transcript:
        """What is said in a 16 kHz mono waveform; `language` (ISO 639-1) is a hint.

        Raises EngineError.
        """
        ...


class EmotionRecognizer(Protocol):
    async def recognize(self, waveform: Waveform, voice: VoiceProfile | None) -> Feeling:
        """How a 16 kHz mono waveform sounds, against what is usual for this voice if known.

        Raises EngineError.
        """
        ...


class Explainer(Protocol):
    async def explain(
        self, waveform: Waveform, emotion: Emotion, usual: VoiceProfile | None
    ) -> Reasons:
        """What in a 16 kHz mono waveform spoke for a feeling.

        `usual` is the profile into which this note has been merged. Raises EngineError.
        """
        ...


class Companion(Protocol):
    def reply(self, prompt: Prompt) -> AsyncIterator[Sentence]:
        """The reply, sentence by finished sentence, each clean enough to be spoken.

        Raises EngineError only before the first sentence: what breaks later ends the reply.
        """
        ...


class Judge(Protocol):
    async def judge(self, instruction: str, words: str) -> str:
        """The one word, of those which the instruction offers, that a model finds for the words.

        Raises EngineError, and soon: somebody waits.
        """
        ...


class NoteTaker(Protocol):
    async def take_notes(self, instruction: str, material: str) -> str:
        """Notes on the material as the instruction asks, just as they were written.

        Raises EngineError.
        """
        ...


class Speaker(Protocol):
    async def speak(self, text: str, manner: Manner) -> Utterance:
        """One sentence as sound, mono, at the engine's own rate.

        Raises EngineError.
        """
        ...


class Jukebox(Protocol):
    async def find(self, search: MusicSearch) -> Track:
        """A piece of music that fits.

        Raises EngineError.
        """
        ...


class Store(Protocol):
    """What is remembered. Every method raises StoreError."""

    async def receive(self, note: VoiceNote | TextNote) -> int:
        """Write down that a note came, before anything is done with it; its id."""
        ...

    async def record(self, note: int, heard: Heard) -> History:
        """Keep what was heard; the user's history with the new feeling as its last entry.

        The words of this note are kept as a turn but are not among the turns returned.
        """
        ...

    async def answered(self, note: int, reply: str, suggestion: str | None) -> None:
        """Keep the reply's text as the companion's turn, and the key of what was suggested."""
        ...


class People(Protocol):
    """Who the users are and what they chose. Both raise StoreError."""

    async def person(self, user: int) -> Person:
        """The user as known; a new Person where unknown."""
        ...

    async def keep(self, person: Person) -> None:
        """Remember the whole person as given.

        Only the profile is the store's own, which merges each recorded feeling into it: of the
        kept one and the given one, the one that stands for more notes stays.
        """
        ...
