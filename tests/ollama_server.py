"""A small server that speaks Ollama's HTTP interface on loopback, well or badly, as it is told.

It is real HTTP: chunked newline-delimited JSON, broken off by closing the socket. It knows
nothing of EchoMind.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Writer = asyncio.StreamWriter
Answer = Callable[["OllamaFake", dict[str, Any], Writer], Any]

HEALTHY = (
    "That sounds like a heavy day. ",
    "Carrying so much alone is tiring. ",
    "What would feel ",
    "lighter right now?",
)


@dataclass
class OllamaFake:
    """Its state, and what it was asked; `chat` is how the next replies go."""

    chat: Answer
    models: tuple[str, ...] = ("llama3.2:3b",)
    has_list: bool = True
    is_mute: bool = False
    """It takes every connection and answers nothing."""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """(path, body) of every request, oldest first."""
    closed_early: int = 0
    """Replies whose reader went away before the end."""
    host: str = ""

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [body for asked, body in self.asked if asked == path]


@asynccontextmanager
async def serving(chat: Answer, **state: Any) -> AsyncIterator[OllamaFake]:
    """The server on a free loopback port, for as long as the block runs."""
    fake = OllamaFake(chat, **state)
    open_calls: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task
        open_calls.add(task)
        try:
            await _serve(fake, reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            fake.closed_early += 1
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            open_calls.discard(task)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    fake.host = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.close()
        for call in tuple(open_calls):
            call.cancel()
        await asyncio.gather(*open_calls, return_exceptions=True)


async def _serve(fake: OllamaFake, reader: asyncio.StreamReader, writer: Writer) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    _, path, _ = head.split("\r\n", 1)[0].split(" ")
    fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    raw = await reader.readexactly(int(fields.get("content-length", 0)))
    body = json.loads(raw) if raw else {}
    fake.asked.append((path, body))
    if fake.is_mute:
        await asyncio.sleep(3600)
    known = body.get("model") in fake.models
    if path == "/api/tags" and fake.has_list:
        await respond(writer, 200, {"models": [{"model": m, "name": m} for m in fake.models]})
    elif path == "/api/version" and fake.has_list:
        await respond(writer, 200, {"version": "0.12.0"})
    elif path in ("/api/chat", "/api/generate", "/api/show") and not known:
        error = f"model '{body.get('model')}' not found"
        await respond(writer, 404, {"error": error})
    elif path == "/api/show":
        await respond(writer, 200, {"details": {"family": "llama"}, "capabilities": ["completion"]})
    elif path == "/api/generate" and fake.has_list:
        await respond(writer, 200, {"model": body["model"], "response": "", "done": True})
    elif path == "/api/chat":
        await fake.chat(fake, body, writer)
    else:
        await respond(writer, 404, "404 page not found", "text/plain")


async def respond(writer: Writer, status: int, body: Any, kind: str = "application/json") -> None:
    """One whole answer; text goes out as it is, anything else as JSON."""
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    writer.write(
        f"HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n"
        "Connection: close\r\n\r\n".encode()
        + data
    )
    await writer.drain()


class Stream:
    """A chunked answer that is still being written."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def begin(self) -> None:
        self._writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
            b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        await self._writer.drain()

    async def raw(self, data: bytes) -> None:
        self._writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self._writer.drain()

    async def line(self, part: Any) -> None:
        await self.raw(json.dumps(part).encode() + b"\n")

    async def says(self, content: str, thinking: str | None = None) -> None:
        message = {"role": "assistant", "content": content}
        if thinking is not None:
            message["thinking"] = thinking
        await self.line({"model": "llama3.2:3b", "message": message, "done": False})

    async def done(self, reason: str = "stop") -> None:
        message = {"role": "assistant", "content": ""}
        await self.line({"message": message, "done": True, "done_reason": reason})
        await self.end()

    async def end(self) -> None:
        """The end of the chunks, whether or not the model was done."""
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()


def talking(*pieces: str, pause: float = 0.0, done: str = "stop") -> Answer:
    """A model that writes the pieces, `pause` seconds before each, and comes to its end."""

    async def chat(fake: OllamaFake, body: dict[str, Any], writer: Writer) -> None:
        stream = Stream(writer)
        await stream.begin()
        for piece in pieces:
            await asyncio.sleep(pause)
            await stream.says(piece)
        await stream.done(done)

    return chat


def failing(*pieces: str, then: str) -> Answer:
    """A model that writes the pieces and then fails: see `_fail` for the ways."""

    async def chat(fake: OllamaFake, body: dict[str, Any], writer: Writer) -> None:
        stream = Stream(writer)
        await stream.begin()
        for piece in pieces:
            await stream.says(piece)
        await _fail(then, stream, writer)

    return chat


async def _fail(way: str, stream: Stream, writer: Writer) -> None:
    match way:
        case "hang":
            await asyncio.sleep(3600)
        case "drop":  # the socket goes in the middle of a chunk
            writer.write(b'40\r\n{"message": {"role"')
            await writer.drain()
            writer.close()
        case "end":  # a clean end of the stream, though the model was not done
            await stream.end()
        case "garbage":
            await stream.raw(b"\x00\xff\xfe not json \x9c\n")
            await stream.end()
        case "list":  # JSON, but not Ollama's
            await stream.line(["no", "object"])
            await stream.end()
        case "shapeless":
            await stream.line({"model": "llama3.2:3b", "message": 7})
            await stream.end()
        case "error":
            await stream.line({"error": "an error was encountered while running the model"})
            await stream.end()
        case "memory":
            await stream.line({"error": "model requires more system memory (9 GiB)"})
            await stream.end()
        case _:
            raise AssertionError(way)


def answering(status: int, body: Any, kind: str = "application/json") -> Answer:
    """No stream at all but one answer with this status."""

    async def chat(fake: OllamaFake, asked: dict[str, Any], writer: Writer) -> None:
        await respond(writer, status, body, kind)

    return chat


def only_thinking(pieces: int = 3, then: str = "") -> Answer:
    """A model whose whole output is thinking, and whose content stays empty."""

    async def chat(fake: OllamaFake, body: dict[str, Any], writer: Writer) -> None:
        stream = Stream(writer)
        await stream.begin()
        for _ in range(pieces):
            await stream.says("", thinking="The user seems sad. ")
        if then == "hang":
            while True:
                await asyncio.sleep(0.05)
                await stream.says("", thinking="Hmm. ")
        await stream.done()

    return chat


def refusing_think(then: Answer) -> Answer:
    """A server that knows no option `think`, and answers `then` without it."""

    async def chat(fake: OllamaFake, body: dict[str, Any], writer: Writer) -> None:
        if "think" in body:
            await respond(writer, 400, {"error": '"llama3.2:3b" does not support thinking'})
        else:
            await then(fake, body, writer)

    return chat
