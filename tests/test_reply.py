"""What of a model's text is said, and in what manner."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.reply import SENTENCES, WORDS, manner, spoken
from pipeline.values import Affect, Emotion, Mood, Person
from tests.strategies import moods


class Stream:
    """A model's text in pieces; remembers how many were taken and whether it was closed."""

    def __init__(self, pieces: list[str]) -> None:
        self._pieces = iter(pieces)
        self.taken = 0
        self.closed = False

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> str:
        for piece in self._pieces:
            self.taken += 1
            return piece
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self.closed = True


def said(text: str | list[str], language: str = "en") -> list[str]:
    pieces = [text] if isinstance(text, str) else text

    async def collect() -> list[str]:
        return [sentence async for sentence in spoken(Stream(pieces), language)]

    return asyncio.run(collect())


CALM = "I hear you. That sounds like a long week."

UGLY = [
    ("<think>The user is sad. I must be kind.</think>\n\n" + CALM, CALM),
    ("Okay, so the user is sad. I should keep it short.\n</think>\n" + CALM, CALM),
    ("Assistant: " + CALM, CALM),
    ('**EchoMind:** "' + CALM + '"', CALM),
    ("Sure! Here is a reply:\n\n" + CALM, CALM),
    ("I hear you.That sounds like a long week.", CALM),
    ("I hear you 💛 That sounds like a long week 😢", CALM),
    ("EchoMind: *softly* " + CALM + "\n\n— EchoMind", CALM),
    ("Here's my response:\n" + CALM, CALM),
    ("*nods slowly* I hear you. *leans in* That sounds like a long week. (pauses)", CALM),
    (CALM + "\n\nUser: thanks\nAssistant: You're welcome.", CALM),
    (CALM + "<|im_end|>\n<|im_start|>user\nhello there", CALM),
    (CALM + " " + CALM + " " + CALM, CALM),
    (CALM + " And I also wanted to", CALM),
    ("```\n" + CALM + "\n```", CALM),
    ("# Reply\n\n" + CALM + "\n\n---\n*Word count: 9*", CALM),
    ("I hear you. 💛 That sounds like a long week 😢.", CALM),
    ("<reply>" + CALM + "</reply>", CALM),
    ("i hear you", "i hear you."),
    ("I missed you! I hear you.", "I hear you."),
    ("As your therapist, I know it. I hear you.", "I hear you."),
    ("How are you? What happened? When? I hear you.", "How are you? I hear you."),
    ("I hear you. 明白你的感受。", "I hear you."),
]


@pytest.mark.parametrize(("text", "reply"), UGLY)
def test_what_small_models_write_is_made_fit_to_hear(text: str, reply: str) -> None:
    assert " ".join(said(text)) == reply


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", "en"),
        ("   \n\n ", "en"),
        ("<think>It never ends. I hear the user.", "en"),
        ("Okay, the user sounds sad, so I need to respond with warmth. Let me write.", "en"),
        ("😀😀😀", "en"),
        ("Let me think. The person seems low. I will be warm. I hear you.", "en"),
        ("Sure, I can help with that!", "en"),
        ("Lo siento mucho, eso suena muy difícil para ti. Estoy aquí.", "en"),
        ("I am sorry, that sounds hard for you. I am here.", "es"),
        ("I am sorry, that sounds hard for you.", "de"),
        ("I am sorry, that sounds hard for you.", "hi"),
        ("Main aapki baat samajh raha hoon.", "hi"),
        ("मैं आपको सुन रहा हूँ।", "ru"),
        ("Ich verstehe dich, das ist nicht leicht für dich und mich.", "fr"),
        ("我明白你的感受。", "en"),
        ("As an AI language model, I do not have feelings.", "en"),
        ("I'm sorry, but I can't assist with that request.", "en"),
        ('{"reply": "I hear you."}', "en"),
        ("word " * 400, "en"),
        ("yes yes yes yes yes yes yes yes yes yes.", "en"),
        ("User: and then?", "en"),
    ],
)
def test_what_is_unusable_is_not_said(text: str, language: str) -> None:
    assert said(text, language) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Te escucho. ¿Qué es lo que más te pesa hoy?", "es"),
        ("Das klingt schwer. Was hilft dir gerade ein wenig?", "de"),
        ("Je t'entends. C'est beaucoup pour une seule personne.", "fr"),
        ("Eu ouço você. Isso parece muito pesado.", "pt"),
        ("मैं सुन रहा हूँ। यह आसान नहीं है।", "hi"),
        ("Я слышу вас. Это правда тяжело.", "ru"),
        ("أنا أسمعك. هذا ليس سهلا.", "ar"),
    ],
)
def test_every_language_is_let_through(text: str, language: str) -> None:
    assert " ".join(said(text, language)) == text


