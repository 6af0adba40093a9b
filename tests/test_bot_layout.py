"""Which words stand under the voice and which beside it, whatever their length."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.layout import Showing, lay_out
from bot.pieces import CAPTION, TEXT, units
from pipeline.values import Answer, Emotion, Feeling, Heard, SpokenReply
from tests.chatting import words

EN = words().texts("en")
said = st.text(st.sampled_from("ab é🙂.!? \n<&>"), max_size=6_000)


def answer(reply: str, heard: str = "", emotion: Emotion | None = None) -> Answer:
    feeling = None
    if emotion is not None:
        feeling = Feeling({e: 0.65 if e is emotion else 0.05 for e in Emotion}, "fake")
    return Answer(1, Heard(heard, "en", feeling), None, None, SpokenReply(reply, b"voice", 3.0))


def showing(typed: bool = False, silent: bool = False, sureness: float = 0.5) -> Showing:
    return Showing(EN, sureness, typed, silent)


def seen(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


@given(said.filter(str.strip), said, st.sampled_from([None, *Emotion]), st.booleans())
def test_everything_fits_and_nothing_is_left_out(
    reply: str, heard: str, emotion: Emotion | None, voiced: bool
) -> None:
    page = lay_out(answer(reply, heard, emotion), showing(silent=True), voiced)
    assert units(seen(page.caption)) <= CAPTION
    assert all(0 < units(seen(message)) <= TEXT for message in page.messages)
    assert voiced or not page.caption
    shown = "".join("".join(seen(part) for part in (page.caption, *page.messages)).split())
    assert "".join(reply.split()) in shown
    assert sum(map(len, heard.split())) <= len(shown)
    if emotion is not None:
        assert "".join(EN(f"feeling.{emotion}").split()) in shown


def test_a_short_answer_is_one_caption() -> None:
    page = lay_out(answer("I hear you.", "a <b> & c", Emotion.SAD), showing(), voiced=True)
    assert page.messages == ()
    assert page.caption.startswith("I hear you.\n\n<blockquote>")
    assert "a &lt;b&gt; &amp; c" in page.caption


def test_a_transcript_too_long_for_the_caption_follows_the_voice() -> None:
    page = lay_out(answer("I hear you.", "word " * 400), showing(), voiced=True)
    assert page.caption == "I hear you."
    assert [message.startswith("<blockquote expandable>") for message in page.messages] == [True]


def test_without_a_voice_all_is_one_message() -> None:
    page = lay_out(answer("I hear you.", "hello"), showing(silent=True), voiced=False)
    assert page.caption == "" and len(page.messages) == 1


@pytest.mark.parametrize(
    ("sureness", "typed", "key"),
    [
        (0.6, False, "answer.feeling"),
        (0.7, False, "answer.feeling_unsure"),
        (0.6, True, "answer.feeling_text"),
    ],
)
def test_a_feeling_is_worded_by_how_sure_it_is(sureness: float, typed: bool, key: str) -> None:
    shown = showing(typed=typed, sureness=sureness)
    page = lay_out(answer("I hear you.", "hello", Emotion.FEARFUL), shown, voiced=True)
    assert EN(key, feeling="anxious", percent=65) in seen(page.caption)
