"""A conversation with one Ollama server: its protocol, its faults, and how long each may take.

Every fault leaves here as an EngineError with one plain reason. What is said to the model and
what becomes of its words is `companion.py`'s business.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import ollama

from pipeline.errors import EngineError

log = logging.getLogger(__name__)

_NONSENSE = (ValueError, TypeError, AttributeError)
"""What the client raises where the server sends no JSON, or JSON of another shape."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long Ollama may take, in seconds."""

    connect: float = 3.0
    first: float = 45.0
    """Until the first written word: a model may have to be loaded, a prompt to be read."""
    between: float = 15.0
    """Between two pieces of a reply."""
    whole: float = 120.0
    """For the reply altogether."""
    load: float = 300.0
    """For loading the model at start."""


@dataclass(frozen=True, slots=True)
class OllamaSettings:
    """Where the model is and how it is asked."""

    host: str = "http://127.0.0.1:11434"
    model: str = "llama3.2:3b"
    context: int = 4096
    """Tokens; the same in every call, because another value makes Ollama load the model anew."""
    longest_reply: int = 400
    """Tokens."""
    temperature: float = 0.7
    keep_alive: str = "30m"
    """How long Ollama keeps the model loaded after a reply."""
    patience: Patience = field(default_factory=Patience)


class OllamaServer:
    """One model of one server."""

    def __init__(self, settings: OllamaSettings) -> None:
        """Raises ValueError where the host is no address."""
        self._settings = settings
        self._think: bool | None = False
        """None once the server has refused the option, which is left out from then on."""
        address = settings.host if "//" in settings.host else f"http://{settings.host}"
        self._local = urlsplit(address).hostname in ("127.0.0.1", "localhost", "::1")
        # Reading the certificates takes longer than a loopback call, so it is done once.
        self._verify = ssl.create_default_context() if address.startswith("https") else False

    async def models(self) -> frozenset[str] | None:
        """The names of the models it has; None where it cannot tell. Raises EngineError."""
        connect = self._settings.patience.connect
        try:
            async with asyncio.timeout(connect + 2.0), self._client(connect) as client:
                listed = await client.list()
        except (ollama.ResponseError, *_NONSENSE):
            return None
        except (ConnectionError, httpx.HTTPError, TimeoutError) as error:
            raise EngineError(f"no Ollama answers at {self._settings.host}") from error
        return frozenset(entry.model for entry in listed.models if entry.model)

    async def load(self) -> None:
        """Have the model loaded before it is needed. Raises EngineError."""
        longest = self._settings.patience.load
        try:
            async with asyncio.timeout(longest), self._client(longest) as client:
                await client.generate(
                    self._settings.model,
                    options=self._options(),
                    keep_alive=self._settings.keep_alive,
                )
        except (ollama.ResponseError, *_NONSENSE):
            log.info("ollama %s cannot be loaded in advance", self._settings.model)
        except (ConnectionError, httpx.HTTPError, TimeoutError) as error:
            raise EngineError("the model was not loaded in time") from error

    async def write(self, messages: Sequence[dict[str, str]]) -> AsyncGenerator[str, None]:
        """What the model writes, piece by piece, within all limits of time. Raises EngineError."""
        try:
            async with aclosing(self._streamed(messages)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        except _ThinkRefused:
            self._think = None
        async with aclosing(self._streamed(messages)) as pieces:
            async for piece in pieces:
                yield piece

    async def _streamed(self, messages: Sequence[dict[str, str]]) -> AsyncGenerator[str, None]:
        """The pieces of one call; what a model only thinks counts as nothing written."""
        patience = self._settings.patience
        clock = asyncio.get_running_loop().time
        end = clock() + patience.whole
        first: float | None = clock() + patience.first
        done = False
        async with aclosing(self._chat(messages)) as parts:
            while not done:
                limit = min(end, first or clock() + patience.between)
                try:
                    async with asyncio.timeout_at(limit):
                        part = await anext(parts)
                except StopAsyncIteration:
                    raise EngineError("its stream broke off") from None
                except TimeoutError:
                    raise EngineError(_too_slow(limit == end, first is not None)) from None
                if part.message.content:
                    first = None
                    yield part.message.content
                done = bool(part.done)
        if part.done_reason == "length":
            raise EngineError("its reply was cut off at the longest length")

    async def _chat(
        self, messages: Sequence[dict[str, str]]
    ) -> AsyncGenerator[ollama.ChatResponse, None]:
        """The parts as Ollama sends them; everything foreign becomes an EngineError.

        The causes are left out on purpose: they quote what was sent and written.
        """
        try:
            async with self._client() as client:
                stream = await client.chat(
                    self._settings.model,
                    messages,
                    stream=True,
                    think=self._think,
                    options=self._options(),
                    keep_alive=self._settings.keep_alive,
                )
                async for part in stream:
                    yield part
        except ollama.ResponseError as error:
            raise self._refusal(error.status_code, str(error.error)) from None
        except (ConnectionError, httpx.ConnectError, httpx.ConnectTimeout):
            raise EngineError(f"no Ollama answers at {self._settings.host}") from None
        except httpx.HTTPError as error:
            raise EngineError(f"its stream broke off ({type(error).__name__})") from None
        except _NONSENSE:
            raise EngineError("it does not speak Ollama's protocol") from None

    def _refusal(self, status: int, said: str) -> EngineError:
        """What a server's error means; its own words may quote a user's and stay out."""
        if status == 404 and "not found" in said:
            return EngineError(f"run `ollama pull {self._settings.model}`")
        if status == 400 and self._think is not None and "think" in said:
            return _ThinkRefused("it refuses the option `think`")
        if "memory" in said:
            return EngineError("the model needs more memory than Ollama has")
        return EngineError("Ollama answered with an error" + (f" {status}" if status > 0 else ""))

    def _client(self, read: float | None = None) -> ollama.AsyncClient:
        """A client whose every wait has an end; a server on this machine is sought by no proxy."""
        patience = self._settings.patience
        longest = read or max(patience.first, patience.between)
        return ollama.AsyncClient(
            self._settings.host,
            timeout=httpx.Timeout(longest, connect=patience.connect),
            verify=self._verify,
            trust_env=not self._local,
        )

    def _options(self) -> dict[str, Any]:
        return {
            "num_ctx": self._settings.context,
            "num_predict": self._settings.longest_reply,
            "temperature": self._settings.temperature,
        }


class _ThinkRefused(EngineError):
    """The server does not know the option `think`."""


def _too_slow(whole: bool, first: bool) -> str:
    if whole:
        return "its reply took too long altogether"
    return "it wrote nothing in time" if first else "it stopped in the middle"
