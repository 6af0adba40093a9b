"""Composition and command line: the only file that names adapters.

`python run_bot.py` starts the bot; `answer`, `feel`, `check` and `crisis` try its parts.
"""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError
from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot import app, commands, serving
from bot.commands import BAD_INPUT, DONE, complain, sentence
from bot.health import Health, PortTaken, answering
from bot.logs import keep_discreet
from bot.settings import Settings, complaints, misspelt
from models.companion import BuiltInListener, Ollama, OllamaJudge, OllamaNotes
from models.emotion.explaining import Explainer
from models.emotion.inference import in_torch, on_cpu
from models.emotion.recognizer import CnnLstmRecognizer
from models.ladder import (
    FirstCompanion,
    FirstSpeaker,
    FirstTranscriber,
    Ladder,
    Readiness,
    Surveyed,
)
from models.music import Credentials, Spotify
from models.ollama_server import OllamaSettings
from models.speech import EDGE_VOICES, EdgeTts
from models.speech_local import EspeakNg, Piper
from models.sphinx import PocketSphinx
from models.whisper import FasterWhisper, WhisperSettings
from pipeline import content
from pipeline.content import Content
from pipeline.conversation import Conversation, World
from pipeline.errors import EchoMindError, EngineError, StoreError
from pipeline.listening import Listeners
from pipeline.speaking import Narrator
from storage.sqlite import SqliteStore

HOME = Path(__file__).parent
PROMPTS = HOME / "prompts"
SAMPLE = HOME / "bot" / "sample" / "note.ogg"


def clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class House:
    """The engines and the words, put together once."""

    settings: Settings

    @cached_property
    def content(self) -> Content:
        """Raises ContentError."""
        return content.load(PROMPTS)

    @cached_property
    def transcriber(self) -> FirstTranscriber:
        settings = WhisperSettings(self.settings.whisper_model, self.settings.whisper_device)
        return FirstTranscriber([FasterWhisper(settings), PocketSphinx()])

    @cached_property
    def recognizer(self) -> CnnLstmRecognizer:
        """Raises EngineError where the weights are missing or broken."""
        runs = in_torch if self.settings.emotion_device == "cuda" else on_cpu
        return CnnLstmRecognizer(runs=runs)

    @property
    def model(self) -> OllamaSettings:
        return OllamaSettings(self.settings.ollama_host, self.settings.ollama_model)

    @cached_property
    def companion(self) -> FirstCompanion:
        return FirstCompanion([Ollama(self.model), BuiltInListener(self.content.by_language)])

    @cached_property
    def speaker(self) -> FirstSpeaker:
        piper = self.settings.piper_voice
        online = [EdgeTts()] if self.settings.online_voice else []
        speaker = FirstSpeaker([*online, *([Piper(piper)] if piper else []), EspeakNg()])
        speaker.usual = self.settings.voice
        return speaker

    def voices(self, language: str) -> Sequence[str]:
        """What a user may choose from; offline there is a woman's voice and a man's."""
        known = EDGE_VOICES.get(language, ())
        return known if self.settings.online_voice else known[:2]

    @cached_property
    def jukebox(self) -> Spotify | None:
        """None where the owner has no credentials: music is then linked to."""
        name, secret = self.settings.spotify_id, self.settings.spotify_secret
        if name is None or secret is None:
            return None
        return Spotify(Credentials(name, secret.get_secret_value()))

    def world(self, store: SqliteStore) -> World:
        """What the walk meets. Raises ContentError and EngineError."""
        return World(
            listeners=Listeners(self.transcriber, self.recognizer),
            companion=self.companion,
            narrator=Narrator(self.speaker),
            store=store,
            people=store,
            content=self.content,
            clock=clock,
            longest_note=self.settings.longest_note * 60,
            sureness=self.settings.sureness,
            words_feeling=self.settings.words_feeling,
            judge=OllamaJudge(self.model),
        )

    def parts(self, store: SqliteStore) -> app.Parts:
        """What the bot speaks for."""
        return app.Parts(
            conversation=Conversation(self.world(store)),
            content=self.content,
            memory=store,
            speaker=self.speaker,
            clock=clock,
            voices=self.voices,
            engines=self.serving,
            jukebox=self.jukebox,
            explainer=Explainer(self.recognizer),
            note_taker=OllamaNotes(self.model),
        )

    @property
    def ladders(self) -> Mapping[str, Ladder[Any]]:
        return {
            "transcriber": self.transcriber,
            "companion": self.companion,
            "speaker": self.speaker,
        }

    def serving(self) -> Mapping[str, str | None]:
        """Who does the work of each port; None where nobody was found yet."""
        found = {port: ladder.serving for port, ladder in self.ladders.items()}
        return {**found, "recognizer": self.recognizer.engine}

    def store(self) -> AbstractAsyncContextManager[SqliteStore]:
        """What is remembered; raises StoreError when it is entered."""
        key = self.settings.words_key
        plain = None if key is None else key.get_secret_value()
        return SqliteStore.open(self.settings.database, clock, words_key=plain)

    @asynccontextmanager
    async def conversation(self) -> AsyncIterator[Conversation]:
        """For one note: only what it cannot go on without is loaded first."""
        async with self.store() as store:
            await asyncio.gather(self.transcriber.warm(), self.speaker.warm())
            yield Conversation(self.world(store))

    async def warm(self) -> None:
        """Load the best engine of each port, and tell the owner which one serves."""
        await asyncio.gather(*(ladder.warm() for ladder in self.ladders.values()))

    async def music(self) -> Sequence[Surveyed]:
        """What /music finds; nothing is broken without an account."""
        if self.jukebox is None:
            found = Readiness(False, "set ECHOMIND_SPOTIFY_ID and ECHOMIND_SPOTIFY_SECRET")
        else:
            found = await self.jukebox.check()
        link = Readiness(True, "a button that opens a search for the music")
        return (
            Surveyed("spotify", found, serves=found.ready),
            Surveyed("search link", link, serves=not found.ready),
        )

    async def essentials(self) -> Mapping[str, Readiness]:
        return {
            "emotion": _check_recognizer(self),
            "database": await _check_database(self),
            "telegram": await _check_telegram(self.settings),
        }


