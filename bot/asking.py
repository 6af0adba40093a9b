"""One check-in to one person: its question in their language, spoken where it can be.

Many are asked in the same words; those are spoken once per language and voice, and then sent by
Telegram's own file_id. Whom to ask, and when, rounds.py decides.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from telegram import Bot, InlineKeyboardMarkup, Message
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot import dials
from bot.guests import Guests
from bot.logs import outline
from bot.pieces import html
from bot.sending import Address, write
from bot.sessions import Script, Sessions
from pipeline import checkin
from pipeline.adaptation import own_reading
from pipeline.catalogue import Cue
from pipeline.checkin import Days
from pipeline.errors import EngineError, StoreError
from pipeline.mood import read_mood
from pipeline.ports import Clock
from pipeline.schedule import Due, wall_clock
from pipeline.values import Entry, History, Manner, Person

log = logging.getLogger(__name__)

NAME = "checkin"
"""Under which the questions are kept among the recordings."""
HOARSE = timedelta(minutes=5)
"""How long nothing is tried to be spoken after no engine could."""
_NO_VOICES = "voice_messages_forbidden"


class Diary(Protocol):
    """What somebody felt of late, oldest first. Raises StoreError."""

    async def feelings_of(self, user: int) -> tuple[Entry, ...]: ...


@dataclass(frozen=True, slots=True)
class _Letter:
    """What stands under a spoken question, and where it goes."""

    chat: int
    caption: str
    """HTML."""
    scale: InlineKeyboardMarkup

    async def send(self, bot: Bot, sound: bytes | str, seconds: float = 0.0) -> Message:
        """Raises TelegramError. What timed out may have arrived: nothing is sent in its place."""
        return await bot.send_voice(
            self.chat,
            sound,
            caption=self.caption,
            duration=max(1, round(seconds)) if seconds else None,
            parse_mode=ParseMode.HTML,
            reply_markup=self.scale,
            filename="echomind.ogg",
        )


class Asking:
    """Sends check-ins."""

    def __init__(self, guests: Guests, sessions: Sessions, diary: Diary, clock: Clock) -> None:
        self._guests = guests
        self._sessions = sessions
        self._diary = diary
        self._clock = clock
        self._hoarse_until: datetime | None = None

    async def ask(self, bot: Bot, due: Due) -> str:
        """Send it; the words of the question. Raises TelegramError and StoreError."""
        person = await self._guests.recall(due.user)
        texts = self._guests.texts(person)
        local = wall_clock(self._clock(), due.zone)
        days = Days.CRISIS if due.follows_up else await self._days(person, local)
        question = checkin.question(days, local, texts)
        shown = html(f"{question}\n\n{texts('checkin.answer')}")
        scale = dials.scale(due.day, texts, reach_out=due.follows_up)
        if person.answers != "text":
            script = Script(NAME, (Cue(question, 0.0),), Manner(texts.language, person.voice))
            if await self._speak(bot, script, _Letter(person.id, shown, scale)):
                return question
        await write(bot, Address(person.id), shown, scale)
        return question

    async def _days(self, person: Person, local: datetime) -> Days:
        """How the last days were, as of the day on which they were last heard."""
        felt = own_reading(History(entries=await self._diary.feelings_of(person.id)))
        telling = checkin.telling(felt.entries, local, guesses=person.reads_feelings)
        if not telling:
            return Days.PLAIN
        last = telling[-1].at.astimezone(local.tzinfo)
        return checkin.read_days(read_mood(History(entries=telling), last))

    async def _speak(self, bot: Bot, script: Script, letter: "_Letter") -> bool:
        """Whether it went out as a voice; where not, the words may still go."""
        try:
            known = await self._known(script)
            if known is None:
                return await self._speak_first(bot, script, letter)
            try:
                await letter.send(bot, known)
            except BadRequest as error:
                if _NO_VOICES in error.message.casefold():
                    return False
                log.warning("a spoken question is gone from Telegram (%s)", error.message)
                return await self._speak_first(bot, script, letter, lost=known)
            return True
        except BadRequest as error:
            log.warning("chat %s: no spoken check-in (%s)", letter.chat, error.message)
            return False

    async def _speak_first(
        self, bot: Bot, script: Script, letter: "_Letter", lost: str | None = None
    ) -> bool:
        """Speak it, unless somebody did so meanwhile, and keep it for the others, who wait."""
        async with self._sessions.alone(script):
            known = await self._known(script)
            if known is not None and known != lost:
                await letter.send(bot, known)
                return True
            if self._hoarse_until is not None and self._clock() < self._hoarse_until:
                return False
            try:
                sound, seconds = await self._sessions.speak(script)
            except EngineError as error:
                log.warning("check-ins go out in writing: %s", outline(error))
                self._hoarse_until = self._clock() + HOARSE
                return False
            sent = await letter.send(bot, sound, seconds)
            if sent.voice is not None:
                await self._remember(script, sent.voice.file_id)
            return True

    async def _known(self, script: Script) -> str | None:
        try:
            return await self._sessions.spoken_before(script)
        except StoreError as error:
            log.error("spoken questions cannot be looked up: %s", outline(error))
            return None

    async def _remember(self, script: Script, file_id: str) -> None:
        try:
            await self._sessions.remember(script, file_id)
        except StoreError as error:  # it was sent; the next one is spoken anew
            log.error("a spoken question was not kept: %s", outline(error))
