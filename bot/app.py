"""The bot put together: which update goes to whom.

It is given a conversation and a memory that are ready; which engines stand behind them it does not
know, nor how it is run (serving.py).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

from telegram import Bot as TelegramBot
from telegram import BotCommand, Message, Update, User
from telegram.error import Forbidden, TelegramError
from telegram.ext import (
    ApplicationHandlerStop,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot import corrections, dials, keyboards, reasons, verdicts
from bot.answers import Answers
from bot.asking import Asking, Diary
from bot.checkins import Appointments, Checkins
from bot.connection import connection
from bot.corrections import Corrected, Corrections
from bot.door import Door
from bot.figures import Measured
from bot.groups import Groups
from bot.guests import Guests
from bot.health import Engines, Pulse
from bot.helpcard import HelpCard
from bot.housekeeping import Housekeeping, Shelves
from bot.idling import Attended
from bot.ledger import Ledger
from bot.letters import LetterDesk, Subscriptions
from bot.logs import keep_discreet, outline
from bot.mood import Album, MoodDesk
from bot.music import MUSIC, MusicDesk, Sources
from bot.mydata import Archive, MyData
from bot.notes import Notes
from bot.order import InOrder, Line
from bot.owner import Owner, Register
from bot.pieces import html
from bot.post import Letterbox, Memoirs, Post, Postmark
from bot.preferences import Preferences
from bot.quota import Rationed, Usage
from bot.reasons import ReasonsDesk
from bot.recollecting import Recollecting, Shelf
from bot.relaxation import Relaxation
from bot.rounds import Agenda, Audience, Rounds
from bot.scheduler import Clockwork, Jobs
from bot.scores import Scores, Tally
from bot.sending import Address, write
from bot.serving import Bot
from bot.sessions import Recordings, Sessions
from bot.settings import Settings
from bot.taps import Tap
from bot.verdicts import Experience, Verdicts
from bot.voices import Offer, Voices
from bot.watching import Marks, Watched
from bot.welcome import Welcome
from pipeline.content import Content
from pipeline.conversation import Conversation
from pipeline.errors import EchoMindError
from pipeline.ports import Clock, Explainer, Jukebox, NoteTaker, People, Speaker

log = logging.getLogger(__name__)

Context = ContextTypes.DEFAULT_TYPE
OnMessage = Callable[[Message, User], Awaitable[None]]
OnTap = Callable[[Tap], Awaitable[None]]

COMMANDS = (
    "start",
    "help",
    "relax",
    "music",
    "checkin",
    "mood",
    "letter",
    "settings",
    "privacy",
    "export",
    "forget",
)
"""In the order of Telegram's menu."""

_SAID = filters.UpdateType.MESSAGE & ~filters.StatusUpdate.ALL
_NOTES = _SAID & ~filters.COMMAND


class Memory(
    Ledger,
    People,
    Recordings,
    Archive,
    Shelves,
    Usage,
    Register,
    Appointments,
    Agenda,
    Tally,
    Diary,
    Marks,
    Corrected,
    Experience,
    Album,
    Subscriptions,
    Letterbox,
    Memoirs,
    Shelf,
    Protocol,
):
    """All that the bot needs remembered."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the bot speaks for."""

    conversation: Conversation
    content: Content
    memory: Memory
    speaker: Speaker
    clock: Clock = field(default=lambda: datetime.now(UTC))
    voices: Offer = field(default=lambda _: ())
    """What the speaker offers to choose from."""
    engines: Engines = field(default=dict)
    pulse: Pulse = field(default_factory=Pulse)
    jukebox: Jukebox | None = None
    """Where there is none, music is searched for on a public page."""
    explainer: Explainer | None = None
    """Where there is none, nobody is offered to be told why."""
    note_taker: NoteTaker | None = None
    """Where there is none, older talk is not summed up."""


