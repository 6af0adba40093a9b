"""Did an exercise help? Kept for the next suggestion; and another one, as often as it is asked for.

Which one comes next, pipeline/recommender.py decides.
"""

from datetime import datetime
from typing import Protocol

from telegram import InlineKeyboardMarkup, Message

from bot import dials, keyboards
from bot.guests import Guests
from bot.keyboards import Button
from bot.pieces import html
from bot.sending import write
from bot.taps import Tap
from pipeline import recommender
from pipeline.adaptation import own_reading
from pipeline.catalogue import Exercise, Texts
from pipeline.content import Content
from pipeline.mood import read_mood
from pipeline.ports import Clock
from pipeline.schedule import wall_clock
from pipeline.values import Emotion, History, Mood, Person, Rating, Suggestion

RATE = "rate"
"""Subject of the verdicts: rate:<yes or no>:<exercise>."""
ANOTHER = "another"
"""Subject of "another one": another:<new or turn>:<the exercise that is turned down>."""


class Experience(Protocol):
    """What helped whom. Every method raises StoreError."""

    async def rate(self, rating: Rating) -> None: ...

    async def history(self, user: int) -> History: ...

    async def offered(self, user: int, exercise: str) -> None: ...


class Verdicts:
    """Takes verdicts and suggests the next one. Raises TelegramError and StoreError."""

    def __init__(
        self, guests: Guests, content: Content, experience: Experience, clock: Clock
    ) -> None:
        self._guests = guests
        self._content = content
        self._experience = experience
        self._clock = clock

    async def rated(self, tap: Tap) -> None:
        """It helped, or not really; ticked, and free to be changed."""
        person = await self._guests.know(tap.user)
        texts = self._guests.texts(person)
        verdict, _, key = tap.choice.partition(":")
        if verdict not in ("yes", "no") or not self._is_known(key):
            await tap.acknowledge(texts("button.stale"))
            return
        helped = verdict == "yes"
        felt = await self._felt(person)
        await self._experience.rate(Rating(person.id, key, helped, felt, self._clock()))
        await tap.acknowledge(texts("rated.helped" if helped else "rated.not_helped"))
        message = tap.query.message
        if isinstance(message, Message) and message.reply_markup is not None:
            ticked = dials.ticked(message.reply_markup, tap.query.data or "")
            await tap.change_buttons_to(ticked)

    async def another(self, tap: Tap) -> None:
        """The next best, in a message of its own, which then changes from one to the next."""
        person = await self._guests.know(tap.user)
        texts = self._guests.texts(person)
        way, _, key = tap.choice.partition(":")
        if way not in ("new", "turn") or not self._is_known(key):
            await tap.acknowledge(texts("button.stale"))
            return
        chosen = await self._next(person, key)
        await tap.acknowledge("" if chosen else texts("rated.none"))
        if chosen is None:
            return
        told = html(_told(chosen, texts))
        keyboard = keyboards.rows(_offer(chosen, texts, way="turn"))
        if way == "new" or not await tap.change_to(told, keyboard):
            await write(tap.bot, tap.chat, told, keyboard)
        await self._experience.offered(person.id, chosen.key)

    async def _next(self, person: Person, turned_down: str) -> Suggestion | None:
        """The next best; what was offered today comes again only when all else was, too."""
        history = await self._experience.history(person.id)
        now = wall_clock(self._clock(), person.zone)
        occasion = recommender.Occasion(
            at=now,
            user=person.id,
            texts=self._guests.texts(person),
            seed=now.toordinal(),
            asked=True,
            without=frozenset({turned_down}),
        )
        mood = _mood(person, history, now)
        return recommender.suggest(self._content.exercises, mood, history, occasion)

    async def _felt(self, person: Person) -> Emotion | None:
        """How they feel of late, where that is clear enough to learn from."""
        history = await self._experience.history(person.id)
        mood = _mood(person, history, self._clock())
        return mood.emotion if mood and mood.certainty >= recommender.NOTICE else None

    def _is_known(self, key: str) -> bool:
        return any(one.key == key for one in self._content.exercises)


def suggestion(offered: Suggestion | None, texts: Texts) -> InlineKeyboardMarkup | None:
    """Under an answer: one tap starts what it suggested, another one asks for something else."""
    return None if offered is None else keyboards.rows(_offer(offered, texts, way="new"))


def after(exercise: Exercise, texts: Texts) -> InlineKeyboardMarkup:
    """Under a guided exercise."""
    verdicts = [
        (texts("button.helped"), f"{RATE}:yes:{exercise.key}"),
        (texts("button.not_helped"), f"{RATE}:no:{exercise.key}"),
    ]
    return keyboards.rows([verdicts, [_another(exercise.key, texts, way="new")]])


def _offer(offered: Suggestion, texts: Texts, way: str) -> list[list[Button]]:
    start = (texts("button.start", title=offered.title), f"{keyboards.EXERCISE}:{offered.key}")
    return [[start], [_another(offered.key, texts, way)]]


def _another(key: str, texts: Texts, way: str) -> Button:
    return texts("button.another"), f"{ANOTHER}:{way}:{key}"


def _told(offered: Suggestion, texts: Texts) -> str:
    said = " ".join(filter(None, (offered.invitation, offered.reason)))
    return f"{texts('rated.another')}\n\n{said}"


def _mood(person: Person, history: History, now: datetime) -> Mood | None:
    """None for whoever does not want to have feelings read."""
    return read_mood(own_reading(history), now) if person.reads_feelings else None
