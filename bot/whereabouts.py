"""Asking in which time zone somebody is: a city's name, a shared location, or the time it is now.

Only the zone is kept, never the place. Which zone a place is in, timezones.py knows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from telegram import InlineKeyboardMarkup, Message, User

from bot import dials, timezones
from bot.guests import Guests
from bot.pieces import html
from bot.sending import Address, Show, write
from bot.taps import Tap
from bot.timezones import Place
from pipeline import safety
from pipeline.catalogue import Texts
from pipeline.content import Content
from pipeline.ports import Clock
from pipeline.schedule import zone_of
from pipeline.values import Person

WAITS = timedelta(minutes=15)
"""How long after the question a typed word is taken for its answer."""
NAME = 3
"""Words; what is longer and no known place is something that somebody wants to say."""

Settled = Callable[[Show, User], Awaitable[None]]
"""What is done when somebody's zone is known."""


class Whereabouts:
    """Finds out time zones. Raises TelegramError and StoreError."""

    def __init__(self, guests: Guests, content: Content, clock: Clock, settled: Settled) -> None:
        self._guests = guests
        self._content = content
        self._clock = clock
        self._settled = settled
        self._asked = tuple(content.texts(each)("zone.ask") for each in content.languages)
        """The question, as it may have been asked."""
        self._awaited: dict[int, datetime] = {}
        """User → until when an answer is waited for."""
        self._then: dict[int, Settled] = {}
        """User → what is done with the answer, where it is something else than usual."""
        self._missed: set[int] = set()
        """Users of whose words one was taken for a place that there is not."""

    async def ask(
        self, show: Show, person: Person, before: str = "", then: Settled | None = None
    ) -> None:
        """Which zone? `before` is said first; `then` is done with the answer."""
        now = self._clock()
        self._awaited = {user: until for user, until in self._awaited.items() if until > now}
        self._awaited[person.id] = now + WAITS
        self._missed &= self._awaited.keys()
        self._then = {user: done for user, done in self._then.items() if user in self._awaited}
        self._then.pop(person.id, None)
        if then is not None:
            self._then[person.id] = then
        self._missed.discard(person.id)
        texts = self._guests.texts(person)
        asked = "\n\n".join(filter(None, (before, texts("zone.ask"))))
        await show(html(asked), dials.by_clock(texts))

    async def take(self, message: Message, user: User) -> bool:
        """Whether the message was an answer; what somebody wants to say is not taken for one."""
        if not self._awaits(message, user):
            return False
        show = partial(write, message.get_bot(), Address(message.chat_id))
        if message.location is not None:
            place = message.location
            zone = timezones.at(place.latitude, place.longitude)
            there = [] if zone is None else [Place(zone, zone)]
            await self.offer(show, user, there)
            return True
        words = message.text or ""
        if not words or safety.find_danger(words, None, self._content.lexicons) is not None:
            return False
        if found := await self.find(words):
            await self.offer(show, user, found)
            return True
        if len(words.split()) > NAME or user.id in self._missed:
            return False
        self._missed.add(user.id)
        near = await asyncio.to_thread(timezones.meant, words)
        await self._ask_which(show, user, near)
        return True

    async def find(self, words: str) -> tuple[Place, ...]:
        """The places of a name, or those whose clocks tell a time; on a thread, as both take
        a while the first time."""
        clock = timezones.read_clock(words)
        if clock is not None:
            return await asyncio.to_thread(timezones.telling, clock, self._clock())
        return await asyncio.to_thread(timezones.named, words)

    async def offer(self, show: Show, user: User, found: Sequence[Place]) -> None:
        """One place is kept; of several one is to be chosen; without any, the question stays."""
        if len(found) == 1:
            await self._keep(show, user, found[0].zone)
        else:
            await self._ask_which(show, user, found)

    async def _ask_which(self, show: Show, user: User, found: Sequence[Place]) -> None:
        texts = self._guests.texts(await self._guests.know(user))
        if found:
            await show(html(texts("zone.which")), self._choice(found, texts))
        else:
            await show(html(texts("zone.unknown")), dials.by_clock(texts))

    async def chose(self, tap: Tap) -> None:
        """A button under the question."""
        await tap.acknowledge()
        match tap.choice.split(":"):
            case ["is", zone] if zone_of(zone) is not None:
                await self._keep(tap.show, tap.user, zone)
            case ["offset", offsets] if (shown := _minutes(offsets)) and (
                found := await asyncio.to_thread(timezones.showing, shown, self._clock())
            ):
                await self.offer(tap.show, tap.user, found)
            case _:  # also where its clocks were changed since
                await self._show_clocks(tap)

    async def _show_clocks(self, tap: Tap) -> None:
        texts = self._guests.texts(await self._guests.know(tap.user))
        times = await asyncio.to_thread(timezones.clocks, self._clock())
        await tap.show(html(texts("zone.clock")), dials.clocks(times, texts))

    async def _keep(self, show: Show, user: User, zone: str) -> None:
        self._awaited.pop(user.id, None)
        await self._guests.change(user, lambda known: replace(known, zone=zone))
        await self._then.pop(user.id, self._settled)(show, user)

    def _choice(self, found: Sequence[Place], texts: Texts) -> InlineKeyboardMarkup:
        now = self._clock()
        return dials.places([(one, now.astimezone(zone_of(one.zone))) for one in found], texts)

    def _awaits(self, message: Message, user: User) -> bool:
        """Asked of late, or this very message answers the question."""
        answered = message.reply_to_message
        if answered is not None and answered.from_user is not None and answered.text:
            ours = answered.from_user.id == message.get_bot().id
            if ours and answered.text.endswith(self._asked):
                return True
        until = self._awaited.get(user.id)
        return until is not None and self._clock() < until


def _minutes(offsets: str) -> tuple[int, ...]:
    """What a clock's button sends, read; nothing where it was made up."""
    read = [part for part in offsets.split("/") if part.removeprefix("-").isdecimal()]
    return tuple(int(part) for part in read if len(part) < 6)
