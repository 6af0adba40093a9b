"""/settings: one message that shows what is chosen and changes in place.

What a person may choose, one at a time; what the owner sets is settings.py's.
"""

from dataclasses import replace

from telegram import Message, User

from bot import choices
from bot.choices import Menu
from bot.guests import Change, Guests
from bot.mydata import shortest
from bot.pieces import html
from bot.sending import Address, write
from bot.taps import Tap
from bot.voices import Voices, label
from pipeline.content import Content
from pipeline.values import Keeping, Person


class Preferences:
    """Shows and changes what a person chose. Raises TelegramError and StoreError."""

    def __init__(self, guests: Guests, content: Content, voices: Voices, most: Keeping) -> None:
        self._guests = guests
        self._content = content
        self._voices = voices
        self._most = most

    async def show(self, message: Message, user: User) -> None:
        """/settings."""
        person = await self._guests.know(user)
        menu = choices.settings(self._menu(person))
        await write(message.get_bot(), Address(message.chat_id), self._state(person), menu)

    async def chose(self, tap: Tap) -> None:
        """A submenu, a sample, the way back, or a new choice."""
        person = await self._guests.know(tap.user)
        match tap.choice.split(":"):
            case ["menu"]:
                await tap.acknowledge()
                await self._refresh(tap, person)
            case ["hear", voice] if voice in self._voices.of(person.language):
                await self._hear(tap, voice, person)
            case [what] if (submenu := choices.submenu(what, self._menu(person))) is not None:
                await tap.acknowledge()
                texts = self._guests.texts(person)
                asked = texts("settings.language_ask") if what == "language" else ""
                await tap.change_to(html(asked) or self._state(person), submenu)
            case [what, to] if (change := self._change(what, to, person)) is not None:
                await self._keep(tap, change)
            case _:
                await tap.acknowledge(self._guests.texts(person)("button.stale"))
                await self._refresh(tap, person)

    def _change(self, what: str, to: str, person: Person) -> Change | None:
        """What a choice does to a person; None for one that there is not."""
        match what, to:
            case "reading", "on" | "off":
                return lambda known: replace(known, reads_feelings=to == "on")
            case "answers", _ if to in choices.ANSWERS:
                return lambda known: replace(known, answers=to)
            case "language", _ if to in self._content.languages:
                return lambda known: _speaking(known, to)
            case "adult", "yes" | "no":
                return lambda known: replace(known, adult=to == "yes")
            case "country", _ if to in self._content.countries:
                return lambda known: replace(known, country=to)
            case "voice", _ if to in self._voices.of(person.language):
                return lambda known: replace(known, voice=to)
            case "words", _ if to in choices.TERMS:
                return lambda known: replace(known, words_days=choices.TERMS[to])
            case "feelings", _ if to in choices.TERMS:
                return lambda known: replace(known, feelings_days=choices.TERMS[to])
        return None

    async def _keep(self, tap: Tap, change: Change) -> None:
        person = await self._guests.change(tap.user, change)
        await tap.acknowledge(self._guests.texts(person)("settings.kept"))
        await self._refresh(tap, person)

    async def _hear(self, tap: Tap, voice: str, person: Person) -> None:
        texts = self._guests.texts(person)
        await tap.acknowledge(texts("settings.voice_coming"))
        if not await self._voices.sample(tap, voice, texts):
            await write(tap.bot, tap.chat, html(texts("answer.no_voice")))

    async def _refresh(self, tap: Tap, person: Person) -> None:
        await tap.change_to(self._state(person), choices.settings(self._menu(person)))

    def _menu(self, person: Person) -> Menu:
        return Menu(
            person=person,
            texts=self._guests.texts(person),
            content=self._content,
            voices=self._voices.of(person.language),
            most=self._most,
        )

    def _state(self, person: Person) -> str:
        """HTML of how everything stands."""
        texts = self._guests.texts(person)
        words = shortest(person.words_days, self._most.words_days)
        feelings = shortest(person.feelings_days, self._most.feelings_days)
        age = {None: "unknown", True: "yes", False: "no"}[person.adult]
        return html(
            texts(
                "settings.text",
                reading=texts(f"settings.reading.{'on' if person.reads_feelings else 'off'}"),
                language=texts.name,
                answers=texts(f"settings.answers.{person.answers}"),
                voice=label(person.voice) if person.voice else texts("settings.voice_usual"),
                checkin=f"{person.checkin:%H:%M}"
                if person.checkin
                else texts("settings.reading.off"),
                letter=texts("settings.reading.off")
                if person.letter is None
                else texts.many("letter.weekdays")[person.letter],
                country=choices.country(person.country, texts),
                age=texts(f"settings.adult.{age}"),
                words=choices.term(words, texts),
                feelings=choices.term(feelings, texts),
            )
        )


def _speaking(person: Person, language: str) -> Person:
    """In another language; a voice chosen for the one before would speak it with an accent."""
    voice = person.voice if language == person.language else None
    return replace(person, language=language, language_chosen=True, voice=voice)
