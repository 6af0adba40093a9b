"""How listed phrases are found in what somebody said."""

import pytest

from pipeline.phrases import Phrases, clauses, framed, paused, sentences, tokens


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


@pytest.mark.parametrize(
    ("words", "phrase"),
    [
        ("i can not cope", "can not cope"),
        ("मुझे नींद नहीं आती", "नींद नहीं आती"),
        ("मैं दुखी हूँ और आज काम पर नहीं गया", "दुखी"),
        ("not that it matters but i am sad", "sad"),
        ("i do not go out any more and i am sad", "am sad"),
    ],
)
def test_the_phrases_own_words_deny_nothing_and_far_ones_neither(words: str, phrase: str) -> None:
    phrases = Phrases(paused(words), ("not", "+नहीं"))
    assert phrases.find([phrase]) is not None
    assert not phrases.denies([phrase])


@pytest.mark.parametrize(
    ("words", "phrase"),
    [
        ("i am not at all that happy", "all that happy"),
        ("मैं बहुत खुश बिल्कुल नहीं हूँ", "बहुत खुश"),
    ],
)
def test_the_words_beside_a_long_phrase_count_from_its_ends(words: str, phrase: str) -> None:
    assert Phrases(paused(words), ("not", "+नहीं")).denies([phrase])


def test_a_phrase_can_be_looked_for_whether_denied_or_not() -> None:
    phrases = Phrases(paused("i do not talk to my mother"), ("not",))
    assert phrases.find(["my mother"]) is None
    assert phrases.last(["my mother"]) == 5


def test_a_denial_within_a_phrase_can_be_set_aside() -> None:
    said = Phrases(paused("не поможешь мне расслабиться"), ("не",))
    assert said.find(["расслабиться"]) is None
    assert said.aside(["не поможешь"]).find(["расслабиться"]) == 3
    assert said.aside(["поможешь"]).find(["расслабиться"]) is None


def test_sentences_end_at_their_ends_and_not_where_somebody_hesitates() -> None:
    assert sentences("Help me... please, now! नींद नहीं आती। هل؟\nYes") == [
        "Help me… please, now",
        " नींद नहीं आती",
        " هل",
        "Yes",
    ]
    assert sentences(" ... !") == []


def test_clauses_end_at_pauses_and_joining_words_and_keep_their_spelling() -> None:
    assert clauses("I am tired, and my Straße hurts. Yes AND no", ["and"]) == [
        ("I", "am", "tired"),
        ("my", "Straße", "hurts"),
        ("Yes",),
        ("no",),
    ]


def test_where_clauses_and_all_of_it_begin_and_end_can_be_looked_for() -> None:
    phrases = Phrases(framed("Пока не знаю. Ну, пока!"))
    assert phrases.find(["^ пока $ $"]) == len(framed("Пока не знаю. Ну, пока!")) - 4
    assert Phrases(framed("пока, наверное, никак")).find(["^ пока $ $"]) is None
    assert framed("") == ("$",)
