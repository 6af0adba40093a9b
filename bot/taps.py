"""A pressed button: read, acknowledged, and the message it hung on changed. No meaning here."""

import logging
from contextlib import suppress
from dataclasses import dataclass

from telegram import Bot, CallbackQuery, InlineKeyboardMarkup, Message, Update, User
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError

from bot.sending import Address, write

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tap:
    """One press of a button."""

    query: CallbackQuery
    user: User
    choice: str
    """What the button sends, without its subject."""

    @classmethod
    def of(cls, update: Update) -> "Tap":
        """Raises ValueError for an update that is no tap."""
        query = update.callback_query
        if query is None:
            raise ValueError("the update is no tap on a button")
        return cls(query, query.from_user, (query.data or "").partition(":")[2])

    @property
    def bot(self) -> Bot:
        return self.query.get_bot()

    @property
    def chat(self) -> Address:
        """The chat of the button, quoting nothing."""
        message = self.query.message
        return Address(self.user.id if message is None else message.chat.id)

    async def acknowledge(self, text: str = "") -> None:
        """End the button's spinning, with a line over the chat if there is one to say."""
        with suppress(TelegramError):  # too old a tap cannot be answered, and need not be
            await self.query.answer(text or None)

    async def change_to(self, html: str, keyboard: InlineKeyboardMarkup | None = None) -> bool:
        """Put other words, and other buttons or none, in the place of those that were tapped.

        False where the message is gone, or too old to be changed.
        """
        if not isinstance(self.query.message, Message):
            return False
        try:
            await self.query.edit_message_text(
                html, parse_mode=ParseMode.HTML, reply_markup=keyboard
            )
        except BadRequest as error:
            log.debug("chat %s: not edited (%s)", self.chat.chat, error.message)
            return "not modified" in error.message  # then it says so already
        return True

    async def show(self, html: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
        """The same, in a new message where the old one cannot be changed. Raises TelegramError."""
        if not await self.change_to(html, keyboard):
            await write(self.bot, self.chat, html, keyboard)

    async def change_buttons_to(self, keyboard: InlineKeyboardMarkup | None) -> None:
        """Other buttons, or none, under the same words; where that cannot be, they stay."""
        try:
            await self.query.edit_message_reply_markup(keyboard)
        except BadRequest as error:
            log.debug("chat %s: buttons not changed (%s)", self.chat.chat, error.message)
