"""Guided exercises: chosen from a menu or named, spoken with their pauses, and kept."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.local.refusals import FILE_ID_MALFORMED, VOICE_FORBIDDEN
from bot.local.server import LocalServer
from bot.sessions import Script, Sessions
from pipeline import audio
from pipeline.catalogue import Cue, Kind
from pipeline.errors import EngineError
from pipeline.values import Emotion, Manner
from tests.chatting import NOTE, Scene, words
from tests.fakes import FakeRecognizer, FakeSpeaker, FakeStore, FakeTranscriber

EN = words().texts("en")
BREATHING = [one for one in words().exercises if one.kind is Kind.BREATHING]
CONNECTION = next(one for one in words().exercises if one.kind is Kind.CONNECTION)
MB = 2**20


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server)


async def test_relax_offers_every_kind_there_is(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("/relax")
        menu = await ada.wait_for("text")
    assert menu.text == EN("relax.ask")
    kinds = dict.fromkeys(one.kind for one in words().exercises)
    assert set(menu.buttons) == {EN(f"relax.kind.{kind}") for kind in kinds}


async def test_a_named_kind_is_spoken_at_once(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("/relax  BREATHE ")
        session = await ada.wait_for("voice", within=20)
    assert BREATHING[0].title(EN) in (session.caption or "")
    assert EN("button.start", title=BREATHING[1].title(EN)) in session.buttons
    spoken = [text for text, _ in scene.speaker.said]
    assert {cue.text for cue in BREATHING[0].guided(EN)} <= set(spoken)
    assert len(spoken) == len(set(spoken))
    assert all(manner.rate < 1 for _, manner in scene.speaker.said)
    assert 60 <= audio.decode(session.data).seconds <= 330
    assert len(session.data) < MB
    assert {action.name for action in ada.actions} == {"record_voice"}


async def test_an_unknown_kind_brings_the_menu(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("/relax bungee")
        menu = await ada.wait_for("text")
    assert menu.text == EN("relax.unknown") and menu.buttons


async def test_the_second_user_gets_the_same_file(scene: Scene) -> None:
    ada, ben = scene.chat(1), scene.chat(2)
    async with scene.bot():
        await asyncio.gather(ada.send_text("/relax connection"), ben.send_text("/relax connection"))
        first, second = await asyncio.gather(
            ada.wait_for("voice", within=20), ben.wait_for("voice", within=20)
        )
    assert first.attachment is second.attachment
    said = [text for text, _ in scene.speaker.said]
    assert len(said) == len(set(said))


async def test_a_file_that_telegram_no_longer_knows_is_spoken_anew(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("/relax connection")
        await ada.wait_for("voice", within=20)
        before = len(scene.speaker.said)
        scene.server.refuse("sendVoice", ada, FILE_ID_MALFORMED)
        await ada.send_text("/relax connection")
        await ada.wait_for("voice", within=20)
    assert len(scene.speaker.said) == 2 * before


async def test_without_a_voice_it_comes_in_writing(scene: Scene) -> None:
    scene.speaker.failing = [EngineError("no voice") for _ in range(99)]
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("/relax breathing")
        written = (await ada.wait_for("text")).text or ""
    assert written.startswith(EN("relax.no_voice"))
    assert all(cue.text in written for cue in BREATHING[0].guided(EN))


async def test_where_voice_is_forbidden_it_comes_in_writing(scene: Scene) -> None:
    ada = scene.chat()
    scene.server.refuse("sendVoice", ada, VOICE_FORBIDDEN, times=None)
    async with scene.bot():
        await ada.send_text("/relax connection")
        assert CONNECTION.title(EN) in ((await ada.wait_for("text", within=20)).text or "")


async def test_a_suggestion_is_started_with_one_tap(scene: Scene) -> None:
    scene.recognizer = FakeRecognizer(Emotion.FEARFUL, confidence=0.9)
    ada = scene.chat()
    async with scene.bot():
        await ada.send_voice(NOTE)
        answer = await ada.wait_for("voice")
        button = answer.buttons[0]
        tap = await ada.tap(button)
        assert (await tap.answered())["text"] == EN("relax.preparing")
        session = await ada.wait_for("voice", within=20)
    assert (session.caption or "").split(",")[0] in button


@pytest.mark.parametrize("spoken", [True, False])
async def test_asking_for_one_in_words_offers_one(scene: Scene, spoken: bool) -> None:
    scene.recognizer = FakeRecognizer(Emotion.HAPPY, confidence=0.9)
    scene.transcriber = FakeTranscriber("can we do a breathing exercise")
    ada = scene.chat(answers="same")
    async with scene.bot():
        if spoken:
            await ada.send_voice(NOTE)
        else:
            await ada.send_text("can we do a breathing exercise")
        answer = await ada.wait_for("voice" if spoken else "text")
        assert answer.buttons[0] in {EN("button.start", title=one.title(EN)) for one in BREATHING}
        await ada.tap(answer.buttons[0], answer)
        await ada.wait_for("voice", within=20)


async def test_an_impatient_second_tap_starts_nothing_twice(scene: Scene) -> None:
    scene.speaker.seconds = 0.2
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("/relax")
        menu = await ada.wait_for("text")
        taps = [ada.tap_data(menu, "kind:connection") for _ in range(3)]
        for tap in taps:
            await tap.answered()
        await ada.wait_for("voice", within=20)
        await ada.send_text("/help")
        await ada.wait_for("text")
    assert sum(message.kind == "voice" for message in ada.messages) == 1


async def speak(*cues: Cue) -> tuple[NDArray[np.float32], float]:
    """The sound of a session, and its seconds."""
    sessions = Sessions(FakeSpeaker(), FakeStore())
    sound, seconds = await sessions.speak(Script("test", cues, Manner()))
    return audio.decode(sound).samples, seconds


def silence(samples: NDArray[np.float32], start: float, end: float) -> bool:
    """Whether nothing is heard between two moments, in seconds."""
    return float(np.abs(samples[round(start * 16_000) : round(end * 16_000)]).max()) < 0.02


async def test_pauses_follow_the_sentence() -> None:
    said = 0.3 + 0.06 * len("Breathe.")
    samples, seconds = await speak(Cue("Breathe.", 3.0), Cue("Rest.", 0.0))
    assert seconds == pytest.approx(said + 3.0 + 0.3 + 0.06 * len("Rest."), abs=0.01)
    assert not silence(samples, 0.1, said - 0.1)
    assert silence(samples, said + 0.1, said + 2.9)
    assert not silence(samples, said + 3.1, said + 3.4)


async def test_a_counted_beat_lasts_its_seconds_sound_included() -> None:
    _, seconds = await speak(Cue("In.", 4.0, counted=True), Cue("Hold.", 7.0, counted=True))
    assert seconds == pytest.approx(11.0, abs=0.01)


async def test_changed_words_are_another_recording() -> None:
    one = Script("test", (Cue("In.", 4.0),), Manner())
    assert one.wording == Script("test", (Cue("In.", 4.0),), Manner()).wording
    assert one.wording != Script("test", (Cue("In.", 5.0),), Manner()).wording
    assert one.wording != Script("test", (Cue("In.", 4.0),), Manner(voice="other")).wording


async def test_a_speaker_that_fails_leaves_no_sentence_running() -> None:
    speaker = FakeSpeaker()
    speaker.failing, speaker.seconds = [EngineError("down")], 0.05
    sessions = Sessions(speaker, FakeStore())
    cues = tuple(Cue(f"Sentence {number}.", 1.0) for number in range(20))
    with pytest.raises(EngineError):
        await sessions.speak(Script("test", cues, Manner()))
    said = len(speaker.said)
    await asyncio.sleep(0.2)
    assert len(speaker.said) == said < 20
