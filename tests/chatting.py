"""The real bot on the loopback Bot API, over fakes of everything that is heard, thought and spoken.

A test plays the user through `Scene.chat`, and finds in `Scene` every fake that the bot meets.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from bot.app import Parts, build
from bot.health import Engines, Pulse
from bot.local.chat import Chat
from bot.local.server import LocalServer
from bot.serving import serve
from bot.settings import Settings
from bot.voices import Offer
from pipeline import content
from pipeline.content import Content
from pipeline.conversation import Conversation, World
from pipeline.listening import Listeners
from pipeline.ports import Companion, Explainer, Jukebox, Transcriber
from pipeline.speaking import Narrator
from pipeline.values import Person
from tests.fakes import FakeCompanion, FakeRecognizer, FakeSpeaker, FakeStore, FakeTranscriber

NOTE = (Path(__file__).parent / "data" / "voice-note-george-7190.ogg").read_bytes()
"""A human voice, as Telegram sends one."""


@cache
def words() -> Content:
    return content.load(Path(__file__).parents[1] / "prompts")


@dataclass
class Scene:
    """One Telegram, one memory, and the engines; a bot may come and go."""

    server: LocalServer
    transcriber: Transcriber = field(default_factory=lambda: FakeTranscriber("work was hard"))
    recognizer: FakeRecognizer = field(default_factory=FakeRecognizer)
    companion: Companion = field(default_factory=FakeCompanion)
    speaker: FakeSpeaker = field(default_factory=FakeSpeaker)
    store: FakeStore = field(default_factory=FakeStore)
    voices: Offer = field(default=lambda _: ())
    engines: Engines = field(default=dict)
    pulse: Pulse = field(default_factory=Pulse)
    jukebox: Jukebox | None = None
    explainer: Explainer | None = None

    def chat(self, user: int = 1001, **known: Any) -> Chat:
        """The chat of somebody who has been introduced; `known` changes what is known of them."""
        self.store.people[user] = replace(Person(user, name="Ada", introduced=True), **known)
        return self.server.chat(user)

    def settings(self, **chosen: Any) -> Settings:
        return Settings(
            _env_file=None,
            telegram_token=self.server.token,
            telegram_base_url=f"http://127.0.0.1:{self.server.port}",
            **chosen,
        )

    def parts(self, settings: Settings) -> Parts:
        world = World(
            listeners=Listeners(self.transcriber, self.recognizer),
            companion=self.companion,
            narrator=Narrator(self.speaker),
            store=self.store,
            people=self.store,
            content=words(),
            clock=self.store.clock,
            longest_note=settings.longest_note * 60,
            sureness=settings.sureness,
        )
        return Parts(
            conversation=Conversation(world),
            content=words(),
            memory=self.store,
            speaker=self.speaker,
            clock=self.store.clock,
            voices=self.voices,
            engines=self.engines,
            pulse=self.pulse,
            jukebox=self.jukebox,
            explainer=self.explainer,
        )

    @asynccontextmanager
    async def bot(self, grace: float = 5.0, **chosen: Any) -> AsyncIterator[None]:
        """The bot listens for the length of a block; `grace` is what its end leaves to answers."""
        settings, stop = self.settings(**chosen), asyncio.Event()
        bot = build(settings, self.parts(settings))
        serving = asyncio.create_task(serve(bot, settings, stop, grace))
        try:
            yield
        finally:
            stop.set()
            await serving


async def soon(holds: Callable[[], Any], within: float = 5.0) -> None:
    """Wait until something that no call to Telegram tells of is so; TimeoutError otherwise."""
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.005)
