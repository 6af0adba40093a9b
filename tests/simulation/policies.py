"""What chooses a suggestion: the shipped recommender, and the simpler ways that it must beat.

All of them choose among the same exercises: those that the shipped rules let be offered. Each
plain way is given its better form, learns from all ratings it is handed, and explores.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline import recommender
from pipeline.catalogue import Exercise
from pipeline.recommender import Occasion
from pipeline.values import History
from tests.simulation.users import Floats, Society, Visit

EXPLORED = 0.05
"""Share of choices that the collaborative way makes at random."""


@dataclass(frozen=True, slots=True)
class Choice:
    """All that there is to choose by."""

    society: Society
    visit: Visit
    history: History
    occasion: Occasion
    offered: Sequence[Exercise]
    """What may be offered."""


Policy = Callable[[Choice], str]
"""From a choice to the key of an exercise."""


def echomind(choice: Choice) -> str:
    """The shipped recommender, called as the walk calls it."""
    exercises = choice.society.exercises
    made = recommender.suggest(exercises, choice.visit.mood, choice.history, choice.occasion)
    assert made is not None, "it was asked, and there is always something"
    return made.key


def at_random(choice: Choice) -> str:
    return random.Random(choice.occasion.seed).choice(choice.offered).key


def popularity(choice: Choice) -> str:
    """What helps most people most often, by one draw from each exercise's Beta(1, 1) posterior."""
    helped = Counter(one.exercise for one in choice.history.ratings if one.helped)
    rated = Counter(one.exercise for one in choice.history.ratings)
    chance = random.Random(choice.occasion.seed)
    draws = {
        one.key: chance.betavariate(1 + helped[one.key], 1 + rated[one.key] - helped[one.key])
        for one in choice.offered
    }
    return max(draws, key=draws.__getitem__)


def content(choice: Choice) -> str:
    """What fits by what it is, and by nobody's ratings; equals by lot."""
    chance = random.Random(choice.occasion.seed)
    mood, at = choice.visit.mood, choice.visit.at
    fits = {
        one.key: (recommender.content_fit(one, mood, at), chance.random()) for one in choice.offered
    }
    return max(fits, key=fits.__getitem__)


def collaborative(choice: Choice) -> str:
    """Neighbours' ratings, mean-centred and weighted by agreement (Herlocker et al., 1999).

    The user's own count as those of three who always agree.
    """
    chance = random.Random(choice.occasion.seed)
    if chance.random() < EXPLORED:
        return chance.choice(choice.offered).key
    usual, centred, rated = _centred(choice)
    row = choice.visit.user
    nearness = _agreement(centred, rated, row)
    nearness[row] = 3.0
    predicted = usual + nearness @ centred / (1 + abs(nearness) @ rated)
    place = choice.society.place
    scores = {one.key: (predicted[place[one.key]], chance.random()) for one in choice.offered}
    return max(scores, key=scores.__getitem__)


def _centred(choice: Choice) -> tuple[Floats, Floats, Floats]:
    """How often each exercise helps, how far each user differs from that, and who rated what.

    (exercises,) and twice (users, exercises). Ratings given in another feeling count a third.
    """
    ratings, place = choice.history.ratings, choice.society.place
    shape = (choice.society.world.users, len(place))
    cell = np.array([one.user * shape[1] + place[one.exercise] for one in ratings], dtype=np.int64)
    feels = choice.visit.mood.emotion
    weight = np.array([1.0 if one.emotion is feels else 1 / 3 for one in ratings])
    helped = weight * [one.helped for one in ratings]
    size = shape[0] * shape[1]
    total = np.bincount(cell, weight, size).reshape(shape)
    good = np.bincount(cell, helped, size).reshape(shape)
    usual = (1 + good.sum(axis=0)) / (2 + total.sum(axis=0))
    centred = np.where(total > 0, good / np.maximum(total, 1e-9) - usual, 0.0)
    return usual, centred, (total > 0).astype(float)


def _agreement(centred: Floats, rated: Floats, row: int) -> Floats:
    """Correlation of a user with every user over what both rated, shrunk while that is little."""
    shared = rated @ rated[row]
    lengths = (centred**2 @ rated[row]) * (rated @ centred[row] ** 2)
    correlation = centred @ centred[row] / np.sqrt(np.maximum(lengths, 1e-12))
    shrunk: Floats = correlation * shared / (shared + 5)
    return shrunk


def oracle(choice: Choice) -> str:
    """Knows the hidden truth; nobody can do better on the day."""
    last = dict(choice.history.offered)
    truth = {
        one.key: choice.society.chance_of_help(choice.visit, one.key, last.get(one.key))
        for one in choice.offered
    }
    return max(truth, key=truth.__getitem__)


POLICIES: dict[str, Policy] = {
    "EchoMind": echomind,
    "collaborative only": collaborative,
    "content only": content,
    "popularity": popularity,
    "random": at_random,
    "oracle": oracle,
}