async def start(house: House, _: argparse.Namespace) -> int:
    """The bot on Telegram; without a token, the sample note."""
    if house.settings.telegram_token is None:
        return await sample(house)
    async with house.store() as store:
        parts = house.parts(store)
        bot = app.build(house.settings, parts)
        health = Health(
            lambda: serving.listens(bot, house.settings, parts.pulse), store, house.serving
        )
        warming = asyncio.create_task(house.warm())
        try:
            async with answering(house.settings.health_port, health):
                await serving.serve(bot, house.settings)
        except (serving.TokenRejected, PortTaken) as error:
            complain(str(error))
            return BAD_INPUT
        finally:
            warming.cancel()
    return DONE


async def sample(house: House) -> int:
    print(
        "No Telegram token is set (ECHOMIND_TELEGRAM_TOKEN in .env), "
        f"so the sample note answers for one: {SAMPLE.relative_to(HOME)}\n",
        flush=True,
    )
    arguments = argparse.Namespace(note=SAMPLE, out=Path("reply.ogg"), user=0, json=False)
    return await commands.answer(house, arguments)


def _check_recognizer(house: House) -> Readiness:
    try:
        return Readiness(True, f"{house.recognizer.engine}, inside the repository")
    except EngineError as error:
        return Readiness(False, str(error))


async def _check_database(house: House) -> Readiness:
    try:
        async with house.store():
            return Readiness(True, str(house.settings.database))
    except StoreError as error:
        return Readiness(False, str(error))


async def _check_telegram(settings: Settings) -> Readiness:
    """Without a token there is nothing to be wrong; with one, Telegram must know it."""
    if settings.telegram_token is None:
        return Readiness(True, "no token; set ECHOMIND_TELEGRAM_TOKEN to the one from @BotFather")
    base, files = settings.bot_api
    try:
        async with Bot(settings.telegram_token.get_secret_value(), base, files) as bot:
            return Readiness(True, f"@{bot.username}")
    except InvalidToken:
        return Readiness(False, "Telegram does not know this token; ask @BotFather for it again")
    except TelegramError as error:
        return Readiness(False, f"{urlsplit(base).netloc} cannot be reached ({error})")


def _log(settings: Settings, chatty: bool) -> None:
    """One line an event on standard error; the commands keep quiet but for what breaks."""
    level = logging.getLevelName(settings.log_level)
    logging.basicConfig(
        level=level if chatty else max(level, logging.ERROR),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    keep_discreet()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run_bot.py",
        description="EchoMind, a voice companion on Telegram. Without a command, the bot starts.",
        epilog="Settings come from ECHOMIND_… in the environment or in .env; see .env.example.",
    )
    parser.set_defaults(command=start)
    parts = parser.add_subparsers(metavar="command", title="commands")

    one = parts.add_parser("answer", help="answer one recording, and show the whole walk")
    one.add_argument("note", type=Path, metavar="NOTE", help="a recording of any common kind")
    one.add_argument("--out", type=Path, metavar="REPLY.ogg", help="write the spoken reply here")
    one.add_argument("--user", type=int, default=0, metavar="ID", help="whose history (default 0)")
    one.add_argument("--json", action="store_true", help="print one JSON object")
    one.set_defaults(command=commands.answer)

    many = parts.add_parser("feel", help="tell the feeling in recordings, a line a file")
    many.add_argument("files", nargs="+", metavar="FILE", help="a recording of any common kind")
    many.add_argument("--json", action="store_true", help="print one JSON object a line")
    many.set_defaults(command=commands.feel)

    parts.add_parser(
        "check", help="tell which engines are there, and what would be needed for better ones"
    ).set_defaults(command=commands.check)
    parts.add_parser(
        "health", help="ask the running bot how it is; ends with 0 where it is well, else 1"
    ).set_defaults(command=commands.health)
    parts.add_parser(
        "key", help="print a new key for ECHOMIND_WORDS_KEY, which encrypts words in the database"
    ).set_defaults(command=commands.key)
    parts.add_parser(
        "crisis", help="read `language<TAB>message` lines; print 1 where the help card answers"
    ).set_defaults(command=commands.crisis)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Exit codes: 0 done, 1 the bot could not run, 2 bad usage or bad input."""
    arguments = _parser().parse_args(argv)
    try:
        house = House(Settings())
    except ValidationError as error:
        for line in complaints(error):
            complain(line)
        return BAD_INPUT
    for line in misspelt(os.environ):
        complain(line)
    _log(house.settings, chatty=arguments.command is start)
    try:
        code: int = asyncio.run(arguments.command(house, arguments))
        return code
    except EchoMindError as error:
        complain(sentence(house, error))
        return BAD_INPUT
    except KeyboardInterrupt:
        return DONE


if __name__ == "__main__":
    sys.exit(main())
