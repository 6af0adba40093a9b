"""A small world of the simulation: the shipped recommender learns, and beats what is simpler."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from pipeline.content import Content, load
from tests.simulation.policies import POLICIES
from tests.simulation.report import interval
from tests.simulation.trial import live
from tests.simulation.users import Society, World, make

SMALL = World(users=24, notes=16, days=20)
SEEDS = (200, 201, 202)


@pytest.fixture(scope="module")
def content() -> Content:
    return load(Path(__file__).parents[1] / "prompts")


@pytest.fixture(scope="module")
def societies(content: Content) -> list[Society]:
    return [make(SMALL, content.exercises, seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def helped(content: Content, societies: list[Society]) -> dict[str, float]:
    """How often each policy helps, over all societies."""
    texts = content.texts("en")
    return {
        name: float(np.mean([live(one, policy, texts).mean() for one in societies]))
        for name, policy in POLICIES.items()
    }


@pytest.mark.parametrize(
    ("plain", "margin"), [("random", 0.10), ("popularity", 0.06), ("collaborative only", 0.04)]
)
def test_it_helps_more_often_than(plain: str, margin: float, helped: dict[str, float]) -> None:
    assert helped["EchoMind"] > helped[plain] + margin


def test_it_is_no_worse_than_content_from_the_start_on(helped: dict[str, float]) -> None:
    assert helped["EchoMind"] > helped["content only"]


def test_nobody_knows_better_than_the_oracle(helped: dict[str, float]) -> None:
    assert max(helped, key=helped.__getitem__) == "oracle"


def test_the_same_seed_lives_the_same_lives(content: Content) -> None:
    world, texts = World(users=6, notes=6, days=5), content.texts("en")
    first, again = (
        live(make(world, content.exercises, 7), POLICIES["EchoMind"], texts) for _ in range(2)
    )
    other = live(make(world, content.exercises, 8), POLICIES["EchoMind"], texts)
    assert (first == again).all()
    assert (first != other).any()


def test_every_user_writes_as_often_as_the_world_says(societies: list[Society]) -> None:
    visits = societies[0].visits
    assert np.bincount([visit.user for visit in visits]).tolist() == [SMALL.notes] * SMALL.users
    assert [visit.number for visit in visits] == list(range(len(visits)))
    assert all(one.at <= two.at for one, two in pairwise(visits))


def test_an_interval_is_students() -> None:
    mean, half = interval(np.array([1.0, 2.0, 3.0]))
    assert mean == 2.0
    assert half == pytest.approx(4.30 * 1 / 3**0.5)
