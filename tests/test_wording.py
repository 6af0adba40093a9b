"""What words alone say of a feeling, and what they do not."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ContentError
from pipeline.values import Emotion
from pipeline.wording import ENGINE, NAMED, evidence, feeling, guess, read_vocabulary
from tests.feelings_report import Score, on_sentences, read_sentences

FILES = sorted((Path(__file__).parents[1] / "prompts" / "feelings").glob("*.toml"))
TABLES = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in FILES}
VOCABULARIES = {name: read_vocabulary(table, name) for name, table in TABLES.items()}
ENGLISH = VOCABULARIES["en"]


def test_every_language_of_the_interface_is_there() -> None:
    assert set(VOCABULARIES) == {"en", "es", "de", "fr", "pt", "hi", "ru", "ar"}


@pytest.mark.parametrize(
    ("language", "words", "emotion"),
    [
        ("en", "I am so scared of tomorrow.", Emotion.FEARFUL),
        ("de", "Ich bin so traurig.", Emotion.SAD),
        ("es", "Estoy furiosa con él.", Emotion.ANGRY),
        ("fr", "Je suis ravie !", Emotion.HAPPY),
        ("pt", "Que nojo.", Emotion.DISGUST),
        ("ru", "Мне спокойно.", Emotion.CALM),
        ("hi", "मैं हैरान हूँ।", Emotion.SURPRISED),
        ("ar", "أنا خائفة", Emotion.FEARFUL),
    ],
)
def test_a_feeling_that_is_named_is_read(language: str, words: str, emotion: Emotion) -> None:
    found = feeling(words, VOCABULARIES[language])
    assert found is not None
    assert (found.emotion, found.engine, found.curve) == (emotion, ENGINE, ())
    assert 0.4 < found.confidence < 0.6  # half sure: it weighs little


@pytest.mark.parametrize("words", ["I took the bus to town.", "", "…", "Guten Tag", "not at all"])
def test_words_that_name_none_give_no_guess(words: str) -> None:
    assert feeling(words, ENGLISH) is None


def test_a_language_without_a_vocabulary_gives_none() -> None:
    assert feeling("I am sad", None) is None


def test_what_is_denied_is_not_felt() -> None:
    assert guess("I am not angry.", ENGLISH) is None
    unhappy = guess("I am not happy.", ENGLISH)
    assert unhappy is not None and max(unhappy, key=unhappy.__getitem__) is Emotion.SAD


def test_more_wordings_are_surer_but_not_without_end() -> None:
    said = [
        "sad",
        "sad and crying",
        "sad and crying and lonely",
        "sad and crying, lonely, in tears",
    ]
    sure = [guess(words, ENGLISH) for words in said]
    tops = [one[Emotion.SAD] for one in sure if one]
    assert tops[0] < tops[1] == tops[2] == tops[3] < 0.8


@given(st.text(max_size=200), st.sampled_from(sorted(VOCABULARIES)))
def test_a_guess_is_a_distribution(words: str, language: str) -> None:
    found = guess(f"{words} sad traurig triste", VOCABULARIES[language])
    if found is not None:
        assert set(found) == set(Emotion)
        assert sum(found.values()) == pytest.approx(1)
        assert min(found.values()) > 0
    assert set(evidence(words, ENGLISH)) == set(NAMED)


@pytest.mark.parametrize(
    "broken",
    [
        {"sad": None},
        {"sad": "sad"},
        {"sad": [" "]},
        {"sad": [1]},
        {"bored": ["bored"]},
    ],
)
def test_a_file_that_is_not_in_order_is_named(broken: dict[str, object]) -> None:
    with pytest.raises(ContentError, match="xx"):
        read_vocabulary({**TABLES["en"], **broken}, "xx")


def test_the_sentences_are_whole() -> None:
    sentences = read_sentences()
    for language in VOCABULARIES:
        own = [one for one in sentences if one.language == language]
        assert len(own) >= 30
        assert {one.emotion for one in own} == set(Emotion)


@pytest.mark.parametrize("language", sorted(VOCABULARIES))
def test_words_name_feelings_in_every_language(language: str) -> None:
    own = [one for one in read_sentences() if one.language == language]
    assert on_sentences(own, VOCABULARIES).recall >= 0.8


def test_where_a_feeling_is_named_it_is_mostly_the_right_one() -> None:
    """On sentences never fitted to; most of them name none, which is said in DECISIONS.md."""
    told = [
        (one.emotion, guess(one.words, VOCABULARIES[one.language]))
        for one in read_sentences("second")
    ]
    pairs = [(truth, found) for truth, found in told if found is not None]
    score = Score.of([truth for truth, _ in pairs], [found for _, found in pairs])
    assert 10 <= len(pairs) < len(told) / 4
    assert score.accuracy >= 0.75
