"""What the user is told when something goes wrong, and what a refusal of Telegram's changes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise

import pytest

from bot.local.chat import Chat
from bot.local.refusals import BLOCKED, VOICE_FORBIDDEN, bad_request, too_many_requests
from bot.local.server import LocalServer
from bot.local.state import Message
from pipeline import audio
from pipeline.errors import EngineError, NoEngine, StoreError
from pipeline.values import Prompt
from tests.chatting import NOTE, Scene, soon, words
from tests.fakes import FakeCompanion, FakeTranscriber
from tests.test_audio import tone

Sending = Callable[[Chat], Awaitable[Message]]

QUIET = audio.encode_voice([tone(2.0, level=0.0)])[0]
LONG = audio.encode_voice([tone(65.0, rate=8_000)])[0]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server)


@pytest.mark.parametrize(
    ("send", "key"),
    [
        (lambda ada: ada.send_voice(b""), "error.empty"),
        (lambda ada: ada.send_voice(b"this is no sound at all" * 40), "error.not_audio"),
        (lambda ada: ada.send_voice(NOTE[:150]), "error.not_audio"),
        (lambda ada: ada.send_voice(QUIET), "error.silent"),
        (lambda ada: ada.send_voice(LONG, duration=65), "error.too_long"),
        (lambda ada: ada.send_voice(NOTE, size=21 * 2**20), "error.too_large"),
    ],
    ids=["empty", "no sound", "broken off", "silent", "too long", "too large"],
)
async def test_a_bad_recording_is_met_with_what_to_do(
    scene: Scene, send: Sending, key: str
) -> None:
    ada = scene.chat()
    async with scene.bot(longest_note=1):
        sent = await send(ada)
        answer = await ada.wait_for("text")
    assert answer.text == words().texts("en")(key, minutes=1)
    assert answer.reply_to is sent
    assert await scene.store.pending() == ()


async def test_words_that_were_not_made_out(scene: Scene) -> None:
    scene.transcriber = FakeTranscriber("")
    await _tells(scene, "error.not_understood")


async def test_nobody_can_listen(scene: Scene) -> None:
    scene.transcriber = transcriber = FakeTranscriber()
    transcriber.failing = [NoEngine("all rungs are down")]
    await _tells(scene, "error.no_engine")


async def test_nobody_can_answer_what_was_typed(scene: Scene) -> None:
    scene.companion = companion = FakeCompanion()
    companion.failing = [NoEngine("all rungs are down")]
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("hello")
        assert (await ada.wait_for("text")).text == words().texts("en")("error.companion")


async def test_a_file_that_telegram_keeps_back(scene: Scene) -> None:
    scene.server.refuse("getFile", None, bad_request("file is too big"))
    await _tells(scene, "error.too_large")


async def test_a_download_that_breaks_off(scene: Scene) -> None:
    scene.server.hang_up("download", times=None)
    await _tells(scene, "error.not_fetched")


async def test_a_memory_that_is_broken(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("/help")
        await ada.wait_for("text")
        scene.store.broken = StoreError("the disk is full")
        await ada.send_voice(NOTE)
        assert (await ada.wait_for("text")).text == words().texts("en")("error.store")
        await ada.send_text("/settings")
        assert (await ada.wait_for("text")).text == words().texts("en")("error.store")


async def _tells(scene: Scene, key: str) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_voice(NOTE)
        answer = await ada.wait_for("text")
    assert answer.text == words().texts("en")(key, minutes=10)
    assert await scene.store.pending() == ()


class Clumsy(FakeCompanion):
    """Stumbles over a bug of its own that quotes the user."""

    def reply(self, prompt: Prompt):  # type: ignore[no-untyped-def]
        raise RuntimeError(f"cannot answer {prompt.turns[-1].words!r}")


async def test_a_bug_is_told_plainly_and_logged_without_a_word(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.companion = Clumsy()
    ada = scene.chat()
    with caplog.at_level(logging.DEBUG):
        async with scene.bot():
            await ada.send_text("my secret garden")
            assert (await ada.wait_for("text")).text == words().texts("en")("error.unexpected")
    assert "RuntimeError" in caplog.text and "user 1001" in caplog.text
    assert "secret" not in caplog.text
    assert await scene.store.pending() == ()


async def test_neither_token_nor_words_reach_the_log(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.transcriber = FakeTranscriber("my secret garden")
    ada = scene.chat()
    with caplog.at_level(logging.DEBUG):
        async with scene.bot():
            await ada.send_voice(NOTE)
            await ada.wait_for("voice")
            await ada.send_text("another secret")
            await ada.wait_for("voice")
    assert "answered in" in caplog.text
    assert "secret" not in caplog.text
    assert scene.server.token not in caplog.text
    assert scene.server.token.partition(":")[2] not in caplog.text


async def test_where_voice_is_forbidden_the_words_arrive(scene: Scene) -> None:
    scene.server.refuse("sendVoice", None, VOICE_FORBIDDEN, times=None)
    ada = scene.chat()
    async with scene.bot():
        await ada.send_voice(NOTE)
        answer = await ada.wait_for()
    assert answer.kind == "text"
    assert (answer.text or "").startswith("I hear you. That sounds heavy.")
    assert "work was hard" in (answer.text or "")


async def test_who_blocked_the_bot_is_left_alone_and_others_go_on(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    ada, ben = scene.chat(1), scene.chat(2)
    scene.server.refuse("*", ada, BLOCKED, times=None)
    with caplog.at_level(logging.INFO):
        async with scene.bot():
            await ada.send_voice(NOTE)
            await ben.send_voice(NOTE)
            await ben.wait_for("voice")
            await soon(lambda: "user 1 has blocked the bot" in caplog.text)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert await scene.store.pending() == ()


async def test_a_flood_is_waited_out_and_halts_nobody_else(scene: Scene) -> None:
    scene.server.refuse("sendVoice", ada := scene.chat(1), too_many_requests(1))
    ben = scene.chat(2)
    loop = asyncio.get_running_loop()
    async with scene.bot():
        await ada.send_text("hello")
        await scene.server.called("sendVoice")
        flooded = loop.time()
        await ben.send_text("hello")
        await ben.wait_for("voice")
        assert loop.time() - flooded < 0.9
        await ada.wait_for("voice")
        assert loop.time() - flooded >= 1.0


async def test_a_flood_of_hours_is_not_waited_for(scene: Scene) -> None:
    scene.server.refuse("sendVoice", ada := scene.chat(), too_many_requests(7_200))
    async with scene.bot():
        await ada.send_text("hello")
        await scene.server.called("sendVoice")
    assert len(scene.server.calls("sendVoice")) == 1
    assert len(await scene.store.pending()) == 1  # it goes out after the next start


async def test_a_dropped_line_is_tried_again(scene: Scene) -> None:
    scene.server.hang_up("sendVoice")
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("hello")
        await ada.wait_for("voice")


async def test_chat_actions_that_fail_do_not_matter(scene: Scene) -> None:
    scene.server.refuse("sendChatAction", None, too_many_requests(3_600), times=None)
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("hello")
        await ada.wait_for("voice")


async def test_a_message_deleted_meanwhile_is_answered_without_quoting_it(scene: Scene) -> None:
    transcriber = FakeTranscriber("work was hard")
    transcriber.seconds = 0.2
    scene.transcriber = transcriber
    ada = scene.chat()
    async with scene.bot():
        sent = await ada.send_voice(NOTE)
        await soon(lambda: transcriber.calls)
        sent.deleted = True
        assert (await ada.wait_for("voice")).reply_to is None


async def test_recording_is_shown_at_once_and_without_a_gap_until_the_answer(scene: Scene) -> None:
    transcriber = FakeTranscriber("work was hard")
    transcriber.seconds = 4.2
    scene.transcriber = transcriber
    ada = scene.chat()
    async with scene.bot():
        await ada.send_voice(NOTE)
        answer = await ada.wait_for("voice", within=8)
    shown = [action.at.timestamp() for action in ada.actions]
    assert {action.name for action in ada.actions} == {"record_voice"}
    moments = [*shown, answer.sent_at.timestamp()]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert len(shown) == 2 and max(gaps) < 5.0


async def test_an_engine_that_fails_once_does_not_lose_the_words(scene: Scene) -> None:
    scene.recognizer.failing = [EngineError("out of memory")]
    ada = scene.chat()
    async with scene.bot():
        await ada.send_voice(NOTE)
        caption = (await ada.wait_for("voice")).caption or ""
    assert "work was hard" in caption and "%" not in caption
