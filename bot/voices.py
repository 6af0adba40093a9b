"""The voices that somebody may choose from, and how each of them sounds.

Which there are, the engines know; choosing one is a matter of settings, in preferences.py.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Sequence

from telegram.constants import ChatAction

from bot.logs import outline
from bot.pieces import html
from bot.progress import showing
from bot.sending import Voice, speak
from bot.taps import Tap
from pipeline import audio
from pipeline.catalogue import Texts
from pipeline.errors import EngineError
from pipeline.ports import Speaker
from pipeline.values import Manner

log = logging.getLogger(__name__)

Offer = Callable[[str], Sequence[str]]
"""Language (ISO 639-1) → the names of its voices, the usual one first."""

_NAME = re.compile(
    r"(?P<language>[a-z]{2,3})-(?P<region>[A-Z]{2})-(?P<name>\w+?)(Multilingual)?Neural"
)


class Voices:
    """What there is to choose from, and samples of it."""

    def __init__(self, speaker: Speaker, offer: Offer) -> None:
        self._speaker = speaker
        self._offer = offer
        self._speaking: set[int] = set()
        """Chats for which a sample is being made."""

    def of(self, language: str) -> Sequence[str]:
        """The voices of a language; none where there is no choice."""
        names = self._offer(language)
        return names if len(names) > 1 else ()

    async def sample(self, tap: Tap, voice: str, texts: Texts) -> bool:
        """A sentence in this voice, into the chat; False where it cannot be made now.

        Raises TelegramError.
        """
        chat = tap.chat.chat
        if chat in self._speaking:
            return True
        self._speaking.add(chat)
        try:
            async with showing(tap.bot, chat, ChatAction.RECORD_VOICE):
                manner = Manner(texts.language, voice)
                said = await self._speaker.speak(texts("settings.voice_sample"), manner)
                sound, seconds = await asyncio.to_thread(audio.encode_voice, [said.waveform])
            # who spoke, since another engine stands in where the voice's own is not there
            sample = Voice(sound, seconds, html(f"{label(voice)} · {said.engine}"))
            return await speak(tap.bot, tap.chat, sample) is not None
        except EngineError as error:
            log.warning("no sample of %s: %s", voice, outline(error))
            return False
        finally:
            self._speaking.discard(chat)


def label(voice: str) -> str:
    """A voice's name as a person would say it: `en-GB-SoniaNeural` is Sonia (GB)."""
    known = _NAME.fullmatch(voice)
    return voice if known is None else f"{known['name']} ({known['region']})"
