"""Taps on the scale under a check-in: each is kept for its day, and may be changed.

What a score says of somebody's mood, pipeline/mood.py reads.
"""

from contextlib import suppress
from datetime import date, timedelta
from typing import Protocol

from telegram import Message
from telegram.error import TelegramError

from bot import dials
from bot.guests import Guests
from bot.pieces import html
from bot.sending import write
from bot.taps import Tap
from pipeline.ports import Clock
from pipeline.schedule import wall_clock
from pipeline.values import Person

ANSWERABLE = timedelta(days=1)
"""How long after its own day a scale may be tapped."""


class Tally(Protocol):
    async def score(self, user: int, day: date, value: int) -> bool:
        """Keep 1 … 5 for a day; False where it changes an earlier tap. Raises StoreError."""
        ...


class Scores:
    """Takes scores. Raises TelegramError and StoreError."""

    def __init__(self, guests: Guests, tally: Tally, clock: Clock) -> None:
        self._guests = guests
        self._tally = tally
        self._clock = clock

    async def scored(self, tap: Tap) -> None:
        """A step of the scale: kept, ticked, and thanked for once."""
        person = await self._guests.know(tap.user)
        texts = self._guests.texts(person)
        step, day = _read(tap.choice)
        if day is None or step not in dials.STEPS or self._is_over(day, person):
            await tap.acknowledge(texts("checkin.stale"))
            return
        is_first = await self._tally.score(tap.user.id, day, step)
        await tap.acknowledge(texts("checkin.kept", score=texts(f"checkin.score.{step}")))
        await _tick(tap)
        if is_first:
            leads = dials.turn_to(texts) if step == dials.STEPS[0] else None
            await write(tap.bot, tap.chat, html(texts(f"checkin.thanks.{step}")), leads)

    def _is_over(self, day: date, person: Person) -> bool:
        """Whether that check-in is too long ago for its scale to say how they are."""
        return wall_clock(self._clock(), person.zone).date() - day > ANSWERABLE


def _read(choice: str) -> tuple[int, date | None]:
    step, _, day = choice.partition(":")
    try:
        return int(step), date.fromisoformat(day)
    except ValueError:
        return 0, None


async def _tick(tap: Tap) -> None:
    """Show on the scale what was chosen; it stays there to be changed."""
    message = tap.query.message
    if isinstance(message, Message) and message.reply_markup is not None:
        ticked = dials.ticked(message.reply_markup, tap.query.data or "")
        with suppress(TelegramError):  # it is ticked already, or gone; what was chosen is kept
            await tap.query.edit_message_reply_markup(ticked)