@dataclass(frozen=True, slots=True, eq=False)
class Desks:
    """Who answers what."""

    guests: Guests
    door: Door
    groups: Groups
    welcome: Welcome
    preferences: Preferences
    owner: Owner
    mydata: MyData
    relaxation: Relaxation
    music: MusicDesk
    checkins: Checkins
    rounds: Rounds
    scores: Scores
    card: HelpCard
    notes: Notes
    walk: Attended
    corrections: Corrections
    verdicts: Verdicts
    reasons: ReasonsDesk
    mood: MoodDesk
    letters: LetterDesk
    letter_rounds: Rounds

    @classmethod
    def of(cls, settings: Settings, parts: Parts, line: Line) -> "Desks":
        content = parts.content
        guests, sessions = Guests(parts.memory, content), Sessions(parts.speaker, parts.memory)
        owner = Owner(guests, parts.memory, settings, parts.engines)
        rationed = Rationed(parts.conversation, parts.memory, settings.daily_quota, parts.clock)
        watched = Watched(Measured(rationed, owner.figures), parts.memory)
        walk = Attended(watched, parts.clock)
        relaxation = Relaxation(guests, content, sessions, walk.engage)
        card = HelpCard(guests, content, relaxation.ground)
        welcome = Welcome(guests, settings)
        answers = Answers(content, card, settings, explains=parts.explainer is not None)
        door = Door(settings, parts.conversation, guests, card)
        asking = Asking(guests, sessions, parts.memory, parts.clock)
        checkins = Checkins(guests, content, parts.memory, parts.clock)
        post = Post(guests, sessions, parts.memory, parts.clock)
        audience = Audience(door.serves, walk.talked)
        return cls(
            guests=guests,
            door=door,
            groups=Groups(walk, door, guests, answers),
            welcome=welcome,
            preferences=Preferences(
                guests, content, Voices(parts.speaker, parts.voices), settings.keeping
            ),
            owner=owner,
            mydata=MyData(guests, parts.memory, settings, line),
            relaxation=relaxation,
            music=MusicDesk(
                guests, parts.memory, Sources(content.music, parts.jukebox), parts.clock
            ),
            checkins=checkins,
            rounds=Rounds(parts.memory, asking.ask, audience, parts.clock),
            scores=Scores(guests, parts.memory, parts.clock),
            card=card,
            notes=Notes(walk, parts.memory, welcome, answers),
            walk=walk,
            corrections=Corrections(guests, parts.memory),
            verdicts=Verdicts(guests, content, parts.memory, parts.clock),
            reasons=ReasonsDesk(guests, parts.memory, parts.explainer, 60 * settings.longest_note),
            mood=MoodDesk(guests, parts.memory, parts.clock),
            letters=LetterDesk(guests, parts.memory, parts.clock, checkins.whereabouts),
            letter_rounds=Rounds(Postmark(parts.memory), post.send, audience, parts.clock),
        )


def build(settings: Settings, parts: Parts) -> Bot:
    """The whole bot, ready for `serving.serve`. Raises ValueError where there is no token."""
    keep_discreet()

    async def arrived(update: Update) -> None:
        if update.message is None or not _NOTES.check_update(update):
            return
        if desks.door.welcomes(update):
            await desks.notes.arrived(update.message)

    order = InOrder(arrived)
    desks, clockwork = Desks.of(settings, parts, order.line), Clockwork()
    persona = parts.content.persona
    recollecting = Recollecting(parts.memory, parts.note_taker, persona, parts.clock)

    async def prepare(bot: Bot) -> None:
        waiting = await desks.notes.unanswered()
        bot.create_task(desks.notes.take_up(bot.bot, waiting, order.line))
        housekeeping = Housekeeping(parts.memory, settings.keeping, parts.clock)
        bot.create_task(housekeeping.tidy())
        recollect = partial(recollecting.look, desks.walk)
        clockwork.start(Jobs(partial(look, bot.bot), housekeeping.tidy, recollect))
        await _name_commands(bot, parts.content)

    async def look(telegram: TelegramBot) -> None:
        await desks.rounds.begin(telegram)
        await desks.letter_rounds.begin(telegram)

    async def wind_down(_: Bot) -> None:
        clockwork.stop()
        await asyncio.gather(desks.rounds.stop(), desks.letter_rounds.stop())

    bot = (
        connection(settings, parts.pulse)
        .concurrent_updates(order)
        .post_init(prepare)
        .post_stop(wind_down)
        .build()
    )
    _route(bot, desks)
    return bot


