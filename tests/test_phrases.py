"""How listed phrases are found in what somebody said."""

import pytest

from pipeline.phrases import Phrases, clauses, paused, tokens


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("I’m SO tired.", ("i'm", "so", "tired")),
        ("'quoted'", ("quoted",)),
        ("मैं थका हुआ हूँ।", ("मैं", "थका", "हुआ", "हूँ")),
        ("أنا متعب، جدا", ("أنا", "متعب", "جدا")),
        ("", ()),
    ],
)
def test_words_keep_the_marks_of_their_script(words: str, found: tuple[str, ...]) -> None:
    assert tokens(words) == found


@pytest.mark.parametrize(
    ("words", "phrase", "place"),
    [
        ("my boss is my boss", "my boss", 3),
        ("overwhelmed by it", "overwhelm*", 0),
        ("burning out at work", "burn* out", 0),
        ("a classy evening", "class", None),
        ("i am not happy", "happy", None),
        ("i am not. happy days", "happy", 4),
        ("मैं खुश नहीं हूँ", "खुश", None),
        ("out of time", "out of time and", None),
    ],
)
def test_a_phrase_is_found_where_it_is_not_denied(
    words: str, phrase: str, place: int | None
) -> None:
    phrases = Phrases(paused(words), ("not", "+नहीं"))
    assert phrases.find([phrase]) == place
    assert phrases.denies([phrase]) is (place is None and phrase in ("happy", "खुश"))


def test_clauses_end_at_pauses_and_joining_words() -> None:
    assert clauses("I am tired, and my back hurts. Yes", ["and"]) == [
        ("i", "am", "tired"),
        ("my", "back", "hurts"),
        ("yes",),
    ]
