"""One weekly letter to one person, written, and spoken where it can be.

Who gets one when, the same rounds know that ask people how they are (rounds.py). Nothing of a
letter is kept: it is made of what is known, and can be made again.
"""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Protocol

from telegram import Bot, InlineKeyboardMarkup
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError

from bot import dials, keyboards
from bot.guests import Guests
from bot.logs import outline
from bot.pieces import CAPTION, html, units
from bot.sending import Address, Voice, write
from bot.sessions import Script, Sessions
from pipeline import adaptation, letter
from pipeline.catalogue import Cue, Texts
from pipeline.errors import EngineError
from pipeline.letter import Letter, Week
from pipeline.ports import Clock
from pipeline.schedule import LETTER_HOUR, Due, wall_clock
from pipeline.values import Appointment, Asked, Entry, History, Manner, Person

log = logging.getLogger(__name__)

SILENCE = timedelta(days=28)
"""After so long without a word no letter is written: it would have nothing to say but that."""
BETWEEN, APART = 0.4, 1.0
"""Seconds of silence between sentences, and between paragraphs."""


class Letterbox(Protocol):
    """Who wants letters, and who got them. Every method raises StoreError."""

    async def letter_zones(self) -> tuple[str, ...]: ...

    async def letters(self, zone: str, day: date) -> tuple[Appointment, ...]: ...

    async def letter(self, user: int) -> Appointment | None: ...

    async def written(self, user: int, last: Asked | None) -> None: ...

    async def stop_letters(self, user: int) -> None: ...


class Memoirs(Protocol):
    async def history(self, user: int) -> History:
        """What is remembered between notes. Raises StoreError."""
        ...


class Postmark:
    """The agenda of letters, as the rounds ask for it."""

    def __init__(self, letterbox: Letterbox) -> None:
        self._letterbox = letterbox

    async def hours(self) -> tuple[tuple[time, str], ...]:
        return tuple((LETTER_HOUR, zone) for zone in await self._letterbox.letter_zones())

    async def appointments(self, hour: time, zone: str, day: date) -> tuple[Appointment, ...]:
        return await self._letterbox.letters(zone, day) if hour == LETTER_HOUR else ()

    async def appointment(self, user: int) -> Appointment | None:
        return await self._letterbox.letter(user)

    async def asked(self, user: int, last: Asked | None) -> None:
        await self._letterbox.written(user, last)

    async def reached(self, user: int, words: str) -> None:
        """A letter is no turn of the conversation."""

    async def stop_checkins(self, user: int) -> None:
        await self._letterbox.stop_letters(user)


class Post:
    """Sends letters."""

    def __init__(self, guests: Guests, sessions: Sessions, memoirs: Memoirs, clock: Clock) -> None:
        self._guests = guests
        self._sessions = sessions
        self._memoirs = memoirs
        self._clock = clock

    async def send(self, bot: Bot, due: Due) -> str:
        """Send it; its words, or none into a long silence. Raises TelegramError and StoreError."""
        person = await self._guests.recall(due.user)
        texts = self._guests.texts(person)
        week = await self._week(person, due)
        if week is None:
            return ""
        written = letter.compose(week, texts)
        menu = dials.turn_to(texts) if week.danger else _exercises(written, texts)
        shown = f"{written.text}\n\n{texts('letter.footer')}"
        voice = None if person.answers == "text" else await self._voice(written, person, texts)
        await _deliver(bot, Address(person.id), (shown, voice, menu))
        return written.text

    async def _week(self, person: Person, due: Due) -> Week | None:
        now = wall_clock(self._clock(), due.zone)
        history = adaptation.own_reading(await self._memoirs.history(person.id))
        entries = letter.own_words(history.entries, person.reads_feelings)
        if not due.follows_up and not _heard_since(entries, now - SILENCE):
            return None
        week = letter.read_week(replace(history, entries=entries), person.id, now)
        return replace(week, danger=due.follows_up)

    async def _voice(self, written: Letter, person: Person, texts: Texts) -> Voice | None:
        cues = tuple(
            Cue(sentence, BETWEEN if sentence is not paragraph[-1] else APART)
            for paragraph in written.paragraphs
            for sentence in paragraph
        )
        script = Script("letter", cues, Manner(texts.language, person.voice))
        try:
            return Voice(*await self._sessions.speak(script))
        except EngineError as error:
            log.warning("a letter goes out in writing: %s", outline(error))
            return None


async def _deliver(
    bot: Bot, to: Address, what: tuple[str, Voice | None, InlineKeyboardMarkup | None]
) -> None:
    """Once the first of two messages is there, the letter is: what fails after it is let be."""
    text, voice, menu = what
    if voice is None:
        await write(bot, to, html(text), menu)
        return
    if units(text) <= CAPTION and await _spoken(bot, to, replace(voice, caption=html(text)), menu):
        return
    await write(bot, to, html(text), menu)
    if units(text) > CAPTION:
        try:
            await _spoken(bot, to, voice, None)
        except TelegramError as error:
            log.warning("chat %d: a letter in writing alone: %s", to.chat, outline(error))


async def _spoken(bot: Bot, to: Address, voice: Voice, menu: InlineKeyboardMarkup | None) -> bool:
    """Whether the chat took it; what timed out may have arrived, so it raises TelegramError."""
    try:
        await bot.send_voice(
            to.chat,
            voice.sound,
            caption=voice.caption or None,
            duration=max(1, round(voice.seconds)),
            parse_mode=ParseMode.HTML,
            reply_markup=menu,
            filename="echomind.ogg",
        )
    except BadRequest as error:
        log.warning("chat %d: no spoken letter (%s)", to.chat, error.message)
        return False
    return True


def _exercises(written: Letter, texts: Texts) -> InlineKeyboardMarkup | None:
    """One tap starts what helped."""
    buttons = [
        (texts("button.start", title=letter.title_of(key, texts)), f"{keyboards.EXERCISE}:{key}")
        for key in written.exercises
    ]
    return keyboards.rows([[button] for button in buttons]) if buttons else None


def _heard_since(entries: Iterable[Entry], since: datetime) -> bool:
    return any(one.at >= since for one in entries)
