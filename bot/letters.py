"""/letter: on which day the weekly letter comes, or that it does not.

When one is due, pipeline/schedule.py decides; what it says, pipeline/letter.py; post.py sends it.
"""

from dataclasses import replace
from functools import partial
from typing import Protocol

from telegram import Message, User

from bot import dials
from bot.guests import Guests
from bot.pieces import html
from bot.sending import Address, Show, write
from bot.taps import Tap
from bot.whereabouts import Whereabouts
from pipeline import schedule
from pipeline.catalogue import Texts
from pipeline.ports import Clock
from pipeline.schedule import LETTER_HOUR
from pipeline.values import Appointment, Person

SHORTEST = 2
"""Letters by which a day may be named at least."""


class Subscriptions(Protocol):
    """Who wants letters. Both raise StoreError."""

    async def letter(self, user: int) -> Appointment | None: ...

    async def begin_letters(self, user: int) -> None: ...


class LetterDesk:
    """Shows and changes the day of somebody's letter. Raises TelegramError and StoreError."""

    def __init__(
        self,
        guests: Guests,
        subscriptions: Subscriptions,
        clock: Clock,
        whereabouts: Whereabouts,
    ) -> None:
        self._guests = guests
        self._subscriptions = subscriptions
        self._clock = clock
        self._whereabouts = whereabouts

    async def command(self, message: Message, user: User) -> None:
        """/letter, alone or with a day of the week, or `off`."""
        show = partial(write, message.get_bot(), Address(message.chat_id, message.message_id))
        person = await self._guests.know(user)
        texts = self._guests.texts(person)
        said = " ".join((message.text or "").split()[1:]).casefold()
        day = _named(said, texts)
        if said and said in texts.many("checkin.words.off"):
            await self._switch_off(show, user)
        elif day is not None:
            await self._choose(show, user, day)
        elif said:
            await show(html(texts("letter.not_a_day")), dials.days(person.letter, texts))
        else:
            await self._show(show, user)

    async def chose(self, tap: Tap) -> None:
        """A button of the menu; the message changes in place where it can."""
        await tap.acknowledge()
        match tap.choice.split(":"):
            case ["on", day] if day in tuple("0123456"):
                await self._choose(tap.show, tap.user, int(day))
            case ["zone"]:
                person = await self._guests.know(tap.user)
                await self._whereabouts.ask(tap.show, person, then=self._show)
            case ["off"]:
                await self._switch_off(tap.show, tap.user)
            case _:
                await self._show(tap.show, tap.user)

    async def _choose(self, show: Show, user: User, day: int) -> None:
        """Keep the day, and ask for the zone where it is not known when it is morning."""
        person = await self._guests.change(user, lambda known: replace(known, letter=day))
        await self._subscriptions.begin_letters(user.id)
        if person.zone is not None:
            await self._show(show, user)
        else:
            told = await self._state(person)
            await self._whereabouts.ask(show, person, told, then=self._show)

    async def _switch_off(self, show: Show, user: User) -> None:
        person = await self._guests.change(user, lambda known: replace(known, letter=None))
        texts = self._guests.texts(person)
        await show(html(texts("letter.switched_off")), dials.days(None, texts))

    async def _show(self, show: Show, user: User) -> None:
        """How it stands, to be changed."""
        person = await self._guests.know(user)
        menu = dials.days(person.letter, self._guests.texts(person))
        await show(html(await self._state(person)), menu)

    async def _state(self, person: Person) -> str:
        """How the letters stand."""
        texts, hour = self._guests.texts(person), f"{LETTER_HOUR:%H:%M}"
        if person.letter is None:
            return texts("letter.off", hour=hour)
        day = texts.many("letter.weekdays")[person.letter]
        if person.zone is None or schedule.zone_of(person.zone) is None:
            return texts("letter.no_zone", day=day, hour=hour)
        appointment = await self._subscriptions.letter(person.id)
        coming = None if appointment is None else schedule.next_time(appointment, self._clock())
        if coming is None:
            return texts("letter.stopped")
        date = coming.date().isoformat()
        return texts("letter.on", day=day, hour=hour, zone=person.zone, date=date)


def _named(said: str, texts: Texts) -> int | None:
    """The day of the week that is meant, if it is only one."""
    named = enumerate(texts.many("letter.weekdays"))
    meant = [day for day, name in named if name.casefold().startswith(said)]
    return meant[0] if len(said) >= SHORTEST and len(meant) == 1 else None
