"""/music: something to hear that goes with a feeling, or leads on from it.

Which music that is, pipeline/music.py decides. A track comes from the jukebox where the owner has
one; without one, and whenever it fails, a search on a public page does. The help card never leads
here.
"""

import logging
from dataclasses import dataclass, replace
from typing import Protocol

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message, User
from telegram.constants import ChatAction

from bot import keyboards
from bot.guests import Guests
from bot.logs import outline
from bot.pieces import html
from bot.progress import showing
from bot.sending import Address, write
from bot.taps import Tap
from pipeline import music
from pipeline.adaptation import own_reading
from pipeline.catalogue import Texts
from pipeline.errors import EngineError
from pipeline.mood import read_mood
from pipeline.music import Music, Way, Wish
from pipeline.ports import Clock, Jukebox
from pipeline.values import Answer, Emotion, Entry, History, Person, Track
from pipeline.wishes import wants_music

log = logging.getLogger(__name__)

MUSIC = "music"
"""Subject of the buttons: music:play:<way>:<feeling>:<turn>, music:turn:…, music:ask, which asks
for the feeling in place, or music:choose, which asks in a message of its own."""
LAST_TURN = 9_999


class Felt(Protocol):
    """What somebody felt of late, oldest first. Raises StoreError."""

    async def feelings_of(self, user: int) -> tuple[Entry, ...]: ...


@dataclass(frozen=True, slots=True)
class Sources:
    """Where music comes from."""

    music: Music
    jukebox: Jukebox | None
    """None where the owner has none."""


class MusicDesk:
    """Finds music for a feeling. Raises TelegramError and StoreError."""

    def __init__(self, guests: Guests, felt: Felt, sources: Sources, clock: Clock) -> None:
        self._guests = guests
        self._felt = felt
        self._sources = sources
        self._clock = clock

    async def command(self, message: Message, user: User) -> None:
        """/music: for how the user feels, if that is clear; with a feeling after it, for that."""
        person = await self._guests.know(user)
        texts = self._guests.texts(person)
        words = " ".join((message.text or "").casefold().split()[1:])
        named = next((feeling for feeling in Emotion if words in _names(feeling, texts)), None)
        if named is not None:
            wanted: Wish | None = Wish(named, turn=self._first_turn())
        else:
            wanted = None if words else await self._for_mood(person)
        to = Address(message.chat_id, message.message_id)
        if wanted is None:
            await write(message.get_bot(), to, html(texts("music.ask")), self._menu(texts))
            return
        async with showing(message.get_bot(), to.chat, ChatAction.TYPING):
            await write(message.get_bot(), to, *await self._lay_out(wanted, texts))

    async def chose(self, tap: Tap) -> None:
        """Another feeling, another way or another one; the message changes in place."""
        await tap.acknowledge()
        texts = self._guests.texts(await self._guests.know(tap.user))
        verb, _, rest = tap.choice.partition(":")
        wanted = _read(rest)
        if verb == "choose":
            await write(tap.bot, tap.chat, html(texts("music.ask")), self._menu(texts))
        elif verb == "ask" or wanted is None:
            await tap.change_to(html(texts("music.ask")), self._menu(texts))
        elif verb == "play":
            await self._play(tap.bot, tap.chat, wanted, texts)
        else:
            await tap.change_to(*await self._lay_out(wanted, texts))

    async def _play(self, bot: Bot, to: Address, wanted: Wish, texts: Texts) -> None:
        """In a message of its own: the button hung under something that stays."""
        async with showing(bot, to.chat, ChatAction.TYPING):
            fresh = replace(wanted, turn=self._first_turn())
            await write(bot, to, *await self._lay_out(fresh, texts))

    async def _for_mood(self, person: Person) -> Wish | None:
        if not person.reads_feelings:
            return None
        entries = await self._felt.feelings_of(person.id)
        mood = read_mood(own_reading(History(entries=entries)), self._clock())
        return music.wish(mood, self._first_turn())

    def _first_turn(self) -> int:
        """Another each day."""
        return self._clock().toordinal() % 60

    def _menu(self, texts: Texts) -> InlineKeyboardMarkup:
        turn = self._first_turn()
        return keyboards.rows(
            keyboards.by_two(
                [
                    (texts.many(f"music.feeling.{one}")[0], _data("turn", Wish(one, turn=turn)))
                    for one in Emotion
                ]
            )
        )

    async def _lay_out(self, wanted: Wish, texts: Texts) -> tuple[str, InlineKeyboardMarkup]:
        """HTML and buttons of one piece of music, or of a search for it."""
        search = music.search(self._sources.music, wanted)
        genre = texts(f"music.genre.{search.genre}")
        lines = [texts(f"music.{wanted.way}", genre=genre)]
        track = await self._track(wanted)
        if track is None:
            lines.append(texts("music.search"))
            label, link = "look", music.link(self._sources.music, search)
        else:
            lines.append(texts("music.track", title=track.title, artist=track.artist))
            label, link = "listen", track.link
        way = wanted.way.other
        below = [
            (texts(f"music.button.{way}"), _data("turn", replace(wanted, way=way))),
            (texts("button.another"), _data("turn", replace(wanted, turn=wanted.turn + 1))),
        ]
        choices = keyboards.rows([below, [(texts("music.button.other"), f"{MUSIC}:ask")]])
        opens = InlineKeyboardButton(texts(f"music.button.{label}"), url=link)
        return html("\n".join(lines)), InlineKeyboardMarkup([[opens], *choices.inline_keyboard])

    async def _track(self, wanted: Wish) -> Track | None:
        if self._sources.jukebox is None:
            return None
        try:
            return await self._sources.jukebox.find(music.search(self._sources.music, wanted))
        except EngineError as error:
            log.info("no track, a search instead: %s", outline(error))
            return None


def offer(answer: Answer, texts: Texts) -> InlineKeyboardMarkup | None:
    """Under an answer to somebody who asks for music; or that suggests nothing else to somebody
    who clearly feels something."""
    if answer.crisis or answer.suggestion is not None:
        return None
    is_asked = wants_music(answer.heard.words, texts)
    if not is_asked and not music.worth_offering(answer.mood):
        return None
    wanted = music.wish(answer.mood, turn=0)
    if wanted is None and not is_asked:
        return None
    data = f"{MUSIC}:choose" if wanted is None else _data("play", wanted)
    return keyboards.rows([[(texts("music.button.offer"), data)]])


def _names(feeling: Emotion, texts: Texts) -> set[str]:
    """What somebody may type for a feeling."""
    return {name.casefold() for name in (feeling.value, *texts.many(f"music.feeling.{feeling}"))}


def _data(verb: str, wanted: Wish) -> str:
    turn = min(wanted.turn, LAST_TURN)
    return f"{MUSIC}:{verb}:{wanted.way}:{wanted.emotion}:{turn}"


def _read(choice: str) -> Wish | None:
    """What a button of `_data` asks for; None for anything else."""
    match choice.split(":"):
        case [way, emotion, turn] if (
            way in set(Way) and emotion in set(Emotion) and turn.isdecimal() and len(turn) <= 4
        ):
            return Wish(Emotion(emotion), Way(way), int(turn))
    return None
