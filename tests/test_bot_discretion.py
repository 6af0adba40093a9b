"""Nothing that a user says, types, is called or is answered stands in the log, at any level."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.local.chat import Chat
from bot.local.server import LocalServer
from models.companion import BuiltInListener
from models.ladder import FirstCompanion, FirstSpeaker, FirstTranscriber
from pipeline.errors import EngineError
from pipeline.values import Person, Transcript, Waveform
from storage.sqlite import SqliteStore
from tests.chatting import NOTE, Scene, words
from tests.fakes import FakeCompanion, FakeRecognizer, FakeSpeaker, FakeTranscriber

EN = words().texts("en")
ADA = 1001
SAID, TYPED, ANSWERED, NAME = "zanzibar", "timbuktu", "samarkand", "Rumpelstilzchen"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """Ladders, listener and database as they run; what is beneath them breaks now and then."""
    deaf, mute = FakeTranscriber(name="deaf"), FakeSpeaker(name="mute")
    deaf.failing = [EngineError("no ears")]
    mute.failing = [EngineError("no mouth")]
    async with LocalServer() as server:
        scene = Scene(server, recognizer=FakeRecognizer(), engines=lambda: {"speaker": "mute"})
        clock = scene.store.clock
        scene.transcriber = FirstTranscriber([deaf, FakeTranscriber(f"I dream of {SAID}")])
        scene.companion = FirstCompanion(
            [FakeCompanion(f"Tell me of {ANSWERED}."), BuiltInListener(words().by_language)]
        )
        scene.speaker = FirstSpeaker([mute, FakeSpeaker()])  # type: ignore[assignment]
        async with SqliteStore.open(tmp_path / "echomind.db", clock) as store:
            store.clock = clock  # type: ignore[attr-defined]
            scene.store = store  # type: ignore[assignment]
            await store.keep(Person(ADA, name=NAME, introduced=True))
            yield scene


async def live(ada: Chat) -> None:
    """A whole conversation, with its troubles."""
    await ada.send_voice(NOTE)
    await ada.wait_for("voice")
    await ada.send_text(f"I typed {TYPED}")
    await ada.wait_for("voice")
    await ada.send_voice(b"no sound")
    await ada.wait_for("text")
    await ada.send_text(f"/relax {TYPED}")
    await ada.wait_for("text")
    await ada.send_text(f"/{TYPED}")
    await ada.wait_for("text")
    await ada.send_text("/settings")
    menu = await ada.wait_for("text")
    await ada.tap_data(menu, f"set:voice:{TYPED}").answered()
    await ada.send_text("/export")
    await ada.wait_for("document")
    await ada.send_text("/forget")
    asked = await ada.wait_for("text")
    await ada.tap("forget:yes")
    await ada.until(lambda: (asked.text or "").startswith("Done."))


async def test_no_word_of_a_conversation_is_logged(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ada = scene.server.chat(ADA, NAME)
    async with scene.bot(log_level="DEBUG"):
        await live(ada)
    shown = "\n".join(
        [message.text or message.caption or "" for message in ada.messages if message.from_bot]
    )
    assert SAID in shown and ANSWERED in shown  # they were there to be logged
    written = caplog.text
    assert "answered in" in written  # there is a log
    for word in (SAID, TYPED, ANSWERED, NAME, scene.server.token):
        assert word.casefold() not in written.casefold(), word


async def test_an_error_nobody_foresaw_is_logged_without_what_it_quotes(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    class Parrot(FakeTranscriber):
        async def transcribe(self, waveform: Waveform, language: str | None) -> Transcript:
            raise RuntimeError(f"cannot print {SAID}")

    scene.transcriber = Parrot()
    caplog.set_level(logging.DEBUG)
    ada = scene.server.chat(ADA, NAME)
    async with scene.bot():
        await ada.send_voice(NOTE)
        assert (await ada.wait_for("text")).text == EN("error.unexpected")
    assert "RuntimeError at" in caplog.text
    assert SAID not in caplog.text


async def test_a_broken_store_is_logged_without_words(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ada = scene.server.chat(ADA, NAME)
    async with scene.bot():
        await scene.store.close()  # type: ignore[attr-defined]
        await ada.send_text(f"I typed {TYPED}")
        assert (await ada.wait_for("text")).text == EN("error.store")
    assert "database is closed" in caplog.text or "StoreError" in caplog.text
    assert TYPED not in caplog.text and NAME not in caplog.text
