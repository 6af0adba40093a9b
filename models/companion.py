"""Who writes the reply: a model served by Ollama, and the built-in listener under it. The same
model takes notes.

A user's words only ever go to the model as a user's turn, never into the system text. What the
model writes is made speakable by `pipeline/reply.py`; what the reply is about is `prompt.py`'s.
"""

import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace

from models.ladder import Readiness
from models.ollama_server import OllamaServer, OllamaSettings
from pipeline.catalogue import Texts
from pipeline.errors import EngineError
from pipeline.listener import listen
from pipeline.reply import spoken
from pipeline.values import Prompt, Sentence

log = logging.getLogger(__name__)

LEISURE = 5
"""Times the patience of somebody who waits."""
SOBER = 0.2
"""Temperature for notes."""
SOON = 8.0
"""Seconds that a word about a message may take; the reply waits for it."""
ONE_WORD = 8
"""Tokens."""
_ROLES = {"user": "user", "companion": "assistant"}


class Ollama:
    """One model of one Ollama server."""

    def __init__(self, settings: OllamaSettings) -> None:
        """Raises ValueError where the host is no address."""
        self._settings = settings
        self._server = OllamaServer(settings)

    @property
    def name(self) -> str:
        return f"ollama {self._settings.model}"

    async def check(self) -> Readiness:
        """Asks the server for its models; one that has no list is taken at its word."""
        model = self._settings.model
        try:
            models = await self._server.models()
        except EngineError as error:
            return Readiness(
                False, f"{error}; install and start it, then run `ollama pull {model}`"
            )
        if models is None:
            return Readiness(True, f"something answers at {self._settings.host}")
        if models & {model, f"{model}:latest"}:
            return Readiness(True, f"served by {self._settings.host}")
        return Readiness(False, f"run `ollama pull {model}`")

    async def warm(self) -> None:
        """Have the model loaded before the first note. Raises EngineError."""
        readiness = await self.check()
        if not readiness.ready:
            raise EngineError(readiness.note)
        await self._server.load()

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Sentence, None]:
        """As `ports.Companion`: whatever breaks after a finished sentence only ends the reply."""
        begun = False
        async with aclosing(self._server.write(to_messages(prompt))) as written:
            try:
                async for text in spoken(written, prompt.language):
                    begun = True
                    yield Sentence(text, self.name)
            except EngineError as error:
                if not begun:
                    raise
                log.warning("%s ended a reply early: %s", self.name, error)
        if not begun:
            raise EngineError("it wrote nothing that can be spoken")


class OllamaJudge:
    """The same model of the same server, asked for one word about what somebody said."""

    def __init__(self, settings: OllamaSettings) -> None:
        """Raises ValueError where the host is no address."""
        patience = replace(settings.patience, connect=1.0, first=SOON, between=1.0, whole=SOON)
        settings = replace(settings, patience=patience, temperature=0.0, longest_reply=ONE_WORD)
        self._server = OllamaServer(settings)

    async def judge(self, instruction: str, words: str) -> str:
        """As `ports.Judge`."""
        return await _written(self._server, instruction, words)


class OllamaNotes:
    """The same model of the same server, asked for notes while nobody waits for a reply.

    It is asked with the same context, so that Ollama has not to load the model anew; but it may
    take its time, since a slow machine reads a long prompt for minutes, and is to invent little.
    """

    def __init__(self, settings: OllamaSettings) -> None:
        """Raises ValueError where the host is no address."""
        given = settings.patience
        patience = replace(given, first=LEISURE * given.first, whole=LEISURE * given.whole)
        settings = replace(settings, patience=patience, temperature=SOBER)
        self._server = OllamaServer(settings)

    async def take_notes(self, instruction: str, material: str) -> str:
        """As `ports.NoteTaker`; a text that breaks off is none."""
        return await _written(self._server, instruction, material)


async def _written(server: OllamaServer, instruction: str, material: str) -> str:
    """All that the model writes. Raises EngineError."""
    messages = [
        {"role": "system", "content": instruction},
        {"role": "user", "content": material},
    ]
    async with aclosing(server.write(messages)) as written:
        return "".join([piece async for piece in written])


def to_messages(prompt: Prompt) -> list[dict[str, str]]:
    """The prompt in Ollama's form: one system message, then the turns in their roles."""
    turns = [{"role": _ROLES[turn.speaker], "content": turn.words} for turn in prompt.turns]
    return [{"role": "system", "content": prompt.system}, *turns]


class BuiltInListener:
    """Reflects the words and the feeling back from `prompts/`; needs nothing and never fails."""

    name = "built-in listener"

    def __init__(self, texts: Mapping[str, Texts]) -> None:
        """`texts` by ISO 639-1 language; English must be among them."""
        self._texts = texts

    async def check(self) -> Readiness:
        return Readiness(True, "inside EchoMind; reflects rather than converses")

    async def warm(self) -> None:
        """There is nothing to load."""

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Sentence, None]:
        texts = self._texts.get(prompt.language, self._texts["en"])
        for text in listen(prompt, texts):
            yield Sentence(text, self.name)
