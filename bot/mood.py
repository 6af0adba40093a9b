"""/mood: the last days as a picture, changed in place for 7, 30 or 90 of them.

What is known of the days, pipeline/looking_back.py reads; how they are drawn, picture.py. The
caption says what is to be seen, also to those who do not see it, and what each shape means.
"""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from telegram import Bot, InlineKeyboardMarkup, InputMediaPhoto, Message, User
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest

from bot import dials, picture
from bot.guests import Guests
from bot.logs import outline
from bot.pieces import html
from bot.progress import showing
from bot.sending import Address, write
from bot.taps import Tap
from pipeline import looking_back
from pipeline.adaptation import learn_from, reread
from pipeline.catalogue import Texts
from pipeline.looking_back import SPANS, LookBack
from pipeline.ports import Clock
from pipeline.schedule import wall_clock
from pipeline.values import Emotion, Entry, History, Person

log = logging.getLogger(__name__)


class Album(Protocol):
    async def feelings_of(self, user: int) -> tuple[Entry, ...]:
        """What was felt of late, to learn from."""
        ...

    async def felt_since(self, user: int, since: datetime) -> tuple[Entry, ...]:
        """What somebody felt from then on, oldest first. Raises StoreError."""
        ...


@dataclass(frozen=True, slots=True)
class _Page:
    """A picture and what stands under it."""

    png: bytes | None
    """None where it could not be drawn."""
    caption: str
    """HTML."""
    menu: InlineKeyboardMarkup


class MoodDesk:
    """Shows the last days. Raises TelegramError and StoreError."""

    def __init__(self, guests: Guests, album: Album, clock: Clock) -> None:
        self._guests = guests
        self._album = album
        self._clock = clock

    async def command(self, message: Message, user: User) -> None:
        """/mood."""
        person = await self._guests.know(user)
        async with showing(message.get_bot(), message.chat_id, ChatAction.UPLOAD_PHOTO):
            page = await self._page(person, SPANS[0])
        await _send(message.get_bot(), Address(message.chat_id), page)

    async def chose(self, tap: Tap) -> None:
        """Another span; the picture changes where it stands, or comes anew where it cannot."""
        await tap.acknowledge()
        span = int(tap.choice) if tap.choice in map(str, SPANS) else SPANS[0]
        page = await self._page(await self._guests.know(tap.user), span)
        if page.png is None or not await _change(tap, page, page.png):
            await _send(tap.bot, tap.chat, page)

    async def _page(self, person: Person, span: int) -> _Page:
        now, texts = wall_clock(self._clock(), person.zone), self._guests.texts(person)
        learned = learn_from(await self._album.feelings_of(person.id))
        felt = await self._album.felt_since(person.id, looking_back.begins(now, span))
        felt = reread(History(entries=felt), learned).entries
        look = looking_back.look_back(felt, now, span)
        words = [looking_back.caption(look, texts), *_told(look, person, texts)]
        png = await _drawn(look)
        if png is None:
            words = [texts("mood.no_picture"), words[0]]
        return _Page(png, html("\n\n".join(words)), dials.spans(SPANS, span, texts))


async def _drawn(look: LookBack) -> bytes | None:
    try:
        return await asyncio.to_thread(picture.draw, look)
    except Exception as error:  # noqa: BLE001 - whatever fails in drawing, the words remain
        log.error("no picture: %s", outline(error))
        return None


async def _send(bot: Bot, to: Address, page: _Page) -> None:
    if page.png is None:
        await write(bot, to, page.caption, page.menu)
        return
    await bot.send_photo(
        to.chat,
        page.png,
        caption=page.caption,
        parse_mode=ParseMode.HTML,
        reply_markup=page.menu,
        filename="mood.png",
    )


async def _change(tap: Tap, page: _Page, png: bytes) -> bool:
    """Whether the picture that was tapped could be exchanged."""
    if not isinstance(tap.query.message, Message):
        return False
    photo = InputMediaPhoto(
        png, caption=page.caption, parse_mode=ParseMode.HTML, filename="mood.png"
    )
    try:
        await tap.query.edit_message_media(photo, reply_markup=page.menu)
    except BadRequest as error:
        log.debug("chat %s: not edited (%s)", tap.chat.chat, error.message)
        return "not modified" in error.message
    return True


def _told(look: LookBack, person: Person, texts: Texts) -> Iterator[str]:
    """What each shape in this picture means, and what is to be known of all of it."""
    if key := tuple(_key(look, texts)):
        yield f"{texts('mood.marks')} {' · '.join(key)}"
    notes = [texts("mood.guessed")] if look.days else []
    if person.zone is None:
        notes.append(texts("mood.utc"))
    if notes:
        yield " ".join(notes)


def _key(look: LookBack, texts: Texts) -> Iterator[str]:
    felt = {one.emotion for one in look.days}
    for emotion in Emotion:
        if emotion in felt:
            yield f"{picture.SHAPES[emotion].sign} {texts(f'feeling.{emotion}')}"
    for sign, key, there in (
        (picture.UNSURE, "unsure", None in felt),
        (picture.OWN, "own", any(one.corrected for one in look.days)),
        (picture.SCORE, "score", any(one.score is not None for one in look.days)),
        (picture.RANGE, "range", any(map(picture.is_wide, look.days)) and picture.spreads(look)),
    ):
        if there:
            yield f"{sign} {texts(f'mood.{key}')}"
