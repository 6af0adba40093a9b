"""Groups: an answer to whoever addresses the bot, by name or by a reply, and to nobody else.

Others listen there. So no feeling is read, nothing that somebody told in private is recalled, and
nothing of it is kept; whatever is one's own (settings, check-ins, data) has its place in private.
"""

import logging
import re
from dataclasses import replace
from typing import Protocol

from telegram import Message, MessageEntity, Update, User
from telegram.constants import ChatAction, ChatType
from telegram.ext import ApplicationHandlerStop

from bot import incoming
from bot.answers import Answers, Asker
from bot.door import Door
from bot.guests import Guests
from bot.logs import outline
from bot.progress import showing
from bot.quota import Note
from bot.sending import Address
from pipeline.errors import EchoMindError, StoreError
from pipeline.values import Answer, Person, TextNote

log = logging.getLogger(__name__)


class Walk(Protocol):
    async def aside(self, note: Note) -> Answer:
        """An answer that reads no feeling and keeps nothing. Raises NoteError and EngineError."""
        ...


class Groups:
    """Answers in groups. Raises TelegramError."""

    def __init__(self, walk: Walk, door: Door, guests: Guests, answers: Answers) -> None:
        self._walk = walk
        self._door = door
        self._guests = guests
        self._answers = answers

    async def check(self, update: Update) -> None:
        """Nothing for a private chat; in another, the answer where there is to be one.

        Raises ApplicationHandlerStop, so that no handler sees a group's message.
        """
        message, user = update.message, update.effective_user
        if message is None or message.chat.type == ChatType.PRIVATE:
            return
        if user is not None and not user.is_bot and addressed(message):
            if self._door.serves(user.id):
                await self._answer(message, user)
            else:
                await self._door.turn_away(message, user)
        raise ApplicationHandlerStop

    async def _answer(self, message: Message, user: User) -> None:
        bot, note = message.get_bot(), incoming.note(message, message.get_bot())
        typed = isinstance(note, TextNote)
        to = Address(message.chat_id, message.message_id)
        asker = Asker(replace(await self._person(user), answers="same"), to, typed)
        if isinstance(note, TextNote):
            note = replace(note, words=_without_name(note.words, bot.username))
        if note is None:
            await self._answers.tell(bot, asker, incoming.foreign_kind(message))
        elif isinstance(note, TextNote) and (not note.words or note.words.startswith("/")):
            await self._answers.tell(bot, asker, "door.group")
        else:
            action = ChatAction.TYPING if asker.reads else ChatAction.RECORD_VOICE
            async with showing(bot, to.chat, action):
                try:
                    answer = await self._walk.aside(note)
                except EchoMindError as error:
                    log.info("user %d in a group: %s", user.id, outline(error))
                    await self._answers.tell(bot, asker, error.text)
                    return
                await self._answers.send(bot, asker, answer)

    async def _person(self, user: User) -> Person:
        try:
            return await self._guests.know(user)
        except StoreError:
            return self._guests.stranger(user)


def addressed(message: Message) -> bool:
    """Whether a group's message speaks to the bot: by a reply to it, its name or command@name."""
    bot = message.get_bot()
    answered = message.reply_to_message
    if answered is not None and answered.from_user is not None and answered.from_user.id == bot.id:
        return True
    named = message.parse_entities() if message.text else {}
    named |= message.parse_caption_entities() if message.caption else {}
    name = f"@{bot.username}".casefold()
    return any(
        text.casefold().endswith(name)
        for entity, text in named.items()
        if entity.type in (MessageEntity.MENTION, MessageEntity.BOT_COMMAND)
    )


def _without_name(words: str, name: str) -> str:
    """What was said, without the name that called for it."""
    return re.sub(rf"\s*@{re.escape(name)}\b[,:]?", "", words, flags=re.IGNORECASE).strip()
