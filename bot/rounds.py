"""Asking everybody who is due: each once, a few at a time, and one person's trouble is no other's.

There is one round of check-ins, and one of weekly letters, which differ in their agenda and in what
is sent.

What is due, pipeline/schedule.py decides anew for each right before they are asked. That they are
asked is written down first, so that a kill in between costs a check-in and never sends two. Nothing
breaks into a talk: whoever is talking with the bot is left for a later look, though not for long.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol

from telegram import Bot
from telegram.error import Forbidden, RetryAfter, TelegramError

from bot.logs import outline
from bot.pace import surely_lost
from pipeline import schedule
from pipeline.errors import StoreError
from pipeline.ports import Clock
from pipeline.schedule import Due
from pipeline.values import Appointment, Asked

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Check-ins under way together. Whoever is answered meanwhile waits for so many at most, and a
message takes its turn among all the bot sends (pace.py)."""

PATIENCE = 5.0
"""Seconds that check-ins under way are given when the bot stops."""

Ask = Callable[[Bot, Due], Awaitable[str]]
"""Sends a check-in; its words. May raise TelegramError and StoreError."""


class Agenda(Protocol):
    """Who wants to be asked when, and who was. Every method raises StoreError."""

    async def hours(self) -> tuple[tuple[time, str], ...]: ...

    async def appointments(self, hour: time, zone: str, day: date) -> tuple[Appointment, ...]: ...

    async def appointment(self, user: int) -> Appointment | None: ...

    async def asked(self, user: int, last: Asked | None) -> None: ...

    async def reached(self, user: int, words: str) -> None: ...

    async def stop_checkins(self, user: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may be spoken to without having spoken first."""

    serves: Callable[[int], bool]
    """Whether the owner lets them in."""
    talked: Callable[[int], datetime | None] = lambda _: None
    """When they last sent a note or got its answer, as far as that is known."""


class Rounds:
    """One for the bot."""

    def __init__(self, agenda: Agenda, ask: Ask, audience: Audience, clock: Clock) -> None:
        self._agenda = agenda
        self._ask = ask
        self._audience = audience
        self._clock = clock
        self._held: dict[int, datetime] = {}
        """Users who were talking when something was due for them → since when it waits."""
        self._waiting: dict[int, None] = {}
        """Users still to be asked, in order."""
        self._unsent = 0
        """Check-ins in a row that did not get out."""
        self._in_hand: set[int] = set()
        self._workers: set[asyncio.Task[None]] = set()

    async def begin(self, bot: Bot) -> None:
        """Take up everybody who is due now, after those who wait already; returns at once."""
        try:
            found = await self._due(self._clock())
        except StoreError as error:
            log.error("nobody can be asked how they are: %s", outline(error))
            return
        for one in found:
            if one.user not in self._in_hand:
                self._waiting.setdefault(one.user)
        for _ in range(min(AT_ONCE - len(self._workers), len(self._waiting))):
            worker = asyncio.create_task(self._work(bot))
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    async def finish(self) -> None:
        """Until everybody who waits has been asked."""
        while self._workers:
            await asyncio.wait(self._workers)

    async def stop(self, patience: float = PATIENCE) -> None:
        """Ask nobody more; those who still waited are caught up with after the next start."""
        self._waiting.clear()
        if self._workers:
            _, slow = await asyncio.wait(self._workers, timeout=patience)
            for worker in slow:
                worker.cancel()

    async def _due(self, now: datetime) -> list[Due]:
        found: list[Due] = []
        for hour, zone in await self._agenda.hours():
            struck = schedule.last_struck(hour, zone, now, schedule.LATEST)
            if struck is not None:
                found += schedule.due(await self._agenda.appointments(hour, zone, struck[0]), now)
        return sorted(found, key=lambda one: (one.at, one.user))

    async def _work(self, bot: Bot) -> None:
        while self._waiting:
            user = next(iter(self._waiting))
            del self._waiting[user]
            self._in_hand.add(user)
            try:
                await self._visit(bot, user)
            except Exception as error:  # noqa: BLE001 - one person must not keep others waiting
                log.error("user %d was not asked: %s", user, outline(error))
            finally:
                self._in_hand.discard(user)

    async def _visit(self, bot: Bot, user: int) -> None:
        """Ask one person, unless they changed their mind, or it became too late, meanwhile."""
        appointment, now = await self._agenda.appointment(user), self._clock()
        due = None if appointment is None else schedule.due_now(appointment, now)
        since = self._held.pop(user, now)
        if appointment is None or due is None or not self._audience.serves(user):
            return
        if schedule.can_wait(appointment, now, self._audience.talked(user), since):
            self._held[user] = since
            return
        await self._agenda.asked(user, Asked(due.day, due.zone, now))
        try:
            words = await self._ask(bot, due)
        except Forbidden:
            log.info("user %d has blocked the bot: nothing more comes by itself", user)
            await self._agenda.stop_checkins(user)
        except TelegramError as error:
            log.warning("user %d was not asked: %s", user, outline(error))
            if _surely_unsent(error):
                await self._agenda.asked(user, appointment.asked)
                self._give_way()
        else:
            self._unsent = 0
            await self._agenda.reached(user, words)

    def _give_way(self) -> None:
        """After so many in a row that it is no one chat's trouble, leave the rest to a later look:
        Telegram is not to be reached, or wants fewer messages."""
        self._unsent += 1
        if self._unsent >= AT_ONCE:
            self._unsent = 0
            self._waiting.clear()


def _surely_unsent(error: TelegramError) -> bool:
    """Whether it cannot have reached the chat, so that it may be tried once more."""
    return isinstance(error, RetryAfter) or surely_lost(error)
