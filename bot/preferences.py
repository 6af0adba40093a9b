"""/settings: one message that shows what is chosen and changes in place.

Reading feelings, how to be answered, and the language; what the owner sets is settings.py's.
"""

from dataclasses import replace

from telegram import Message, User

from bot import keyboards
from bot.guests import Change, Guests
from bot.pieces import html
from bot.sending import Address, write
from bot.taps import Tap
from pipeline.content import Content
from pipeline.values import Person


class Preferences:
    """Shows and changes what a person chose. Raises TelegramError and StoreError."""

    def __init__(self, guests: Guests, content: Content) -> None:
        self._guests = guests
        self._content = content

    async def show(self, message: Message, user: User) -> None:
        """/settings."""
        person = await self._guests.know(user)
        menu = keyboards.settings(person, self._content, self._guests.texts(person))
        await write(message.get_bot(), Address(message.chat_id), self._state(person), menu)

    async def chose(self, tap: Tap) -> None:
        """A submenu, the way back, or a new choice."""
        match tap.choice.split(":"):
            case ["answers"] | ["language"]:
                await self._open(tap)
            case ["reading", ("on" | "off") as to]:
                await self._keep(tap, lambda known: replace(known, reads_feelings=to == "on"))
            case ["answers", way] if way in keyboards.ANSWERS:
                await self._keep(tap, lambda known: replace(known, answers=way))
            case ["language", language] if language in self._content.languages:
                await self._keep(
                    tap, lambda known: replace(known, language=language, language_chosen=True)
                )
            case _:
                await tap.acknowledge()
                await self._refresh(tap, await self._guests.know(tap.user))

    async def _open(self, tap: Tap) -> None:
        person = await self._guests.know(tap.user)
        texts = self._guests.texts(person)
        await tap.acknowledge()
        if tap.choice == "answers":
            await tap.change_to(self._state(person), keyboards.answers(texts))
        else:
            asked = html(texts("settings.language_ask"))
            await tap.change_to(asked, keyboards.languages(self._content, texts))

    async def _keep(self, tap: Tap, change: Change) -> None:
        person = await self._guests.change(tap.user, change)
        await tap.acknowledge(self._guests.texts(person)("settings.kept"))
        await self._refresh(tap, person)

    async def _refresh(self, tap: Tap, person: Person) -> None:
        texts = self._guests.texts(person)
        await tap.change_to(self._state(person), keyboards.settings(person, self._content, texts))

    def _state(self, person: Person) -> str:
        """HTML of how everything stands."""
        texts = self._guests.texts(person)
        reading = texts(f"settings.reading.{'on' if person.reads_feelings else 'off'}")
        answers = texts(f"settings.answers.{person.answers}")
        return html(texts("settings.text", reading=reading, language=texts.name, answers=answers))
