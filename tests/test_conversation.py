"""The walk of one note over fakes: what it meets, and what it does when things break."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from models.ladder import FirstSpeaker
from pipeline import audio, content
from pipeline.catalogue import Kind
from pipeline.content import Content
from pipeline.conversation import Conversation, World
from pipeline.errors import (
    EmptyNote,
    EngineError,
    NoEngine,
    NotAudio,
    NotFetched,
    NothingUnderstood,
    SilentNote,
    StoreError,
    TooLongNote,
)
from pipeline.listening import Listeners
from pipeline.reviewed import REVIEWED
from pipeline.speaking import Narrator
from pipeline.values import (
    Answer,
    Emotion,
    Manner,
    Person,
    TextNote,
    Utterance,
    VoiceNote,
    Waveform,
)
from pipeline.wishes import CALMING
from tests.fakes import (
    FakeCompanion,
    FakeJudge,
    FakeRecognizer,
    FakeSpeaker,
    FakeStore,
    FakeTranscriber,
)

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
USER = 7


@cache
def words() -> Content:
    return content.load(Path(__file__).parents[1] / "prompts")


@cache
def recording(seconds: float = 2.0, level: float = 0.3) -> bytes:
    time = np.arange(round(seconds * 16_000)) / 16_000
    tone = (level * np.sin(2 * np.pi * 200 * time)).astype(np.float32)
    return audio.encode_voice([Waveform(tone)])[0]


@dataclass
class Stage:
    """A conversation and all the fakes it meets."""

    transcriber: FakeTranscriber = field(default_factory=lambda: FakeTranscriber("work was hard"))
    recognizer: FakeRecognizer = field(default_factory=FakeRecognizer)
    companion: FakeCompanion = field(default_factory=FakeCompanion)
    speaker: FakeSpeaker = field(default_factory=FakeSpeaker)
    store: FakeStore = field(default_factory=lambda: FakeStore(lambda: NOW))
    longest: float = 60.0
    judge: FakeJudge | None = None
    content: Content = field(default_factory=lambda: words())

    def conversation(self) -> Conversation:
        return Conversation(
            World(
                listeners=Listeners(self.transcriber, self.recognizer),
                companion=self.companion,
                narrator=Narrator(self.speaker),
                store=self.store,
                people=self.store,
                content=self.content,
                clock=lambda: NOW,
                longest_note=self.longest,
                judge=self.judge,
            )
        )

    async def hear(self, data: bytes | None = None) -> Answer:
        return await self.conversation().answer(note(recording() if data is None else data))

    async def read(self, text: str) -> Answer:
        return await self.conversation().answer(TextNote(USER, text, NOW))


def note(data: bytes) -> VoiceNote:
    async def fetch() -> bytes:
        return data

    return VoiceNote(USER, fetch, NOW)


async def test_a_note_walks_from_bytes_to_a_spoken_answer() -> None:
    stage = Stage()
    answer = await stage.hear()
    assert answer.heard.words == "work was hard"
    assert answer.heard.feeling is not None
    assert answer.heard.feeling.emotion is Emotion.SAD
    assert answer.mood is not None and answer.mood.emotion is Emotion.SAD
    assert answer.reply.text == "I hear you. That sounds heavy."
    assert answer.reply.voice is not None
    voice = audio.decode(answer.reply.voice)
    assert voice.seconds == pytest.approx(answer.reply.seconds, abs=0.05)
    assert [text for text, _ in stage.speaker.said] == ["I hear you.", "That sounds heavy."]
    assert dict(answer.engines) == dict.fromkeys(("transcribe", "feel", "reply", "speak"), "fake")
    assert {"fetch", "decode", "safety", "record", "decide", "encode", "total"} <= set(
        answer.timings_ms
    )


async def test_the_day_is_the_persons_own() -> None:
    stage = Stage()
    stage.store.people[USER] = Person(USER, zone="Asia/Tokyo")
    await stage.read("hello")
    at = stage.companion.prompts[0].turns[-1].at
    assert (at, at.hour) == (NOW, 3)


async def test_what_was_said_and_felt_is_remembered_for_the_next_note() -> None:
    stage = Stage()
    await stage.hear()
    await stage.hear()
    prompt = stage.companion.prompts[-1]
    assert [turn.words for turn in prompt.turns] == [
        "work was hard",
        "I hear you. That sounds heavy.",
        "work was hard",
    ]
    assert prompt.mood is not None and len(prompt.mood.evidence) == 2


async def test_the_voice_profile_comes_back_to_the_recognizer() -> None:
    stage = Stage()
    await stage.hear()
    await stage.hear()
    first, second = stage.recognizer.profiles
    assert first is None
    assert second is not None and second.notes == 1


async def test_both_listeners_work_side_by_side() -> None:
    stage = Stage()
    met = asyncio.Barrier(2)

    class Transcriber(FakeTranscriber):
        async def transcribe(self, waveform: Waveform, language: str | None):  # type: ignore[no-untyped-def]
            await met.wait()
            return await super().transcribe(waveform, language)

    class Recognizer(FakeRecognizer):
        async def recognize(self, waveform: Waveform, voice):  # type: ignore[no-untyped-def]
            await met.wait()
            return await super().recognize(waveform, voice)

    stage.transcriber, stage.recognizer = Transcriber("hello there"), Recognizer()
    async with asyncio.timeout(5):
        assert (await stage.hear()).heard.words == "hello there"


async def test_sentences_are_spoken_while_later_ones_are_still_written() -> None:
    stage = Stage()
    spoken_early = asyncio.Event()

    class Companion(FakeCompanion):
        async def reply(self, prompt):  # type: ignore[no-untyped-def]
            async for sentence in super().reply(prompt):
                yield sentence
                async with asyncio.timeout(5):
                    await spoken_early.wait()

    class Speaker(FakeSpeaker):
        async def speak(self, text, manner):  # type: ignore[no-untyped-def]
            spoken_early.set()
            return await super().speak(text, manner)

    stage.companion, stage.speaker = Companion(), Speaker()
    assert (await stage.hear()).reply.voice is not None


async def test_the_feeling_is_kept_before_the_model_speaks() -> None:
    stage = Stage()
    stage.companion.failing = [NoEngine("nobody answers")]
    with pytest.raises(NoEngine):
        await stage.hear()
    assert len(stage.store.feelings) == 1


async def test_without_a_recognizer_the_words_are_answered() -> None:
    stage = Stage()
    stage.recognizer.failing = [EngineError("weights broken")]
    answer = await stage.hear()
    assert answer.heard.feeling is None and answer.reply.voice is not None


async def test_without_a_speaker_the_answer_is_text() -> None:
    stage = Stage()
    stage.speaker.failing = [NoEngine("no voice")]
    answer = await stage.hear()
    assert answer.reply.text and answer.reply.voice is None


async def test_a_reply_is_heard_in_one_voice() -> None:
    stage = Stage()
    plain = FakeSpeaker("plain")
    stage.companion.seconds = 0.05  # the first sentence is spoken before the second is written

    class Failing(FakeSpeaker):
        async def speak(self, text: str, manner: Manner) -> Utterance:
            if self.said:
                raise EngineError("the line dropped")
            return await super().speak(text, manner)

    stage.speaker = FirstSpeaker([Failing("good"), plain])  # type: ignore[assignment]
    answer = await stage.hear()
    assert answer.engines["speak"] == "plain"
    assert [text for text, _ in plain.said][-2:] == ["I hear you.", "That sounds heavy."]


async def test_a_reply_that_breaks_off_keeps_its_finished_sentences() -> None:
    stage = Stage()
    stage.companion.breaks_after = 1
    answer = await stage.hear()
    assert answer.reply.text == "I hear you."


async def test_reading_switched_off_reads_nothing() -> None:
    stage = Stage()
    await stage.store.keep(Person(USER, reads_feelings=False))
    answer = await stage.hear()
    assert answer.heard.feeling is None
    assert stage.recognizer.profiles == []
    assert answer.heard.words == "work was hard"


@pytest.mark.parametrize(
    ("answers", "spoken"), [("voice", True), ("both", True), ("text", False), ("same", False)]
)
async def test_a_typed_note_is_answered_as_its_writer_likes(answers: str, spoken: bool) -> None:
    stage = Stage()
    await stage.store.keep(Person(USER, answers=answers))
    answer = await stage.read("I had a long day")
    assert (answer.reply.voice is not None) is spoken
    assert answer.reply.text


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", EmptyNote),
        (b"this is a letter and no sound", NotAudio),
        (recording(1.0, level=0.0), SilentNote),
        (recording(3.0), TooLongNote),
    ],
)
async def test_bad_input_is_told(data: bytes, error: type[Exception]) -> None:
    stage = Stage(longest=2.5)
    with pytest.raises(error):
        await stage.hear(data)
    assert stage.companion.prompts == []


async def test_a_note_that_cannot_be_fetched_is_told() -> None:
    async def fetch() -> bytes:
        raise NotFetched("gone")

    with pytest.raises(NotFetched):
        await Stage().conversation().answer(VoiceNote(USER, fetch, NOW))


async def test_a_voice_without_words_is_told() -> None:
    with pytest.raises(NothingUnderstood):
        await Stage(transcriber=FakeTranscriber("  ")).hear()


async def test_no_transcriber_asks_to_type() -> None:
    stage = Stage()
    stage.transcriber.failing = [NoEngine("nobody listens")]
    with pytest.raises(NoEngine) as told:
        await stage.hear()
    assert told.value.text == "error.no_engine"


async def test_a_walk_that_is_cancelled_leaves_nothing_half_said() -> None:
    stage = Stage()
    met = asyncio.Event()

    class Companion(FakeCompanion):
        async def reply(self, prompt):  # type: ignore[no-untyped-def]
            met.set()
            await asyncio.sleep(60)
            yield prompt

    stage.companion = Companion()
    walk = asyncio.create_task(stage.hear())
    await met.wait()
    walk.cancel()
    with pytest.raises(asyncio.CancelledError):
        await walk
    assert [speaker for _, speaker in stage.store.turns] == ["user"]
    assert len(stage.store.feelings) == 1


async def test_an_answer_is_kept_but_settled_by_whoever_delivers_it() -> None:
    stage = Stage()
    answer = await stage.hear()
    assert not stage.store.notes[answer.note].settled
    assert [speaker for _, speaker in stage.store.turns] == ["user", "companion"]


DANGER = "I want to kill myself"


async def test_words_of_danger_never_meet_a_model() -> None:
    stage = Stage(transcriber=FakeTranscriber(DANGER))
    answer = await stage.hear()
    assert answer.crisis and answer.suggestion is None
    assert stage.companion.prompts == []
    assert answer.engines["reply"] == REVIEWED
    assert "findahelpline" in answer.reply.text
    assert answer.reply.voice is not None
    assert answer.buttons


async def test_a_yes_to_the_cards_question_brings_it_again_and_meets_no_model() -> None:
    stage = Stage()
    first = await stage.read(DANGER)
    again = await stage.read("yes")
    assert again.crisis and again.buttons == first.buttons
    assert again.reply.text != first.reply.text
    assert words().texts("en")("crisis.ask.again") in again.reply.text
    assert stage.companion.prompts == []


@pytest.mark.parametrize(
    ("danger", "said"),
    [(DANGER, "aftercare.safe"), ("hypothetically, if I were gone …", "aftercare.misread")],
)
async def test_a_no_to_the_cards_question_is_answered_in_fixed_words(
    danger: str, said: str
) -> None:
    stage = Stage()
    assert (await stage.read(danger)).crisis
    relieved = await stage.read("no, I'm not")
    assert not relieved.crisis and relieved.suggestion is None
    assert relieved.reply.text == words().texts("en")(said)
    assert relieved.reply.voice is not None
    assert stage.companion.prompts == []
    await stage.read("yes")
    assert len(stage.companion.prompts) == 1  # the question no longer stands


async def test_whoever_wants_to_read_reads_the_relief() -> None:
    stage = Stage()
    await stage.store.keep(replace(Person(USER), answers="text"))
    await stage.read(DANGER)
    assert (await stage.read("I'm safe now")).reply.voice is None


async def test_talk_that_answers_nothing_goes_on_as_ever_after_a_card() -> None:
    stage = Stage()
    await stage.read(DANGER)
    assert not (await stage.read("it is raining again")).crisis
    assert len(stage.companion.prompts) == 1


async def test_the_country_that_was_told_brings_its_lines() -> None:
    stage = Stage()
    await stage.store.keep(replace(Person(USER), country="US"))
    assert "988" in (await stage.read(DANGER)).reply.text


IN_DOUBT = "I have given away my records and my coat, somebody should enjoy them"


def doubting() -> Content:
    """A second reading that is never sure."""
    second = words().second_reading
    assert second is not None
    return replace(words(), second_reading=replace(second, threshold=1 - 1e-9))


async def test_a_model_may_add_the_card_where_the_floor_is_in_doubt() -> None:
    stage = Stage(judge=FakeJudge("suicide"), content=doubting())
    answer = await stage.read(IN_DOUBT)
    assert answer.crisis
    assert words().texts("en")("crisis.heard.unsure") in answer.reply.text
    assert stage.judge is not None
    assert stage.judge.shown == [(words().persona.look, IN_DOUBT)]
    assert stage.companion.prompts == []


@pytest.mark.parametrize("verdict", ["none", "", "I cannot help with that."])
async def test_a_model_that_sees_nothing_changes_nothing(verdict: str) -> None:
    stage = Stage(judge=FakeJudge(verdict), content=doubting())
    assert not (await stage.read(IN_DOUBT)).crisis


async def test_a_model_is_not_asked_where_the_floor_is_sure_and_takes_nothing_away() -> None:
    stage = Stage(judge=FakeJudge("none"), content=doubting())
    assert (await stage.read(DANGER)).crisis
    assert not (await stage.read("the soup was good today")).crisis
    assert stage.judge is not None and stage.judge.shown == []


async def test_a_model_that_is_down_leaves_the_floor() -> None:
    judge = FakeJudge("suicide")
    judge.failing = [EngineError("no Ollama answers")]
    answer = await Stage(judge=judge, content=doubting()).read(IN_DOUBT)
    assert not answer.crisis and answer.reply.text


async def test_a_sad_voice_alone_is_no_crisis() -> None:
    stage = Stage(recognizer=FakeRecognizer(Emotion.SAD, 0.99))
    assert not (await stage.hear()).crisis


async def test_a_broken_store_does_not_stand_before_the_card() -> None:
    stage = Stage()
    stage.store.broken = StoreError("disk full")
    assert (await stage.read(DANGER)).crisis
    with pytest.raises(StoreError):
        await stage.read("I had a long day")


async def test_a_store_that_breaks_midway_does_not_stand_before_the_card() -> None:
    class Breaking(FakeStore):
        async def record(self, note, heard):  # type: ignore[no-untyped-def]
            raise StoreError("disk full")

    assert (await Stage(store=Breaking(lambda: NOW)).read(DANGER)).crisis


async def test_guests_get_the_card_and_nothing_else_is_kept() -> None:
    stage = Stage()
    guarded = stage.conversation().guard
    assert await guarded(TextNote(USER, "hello", NOW)) is None
    card = await guarded(TextNote(USER, DANGER, NOW))
    assert card is not None and card.crisis
    assert not stage.store.notes and not stage.store.turns


async def test_users_are_served_side_by_side() -> None:
    stage = Stage()
    stage.companion.seconds = 0.1
    conversation = stage.conversation()
    answer: Callable[[int], Awaitable[Answer]] = lambda user: conversation.answer(  # noqa: E731
        TextNote(user, "a long day", NOW)
    )
    started = asyncio.get_running_loop().time()
    answers = await asyncio.gather(*(answer(user) for user in range(10)))
    assert len({one.note for one in answers}) == 10
    assert asyncio.get_running_loop().time() - started < 10 * 2 * 0.1


async def test_corrections_change_how_later_notes_are_heard_and_not_what_is_kept() -> None:
    stage = Stage(recognizer=FakeRecognizer(Emotion.ANGRY, 0.45))
    conversation = stage.conversation()
    for _ in range(25):
        answer = await conversation.answer(note(recording()))
        await stage.store.correct(answer.note, USER, Emotion.NEUTRAL)
    answer = await conversation.answer(note(recording()))
    assert answer.heard.feeling is not None and answer.mood is not None
    assert answer.heard.feeling.emotion is Emotion.NEUTRAL
    assert answer.heard.feeling.curve[0].probabilities == answer.heard.feeling.probabilities
    stored = stage.store.feelings[answer.note][1].probabilities
    assert stored is not None and stored[Emotion.ANGRY] == 0.45


async def test_who_asks_for_an_exercise_is_offered_one_whatever_their_mood() -> None:
    stage = Stage(recognizer=FakeRecognizer(Emotion.HAPPY, 0.9))
    conversation = stage.conversation()
    asked = TextNote(USER, "Can we do a breathing exercise?", NOW)
    answer = await conversation.answer(asked)
    assert answer.suggestion is not None
    kind = {one.key: one.kind for one in words().exercises}[answer.suggestion.key]
    assert kind is Kind.BREATHING
    again = await conversation.answer(replace(asked, words="Once more: can you help me relax?"))
    assert again.suggestion is not None and again.suggestion.key != answer.suggestion.key


async def test_who_asks_to_calm_down_is_offered_what_calms() -> None:
    stage = Stage(recognizer=FakeRecognizer(Emotion.SAD, 0.9))
    stage.transcriber = FakeTranscriber("can we do something to calm down")
    answer = await stage.conversation().answer(note(recording()))
    assert answer.suggestion is not None
    kind = {one.key: one.kind for one in words().exercises}[answer.suggestion.key]
    assert kind in CALMING


async def test_whoever_asks_for_sleep_by_day_is_helped_to_sleep() -> None:
    stage = Stage(transcriber=FakeTranscriber("Can you help me sleep?"))
    stage.store.people[USER] = Person(USER, zone="America/Los_Angeles")  # it is ten there
    answer = await stage.hear()
    assert answer.suggestion is not None
    kind = {one.key: one.kind for one in words().exercises}[answer.suggestion.key]
    assert kind is Kind.SLEEP


async def test_whoever_asks_for_music_gets_it_and_no_exercise() -> None:
    stage = Stage(transcriber=FakeTranscriber("Could you play some music, please?"))
    answer = await stage.hear()
    assert answer.reply.text == words().texts("en")("music.asked")
    assert answer.suggestion is None
    assert answer.mood is not None and answer.mood.emotion is Emotion.SAD  # it is chosen by that
    assert stage.companion.prompts == []


async def test_at_a_death_and_soon_after_nothing_is_offered_that_was_not_asked_for() -> None:
    sad = FakeRecognizer(Emotion.SAD, 0.9)
    offered = []
    stage = Stage(recognizer=sad)
    for said in ("my mother died on Tuesday", "she was so kind", "please help me to calm down"):
        stage.transcriber = FakeTranscriber(said)
        answer = await stage.conversation().answer(note(recording()))
        offered.append(answer.suggestion is not None)
    assert offered == [False, False, True]
    otherwise = Stage(recognizer=sad, transcriber=FakeTranscriber("my mother called on Tuesday"))
    answer = await otherwise.conversation().answer(note(recording()))
    assert answer.suggestion is not None


async def test_danger_wins_over_a_wish() -> None:
    asked = "I want to kill myself. Can we do something to calm down?"
    answer = await Stage().conversation().answer(TextNote(USER, asked, NOW))
    assert answer.crisis and answer.suggestion is None
