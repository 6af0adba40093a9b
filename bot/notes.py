"""A note comes in and its answer goes out; what a kill cut short is taken up at the next start.

The walk between the two is pipeline/conversation.py's.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from telegram import Bot, Message, User
from telegram.constants import ChatAction
from telegram.error import Forbidden

from bot import incoming
from bot.answers import Answers, Asker
from bot.incoming import Note, Origin
from bot.ledger import Ledger
from bot.logs import outline
from bot.order import Line
from bot.progress import showing
from bot.quota import Walk
from bot.sending import Address
from bot.welcome import Welcome
from pipeline.errors import EchoMindError, NoEngine, StoreError
from pipeline.values import Answer, ReceivedNote, TextNote

log = logging.getLogger(__name__)

TOO_LATE = timedelta(hours=12)
"""A note that waited longer for a restart is not answered out of the blue."""


class Notes:
    """Answers voice notes and typed ones."""

    def __init__(self, walk: Walk, ledger: Ledger, welcome: Welcome, answers: Answers) -> None:
        self._walk = walk
        self._ledger = ledger
        self._welcome = welcome
        self._answers = answers

    async def arrived(self, message: Message) -> None:
        """Write a note down at once, though others of the same user may still be ahead of it."""
        note = incoming.note(message, message.get_bot())
        if note is None:
            return
        try:
            await self._ledger.receive(note)
        except StoreError as error:
            log.error("user %d: a note could not be written down: %s", note.user, outline(error))

    async def take(self, message: Message, user: User) -> None:
        """Answer a note, or say why not. Raises TelegramError."""
        bot, to = message.get_bot(), Address(message.chat_id, message.message_id)
        person = await self._welcome.meet(message, user)
        note = incoming.note(message, bot)
        asker = Asker(person, to, isinstance(note, TextNote))
        if note is None:
            await self._answers.tell(bot, asker, incoming.foreign_kind(message))
        else:
            await self._answer(bot, note, asker)

    async def unanswered(self) -> tuple[ReceivedNote, ...]:
        """What was received before this start and never dealt with, in the order it came."""
        try:
            for late in await self._ledger.pending(TOO_LATE):
                await self._ledger.settle(late.id)
            return await self._ledger.pending(timedelta(0))
        except StoreError as error:
            log.error("earlier notes cannot be looked up: %s", outline(error))
            return ()

    async def take_up(self, bot: Bot, waiting: Sequence[ReceivedNote], line: Line) -> None:
        """Answer what waited: users side by side, each one's notes in order."""
        if waiting:
            log.info("taking up %d notes from before the start", len(waiting))
        await asyncio.gather(*(self._take_up(bot, received, line) for received in waiting))

    async def _take_up(self, bot: Bot, received: ReceivedNote, line: Line) -> None:
        async with line(received.user):
            try:
                await self._answer_late(bot, received)
            except Exception as error:  # noqa: BLE001 - one note must not keep others waiting
                log.error("note %d was not taken up: %s", received.id, outline(error))

    async def _answer_late(self, bot: Bot, received: ReceivedNote) -> None:
        note, origin = incoming.again(received, bot), Origin.read(received.reference)
        if note is None or origin is None:
            await self._ledger.settle(received.id)
            return
        person = await self._welcome.meet_again(bot, Address(origin.chat), received.user)
        to = Address(origin.chat, origin.message)
        asker = Asker(person, to, isinstance(note, TextNote))
        await self._answers.tell(bot, asker, "resumed.apology")
        await self._answer(bot, note, asker)

    async def _answer(self, bot: Bot, note: Note, asker: Asker) -> None:
        """The walk, with the chat showing that it goes on; a second delivery changes nothing."""
        if await self._settled(note):
            return
        action = ChatAction.TYPING if asker.reads else ChatAction.RECORD_VOICE
        async with showing(bot, asker.to.chat, action):
            try:
                answer = await self._walk.answer(note)
            except EchoMindError as error:
                log.info("user %d: %s", note.user, outline(error))
                typed = isinstance(note, TextNote) and isinstance(error, NoEngine)
                await self._answers.tell(bot, asker, "error.companion" if typed else error.text)
                await self._settle(note)
                return
            except Exception:
                await self._settle(note)  # or it would fail again at every start
                raise
            await self._deliver(bot, asker, (note, answer))
        log.info("user %d: answered in %.0f ms", note.user, answer.timings_ms.get("total", 0.0))

    async def _deliver(self, bot: Bot, asker: Asker, answered: tuple[Note, Answer]) -> None:
        """Send it; what cannot be sent just now comes after the next start."""
        note, answer = answered
        try:
            await self._answers.send(bot, asker, answer)
        except Forbidden:  # whoever blocked the bot is answered no more
            await self._settle(note)
            raise
        await self._settle(note)

    async def _settled(self, note: Note) -> bool:
        """Whether the note was dealt with before, as when Telegram delivers it twice."""
        try:
            known = await self._ledger.note(await self._ledger.receive(note), note.user)
        except StoreError:  # the walk meets the same trouble, and knows what to do about it
            return False
        return known is not None and known.settled

    async def _settle(self, note: Note) -> None:
        """Only now is it done; what a kill cuts short before is answered after the next start."""
        with suppress(StoreError):
            await self._ledger.settle(await self._ledger.receive(note))
