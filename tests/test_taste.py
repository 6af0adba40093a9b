"""What ratings make of an exercise for one person: everybody's, the person's own, and no more."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalogue import Exercise, Kind
from pipeline.taste import Asking, Belief, believe
from pipeline.values import Emotion, Rating

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = 1
SAD = Asking(ANN, Emotion.SAD, 0.8)


def exercise(key: str, kind: Kind) -> Exercise:
    return Exercise(
        key=key,
        kind=kind,
        seconds=90,
        eases=frozenset({Emotion.SAD}),
        arousal=0.0,
        times=frozenset(),
        avoid=frozenset(),
        source="made up",
        steps=(),
    )


SHELF = (
    exercise("sigh", Kind.BREATHING),
    exercise("box", Kind.BREATHING),
    exercise("walk", Kind.ACTIVATION),
    exercise("call", Kind.CONNECTION),
)
PLACE = {one.key: place for place, one in enumerate(SHELF)}


def half(_: Exercise, __: Emotion | None) -> float:
    return 0.5


def said(user: int, key: str, helped: bool, emotion: Emotion | None = Emotion.SAD) -> Rating:
    return Rating(user, key, helped, emotion, NOON)


def believed(ratings: Iterable[Rating], asking: Asking = SAD) -> Belief:
    return believe(SHELF, tuple(ratings), asking, half)


def mean(ratings: Iterable[Rating], key: str, asking: Asking = SAD) -> float:
    return float(believed(ratings, asking).mean[PLACE[key]])


def test_without_ratings_the_fit_stands() -> None:
    assert not believed([]).mean.any()


def test_what_helped_others_is_likelier_and_what_did_not_less() -> None:
    others = [said(user, "walk", True) for user in range(10, 20)]
    others += [said(user, "call", False) for user in range(10, 20)]
    assert mean(others, "walk") > 0.15
    assert mean(others, "call") < -0.15


def test_ratings_tell_most_of_those_who_felt_alike() -> None:
    others = [said(user, "walk", True, Emotion.SAD) for user in range(10, 20)]
    others += [said(user, "walk", False, Emotion.HAPPY) for user in range(10, 20)]
    happy = Asking(ANN, Emotion.HAPPY, 0.8)
    assert mean(others, "walk") > 0.1 > -0.1 > mean(others, "walk", happy)
    unsure = Asking(ANN, Emotion.SAD, 0.1)
    assert mean(others, "walk") > mean(others, "walk", unsure)


def test_more_ratings_leave_less_doubt() -> None:
    few, many = (believed(said(u, "walk", u % 2 == 0) for u in range(10, n)) for n in (12, 60))
    walk = PLACE["walk"]
    assert many.covariance[walk, walk] < few.covariance[walk, walk]


def test_own_taste_wins_against_everybody() -> None:
    ratings = [said(user, "walk", True) for user in range(10, 30)]
    ratings += [said(ANN, "walk", False) for _ in range(12)]
    ratings += [said(ANN, "call", True) for _ in range(12)]
    assert mean(ratings, "call") > mean(ratings, "walk") + 0.15
    assert mean(ratings, "walk", Asking(2, Emotion.SAD, 0.8)) > 0.1


def test_a_zealot_is_not_a_crowd() -> None:
    zealot = [said(2, "walk", True)] * 12
    crowd = [said(user, "walk", True) for user in range(10, 22)]
    assert 0 < mean(zealot, "walk") < mean(crowd, "walk") - 0.05


def test_liking_one_of_a_kind_speaks_for_the_others_of_it() -> None:
    liked = [said(ANN, "sigh", True)] * 4
    assert mean(liked, "sigh") > mean(liked, "box") > mean(liked, "call")


def test_people_of_like_taste_speak_for_one_another() -> None:
    """Half the people like breathing and calling, the other half like neither."""
    others = [
        said(user, key, user % 2 == 0)
        for user in range(10, 50)
        for key in ("sigh", "box", "call", "call")
    ]
    likes = [*others, *[said(ANN, "sigh", True)] * 3]
    loathes = [*others, *[said(ANN, "sigh", False)] * 3]
    assert mean(likes, "call") > mean(others, "call") + 0.1
    assert mean(loathes, "call") < mean(others, "call") - 0.1


def test_a_persons_own_old_ratings_count_no_more() -> None:
    old = [Rating(ANN, "walk", True, Emotion.SAD, NOON - timedelta(days=90))] * 300
    new = [said(ANN, "walk", False)] * 100
    crowd = [said(2, "walk", True)] * 300 + [said(2, "walk", False)] * 100
    assert mean([*old, *new], "walk") < mean(crowd, "walk") - 0.2


ratings = st.builds(
    Rating,
    user=st.integers(1, 4),
    exercise=st.sampled_from([*PLACE, "long gone"]),
    helped=st.booleans(),
    emotion=st.none() | st.sampled_from(list(Emotion)),
    at=st.just(NOON),
)
askings = st.builds(
    Asking, st.integers(1, 5), st.none() | st.sampled_from(list(Emotion)), st.floats(0, 1)
)


@given(st.lists(ratings, max_size=60), askings)
def test_whatever_was_rated_a_draw_can_be_made(given_ratings: list[Rating], asking: Asking) -> None:
    belief = believed(given_ratings, asking)
    assert np.isfinite(belief.mean).all()
    assert np.allclose(belief.covariance, belief.covariance.T)
    np.linalg.cholesky(belief.covariance)
    assert (np.diag(belief.covariance) < 1).all()
