"""Text is cut to Telegram's lengths without losing a word, and laid out by what fits where."""

from hypothesis import given
from hypothesis import strategies as st

from bot.pieces import cut, html, units

texts = st.text(st.sampled_from("ab é🙂𐍈.!? \n<&>»"), max_size=120)


@given(texts, st.integers(2, 40))
def test_no_piece_is_too_long_and_nothing_is_lost(text: str, limit: int) -> None:
    pieces = cut(text, limit)
    assert all(0 < units(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(texts)
def test_what_fits_stays_whole(text: str) -> None:
    assert cut(text, 10_000) == ([text.strip()] if text.strip() else [])


def test_it_is_cut_at_the_end_of_a_sentence_if_it_can_be() -> None:
    assert cut("One two. Three four. Five six.", 22) == ["One two. Three four.", "Five six."]
    assert cut('He said "stop!" Then he left.', 20) == ['He said "stop!"', "Then he left."]
    assert cut("यह एक है। यह दो है।", 12) == ["यह एक है।", "यह दो है।"]


def test_else_between_words_and_else_anywhere() -> None:
    assert cut("one two three four", 9) == ["one two", "three", "four"]
    assert cut("abcdefgh", 3) == ["abc", "def", "gh"]


def test_a_smile_counts_for_two() -> None:
    assert units("🙂") == 2
    assert cut("🙂🙂🙂", 4) == ["🙂🙂", "🙂"]


def test_what_a_user_says_is_no_markup() -> None:
    assert html("<b>1 & 2</b>") == "&lt;b&gt;1 &amp; 2&lt;/b&gt;"
