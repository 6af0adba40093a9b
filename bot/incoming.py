"""A Telegram message becomes a note, with all that is needed to fetch it again after a restart."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from mimetypes import guess_type
from typing import Self

from telegram import Audio, Bot, Document, Message, VideoNote, Voice
from telegram.error import BadRequest, TelegramError
from telegram.helpers import effective_message_type

from pipeline.errors import NotFetched, TooLargeNote
from pipeline.values import ReceivedNote, TextNote
from pipeline.values import VoiceNote as SpokenNote

LARGEST = 20 * 2**20
"""Bytes; Telegram hands no larger file to a bot."""
FETCH_SECONDS = 60.0
"""Read timeout of a download."""
_SOUND = ("audio/", "application/ogg")
_FOREIGN = {"sticker", "photo", "video", "document", "location", "contact", "poll", "animation"}

Note = SpokenNote | TextNote
Recording = Voice | Audio | VideoNote | Document


@dataclass(frozen=True, slots=True)
class Origin:
    """Where on Telegram a note stands: what is kept of it as its `reference`."""

    chat: int
    message: int
    file_id: str = ""
    """Empty for a typed message."""

    def __str__(self) -> str:
        return f"telegram:{self.chat}:{self.message}:{self.file_id}"

    @classmethod
    def read(cls, reference: str | None) -> Self | None:
        """The origin that was written; None for anything else."""
        match (reference or "").split(":", 3):
            case ["telegram", chat, message, file_id]:
                try:
                    return cls(int(chat), int(message), file_id)
                except ValueError:
                    return None
        return None


def recording(message: Message) -> Recording | None:
    """What there is to listen to, if anything; a document only where it says it is sound."""
    document = message.document
    if document is not None:
        kinds = (document.mime_type or "", guess_type(document.file_name or "")[0] or "")
        return document if any(kind.startswith(_SOUND) for kind in kinds) else None
    return message.voice or message.audio or message.video_note


def note(message: Message, bot: Bot) -> Note | None:
    """The note that a message holds; None where there is nothing to hear or read."""
    if message.from_user is None:
        return None
    user, at = message.from_user.id, message.date
    sound = recording(message)
    if sound is not None:
        origin = Origin(message.chat_id, message.message_id, sound.file_id)
        fetch = fetching(bot, sound.file_id, sound.file_size)
        return SpokenNote(user, fetch, at, str(origin))
    words = message.text or message.caption  # what stands under a picture is said as well
    if words:
        return TextNote(user, words, at, str(Origin(message.chat_id, message.message_id)))
    return None


def foreign_kind(message: Message) -> str:
    """What a message is that holds no note: the key of the sentence about it."""
    found = effective_message_type(message)
    return f"unsupported.{found if found in _FOREIGN else 'other'}"


def again(received: ReceivedNote, bot: Bot) -> Note | None:
    """A note as it was written down; None where it cannot be had a second time."""
    origin = Origin.read(received.reference)
    if origin is None:
        return None
    if origin.file_id:
        fetch = fetching(bot, origin.file_id, None)
        return SpokenNote(received.user, fetch, received.sent_at, received.reference)
    if received.words is None:
        return None
    return TextNote(received.user, received.words, received.sent_at, received.reference)


def fetching(bot: Bot, file_id: str, size: int | None) -> Callable[[], Awaitable[bytes]]:
    """Brings a file's bytes, in memory. It raises TooLargeNote and NotFetched."""

    async def fetch() -> bytes:
        if size is not None and size > LARGEST:
            raise TooLargeNote(f"the sender's client tells {size} bytes")
        try:
            file = await bot.get_file(file_id, read_timeout=FETCH_SECONDS)
            return bytes(await file.download_as_bytearray(read_timeout=FETCH_SECONDS))
        except BadRequest as error:
            if "too big" in error.message:
                raise TooLargeNote("Telegram keeps the file back") from error
            raise NotFetched("Telegram does not know the file") from error
        except TelegramError as error:
            raise NotFetched("the download failed") from error

    return fetch
