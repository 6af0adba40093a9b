"""The help card in the chat: shown first, pinned, and left standing; its buttons lead on from it.

Its words are fixed and reviewed, in prompts/. Its buttons work for everybody who got the card,
whoever is allowed in otherwise.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from telegram import Bot, InlineKeyboardMarkup, Message
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot import choices, keyboards
from bot.guests import Guests
from bot.logs import outline
from bot.pieces import TEXT, cut, html
from bot.sending import Address, Voice, speak, write
from bot.taps import Tap
from pipeline import safety
from pipeline.catalogue import Exercise, Kind, Texts
from pipeline.content import Content
from pipeline.errors import StoreError
from pipeline.prompt import answer_language
from pipeline.values import Answer, Person

log = logging.getLogger(__name__)

Guide = Callable[[Bot, Address, Exercise, Person], Awaitable[None]]
"""Leads somebody through an exercise."""


class HelpCard:
    """Shows the card and answers its buttons. Every method raises TelegramError."""

    def __init__(self, guests: Guests, content: Content, guide: Guide) -> None:
        self._guests = guests
        self._content = content
        self._guide = guide

    async def send(self, bot: Bot, to: Address, answer: Answer, person: Person) -> None:
        """The written card before all else, pinned; then the spoken one."""
        languages = self._content.languages
        texts = self._content.texts(answer_language(answer.heard, person, languages))
        *before, last = [html(piece) for piece in cut(answer.reply.text, TEXT)]
        for piece in before:
            await write(bot, to, piece)
        await _pin(await write(bot, to, last, keyboards.card(answer.buttons, texts)))
        if answer.reply.voice is not None:
            await speak(bot, to, Voice(answer.reply.voice, answer.reply.seconds))

    async def lead_on(self, tap: Tap) -> None:
        """A button of the card. The card itself stays as it is."""
        await tap.acknowledge()
        person = await self._person(tap)
        texts = self._guests.texts(person)
        match tap.choice:
            case "grounding":
                await self._ground(tap, person)
            case "plan":
                await write(tap.bot, tap.chat, html(texts("aftercare.plan")))
            case "safe":
                await write(tap.bot, tap.chat, html(texts("aftercare.safe")))
            case _:
                asked = html(texts("aftercare.which_country"))
                await write(tap.bot, tap.chat, asked, self._countries(texts))

    async def chose_country(self, tap: Tap) -> None:
        """The lines of a country, which is remembered for the next card."""
        await tap.acknowledge()
        if tap.choice not in self._content.countries:
            return
        person = replace(await self._person(tap), country=tap.choice)
        texts = self._guests.texts(person)
        told = html(safety.numbers(person, self._content.countries, texts))
        if not await tap.change_to(told):
            await write(tap.bot, tap.chat, told)
        if person.introduced:  # a stranger leaves no trace
            await self._keep_country(tap)

    def _countries(self, texts: Texts) -> InlineKeyboardMarkup:
        """Every country whose lines are known."""
        flags = [
            (choices.country(code, texts), f"{keyboards.COUNTRY}:{code}")
            for code in sorted(self._content.countries)
        ]
        return keyboards.rows([flags[start : start + 4] for start in range(0, len(flags), 4)])

    async def _keep_country(self, tap: Tap) -> None:
        try:
            await self._guests.change(tap.user, lambda known: replace(known, country=tap.choice))
        except StoreError as error:
            log.error("user %d: the country was not kept: %s", tap.user.id, outline(error))

    async def _ground(self, tap: Tap, person: Person) -> None:
        """Something for the senses, now: the first grounding exercise there is."""
        exercise = next(one for one in self._content.exercises if one.kind is Kind.GROUNDING)
        await self._guide(tap.bot, tap.chat, exercise, person)

    async def _person(self, tap: Tap) -> Person:
        """Who tapped; a broken store does not come between them and the card."""
        try:
            return await self._guests.know(tap.user)
        except StoreError as error:
            log.error("user %d cannot be looked up: %s", tap.user.id, outline(error))
            return self._guests.stranger(tap.user)


async def _pin(card: Message) -> None:
    """Within reach later on; where pinning fails, the card still stands in the chat."""
    if card.chat.type != ChatType.PRIVATE:
        return  # it is one person's, not to be held up before all
    try:
        await card.pin(disable_notification=True)
    except TelegramError as error:
        log.info("chat %s: the card was not pinned: %s", card.chat_id, outline(error))
