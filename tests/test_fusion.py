"""A voice and its words made one guess, alone and on the walk."""

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import content
from pipeline.content import Content
from pipeline.conversation import Conversation, World
from pipeline.fusion import fused, pooled
from pipeline.listening import Listeners
from pipeline.speaking import Narrator
from pipeline.values import (
    Answer,
    Emotion,
    Entry,
    Feeling,
    Heard,
    History,
    NoteKind,
    Person,
    Probabilities,
    TextNote,
    VoiceNote,
)
from tests.fakes import FakeCompanion, FakeRecognizer, FakeSpeaker, FakeStore, FakeTranscriber
from tests.strategies import NOW

EVEN = dict.fromkeys(Emotion, 1 / 8)
guesses = st.lists(st.floats(0.01, 1), min_size=8, max_size=8).map(
    lambda raw: {e: value / sum(raw) for e, value in zip(Emotion, raw, strict=True)}
)


def sure(emotion: Emotion, confidence: float = 0.6) -> dict[Emotion, float]:
    rest = (1 - confidence) / 7
    return {one: confidence if one is emotion else rest for one in Emotion}


@given(guesses)
def test_words_that_say_nothing_change_nothing(voice: Probabilities) -> None:
    assert pooled(voice, EVEN) == pytest.approx(voice)


@given(guesses, guesses, st.floats(0, 2))
def test_a_pool_is_a_distribution(
    voice: Probabilities, words: Probabilities, weight: float
) -> None:
    both = pooled(voice, words, weight)
    assert sum(both.values()) == pytest.approx(1)
    assert set(both) == set(Emotion)


@given(guesses)
def test_without_weight_the_voice_stays(voice: Probabilities) -> None:
    assert pooled(voice, sure(Emotion.SAD), weight=0) == pytest.approx(voice)


def test_words_tip_what_the_voice_leaves_open() -> None:
    torn = {**sure(Emotion.SAD, 0.3), Emotion.CALM: 0.31}
    assert max(torn, key=torn.__getitem__) is Emotion.CALM
    both = pooled(torn, sure(Emotion.SAD))
    assert max(both, key=both.__getitem__) is Emotion.SAD


def test_a_sure_voice_is_not_talked_over() -> None:
    both = pooled(sure(Emotion.ANGRY, 0.9), sure(Emotion.HAPPY))
    assert max(both, key=both.__getitem__) is Emotion.ANGRY


def test_agreeing_makes_surer() -> None:
    assert pooled(sure(Emotion.SAD), sure(Emotion.SAD))[Emotion.SAD] > 0.6


@pytest.mark.parametrize("missing", ["voice", "words", "seconds", "entries"])
def test_nothing_is_fused_where_one_is_missing(missing: str) -> None:
    heard = Heard(
        "I am sad",
        "en",
        None if missing == "voice" else Feeling(EVEN, "voice"),
        seconds=0.0 if missing == "seconds" else 2.0,
    )
    entry = Entry(1, NOW, NoteKind.VOICE, EVEN)
    history = History(entries=() if missing == "entries" else (entry,))
    words = None if missing == "words" else Feeling(sure(Emotion.SAD), "words")
    assert fused(heard, words, history) == (heard, history)


RECORDING = (Path(__file__).parent / "data" / "voice-note-george-7190.ogg").read_bytes()
"""A human voice."""


@cache
def prompts() -> Content:
    return content.load(Path(__file__).parents[1] / "prompts")


class Stage:
    def __init__(
        self, words_feeling: str, words: str = "I was so sad and lonely at work today"
    ) -> None:
        self.store = FakeStore(lambda: NOW)
        self.companion = FakeCompanion()
        self.conversation = Conversation(
            World(
                listeners=Listeners(
                    FakeTranscriber(words), FakeRecognizer(Emotion.CALM, confidence=0.3)
                ),
                companion=self.companion,
                narrator=Narrator(FakeSpeaker()),
                store=self.store,
                people=self.store,
                content=prompts(),
                clock=lambda: NOW,
                words_feeling=words_feeling,
            )
        )

    async def types(self, words: str, **known: Any) -> Answer:
        self.store.people[7] = Person(7, introduced=True, answers="text", **known)
        return await self.conversation.answer(TextNote(7, words, NOW))

    async def speaks(self) -> Answer:
        async def fetch() -> bytes:
            return RECORDING

        return await self.conversation.answer(VoiceNote(7, fetch, NOW + timedelta(minutes=1)))


async def test_typed_words_have_a_feeling_of_their_own() -> None:
    stage = Stage("text")
    answer = await stage.types("I am so sad today.")
    assert answer.heard.feeling is not None and answer.heard.feeling.emotion is Emotion.SAD
    (entry,) = await stage.store.feelings_of(7)
    assert entry.kind is NoteKind.TEXT and entry.curve == ()
    assert answer.mood is not None and answer.mood.emotion is Emotion.SAD


@pytest.mark.parametrize("words", ["I took the bus.", "I want to kill myself, I am so sad."])
async def test_no_feeling_is_read_of_plain_words_or_of_danger(words: str) -> None:
    stage = Stage("both")
    answer = await stage.types(words)
    assert answer.heard.feeling is None
    assert await stage.store.feelings_of(7) == ()


async def test_none_is_read_where_nobody_wants_it() -> None:
    off, shy = Stage("off"), Stage("both")
    assert (await off.types("I am so sad.")).heard.feeling is None
    assert (await shy.types("I am so sad.", reads_feelings=False)).heard.feeling is None


async def test_beside_a_voice_words_count_only_where_the_owner_says_so() -> None:
    alone = (await Stage("text").speaks()).heard.feeling
    assert alone is not None and (alone.emotion, alone.engine) == (Emotion.CALM, "fake")

    stage = Stage("both")
    answer = await stage.speaks()
    together = answer.heard.feeling
    assert together is not None
    assert (together.emotion, together.engine) == (Emotion.SAD, "fake + words")
    assert answer.mood is not None and answer.mood.emotion is Emotion.SAD
    (kept,) = await stage.store.feelings_of(7)  # the voice's own guess, which corrections refine
    assert kept.probabilities == alone.probabilities
