"""Which music goes with a feeling, and what to look it up with."""

import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import music
from pipeline.content import load
from pipeline.errors import ContentError
from pipeline.music import Way, Wish
from pipeline.values import Emotion, Mood, MusicSearch

PROMPTS = Path(__file__).parents[1] / "prompts"
CONTENT = load(PROMPTS)
MUSIC = CONTENT.music
GENRES = {
    Emotion.NEUTRAL: "chill",
    Emotion.CALM: "acoustic",
    Emotion.HAPPY: "pop",
    Emotion.SAD: "blues",
    Emotion.ANGRY: "rock",
    Emotion.FEARFUL: "electronic",
    Emotion.DISGUST: "metal",
    Emotion.SURPRISED: "dance",
}


def mood(emotion: Emotion, certainty: float = 0.7, low_days: int = 0) -> Mood:
    return Mood(now=emotion.affect, emotion=emotion, certainty=certainty, low_days=low_days)


@pytest.mark.parametrize(("emotion", "genre"), GENRES.items())
def test_each_feeling_has_its_genre(emotion: Emotion, genre: str) -> None:
    assert music.search(MUSIC, Wish(emotion)).genre == genre


@pytest.mark.parametrize("emotion", list(Emotion))
def test_lifting_leads_to_no_darker_feeling(emotion: Emotion) -> None:
    genre = music.search(MUSIC, Wish(emotion, Way.LIFT)).genre
    led_to = next(feeling for feeling, name in GENRES.items() if name == genre)
    assert led_to is not emotion
    if emotion.affect.valence < 0:
        assert led_to.affect.valence >= 0
        assert genre != music.search(MUSIC, Wish(emotion, Way.STAY)).genre
    if emotion.affect.valence < 0 < emotion.affect.arousal:
        assert led_to.affect.arousal < emotion.affect.arousal


@pytest.mark.parametrize("genre", sorted(set(GENRES.values())))
def test_each_genre_has_a_name_to_be_shown(genre: str) -> None:
    for language in CONTENT.languages:
        assert CONTENT.texts(language)(f"music.genre.{genre}").strip()


@given(st.sampled_from(list(Emotion)), st.sampled_from(list(Way)), st.integers(0, 10_000))
def test_another_one_is_always_another(emotion: Emotion, way: Way, turn: int) -> None:
    one, other = (music.search(MUSIC, Wish(emotion, way, turn + i)) for i in range(2))
    assert one.genre == other.genre
    assert (one.words, one.skip) != (other.words, other.skip)


@given(st.text(min_size=1), st.sampled_from([*MUSIC.services, "wax cylinder", None]))
def test_a_link_is_https_and_carries_the_search_whole(words: str, service: str | None) -> None:
    words = words.encode("utf-8", "ignore").decode()
    link = urlsplit(music.link(MUSIC, MusicSearch("pop", words), service))
    assert link.scheme == "https"
    assert link.hostname in {"www.youtube.com", "open.spotify.com"}
    assert link.geturl().isascii() and not link.fragment


def test_an_unknown_service_is_the_usual_one() -> None:
    link = music.link(MUSIC, MusicSearch("blues", "slow & blue"), "wax cylinder")
    assert urlsplit(link).hostname == "www.youtube.com"
    assert parse_qs(urlsplit(link).query) == {"search_query": ["slow & blue"]}


def test_a_clear_mood_is_answered_without_asking() -> None:
    assert music.wish(mood(Emotion.ANGRY), turn=4) == Wish(Emotion.ANGRY, Way.STAY, 4)
    assert music.wish(mood(Emotion.ANGRY, certainty=0.2), turn=4) is None
    assert music.wish(None, turn=4) is None


def test_a_low_that_lasts_is_not_met_with_sad_music_first() -> None:
    assert music.wish(mood(Emotion.SAD, low_days=1), 0) == Wish(Emotion.SAD, Way.STAY)
    assert music.wish(mood(Emotion.SAD, low_days=3), 0) == Wish(Emotion.SAD, Way.LIFT)


def test_music_is_offered_for_clear_feelings_alone() -> None:
    assert music.worth_offering(mood(Emotion.SAD))
    assert not music.worth_offering(mood(Emotion.SAD, certainty=0.4))
    assert not music.worth_offering(mood(Emotion.NEUTRAL, certainty=0.9))
    assert not music.worth_offering(None)


def _broken(change: Any) -> dict[str, Any]:
    table = tomllib.loads((PROMPTS / "music.toml").read_text(encoding="utf-8"))
    change(table)
    return table


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.pop("feeling"),
        lambda table: table["feeling"].pop("sad"),
        lambda table: table["feeling"].update(hungry=table["feeling"]["sad"]),
        lambda table: table["feeling"]["sad"].pop("genre"),
        lambda table: table["feeling"]["sad"].update(to="elsewhere"),
        lambda table: table["feeling"]["sad"].update(stay=[]),
        lambda table: table["feeling"]["sad"].update(stay="slow blues"),
        lambda table: table["feeling"]["sad"].update(lift=[""]),
        lambda table: table["feeling"]["sad"].update(lift=[3]),
        lambda table: table["feeling"].update(sad="blues"),
        lambda table: table.pop("services"),
        lambda table: table["services"].clear(),
        lambda table: table["services"].update(radio="http://example.org/{words}"),
        lambda table: table["services"].update(radio="https://example.org/"),
        lambda table: table.update(services="https://example.org/{words}"),
    ],
)
def test_broken_content_is_found_at_start(change: Any) -> None:
    with pytest.raises(ContentError, match=r"music\.toml"):
        music.read_music(_broken(change))
