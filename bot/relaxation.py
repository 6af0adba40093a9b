"""/relax: which exercise, and the exercise itself, spoken or, where no voice is, in writing.

How a session is spoken is sessions.py's; which one to suggest is pipeline/recommender.py's.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from telegram import Bot, InlineKeyboardMarkup, Message, User
from telegram.constants import ChatAction

from bot import keyboards, verdicts
from bot.guests import Guests
from bot.logs import outline
from bot.pieces import TEXT, cut, html
from bot.progress import showing
from bot.sending import Address, Voice, speak, write
from bot.sessions import SLOWLY, Script, Sessions
from bot.taps import Tap
from pipeline.catalogue import Cue, Exercise, Kind, Texts
from pipeline.content import Content
from pipeline.errors import EngineError, StoreError
from pipeline.values import Manner, Person

log = logging.getLogger(__name__)

Engage = Callable[[int, timedelta], None]

ARRIVING = 3.0
"""Seconds of silence before the exercise begins."""


class Relaxation:
    """Offers exercises and leads through them. Raises TelegramError and StoreError."""

    def __init__(
        self, guests: Guests, content: Content, sessions: Sessions, engage: Engage
    ) -> None:
        """`engage` is told whom a session keeps for how long."""
        self._engage = engage
        self._guests = guests
        self._content = content
        self._sessions = sessions
        self._under_way: set[tuple[int, str]] = set()
        """(chat, exercise) that is being prepared."""

    async def relax(self, message: Message, user: User) -> None:
        """/relax: the menu; with a kind after it, a session of that kind at once."""
        person = await self._guests.know(user)
        texts = self._guests.texts(person)
        wish = " ".join((message.text or "").casefold().split()[1:])
        to = Address(message.chat_id, message.message_id)
        kind = next((kind for kind in self._kinds() if wish in _names(kind, texts)), None)
        if kind is not None:
            await self.guide(message.get_bot(), to, self.of(kind)[0], person)
            return
        asked = texts("relax.unknown" if wish else "relax.ask")
        menu = keyboards.kinds(self._kinds(), texts)
        await write(message.get_bot(), to, html(asked), menu)

    async def chose_kind(self, tap: Tap) -> None:
        """A kind from the menu: its first exercise, the others one tap away."""
        person = await self._guests.know(tap.user)
        offered = self.of(tap.choice)
        await self._begin(tap, offered[0] if offered else None, person)

    async def chose_exercise(self, tap: Tap) -> None:
        """One exercise, from a suggestion or from under another session."""
        person = await self._guests.know(tap.user)
        chosen = next((one for one in self._content.exercises if one.key == tap.choice), None)
        await self._begin(tap, chosen, person)

    async def _begin(self, tap: Tap, exercise: Exercise | None, person: Person) -> None:
        texts = self._guests.texts(person)
        if exercise is None:
            await tap.acknowledge(texts("button.stale"))
            return
        place = (tap.chat.chat, exercise.key)
        if place in self._under_way:
            await tap.acknowledge(texts("relax.preparing"))
            return
        self._under_way.add(place)
        try:
            await tap.acknowledge(texts("relax.preparing"))
            await self.guide(tap.bot, tap.chat, exercise, person)
        finally:
            self._under_way.discard(place)

    async def guide(self, bot: Bot, to: Address, exercise: Exercise, person: Person) -> None:
        """The whole session: spoken, or in writing where there is no voice for it."""
        await self._lead(bot, to, _Session(exercise, person))

    async def ground(self, bot: Bot, to: Address, exercise: Exercise, person: Person) -> None:
        """The same from the help card: nobody is asked there whether it was good enough."""
        await self._lead(bot, to, _Session(exercise, person, rated=False))

    async def _lead(self, bot: Bot, to: Address, session: "_Session") -> None:
        async with showing(bot, to.chat, ChatAction.RECORD_VOICE):
            if not await self._speak(bot, to, session):
                texts = self._guests.texts(session.person)
                below = verdicts.after(session.exercise, texts) if session.rated else None
                await _write_steps(bot, to, session.exercise, texts, below)
        self._engage(session.person.id, timedelta(seconds=session.exercise.seconds))

    def of(self, kind: str) -> Sequence[Exercise]:
        """The exercises of a kind, in the file's order."""
        return [one for one in self._content.exercises if one.kind == kind]

    def _kinds(self) -> Sequence[Kind]:
        return [kind for kind in Kind if self.of(kind)]

    async def _speak(self, bot: Bot, to: Address, session: "_Session") -> bool:
        """Whether the session reached the chat as a voice note."""
        exercise, person = session.exercise, session.person
        texts = self._guests.texts(person)
        manner = Manner(texts.language, person.voice, rate=SLOWLY)
        script = Script(exercise.key, _session(exercise, texts), manner)
        others = keyboards.exercises(
            [one for one in self.of(exercise.kind) if one is not exercise], texts
        )
        caption = html(_about(exercise, texts))
        if session.rated:
            others = keyboards.stacked(verdicts.after(exercise, texts), others)
            caption += f"\n\n{html(texts('relax.rate'))}"
        async with self._sessions.alone(script):
            known = await self._sessions.spoken_before(script)
            if known is not None and await speak(bot, to, Voice(known, 0, caption), others):
                return True
            try:
                sound, seconds = await self._sessions.speak(script)
            except EngineError as error:
                log.warning("%s cannot be spoken: %s", exercise.key, outline(error))
                return False
            sent = await speak(bot, to, Voice(sound, seconds, caption), others)
            if sent is None or sent.voice is None:
                return False
            await self._keep(script, sent.voice.file_id)
            return True

    async def _keep(self, script: Script, file_id: str) -> None:
        try:
            await self._sessions.remember(script, file_id)
        except StoreError as error:  # it was sent; the next one is spoken anew
            log.warning("%s was not kept: %s", script.exercise, outline(error))


@dataclass(frozen=True, slots=True)
class _Session:
    """One exercise for one person."""

    exercise: Exercise
    person: Person
    rated: bool = True
    """Whether it is asked afterwards if it helped."""


async def _write_steps(
    bot: Bot, to: Address, exercise: Exercise, texts: Texts, below: InlineKeyboardMarkup | None
) -> None:
    """The session in writing: what it is, then every cue once, in order."""
    steps = dict.fromkeys(cue.text for cue in exercise.guided(texts))
    parts = [texts("relax.no_voice"), exercise.title(texts), "\n".join(steps)]
    pieces = cut("\n\n".join(parts), TEXT)
    for number, piece in enumerate(pieces, 1):
        await write(bot, to, html(piece), below if number == len(pieces) else None)


def _session(exercise: Exercise, texts: Texts) -> tuple[Cue, ...]:
    """The exercise between a word of arriving and one of leaving."""
    leave = "relax.outro_sleep" if exercise.kind is Kind.SLEEP else "relax.outro"
    arrive = Cue(texts("relax.intro"), ARRIVING)
    return (arrive, *exercise.guided(texts), Cue(texts(leave), 0.0))


def _about(exercise: Exercise, texts: Texts) -> str:
    minutes = max(1, round(exercise.seconds / 60))
    caution = exercise.caution(texts)
    return texts(
        "relax.about", title=exercise.title(texts), minutes=minutes, caution=caution
    ).strip()


def _names(kind: Kind, texts: Texts) -> set[str]:
    """What somebody may type for a kind: its key, its name, or a word for it."""
    named = (kind.value, texts(f"relax.kind.{kind}"), *texts.many(f"relax.words.{kind}"))
    return {name.casefold() for name in named}
