"""The commands of the command line: the parts of the bot tried on files, and looked at.

Each takes the house and its arguments, prints what a person or a program reads, and returns the
exit code.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from bot import terminal
from bot.health import ask
from bot.settings import Settings, new_key
from models.ladder import Readiness, Surveyed
from pipeline import audio, safety
from pipeline.content import Content
from pipeline.conversation import Conversation
from pipeline.errors import EchoMindError, NoEngine, NoteError, NotFetched, StoreError
from pipeline.ports import EmotionRecognizer
from pipeline.values import VoiceNote, Waveform

DONE, BROKEN, BAD_INPUT = 0, 1, 2


class Ladder(Protocol):
    """The engines of one port."""

    async def survey(self) -> list[Surveyed]: ...


class House(Protocol):
    """What the commands need of the bot."""

    @property
    def settings(self) -> Settings: ...

    @property
    def content(self) -> Content: ...

    @property
    def recognizer(self) -> EmotionRecognizer: ...

    @property
    def ladders(self) -> Mapping[str, Ladder]:
        """By port, in the order of the walk."""
        ...

    def conversation(self) -> AbstractAsyncContextManager[Conversation]:
        """The walk over the owner's own database, its engines ready."""
        ...

    async def music(self) -> Sequence[Surveyed]:
        """What /music finds."""
        ...

    async def essentials(self) -> Mapping[str, Readiness]:
        """What the bot cannot run without."""
        ...


async def answer(house: House, arguments: argparse.Namespace) -> int:
    """The whole walk on one file."""
    async with house.conversation() as conversation:
        note = VoiceNote(arguments.user, lambda: _read(arguments.note), datetime.now(UTC))
        answered = await conversation.answer(note)
    voice = None
    if arguments.out and answered.reply.voice:
        _write(arguments.out, answered.reply.voice)
        voice = str(arguments.out)
    show = terminal.answer_json if arguments.json else terminal.answer_text
    print(show(answered, voice))
    return DONE


async def feel(house: House, arguments: argparse.Namespace) -> int:
    """The feeling alone, a line a file; a bad file does not stop the others."""
    recognizer, result = house.recognizer, DONE
    show = terminal.feeling_json if arguments.json else terminal.feeling_text
    for file in arguments.files:
        try:
            waveform = await _waveform(file, house.settings.longest_note * 60)
            started = time.perf_counter()
            feeling = await recognizer.recognize(waveform, None)
            print(show(file, feeling, (time.perf_counter() - started) * 1000), flush=True)
        except EchoMindError as error:
            complain(f"{file}: {sentence(house, error)}")
            result = BAD_INPUT
    return result


async def check(house: House, _: argparse.Namespace) -> int:
    """Every engine: whether it is there, whether it serves, what the better one would need."""
    surveys = await asyncio.gather(
        *(ladder.survey() for ladder in house.ladders.values()), house.music()
    )
    rows = [
        (port, one.name, _state(one), one.readiness.note)
        for port, survey in zip((*house.ladders, "music"), surveys, strict=True)
        for one in survey
    ]
    essentials = await house.essentials()
    rows += [
        (part, "", "ready" if found.ready else "broken", found.note)
        for part, found in essentials.items()
    ]
    print(terminal.table(("part", "engine", "state", "note"), rows))
    return DONE if all(found.ready for found in essentials.values()) else BROKEN


async def key(_: House, __: argparse.Namespace) -> int:
    """A new key for ECHOMIND_WORDS_KEY."""
    print(new_key())
    return DONE


async def health(house: House, _: argparse.Namespace) -> int:
    """The running bot's own report, over loopback."""
    port = house.settings.health_port
    if port is None:
        complain("ECHOMIND_HEALTH_PORT is not set, so the bot does not tell how it is")
        return BAD_INPUT
    well, report = await ask(port)
    print(report)
    return DONE if well else BROKEN


async def crisis(house: House, _: argparse.Namespace) -> int:
    """One message a line on standard input, `language<TAB>text`; 1 where the help card answers."""
    lexicons, second = house.content.lexicons, house.content.second_reading
    for line in sys.stdin:
        language, tab, text = line.rstrip("\n").partition("\t")
        if not tab:
            complain("each line must be: language, a tab, the message")
            return BAD_INPUT
        danger = safety.find_danger(text, language or None, lexicons, second)
        print(int(danger is not None), flush=True)
    return DONE


async def _waveform(file: str, longest: float) -> Waveform:
    """A sound file, decoded. Raises NoteError."""
    data = await _read(Path(file))
    waveform = await asyncio.to_thread(audio.decode, data, longest=longest)
    audio.require_sound(waveform)
    return waveform


async def _read(file: Path) -> bytes:
    try:
        return await asyncio.to_thread(file.read_bytes)
    except OSError as error:
        raise NotFetched(f"{file} cannot be read: {error.strerror}") from error


def _write(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror}") from error


def sentence(house: House, error: EchoMindError) -> str:
    """What went wrong, for the person at the terminal: the user's sentence, then the cause."""
    if isinstance(error, NotFetched) or not isinstance(error, NoteError | NoEngine):
        return str(error)
    minutes = f"{house.settings.longest_note:g}"
    return f"{house.content.texts('en')(error.text, minutes=minutes)} ({error})"


def _state(one: Surveyed) -> str:
    if one.serves:
        return "serves"
    return "ready" if one.readiness.ready else "missing"


def complain(line: str) -> None:
    """One plain sentence on standard error."""
    print(line, file=sys.stderr)
