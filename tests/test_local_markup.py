"""HTML as Telegram reads it, and what it says of broken HTML."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.local.markup import parsed, utf16_length
from bot.local.refusals import Refused

SHOWN = [
    ("<b>a</b> b", "a b", [("bold", 0, 1)]),
    ("😀 <i>x</i>", "😀 x", [("italic", 3, 1)]),
    ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
    ("  <u>a</u>\n", "a", [("underline", 0, 1)]),
    ("<b>  a </b> ", "a", [("bold", 0, 1)]),
    ("1 &lt; 2 &amp; &#65;&#x42; &nbsp;", "1 < 2 & AB &nbsp;", []),
    ("<b></b>a", "a", []),
    ("<CODE>x</code>", "x", [("code", 0, 1)]),
    ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
    ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
    ("a > b", "a > b", []),
]


@pytest.mark.parametrize(("source", "text", "entities"), SHOWN)
def test_tags_become_entities(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    plain, found = parsed(source, "HTML")
    assert plain == text
    assert [(each["type"], each["offset"], each["length"]) for each in found] == entities


def test_a_link_keeps_its_address() -> None:
    plain, (link,) = parsed("<a href='https://a.org/?x=1&amp;y=2'>here</a>", "html")
    assert plain == "here"
    assert link == {
        "type": "text_link",
        "url": "https://a.org/?x=1&y=2",
        "offset": 0,
        "length": 4,
    }


BROKEN = [
    ("I < you", 'Unsupported start tag "" at byte offset 2'),
    ("ü<p>x</p>", 'Unsupported start tag "p" at byte offset 2'),
    ("a<br/>b", 'Unsupported start tag "br/" at byte offset 1'),
    ("a <b", "Unclosed start tag at byte offset 2"),
    ('<a href="x', "Unclosed start tag at byte offset 0"),
    ("a</b>", "Unexpected end tag at byte offset 1"),
    ("<b>a</b", "Unclosed end tag at byte offset 4"),
    ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
    ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
    ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
]


@pytest.mark.parametrize(("source", "reason"), BROKEN)
def test_broken_markup_is_refused_with_its_place(source: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        parsed(source, "HTML")
    assert refused.value.refusal.code == 400
    assert refused.value.refusal.description == f"Bad Request: can't parse entities: {reason}"


def test_other_markup_is_declined_rather_than_misread() -> None:
    with pytest.raises(Refused) as refused:
        parsed("*bold*", "MarkdownV2")
    assert refused.value.refusal.code == 501


@given(st.text())
def test_escaped_words_come_through_as_they_are(words: str) -> None:
    assert parsed(escape(words), "HTML") == parsed(words, "")


@given(st.text(alphabet="ab <>/&;=\"'é😀", max_size=40))
def test_any_text_is_read_or_refused_and_entities_lie_inside_it(source: str) -> None:
    try:
        plain, entities = parsed(source, "HTML")
    except Refused as refused:
        assert refused.refusal.code == 400
        return
    assert all(
        0 <= each["offset"] < each["offset"] + each["length"] <= utf16_length(plain)
        for each in entities
    )