def test_a_long_text_is_cut_at_the_end_of_a_sentence() -> None:
    sentences = said(
        " ".join(
            f"This is the {i} thing I want to say about that."
            for i in ("first", "second", "third", "fourth", "fifth", "sixth")
        )
    )
    assert len(sentences) <= SENTENCES
    assert all(sentence.endswith(".") for sentence in sentences)


def test_a_sentence_is_said_before_the_next_is_written() -> None:
    async def first() -> tuple[str, int]:
        stream = Stream(["I hear", " you. ", "That ", "sounds", " hard."])
        async for sentence in spoken(stream, "en"):
            return sentence, stream.taken
        raise AssertionError("nothing was said")

    assert asyncio.run(first()) == ("I hear you.", 3)


def test_a_model_is_stopped_when_enough_is_said() -> None:
    stream = Stream(["One is one. Two is two. Three is three. Four is four. Five"] + ["x"] * 99)

    async def collect() -> int:
        return len([sentence async for sentence in spoken(stream, "en")])

    assert asyncio.run(collect()) == 4
    assert stream.closed and stream.taken < 3


def test_what_breaks_the_stream_goes_through() -> None:
    async def breaking() -> AsyncIterator[str]:
        yield "I hear you. And"
        raise ConnectionError

    async def collect() -> list[str]:
        heard: list[str] = []
        with pytest.raises(ConnectionError):
            async for sentence in spoken(breaking(), "en"):
                heard.append(sentence)
        return heard

    assert asyncio.run(collect()) == ["I hear you."]


messy = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            [
                "<think>",
                "</think>",
                "*",
                "**",
                "_",
                "#",
                "\n",
                "\n- ",
                ". ",
                "? ",
                "! ",
                "(",
                ")",
                "[",
                "]",
                "I hear you",
                " you",
                "😀",
                "<|im_end|>",
                "`",
                "~~",
                "<b>",
                "|",
                '"',
                "…",
                "Dr",
                "Assistant: ",
                "है।",
                "؟",
                "{",
                "}",
                "\\",
                "^",
                "http://a.b",
                "\u200d",
                "\ufe0f",
            ]
        ),
    ),
    max_size=25,
)


@given(messy, st.data())
def test_how_a_text_is_cut_changes_nothing(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    ends = [0, *places, len(text)]
    other = [text[a:b] for a, b in pairwise(ends)]
    assert said(other) == said(text) == said(list(text))


@given(messy, st.sampled_from(["en", "hi", "ar", "xx"]))
def test_nothing_that_cannot_be_heard_is_said(pieces: list[str], language: str) -> None:
    sentences = said("".join(pieces), language)
    assert len(sentences) <= SENTENCES
    assert sum("?" in one or "؟" in one for one in sentences) <= 1
    assert sum(len(one.split()) for one in sentences) <= WORDS
    for sentence in sentences:
        assert sentence == sentence.strip() and any(map(str.isalpha, sentence))
        assert not set(sentence) & set("*_#`~|<>[](){}\\^=\n")
        assert not any(unicodedata.category(c) in ("So", "Sk", "Cc", "Cs", "Co") for c in sentence)


@given(moods)
def test_the_manner_fits_the_mood(mood: Mood) -> None:
    spoken_so = manner(mood, Person(1, language="de", voice="x"))
    assert (spoken_so.language, spoken_so.voice) == ("de", "x")
    assert 0.8 <= spoken_so.rate <= 1.05
    assert -1 <= spoken_so.pitch <= 0.5
    assert 0.8 <= spoken_so.volume <= 1
    if mood.emotion in (Emotion.SAD, Emotion.FEARFUL, Emotion.ANGRY):
        assert spoken_so.rate <= 1 and spoken_so.pitch <= 0 and spoken_so.volume <= 1
    if mood.low_days or mood.now.valence < 0:
        assert spoken_so.rate <= 1 and spoken_so.pitch <= 0


def test_a_sad_voice_is_answered_slower_and_softer_than_a_happy_one() -> None:
    person = Person(1)
    sad = manner(Mood(Affect(-0.6, -0.4), Emotion.SAD, 0.8), person)
    happy = manner(Mood(Affect(0.7, 0.4), Emotion.HAPPY, 0.8), person)
    assert (sad.rate, sad.pitch, sad.volume) < (0.9, -0.7, 0.9)
    assert happy.rate > 1 and happy.pitch > 0
    assert manner(None, person).rate == 1
