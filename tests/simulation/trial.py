"""One policy lives through one society's visits, learning only from what is rated on the way."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from pipeline import recommender
from pipeline.catalogue import Texts
from pipeline.recommender import Occasion
from pipeline.values import History, Rating
from storage.history import OWN_RATINGS, RATINGS, SUGGESTIONS
from tests.simulation.policies import Choice, Policy
from tests.simulation.users import Society, Visit


@dataclass(slots=True)
class _Memory:
    """What the store would hold, and hand over as it does."""

    ratings: list[Rating]
    own: dict[int, list[tuple[int, Rating]]]
    """User → their ratings, each with its place among all."""
    offered: dict[int, list[tuple[str, datetime]]]

    def history(self, user: int) -> History:
        """Everybody's newest ratings and the user's own older ones, oldest first."""
        newest = max(0, len(self.ratings) - RATINGS)
        older = [one for place, one in self.own[user][-OWN_RATINGS:] if place < newest]
        return History(
            offered=tuple(self.offered[user][-SUGGESTIONS:]),
            ratings=(*older, *self.ratings[newest:]),
        )

    def rate(self, rating: Rating) -> None:
        self.own[rating.user].append((len(self.ratings), rating))
        self.ratings.append(rating)


def live(society: Society, policy: Policy, texts: Texts) -> NDArray[np.float64]:
    """The true chance of helping of each suggestion, in the order of visits."""
    memory = _Memory([], defaultdict(list), defaultdict(list))
    chances = np.empty(len(society.visits))
    for visit in society.visits:
        history = memory.history(visit.user)
        occasion = Occasion(visit.at, visit.user, texts, seed=visit.number, asked=True)
        offered = recommender.candidates(society.exercises, visit.mood, history, occasion)
        key = policy(Choice(society, visit, history, occasion, offered))
        last = dict(history.offered).get(key)
        chances[visit.number] = society.chance_of_help(visit, key, last)
        memory.offered[visit.user].append((key, visit.at))
        if (rating := _rated(society, visit, key, chances[visit.number])) is not None:
            memory.rate(rating)
    return chances


def _rated(society: Society, visit: Visit, key: str, chance: float) -> Rating | None:
    """Whether it helped, if the user says so, and as they say it."""
    helps, rates, slips = visit.chance
    if rates >= society.world.rated:
        return None
    helped = (helps < chance) != (slips < society.world.slips)
    return Rating(visit.user, key, helped, visit.mood.emotion, visit.at)
