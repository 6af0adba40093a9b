"""Everything that can go wrong on the walk, and which text tells the user.

EchoMindError
├── NoteError            the note cannot be answered; the user can do something about it
│   ├── NotFetched       the chat platform did not hand the recording over
│   ├── EmptyNote        there are no bytes
│   ├── NotAudio         the bytes are no audio, or broken
│   ├── SilentNote       nothing is to be heard
│   ├── TooLongNote      longer than the owner allows
│   ├── TooLargeNote     more bytes than the chat platform hands to a bot
│   ├── NothingUnderstood    a voice, but no words were made out
│   └── QuotaSpent       the owner's day's worth of listening is used up
├── EngineError          one engine failed; its ladder goes on to the next
│   ├── Declined         the engine is well, but this piece of work is not for it
│   └── NoEngine         no rung of a ladder held; the user is asked to write or to wait
├── StoreError           the database cannot be read or written
└── ContentError         the words in prompts/ are not in order; only ever raised at start

Each class names, as `text`, the key in `prompts/texts/<lang>.toml` of what the user is told.
Messages are for the owner's log and never contain a word that a user said.
"""

from typing import ClassVar


class EchoMindError(Exception):
    """The root; `text` is the key of the sentence that the user is told."""

    text: ClassVar[str] = "error.unexpected"


class NoteError(EchoMindError):
    """The note cannot be answered as it is."""


class NotFetched(NoteError):
    text = "error.not_fetched"


class EmptyNote(NoteError):
    text = "error.empty"


class NotAudio(NoteError):
    text = "error.not_audio"


class SilentNote(NoteError):
    text = "error.silent"


class TooLongNote(NoteError):
    text = "error.too_long"


class TooLargeNote(NoteError):
    text = "error.too_large"


class NothingUnderstood(NoteError):
    text = "error.not_understood"


class QuotaSpent(NoteError):
    text = "door.quota"


class EngineError(EchoMindError):
    """One engine failed at one piece of work."""


class Declined(EngineError):
    """The engine is well but turned the work down: not its language, or too much to do."""


class NoEngine(EngineError):
    """No engine of a port could do the work."""

    text = "error.no_engine"


class StoreError(EchoMindError):
    text = "error.store"


class ContentError(EchoMindError):
    """Texts, exercises or helplines are missing or malformed."""
