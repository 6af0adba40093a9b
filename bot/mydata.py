"""/privacy, /export, /forget: what is kept of somebody and for how long, theirs to have and to end.

What stands in the file, and what is deleted, is storage's.
"""

import asyncio
import gzip
import json
import logging
from collections.abc import Mapping
from typing import Any, Protocol

from telegram import Message, User

from bot import keyboards
from bot.guests import Guests
from bot.order import Line
from bot.pieces import html
from bot.sending import Address, write
from bot.settings import Settings
from bot.taps import Tap
from pipeline.catalogue import Texts
from pipeline.values import Person

log = logging.getLogger(__name__)

LARGEST = 45_000_000
"""Bytes that go out as they are; Telegram takes 50 MB from a bot."""


class Archive(Protocol):
    """Everything about a user. Every method raises StoreError."""

    async def count(self, user: int) -> int: ...

    async def export(self, user: int) -> dict[str, Any]: ...

    async def forget(self, user: int) -> int: ...


class MyData:
    """A user's rights over what is kept. Every desk raises TelegramError and StoreError."""

    def __init__(self, guests: Guests, archive: Archive, settings: Settings, line: Line) -> None:
        self._guests = guests
        self._archive = archive
        self._settings = settings
        self._line = line
        self._forgetting: set[int] = set()

    async def privacy(self, message: Message, user: User) -> None:
        """/privacy: what is kept, for how long, and what leaves the machine."""
        person = await self._guests.know(user)
        told = privacy(self._settings, person, self._guests.texts(person))
        await write(message.get_bot(), Address(message.chat_id, message.message_id), html(told))

    async def export(self, message: Message, user: User) -> None:
        """/export: everything, as one JSON file."""
        texts = self._guests.texts(await self._guests.know(user))
        to = Address(message.chat_id, message.message_id)
        if not (rows := await self._archive.count(user.id)):
            await write(message.get_bot(), to, html(texts("export.none")))
            return
        kept = await self._archive.export(user.id)
        data, name = await asyncio.to_thread(_file, kept)
        await message.get_bot().send_document(
            to.chat,
            data,
            caption=texts("export.caption", rows=rows),
            filename=name,
            reply_parameters=to.quote,
        )

    async def ask_to_forget(self, message: Message, user: User) -> None:
        """/forget: asks once."""
        texts = self._guests.texts(await self._guests.know(user))
        bot, to = message.get_bot(), Address(message.chat_id, message.message_id)
        rows = await self._archive.count(user.id)
        if rows:
            await write(bot, to, html(texts("forget.ask", rows=rows)), keyboards.forget(texts))
        else:
            await write(bot, to, html(texts("forget.none")))

    async def decided(self, tap: Tap) -> None:
        """Yes or no to it."""
        await tap.acknowledge()
        texts = self._guests.texts(await self._guests.know(tap.user))
        if tap.choice != "yes":
            await tap.change_to(html(texts("forget.kept")))
        elif tap.user.id not in self._forgetting:  # a second press changes nothing
            self._forgetting.add(tap.user.id)
            try:
                await self._forget(tap, texts)
            finally:
                self._forgetting.discard(tap.user.id)

    async def _forget(self, tap: Tap, texts: Texts) -> None:
        """When nothing of theirs is being answered, so that no row comes after the last."""
        await tap.change_to(html(texts("forget.working")))
        async with self._line(tap.user.id):
            rows = await self._archive.forget(tap.user.id)
        log.info("user %d: forgotten, %d rows", tap.user.id, rows)
        await tap.change_to(html(texts("forget.done", rows=rows)))


def privacy(settings: Settings, person: Person, texts: Texts) -> str:
    """What is so with these settings and this person's choices, in plain words."""
    words = shortest(person.words_days, settings.words_days)
    feelings = shortest(person.feelings_days, settings.feelings_days)
    kept = [
        texts("privacy.words_always") if words is None else texts("privacy.words_days", days=words),
        texts("privacy.feelings_always")
        if feelings is None
        else texts("privacy.feelings_days", days=feelings),
        texts("privacy.shorter"),
    ]
    sealed = settings.words_key is not None
    leaves = [texts("privacy.telegram")]
    if settings.online_voice:
        leaves.append(texts("privacy.online_voice"))
    if not settings.model_is_near:
        leaves.append(texts("privacy.model"))
    if settings.spotify_id is not None:
        leaves.append(texts("privacy.music"))
    return "\n\n".join(
        [
            f"{texts('privacy.text')} {texts('privacy.sealed' if sealed else 'privacy.open')}",
            " ".join(kept),
            " ".join([*leaves, texts("privacy.nothing_else")]),
            texts("privacy.rights"),
        ]
    )


def shortest(*days: int | None) -> int | None:
    """The term that holds; None where nobody set one."""
    return min((term for term in days if term is not None), default=None)


def _file(kept: Mapping[str, Any]) -> tuple[bytes, str]:
    """The JSON and its name; packed where Telegram would not take it as it is."""
    data, name = json.dumps(kept, ensure_ascii=False).encode(), f"{kept['exported_at'][:10]}.json"
    if len(data) > LARGEST:
        data, name = gzip.compress(data), f"{name}.gz"
    return data, f"echomind-{name}"
