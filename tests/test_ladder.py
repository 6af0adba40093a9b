"""The ladder: who serves, who rests, what the owner is told."""

import asyncio
import logging

import numpy as np
import pytest

from models.ladder import FirstCompanion, FirstSpeaker, FirstTranscriber, Surveyed
from pipeline.errors import Declined, EngineError, NoEngine
from pipeline.values import Heard, Manner, Prompt, Transcript, Waveform
from tests.fakes import FakeCompanion, FakeSpeaker, FakeTranscriber

SOUND = Waveform(np.full(16_000, 0.1, np.float32))
PROMPT = Prompt("Be kind.", (), Heard("hello", "en", None), None, None, "en")


class Watch:
    """A clock that goes when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def best() -> FakeTranscriber:
    return FakeTranscriber("from the best", name="best")


@pytest.fixture
def second() -> FakeTranscriber:
    return FakeTranscriber("from the second", name="second")


@pytest.fixture
def ladder(best: FakeTranscriber, second: FakeTranscriber, watch: Watch) -> FirstTranscriber:
    return FirstTranscriber([best, second], rest=60.0, clock=watch)


async def test_the_first_serves_while_it_is_well(
    ladder: FirstTranscriber, second: FakeTranscriber
) -> None:
    assert (await ladder.transcribe(SOUND, "de")).engine == "best"
    assert not second.calls


async def test_a_failed_rung_rests_and_is_then_tried_again(
    ladder: FirstTranscriber, best: FakeTranscriber, watch: Watch
) -> None:
    best.failing = [EngineError("no memory")]
    assert (await ladder.transcribe(SOUND, None)).engine == "second"
    watch.now += 59.0
    assert (await ladder.transcribe(SOUND, None)).engine == "second"
    assert len(best.calls) == 1, "it was not left alone"
    watch.now += 1.0
    assert (await ladder.transcribe(SOUND, None)).engine == "best"


async def test_declining_is_no_illness(ladder: FirstTranscriber, best: FakeTranscriber) -> None:
    best.failing = [Declined("English only")]
    assert (await ladder.transcribe(SOUND, "de")).engine == "second"
    assert (await ladder.transcribe(SOUND, "en")).engine == "best"


async def test_where_all_fail_there_is_no_engine(
    ladder: FirstTranscriber, best: FakeTranscriber, second: FakeTranscriber
) -> None:
    best.failing = [EngineError("no memory")]
    second.failing = [EngineError("broken")]
    with pytest.raises(NoEngine, match=r"best: no memory; second: broken"):
        await ladder.transcribe(SOUND, None)


async def test_where_all_rest_all_are_tried(
    ladder: FirstTranscriber, best: FakeTranscriber, second: FakeTranscriber
) -> None:
    best.failing = [EngineError("no memory")]
    second.failing = [EngineError("broken")]
    with pytest.raises(NoEngine):
        await ladder.transcribe(SOUND, None)
    assert (await ladder.transcribe(SOUND, None)).engine == "best"


async def test_no_rungs_is_no_engine() -> None:
    with pytest.raises(NoEngine):
        await FirstSpeaker([]).speak("Hello.", Manner())


async def test_what_is_no_engine_error_is_not_hidden() -> None:
    class Odd(FakeTranscriber):
        async def transcribe(self, waveform: Waveform, language: str | None) -> Transcript:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await FirstTranscriber([Odd()]).transcribe(SOUND, None)


async def test_a_change_is_told_once(
    ladder: FirstTranscriber,
    best: FakeTranscriber,
    watch: Watch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "models.ladder")
    for _ in range(3):
        await ladder.transcribe(SOUND, None)
    best.failing = [EngineError("no memory"), EngineError("no memory")]
    for _ in range(3):
        await ladder.transcribe(SOUND, None)
    watch.now += 61
    await ladder.transcribe(SOUND, None)
    watch.now += 61
    await ladder.transcribe(SOUND, None)
    assert [record.getMessage() for record in caplog.records] == [
        "transcriber: best serves",
        "transcriber: second serves (best: no memory)",
        "transcriber: best serves",
    ]


async def test_that_nothing_serves_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    speaker = FakeSpeaker(name="only")
    speaker.failing = [EngineError("mute"), EngineError("mute")]
    ladder = FirstSpeaker([speaker])
    for _ in range(2):
        with pytest.raises(NoEngine):
            await ladder.speak("Hello.", Manner())
    assert [r.getMessage() for r in caplog.records] == ["speaker: nothing serves (only: mute)"]


async def test_the_survey_names_who_serves(ladder: FirstTranscriber, best: FakeTranscriber) -> None:
    best.ready = False
    found = await ladder.survey()
    assert [(s.name, s.readiness.ready, s.serves) for s in found] == [
        ("best", False, False),
        ("second", True, True),
    ]
    assert isinstance(found[0], Surveyed) and found[0].readiness.note == "switched off"


async def test_warming_finds_out_before_the_first_note(
    ladder: FirstTranscriber, best: FakeTranscriber, second: FakeTranscriber
) -> None:
    best.ready = False
    assert await ladder.warm() == "second"
    await ladder.transcribe(SOUND, None)
    assert not best.calls and second.warmed == 1


async def test_warming_nothing_at_all(best: FakeTranscriber) -> None:
    best.ready = False
    assert await FirstTranscriber([best]).warm() is None


async def test_many_at_once(ladder: FirstTranscriber, best: FakeTranscriber) -> None:
    best.seconds = 0.01
    best.failing = [EngineError("once")]
    heard = await asyncio.gather(*(ladder.transcribe(SOUND, None) for _ in range(5)))
    assert sorted(t.engine for t in heard) == ["best"] * 4 + ["second"]


async def test_a_reply_comes_whole_from_one_companion() -> None:
    best, second = FakeCompanion("One.", "Two.", name="best"), FakeCompanion(name="second")
    ladder = FirstCompanion([best, second])
    reply = [(s.text, s.engine) async for s in ladder.reply(PROMPT)]
    assert reply == [("One.", "best"), ("Two.", "best")]
    assert not second.prompts


@pytest.mark.parametrize("way", ["fails", "breaks", "says nothing"])
async def test_failing_before_the_first_sentence_is_the_next_one_s_turn(way: str) -> None:
    best, second = FakeCompanion(name="best"), FakeCompanion("Here.", name="second")
    if way == "fails":
        best.failing = [EngineError("gone")]
    elif way == "breaks":
        best.breaks_after = 0
    else:
        best.sentences = ()
    ladder = FirstCompanion([best, second])
    assert [s.engine async for s in ladder.reply(PROMPT)] == ["second"]


async def test_dying_half_way_leaves_what_was_said() -> None:
    best, second = FakeCompanion("One.", "Two.", name="best"), FakeCompanion(name="second")
    best.breaks_after = 1
    reply = [s.text async for s in FirstCompanion([best, second]).reply(PROMPT)]
    assert reply == ["One."]


async def test_a_reply_nobody_waits_for_is_closed() -> None:
    best = FakeCompanion("One.", "Two.")
    sentences = FirstCompanion([best]).reply(PROMPT)
    await anext(sentences)
    await sentences.aclose()
    assert best.closed == 1


async def test_a_speaker_without_the_language_is_passed_over() -> None:
    english, all_tongues = FakeSpeaker("english", {"en"}), FakeSpeaker("all")
    ladder = FirstSpeaker([english, all_tongues])
    assert (await ladder.speak("Hallo.", Manner("de"))).engine == "all"
    assert (await ladder.speak("Hello.", Manner("en"))).engine == "english"


async def test_the_owners_voice_is_that_of_whoever_chose_none() -> None:
    speaker = FakeSpeaker()
    ladder = FirstSpeaker([speaker])
    await ladder.speak("Hello.", Manner())
    ladder.usual = "en-GB-SoniaNeural"
    await ladder.speak("Hello.", Manner())
    await ladder.speak("Hello.", Manner(voice="en-US-EmmaMultilingualNeural"))
    assert [manner.voice for _, manner in speaker.said] == [
        None,
        "en-GB-SoniaNeural",
        "en-US-EmmaMultilingualNeural",
    ]
