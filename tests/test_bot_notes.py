"""Voice notes and typed ones through the real bot: what comes back, in which order, to whom."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import numpy as np
import pytest

from bot.local.chat import Chat
from bot.local.server import LocalServer
from bot.local.state import Message
from pipeline import audio
from pipeline.errors import EngineError
from pipeline.values import Emotion, Transcript, Waveform
from tests.chatting import NOTE, Scene, soon, words
from tests.fakes import FakeCompanion, FakeRecognizer, FakeTranscriber


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server)


async def test_a_voice_note_is_answered_with_a_voice_note(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        sent = await ada.send_voice(NOTE)
        answer = await ada.wait_for("voice")
    assert answer.content["voice"]["mime_type"] == "audio/ogg"
    voice = audio.decode(answer.data)
    assert voice.seconds == pytest.approx(answer.content["voice"]["duration"], abs=0.51)
    assert float(np.abs(voice.samples).max()) > 0.05
    assert answer.reply_to is sent
    assert answer.caption is not None
    reply, _, details = answer.caption.partition("\n\n")
    assert reply == "I hear you. That sounds heavy."
    assert "work was hard" in details
    assert "a little low" in details and "70 %" in details
    assert "blockquote" in {entity["type"] for entity in answer.content["caption_entities"]}


async def test_an_unsure_guess_is_a_question(scene: Scene) -> None:
    scene.recognizer = FakeRecognizer(Emotion.ANGRY, confidence=0.3)
    ada = scene.chat()
    async with scene.bot(sureness=0.5):
        await ada.send_voice(NOTE)
        caption = (await ada.wait_for("voice")).caption or ""
    assert "I am not sure" in caption and "only 30 %" in caption and caption.endswith("?")


async def test_no_feeling_is_shown_where_none_is_read(scene: Scene) -> None:
    ada = scene.chat(reads_feelings=False)
    async with scene.bot():
        await ada.send_voice(NOTE)
        caption = (await ada.wait_for("voice")).caption or ""
    assert "work was hard" in caption and "%" not in caption
    assert scene.recognizer.profiles == []


async def test_a_typed_note_is_answered_by_voice_without_its_own_words(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("I had a long day & a <bad> one")
        answer = await ada.wait_for("voice")
    assert answer.caption == "I hear you. That sounds heavy."


async def test_who_wants_text_gets_text_and_sees_typing(scene: Scene) -> None:
    ada = scene.chat(answers="text")
    async with scene.bot():
        await ada.send_voice(NOTE)
        answer = await ada.wait_for()
    assert answer.kind == "text" and (answer.text or "").startswith("I hear you.")
    assert "My voice is not available" not in (answer.text or "")
    assert {action.name for action in ada.actions} == {"typing"}
    assert scene.speaker.said == []


async def test_as_i_wrote_means_text_for_text_and_voice_for_voice(scene: Scene) -> None:
    ada = scene.chat(answers="same")
    async with scene.bot():
        await ada.send_text("hello")
        assert (await ada.wait_for()).kind == "text"
        await ada.send_voice(NOTE)
        assert (await ada.wait_for()).kind == "voice"


async def test_without_a_voice_the_words_come_and_say_so(scene: Scene) -> None:
    scene.speaker.failing = [EngineError("no voice") for _ in range(9)]
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("hello")
        answer = await ada.wait_for()
    assert answer.kind == "text"
    assert (
        answer.text == f"I hear you. That sounds heavy.\n\n{words().texts('en')('answer.no_voice')}"
    )


async def test_a_long_reply_stands_beside_its_voice(scene: Scene) -> None:
    sentence = "This is a sentence of a reply that has far too many of its kind."
    scene.companion = FakeCompanion(*[sentence] * 30)
    ada = scene.chat()
    async with scene.bot():
        await ada.send_voice(NOTE)
        voice, text = await ada.wait_for("voice"), await ada.wait_for("text")
    assert voice.caption is None
    assert (text.text or "").count(sentence) == 30
    assert "work was hard" in (text.text or "")


async def test_a_long_transcript_is_shown_whole_and_folded_up(scene: Scene) -> None:
    said = " ".join(f"This is sentence {number} of a long, long note." for number in range(200))
    scene.transcriber = FakeTranscriber(said)
    ada = scene.chat()
    async with scene.bot():
        await ada.send_voice(NOTE)
        voice = await ada.wait_for("voice")
        parts = [await ada.wait_for("text") for _ in range(3)]
    assert voice.caption == "I hear you. That sounds heavy."
    shown = " ".join((part.text or "") for part in parts)
    assert all(f"sentence {number} of" in shown for number in range(200))
    assert "a little low" in (parts[-1].text or "")
    assert all(part.content["entities"][0]["type"] == "expandable_blockquote" for part in parts)


Sending = Callable[[Chat], Awaitable[Message]]


@pytest.mark.parametrize(
    "send",
    [
        lambda ada: ada.send_audio(NOTE, mime="audio/ogg", name="memo.ogg"),
        lambda ada: ada.send_video_note(NOTE),
        lambda ada: ada.send_document(NOTE, "memo.ogg", "audio/ogg"),
        lambda ada: ada.send_document(NOTE, "memo.mp3"),
    ],
    ids=["audio file", "video note", "audio document", "document by its name"],
)
async def test_other_kinds_of_recordings_are_heard(scene: Scene, send: Sending) -> None:
    ada = scene.chat()
    async with scene.bot():
        await send(ada)
        assert "work was hard" in ((await ada.wait_for("voice")).caption or "")


@pytest.mark.parametrize(
    ("send", "key"),
    [
        (lambda ada: ada.send_sticker(), "sticker"),
        (lambda ada: ada.send_photo(b"jpeg"), "photo"),
        (lambda ada: ada.send_document(b"%PDF", "letter.pdf", "application/pdf"), "document"),
        (lambda ada: ada.share_location(48.2, 16.4), "location"),
        (lambda ada: ada.send_text("/dance"), "command"),
    ],
    ids=["sticker", "photo", "document", "location", "command"],
)
async def test_what_cannot_be_heard_is_met_kindly(scene: Scene, send: Sending, key: str) -> None:
    ada = scene.chat()
    async with scene.bot():
        await send(ada)
        assert (await ada.wait_for()).text == words().texts("en")(f"unsupported.{key}")


async def test_an_edit_changes_nothing(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        sent = await ada.send_text("hello")
        await ada.wait_for("voice")
        await ada.edit(sent, "hello again")
        await ada.send_text("/help")
        assert ((await ada.wait_for()).text or "").startswith("Send me a voice note")


class Meeting(FakeTranscriber):
    """Goes on only when two calls are there together."""

    def __init__(self) -> None:
        super().__init__("work was hard")
        self.together = asyncio.Barrier(2)

    async def transcribe(self, waveform: Waveform, language: str | None) -> Transcript:
        async with asyncio.timeout(3):
            await self.together.wait()
        return await super().transcribe(waveform, language)


async def test_users_are_served_side_by_side(scene: Scene) -> None:
    scene.transcriber = Meeting()
    ada, ben = scene.chat(1), scene.chat(2)
    async with scene.bot():
        await asyncio.gather(ada.send_voice(NOTE), ben.send_voice(NOTE))
        await asyncio.gather(ada.wait_for("voice"), ben.wait_for("voice"))


async def test_one_users_notes_are_answered_in_order(scene: Scene) -> None:
    transcriber = FakeTranscriber("work was hard")
    transcriber.seconds = 0.4
    scene.transcriber = transcriber
    ada = scene.chat()
    async with scene.bot():
        sent = [await ada.send_voice(NOTE), await ada.send_text("one"), await ada.send_text("two")]
        await soon(lambda: len(scene.store.notes) == 3)
        assert len(scene.store.settled_at) == 0  # written down before the first was answered
        answers = [await ada.wait_for("voice") for _ in sent]
    assert [answer.reply_to for answer in answers] == sent


async def test_a_tap_does_not_wait_for_a_voice(scene: Scene) -> None:
    transcriber = FakeTranscriber("work was hard")
    transcriber.seconds = 1.0
    scene.transcriber = transcriber
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("/settings")
        await ada.wait_for("text")
        await ada.send_voice(NOTE)
        await soon(lambda: scene.store.notes)
        await (await ada.tap("set:reading:off")).answered(within=0.9)
        await ada.wait_for("voice")


async def test_what_telegram_delivers_twice_is_answered_once(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        sent = await ada.send_text("hello")
        await ada.wait_for("voice")
        scene.server.state.updates.add("message", sent.as_json())
        await ada.send_text("/help")
        assert (await ada.wait_for()).kind == "text"
    assert len(scene.store.notes) == 1


async def test_a_stop_leaves_notes_pending_and_the_next_start_answers_them(scene: Scene) -> None:
    transcriber = FakeTranscriber("work was hard")
    transcriber.seconds = 30
    scene.transcriber = transcriber
    ada = scene.chat()
    async with scene.bot(grace=0.1):
        sent = [await ada.send_voice(NOTE), await ada.send_text("and this")]
        await soon(lambda: len(scene.store.notes) == 2)
        await ada.until(lambda: ada.actions)
    assert len(await scene.store.pending()) == 2
    transcriber.seconds = 0
    async with scene.bot():
        answers = [await ada.wait_for("voice") for _ in sent]
    assert [answer.reply_to for answer in answers] == sent
    assert await scene.store.pending() == ()
    apologies = [m for m in ada.messages if m.text == words().texts("en")("resumed.apology")]
    assert len(apologies) == 2


async def test_a_stop_lets_a_short_answer_finish(scene: Scene) -> None:
    transcriber = FakeTranscriber("work was hard")
    transcriber.seconds = 0.3
    scene.transcriber = transcriber
    ada = scene.chat()
    async with scene.bot(grace=5):
        await ada.send_voice(NOTE)
        await soon(lambda: transcriber.calls)
    assert (await ada.wait_for("voice")).caption
    assert await scene.store.pending() == ()


async def test_notes_that_waited_too_long_are_given_up(scene: Scene) -> None:
    transcriber = FakeTranscriber("work was hard")
    transcriber.seconds = 30
    scene.transcriber = transcriber
    ada = scene.chat()
    async with scene.bot(grace=0.1):
        await ada.send_voice(NOTE)
        await soon(lambda: transcriber.calls)
    now = scene.store.clock() + timedelta(hours=13)
    scene.store.clock = lambda: now
    async with scene.bot():
        await ada.send_text("/help")
        await ada.wait_for("text")
    assert await scene.store.pending() == ()
    assert [message.kind for message in ada.messages if message.from_bot] == ["text"]
