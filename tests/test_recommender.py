"""What is suggested, when, and why."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalogue import Daypart, Exercise, Kind, Texts
from pipeline.content import Content, load
from pipeline.recommender import (
    NOTICE,
    PATIENCE,
    Occasion,
    conditions,
    content_fit,
    rank,
    suggest,
)
from pipeline.values import Affect, Emotion, History, Mood, Rating
from tests.strategies import NOW, histories, moods

CONTENT: Content = load(Path(__file__).parents[1] / "prompts")
EXERCISES = CONTENT.exercises
TEXTS: Texts = CONTENT.texts("en")
KEYS = [exercise.key for exercise in EXERCISES]
ANXIOUS = Mood(Affect(-0.6, 0.5), Emotion.FEARFUL, 0.8)
SAD = Mood(Affect(-0.6, -0.4), Emotion.SAD, 0.8)
HAPPY = Mood(Affect(0.7, 0.3), Emotion.HAPPY, 0.8)
ME = 1


def occasion(seed: int = 0, asked: bool = False) -> Occasion:
    return Occasion(at=NOW, user=ME, texts=TEXTS, seed=seed, asked=asked)


def rated(exercise: str, helped: bool, user: int = ME, days: float = 10) -> Rating:
    at = NOW - timedelta(days=days)
    return Rating(user, exercise, helped, Emotion.FEARFUL, at)


def wins(history: History, mood: Mood = ANXIOUS, draws: int = 300) -> Counter[str]:
    """How often each exercise comes first over many seeds."""
    firsts = (rank(EXERCISES, mood, history, occasion(seed)) for seed in range(draws))
    return Counter(ranked[0].exercise.key for ranked in firsts)


def mean(key: str, ratings: tuple[Rating, ...]) -> float:
    """How likely it is to help, with these ratings."""
    ranked = rank(EXERCISES, ANXIOUS, History(ratings=ratings), occasion())
    return next(one.mean for one in ranked if one.exercise.key == key)


def by_key(key: str) -> Exercise:
    return next(exercise for exercise in EXERCISES if exercise.key == key)


@given(st.none() | moods, histories(KEYS), st.integers(), st.booleans())
def test_the_same_seed_gives_the_same_suggestion(
    mood: Mood | None, history: History, seed: int, asked: bool
) -> None:
    one = suggest(EXERCISES, mood, history, occasion(seed, asked))
    other = suggest(tuple(reversed(EXERCISES)), mood, history, occasion(seed, asked))
    assert one == other


@given(st.none() | moods, histories(KEYS), st.integers(0, 23), st.integers(0, 99))
def test_nothing_is_ranked_whose_avoid_fits(
    mood: Mood | None, history: History, hour: int, seed: int
) -> None:
    then = replace(occasion(seed, asked=True), at=NOW.replace(hour=hour))
    ranked = rank(EXERCISES, mood, history, then)
    assert ranked
    for one in ranked:
        assert not one.exercise.avoid & conditions(mood, then.at)
        assert 0 <= one.score <= 1 and 0 < one.mean < 1


@given(st.none() | moods, histories(KEYS), st.integers(0, 99), st.sets(st.sampled_from(KEYS)))
def test_what_was_turned_down_or_offered_just_now_does_not_come_back(
    mood: Mood | None, history: History, seed: int, declined: set[str]
) -> None:
    ranked = rank(EXERCISES, mood, history, replace(occasion(seed), without=frozenset(declined)))
    assert declined.isdisjoint(one.exercise.key for one in ranked)
    lately = {key for key, at in history.offered if NOW - at < timedelta(days=1)}
    found = {one.exercise.key for one in ranked}
    assert lately.isdisjoint(found) or found <= lately


@given(histories(KEYS), st.integers(0, 99), st.sampled_from(Kind))
def test_asking_for_a_kind_gives_that_kind(history: History, seed: int, kind: Kind) -> None:
    then = replace(occasion(seed, asked=True), kinds=frozenset([kind]))
    for one in rank(EXERCISES, None, history, then):
        assert one.exercise.kind is kind


@pytest.mark.parametrize("mood", [None, HAPPY, replace(ANXIOUS, certainty=NOTICE / 2)])
def test_there_is_nothing_to_offer_when_nothing_is_needed(mood: Mood | None) -> None:
    assert suggest(EXERCISES, mood, History(), occasion()) is None
    assert suggest(EXERCISES, mood, History(), occasion(asked=True)) is not None


def test_nothing_is_offered_twice_in_a_row() -> None:
    just_now = History(offered=(("walk", NOW - PATIENCE / 2),))
    long_ago = History(offered=(("walk", NOW - 2 * PATIENCE),))
    assert suggest(EXERCISES, ANXIOUS, just_now, occasion()) is None
    assert suggest(EXERCISES, ANXIOUS, long_ago, occasion()) is not None


def test_a_stirred_mood_is_calmed_and_a_still_one_is_woken() -> None:
    noon = NOW.replace(hour=13)
    calming, waking = by_key("cyclic_sighing"), by_key("one_small_thing")
    assert content_fit(calming, ANXIOUS, noon) > content_fit(waking, ANXIOUS, noon)
    assert content_fit(waking, SAD, noon) > content_fit(by_key("cool_the_heat"), SAD, noon)


def test_sleep_is_for_the_night() -> None:
    sleepy = by_key("heavy_and_warm")
    assert Daypart.MORNING in sleepy.avoid
    assert content_fit(sleepy, ANXIOUS, NOW.replace(hour=23)) > content_fit(
        by_key("worry_time"), ANXIOUS, NOW.replace(hour=23)
    )


@pytest.mark.parametrize(("emotion", "hour"), list(product(Emotion, (3, 8, 14, 19))))
def test_something_fits_every_feeling_at_every_hour(emotion: Emotion, hour: int) -> None:
    mood = Mood(emotion.affect, emotion, 0.9, low_days=4 if emotion.affect.valence < 0 else 0)
    then = replace(occasion(), at=NOW.replace(hour=hour))
    fitting = [
        one.exercise
        for one in rank(EXERCISES, mood, History(), then)
        if emotion in one.exercise.eases
    ]
    assert len(fitting) >= 3


def test_what_helped_comes_back_and_what_did_not_goes() -> None:
    liked, disliked = "name_categories", "breath_478"
    before = wins(History())
    after = wins(
        History(
            ratings=tuple(
                rated(key, key == liked, days=10 + i) for key in (liked, disliked) for i in range(3)
            )
        )
    )
    assert after[liked] > 2 * before[liked]
    assert after[disliked] < before[disliked]


def test_few_ratings_of_others_move_little_and_many_move_more_but_own_taste_wins() -> None:
    key = "name_categories"
    estimates = []
    for raters in (0, 2, 40):
        crowd = tuple(rated(key, True, user=100 + i) for i in range(raters))
        estimates.append(mean(key, crowd))
    assert estimates[0] < estimates[1] < estimates[2]
    crowd += tuple(rated(key, False, days=day) for day in (5, 8, 11))
    assert mean(key, crowd) < 0.5


def test_who_shares_a_taste_counts_more() -> None:
    shared = tuple(rated("box_breathing", True, user) for user in (ME, 2)) + tuple(
        rated("body_scan", True, user) for user in (ME, 2)
    )
    against = (rated("box_breathing", False, 3), rated("body_scan", False, 3))
    key = "name_it"
    alike = (*shared, *against, rated(key, True, 2), rated(key, False, 3))
    unlike = (*shared, *against, rated(key, False, 2), rated(key, True, 3))
    assert mean(key, alike) > mean(key, unlike)


def test_it_explores() -> None:
    assert len(wins(History())) >= 8


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        (0, "It helped you earlier today."),
        (1, "It helped you yesterday."),
        (3, "It helped you last Sunday."),
        (20, "It has helped you before."),
    ],
)
def test_the_reason_tells_when_it_helped(days: int, reason: str) -> None:
    history = History(ratings=(rated("box_breathing", True, days=days),))
    only = [by_key("box_breathing")]
    suggestion = suggest(only, ANXIOUS, history, occasion())
    assert suggestion is not None and suggestion.reason == reason


def test_the_reason_is_true() -> None:
    only = [by_key("box_breathing")]

    def reason(*ratings: Rating, mood: Mood = ANXIOUS) -> str:
        given_now = suggest(only, mood, History(ratings=ratings), occasion(asked=True))
        assert given_now is not None
        return given_now.reason

    assert reason() == TEXTS("reason.eases.fearful")
    assert reason(rated("box_breathing", False)) == TEXTS("reason.eases.fearful")
    others = [rated("box_breathing", True, user=user) for user in (5, 6, 7)]
    assert reason(*others) == TEXTS("reason.helped_others")
    assert reason(*others[:2]) == TEXTS("reason.eases.fearful")
    assert reason(mood=HAPPY) == ""
