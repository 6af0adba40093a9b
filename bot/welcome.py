"""Who the bot is, what it is not, and whether it may read feelings: told before the first is read.

Also the two choices that a newcomer is asked for, and /help.
"""

import logging
from dataclasses import replace

from telegram import Bot, Message, User

from bot import keyboards
from bot.guests import Guests
from bot.logs import outline
from bot.pieces import html
from bot.sending import Address, write
from bot.settings import Settings
from bot.taps import Tap
from pipeline.errors import StoreError
from pipeline.values import Person

log = logging.getLogger(__name__)


class Welcome:
    """Introduces the bot, and remembers what it was allowed. Raises TelegramError, StoreError."""

    def __init__(self, guests: Guests, settings: Settings) -> None:
        self._guests = guests
        self._settings = settings

    async def meet(self, message: Message, user: User) -> Person:
        """Who writes, after an introduction if there was none; a broken store stops neither."""
        try:
            person = await self._guests.know(user)
            if person.introduced:
                return person
            return await self.introduce(message.get_bot(), Address(message.chat_id), person)
        except StoreError as error:
            log.error("user %d cannot be looked up: %s", user.id, outline(error))
            return self._guests.stranger(user)

    async def meet_again(self, bot: Bot, chat: Address, user: int) -> Person:
        """The same for somebody of whom only the ids are at hand."""
        person = await self._guests.recall(user)
        return person if person.introduced else await self.introduce(bot, chat, person)

    async def introduce(self, bot: Bot, chat: Address, person: Person) -> Person:
        """Tell who speaks here and that feelings are guessed from the voice; ask for consent."""
        texts = self._guests.texts(person)
        introduction = html(texts("welcome.introduction"))
        await write(bot, chat, introduction, keyboards.feelings(texts))
        return await self._guests.change(
            person,
            lambda known: replace(
                known, introduced=True, name=person.name, language=person.language
            ),
        )

    async def start(self, message: Message, user: User) -> None:
        """/start: the introduction, as often as it is asked for."""
        person = await self._guests.know(user)
        await self.introduce(message.get_bot(), Address(message.chat_id), person)

    async def help(self, message: Message, user: User) -> None:
        """/help: what one can do here."""
        await self._tell(message, user, "help.text")

    async def unknown(self, message: Message, user: User) -> None:
        """A command that there is not."""
        await self._tell(message, user, "unsupported.command")

    async def chose_feelings(self, tap: Tap) -> None:
        """On or off; then, unless it is known, whether they are of age."""
        allowed = tap.choice == "on"
        person = await self._guests.change(
            tap.user, lambda known: replace(known, reads_feelings=allowed)
        )
        texts = self._guests.texts(person)
        await tap.acknowledge()
        await tap.change_to(html(texts("feelings.on" if allowed else "feelings.off")))
        if person.adult is None:
            await write(tap.bot, tap.chat, html(texts("adult.ask")), keyboards.adult(texts))

    async def chose_adult(self, tap: Tap) -> None:
        """Of age or a minor; then there is nothing in the way of talking."""
        of_age = tap.choice == "yes"
        person = await self._guests.change(tap.user, lambda known: replace(known, adult=of_age))
        texts = self._guests.texts(person)
        await tap.acknowledge()
        await tap.change_to(html(texts("adult.yes" if of_age else "adult.no")))
        await write(tap.bot, tap.chat, html(texts("welcome.ready")))

    async def chose_something_old(self, tap: Tap) -> None:
        """A button that no longer means anything."""
        texts = self._guests.texts(await self._guests.at_best(tap.user))
        await tap.acknowledge(texts("button.stale"))

    async def _tell(self, message: Message, user: User, key: str) -> None:
        texts = self._guests.texts(await self._guests.know(user))
        minutes = round(self._settings.longest_note)
        to = Address(message.chat_id, message.message_id)
        await write(message.get_bot(), to, html(texts(key, minutes=minutes)))