def _route(bot: Bot, desks: Desks) -> None:
    """The door before everything; then one handler for each update."""

    async def check(update: Update, _: Context) -> None:
        await desks.groups.check(update)
        await desks.door.check(update)

    bot.add_handler(TypeHandler(Update, check), group=-1)
    for name, desk in {
        "start": desks.welcome.start,
        "help": desks.welcome.help,
        "privacy": desks.mydata.privacy,
        "export": desks.mydata.export,
        "forget": desks.mydata.ask_to_forget,
        "stats": desks.owner.stats,
        "settings": desks.preferences.show,
        "relax": desks.relaxation.relax,
        "music": desks.music.command,
        "checkin": desks.checkins.command,
        "mood": desks.mood.command,
        "letter": desks.letters.command,
    }.items():
        bot.add_handler(CommandHandler(name, _message(desk), filters.UpdateType.MESSAGE))
    bot.add_handler(MessageHandler(_SAID & filters.COMMAND, _message(desks.welcome.unknown)))

    async def take(message: Message, user: User) -> None:
        if not await desks.checkins.take(message, user):
            await desks.notes.take(message, user)

    bot.add_handler(MessageHandler(_NOTES, _message(take)))
    for subject, tapped in {
        keyboards.FEELINGS: desks.welcome.chose_feelings,
        keyboards.ADULT: desks.welcome.chose_adult,
        keyboards.SETTING: desks.preferences.chose,
        keyboards.KIND: desks.relaxation.chose_kind,
        keyboards.EXERCISE: desks.relaxation.chose_exercise,
        MUSIC: desks.music.chose,
        keyboards.HELP: desks.card.lead_on,
        keyboards.COUNTRY: desks.card.chose_country,
        keyboards.FORGET: desks.mydata.decided,
        dials.CHECKIN: desks.checkins.chose,
        dials.ZONE: desks.checkins.whereabouts.chose,
        dials.SCORE: desks.scores.scored,
        dials.MOOD: desks.mood.chose,
        dials.LETTER: desks.letters.chose,
        corrections.FELT: desks.corrections.chose,
        reasons.WHY: desks.reasons.asked,
        verdicts.RATE: desks.verdicts.rated,
        verdicts.ANOTHER: desks.verdicts.another,
    }.items():
        bot.add_handler(CallbackQueryHandler(_tap(tapped), rf"^{subject}:"))
    bot.add_handler(CallbackQueryHandler(_tap(desks.welcome.chose_something_old)))
    bot.add_error_handler(_failed(desks.guests))


def _message(desk: OnMessage) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
    async def handle(update: Update, _: Context) -> None:
        if update.message is not None and update.message.from_user is not None:
            await desk(update.message, update.message.from_user)

    return handle


def _tap(desk: OnTap) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
    async def handle(update: Update, _: Context) -> None:
        await desk(Tap.of(update))

    return handle


def _failed(guests: Guests) -> Callable[[object, Context], Coroutine[Any, Any, None]]:
    """What nobody foresaw: told to the user in a sentence, and to the log without a word of it."""

    async def handle(update: object, context: Context) -> None:
        user = update.effective_user if isinstance(update, Update) else None
        who = "nobody" if user is None else f"user {user.id}"
        error = context.error
        if isinstance(error, Forbidden):
            log.info("%s has blocked the bot", who)
        elif error is not None:
            log.error("%s: %s", who, outline(error))
            if isinstance(update, Update) and user is not None:
                key = error.text if isinstance(error, EchoMindError) else EchoMindError.text
                await _apologise(update, user, guests.texts(await guests.at_best(user))(key))
        raise ApplicationHandlerStop  # a door that broke lets nobody through

    return handle


async def _apologise(update: Update, user: User, words: str) -> None:
    with suppress(TelegramError):
        if update.callback_query is not None:
            await Tap.of(update).acknowledge()
        chat = update.effective_chat
        await write(update.get_bot(), Address(user.id if chat is None else chat.id), html(words))


async def _name_commands(bot: Bot, content: Content) -> None:
    """Telegram's menu, in every language; English for those that have none."""
    for language in reversed(content.languages):
        texts = content.texts(language)
        named = [BotCommand(name, texts(f"command.{name}")) for name in COMMANDS]
        code = None if language == content.languages[0] else language
        try:
            await bot.bot.set_my_commands(named, language_code=code)
        except TelegramError as error:
            log.warning("the menu of commands was not set: %s", outline(error))
            return
