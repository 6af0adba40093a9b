"""/checkin: at which hour, in which zone, whether at all.

When a check-in goes out, rounds.py and pipeline/schedule.py decide; what it asks, asking.py; what
is tapped under it, scores.py takes.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time
from functools import partial
from typing import Protocol

from telegram import Message, User

from bot import dials, incoming, keyboards
from bot.guests import Guests
from bot.pieces import html
from bot.sending import Address, Show, write
from bot.taps import Tap
from bot.timezones import read_clock
from bot.whereabouts import Whereabouts
from pipeline import schedule
from pipeline.catalogue import Texts
from pipeline.content import Content
from pipeline.errors import StoreError
from pipeline.ports import Clock
from pipeline.values import Appointment, Person, TextNote, VoiceNote


class Appointments(Protocol):
    """What is remembered of check-ins. Every method raises StoreError."""

    async def appointment(self, user: int) -> Appointment | None: ...

    async def begin_checkins(self, user: int) -> None: ...

    async def receive(self, note: VoiceNote | TextNote) -> int: ...

    async def settle(self, note: int) -> None: ...


class Checkins:
    """Shows and changes somebody's check-ins. Raises TelegramError and StoreError."""

    def __init__(
        self, guests: Guests, content: Content, appointments: Appointments, clock: Clock
    ) -> None:
        self._guests = guests
        self._appointments = appointments
        self._clock = clock
        self.whereabouts = Whereabouts(guests, content, clock, self._settled)

    async def command(self, message: Message, user: User) -> None:
        """/checkin, alone or with an hour, `off`, a place, or an hour and a place."""
        show = partial(write, message.get_bot(), Address(message.chat_id, message.message_id))
        person = await self._guests.know(user)
        texts = self._guests.texts(person)
        said = (message.text or "").split()[1:]
        hour, rest = _split(said)
        if not said:
            await self._show(show, person)
        elif " ".join(said).casefold() in texts.many("checkin.words.off"):
            await self._switch_off(show, user)
        elif rest and (found := await self.whereabouts.find(rest)):
            if hour is None or await self._keep_hour(show, user, hour):
                await self.whereabouts.offer(show, user, found)
        elif hour is not None and not rest:
            await self._choose(show, user, hour)
        else:
            await show(html(texts("checkin.not_an_hour")), dials.hours(person, texts))

    async def chose(self, tap: Tap) -> None:
        """A button of the menu; the message changes in place where it can."""
        await tap.acknowledge()
        person = await self._guests.know(tap.user)
        texts = self._guests.texts(person)
        match tap.choice.split(":"):
            case ["hours"]:
                await tap.show(html(texts("checkin.which_hour")), dials.hours(person, texts))
            case ["hour", hour] if hour.isdecimal() and int(hour) < 24:
                menu = dials.minutes(int(hour), person, texts)
                await tap.show(html(texts("checkin.which_minute")), menu)
            case ["at", *clock] if (at := read_clock(":".join(clock))) is not None:
                await self._choose(tap.show, tap.user, at)
            case ["zone"]:
                await self.whereabouts.ask(tap.show, person)
            case ["off"]:
                await self._switch_off(tap.show, tap.user)
            case _:
                await self._show(tap.show, person)

    async def take(self, message: Message, user: User) -> bool:
        """Whether the message told where somebody is; then it is no note to be answered."""
        if not await self.whereabouts.take(message, user):
            return False
        note = incoming.note(message, message.get_bot())
        if note is not None:
            with suppress(StoreError):  # then it is answered as a note after the next start
                await self._appointments.settle(await self._appointments.receive(note))
        return True

    async def _choose(self, show: Show, user: User, hour: time) -> None:
        """An hour was named: keep it, and go on with what is still to be known."""
        if not await self._keep_hour(show, user, hour):
            return
        person = await self._guests.know(user)
        if person.zone is not None:
            await self._settled(show, user)
            return
        told = self._guests.texts(person)("checkin.no_zone", hour=f"{hour:%H:%M}")
        await self.whereabouts.ask(show, person, told)

    async def _keep_hour(self, show: Show, user: User, hour: time) -> bool:
        """Whether the hour is kept: only adults are asked late and early."""
        person = await self._guests.know(user)
        if schedule.suits(hour, person.adult):
            await self._guests.change(user, lambda known: replace(known, checkin=hour))
            return True
        texts = self._guests.texts(person)
        menu = keyboards.adult(texts) if person.adult is None else dials.hours(person, texts)
        await show(html(_unfit(person, texts)), menu)
        return False

    async def _settled(self, show: Show, user: User) -> None:
        """Hour or zone are new: from now on they hold."""
        person = await self._guests.know(user)
        if person.checkin is not None:
            await self._appointments.begin_checkins(user.id)
        await self._show(show, person)

    async def _switch_off(self, show: Show, user: User) -> None:
        person = await self._guests.change(user, lambda known: replace(known, checkin=None))
        texts = self._guests.texts(person)
        await show(html(texts("checkin.switched_off")), dials.state(person, texts))

    async def _show(self, show: Show, person: Person) -> None:
        menu = dials.state(person, self._guests.texts(person))
        await show(html(await self._state(person)), menu)

    async def _state(self, person: Person) -> str:
        """How the check-ins stand."""
        texts, now = self._guests.texts(person), self._clock()
        tz = None if person.zone is None else schedule.zone_of(person.zone)
        if person.checkin is None:
            known = {"zone": person.zone, "now": f"{now.astimezone(tz):%H:%M}"}
            about = "" if tz is None else texts("zone.kept", **known)
            return "\n\n".join(filter(None, (about, texts("checkin.off"))))
        hour = f"{person.checkin:%H:%M}"
        if tz is None:
            return texts("checkin.no_zone", hour=hour)
        if not schedule.suits(person.checkin, person.adult):
            return _unfit(person, texts)
        appointment = await self._appointments.appointment(person.id)
        following = None if appointment is None else schedule.next_time(appointment, now)
        if following is None:
            return texts("checkin.stopped", hour=hour)
        local = now.astimezone(tz)
        return texts(
            "checkin.on",
            hour=hour,
            zone=person.zone,
            now=f"{local:%H:%M}",
            day=_day(following.date(), local, texts),
        )


def _split(said: list[str]) -> tuple[time | None, str]:
    """An hour and what is written after it; no hour, and all of it, where there is none."""
    for length in range(min(3, len(said)), 0, -1):
        hour = read_clock(" ".join(said[:length]))
        if hour is not None:
            return hour, " ".join(said[length:])
    return None, " ".join(said)


def _unfit(person: Person, texts: Texts) -> str:
    """Why nobody but an adult is asked at such an hour."""
    first, last = (f"{hour:%H:%M}" for hour in schedule.YOUNG)
    key = "checkin.of_age_first" if person.adult is None else "checkin.young"
    return texts(key, first=first, last=last)


def _day(day: date, local: datetime, texts: Texts) -> str:
    match (day - local.date()).days:
        case 0:
            return texts("checkin.today")
        case 1:
            return texts("checkin.tomorrow")
    return texts("checkin.later", date=day.isoformat())
