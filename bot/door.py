"""Whom the bot serves: everybody or, where the owner named users, those alone.

Groups are groups.py's.
Nothing here stands between words of danger and the help card: strangers get it too.
"""

import logging

from telegram import Message, Update, User
from telegram.constants import ChatAction, ChatType
from telegram.ext import ApplicationHandlerStop

from bot import incoming, keyboards
from bot.guests import Guests
from bot.helpcard import HelpCard
from bot.logs import outline
from bot.pieces import html
from bot.progress import showing
from bot.sending import Address, write
from bot.settings import Settings
from bot.taps import Tap
from pipeline.conversation import Conversation
from pipeline.errors import EchoMindError
from pipeline.values import Answer

log = logging.getLogger(__name__)


class Door:
    """Lets updates through to the handlers, or answers them itself."""

    def __init__(
        self, settings: Settings, walk: Conversation, guests: Guests, card: HelpCard
    ) -> None:
        self._settings = settings
        self._walk = walk
        self._guests = guests
        self._card = card

    def welcomes(self, update: Update) -> bool:
        """Whether the update comes from somebody who is served, where they are served."""
        chat, user = update.effective_chat, update.effective_user
        if chat is None or user is None or user.is_bot:
            return False
        return chat.type == ChatType.PRIVATE and self.serves(user.id)

    async def check(self, update: Update) -> None:
        """Nothing for those who are welcome; for others, what there is to say to them.

        Raises ApplicationHandlerStop, so that no handler sees their update, and TelegramError.
        """
        if self.welcomes(update) or _leads_on(update):
            return
        message, user = update.message, update.effective_user
        if update.callback_query is not None:
            tap = Tap.of(update)
            await tap.acknowledge(
                self._guests.texts(self._guests.stranger(tap.user))("button.stale")
            )
        elif message is not None and user is not None and not user.is_bot:
            await self.turn_away(message, user)
        raise ApplicationHandlerStop

    def serves(self, user: int) -> bool:
        """Whether the owner lets them in."""
        allowed = self._settings.allowed_users
        return not allowed or user in allowed | self._settings.owners

    async def turn_away(self, message: Message, user: User) -> None:
        """A kind no, with the id that the owner needs to let them in; or the help card."""
        bot, to = message.get_bot(), Address(message.chat_id, message.message_id)
        log.info("user %d is not among the allowed", user.id)
        stranger = self._guests.stranger(user)
        async with showing(bot, to.chat, ChatAction.TYPING):
            card = await self._guard(message)
            if card is not None:
                await self._card.send(bot, to, card, stranger)
                return
            texts = self._guests.texts(stranger)
            told = f"{texts('door.not_allowed')}\n\n{texts('door.your_id', id=user.id)}"
            await write(bot, to, html(told))

    async def _guard(self, message: Message) -> Answer | None:
        note = incoming.note(message, message.get_bot())
        if note is None:
            return None
        try:
            return await self._walk.guard(note)
        except EchoMindError as error:
            log.info("user %d: not understood at the door: %s", note.user, outline(error))
            return None


def _leads_on(update: Update) -> bool:
    """Whether a button of the help card was tapped: those work for everybody who got the card."""
    tapped = update.callback_query
    return tapped is not None and (tapped.data or "").partition(":")[0] in keyboards.FOR_EVERYBODY
