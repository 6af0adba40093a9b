"""What ratings say of how likely each exercise is to help one person. It decides nothing.

Three layers, each the expectation of the next (empirical Bayes):

1. the exercise's own fit for a feeling, before anybody tried it;
2. everybody: how much more or less it helped people who felt alike, first its kind, then itself,
   shrunk towards the fit while ratings are few;
3. the person: how far their own ratings lie from everybody's. Their liking is a Gaussian process
   over kinds, exercises and feelings. How the liking of one kind goes with that of another is
   learned from everybody's ratings, so that people of like taste speak for one another.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.catalogue import Exercise, Kind
from pipeline.values import Emotion, Rating

KIND_PRIOR, PRIOR = 6.0, 4.0
"""Ratings of people who felt alike that move a kind, and an exercise, halfway from expectation."""
LEVEL_PRIOR = 20.0
"""Ratings that move the level of all fits halfway to how often anything helps at all."""
NOISE = 0.22
"""Variance of one rating around its probability."""
KIND_SPREAD, OWN_SPREAD = 0.18, 0.12
"""How far one person's liking of a kind, and of one exercise in it, lies from everybody's;
standard deviations of a probability."""
ONE_MIND = 0.17
"""How much two ratings of one exercise by one person tell the same, 0 … 1: their correlation, by
the spreads and the noise above. A zealot is not a crowd."""
PAIRS = 20.0
"""Pairs of ratings, each by one person, that outweigh the assumption that no two kinds go
together."""
NEWEST = 100
"""A person's newest ratings that are looked at; tastes change, and time is short."""

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Fit = Callable[[Exercise, Emotion | None], float]
"""How likely an exercise is to help in a feeling, if nobody had tried it; 0 … 1."""

_FEELINGS: tuple[Emotion | None, ...] = (*Emotion, None)
_FELT = {feeling: place for place, feeling in enumerate(_FEELINGS)}
_KINDS = {kind: place for place, kind in enumerate(Kind)}


@cache
def alike(one: Emotion, other: Emotion) -> float:
    """1 for the same feeling, falling with distance on the circumplex towards 0."""
    near, far = one.affect, other.affect
    apart = (near.valence - far.valence) ** 2 + (near.arousal - far.arousal) ** 2
    return 0.15 * (one is other) + 0.85 * math.exp(-1.5 * apart)


_ALIKE: Floats = np.array([[alike(one, other) for other in Emotion] for one in Emotion])
_MEANT: Floats = np.vstack([np.eye(len(Emotion)), np.full(len(Emotion), 1 / len(Emotion))])
"""Each feeling as shares of the eight, (feelings, 8); an unknown one is any of them."""
_NEAR: Floats = _MEANT @ _ALIKE @ _MEANT.T
"""How much what is felt in one tells of another, (feelings, feelings); positive semidefinite."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who wants to know, and how they seem to feel."""

    user: int
    emotion: Emotion | None
    certainty: float
    """0 … 1, of the emotion; four in five is as sure as a guess becomes."""

    @property
    def shares(self) -> Floats:
        """What they may feel, (8,): the emotion as far as it is sure, and else any."""
        sure = min(1.0, self.certainty / 0.8)
        shares: Floats = sure * _MEANT[_FELT[self.emotion]] + (1 - sure) * _MEANT[-1]
        return shares


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """How much likelier each exercise is to help than its fit says, as a joint normal."""

    mean: Floats
    """(exercises,), differences of probabilities."""
    covariance: Floats
    """(exercises, exercises)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Rated:
    """Ratings as columns of (ratings,): users' ids, places among exercises, kinds and feelings."""

    user: Places
    item: Places
    kind: Places
    felt: Places
    surplus: Floats
    """How much more than expected it helped."""

    def of(self, user: int) -> "_Rated":
        """One user's newest."""
        own = np.flatnonzero(self.user == user)[-NEWEST:]
        return _Rated(
            self.user[own], self.item[own], self.kind[own], self.felt[own], self.surplus[own]
        )

    def less(self, explained: Floats) -> "_Rated":
        """What an explanation, (exercises, feelings), leaves over."""
        left = self.surplus - explained[self.item, self.felt]
        return _Rated(self.user, self.item, self.kind, self.felt, left)


def believe(
    exercises: Sequence[Exercise], ratings: Sequence[Rating], asking: Asking, fit: Fit
) -> Belief:
    """What everybody's ratings, oldest first, say of these exercises for one person.

    Time grows with the number of ratings, memory with that of raters.
    """
    kinds = np.array([_KINDS[one.kind] for one in exercises], dtype=np.int64)
    rated = _columns(exercises, ratings, fit)
    shared, count = _shared(rated, kinds)
    rated = rated.less(shared)
    own = _own(rated.of(asking.user), kinds, _together(rated), asking.shares)
    near_count = count @ _MEANT @ _ALIKE @ asking.shares
    return Belief(
        mean=shared[:, :-1] @ asking.shares + own.mean,
        covariance=own.covariance + np.diag(NOISE / (PRIOR + near_count)),
    )


def _columns(exercises: Sequence[Exercise], ratings: Sequence[Rating], fit: Fit) -> _Rated:
    place = {one.key: number for number, one in enumerate(exercises)}
    known = [one for one in ratings if one.exercise in place]
    item = np.array([place[one.exercise] for one in known], dtype=np.int64)
    felt = np.array([_FELT[one.emotion] for one in known], dtype=np.int64)
    kinds = np.array([_KINDS[one.kind] for one in exercises], dtype=np.int64)
    expected = np.array([[fit(one, felt) for felt in _FEELINGS] for one in exercises])
    helped = np.array([one.helped for one in known], dtype=np.float64)
    users = np.array([one.user for one in known], dtype=np.int64)
    return _Rated(users, item, kinds[item], felt, helped - expected[item, felt])


def _shared(rated: _Rated, kinds: Places) -> tuple[Floats, Floats]:
    """How much more than expected each exercise helps everybody, and how many ratings say so.

    Both (exercises, feelings).
    """
    shape = (len(kinds), len(_FEELINGS))
    cell = rated.item * shape[1] + rated.felt
    weight = _weight(rated)
    count = np.bincount(cell, weight, math.prod(shape)).reshape(shape).astype(np.float64)
    surplus = np.bincount(cell, weight * rated.surplus, math.prod(shape)).reshape(shape)
    level = surplus.sum() / (LEVEL_PRIOR + count.sum())
    surplus = surplus - count * level
    of_kind = np.eye(len(_KINDS))[:, kinds]  # (kinds, exercises)
    by_kind = of_kind @ surplus @ _NEAR / (KIND_PRIOR + of_kind @ count @ _NEAR)
    surplus = surplus - count * by_kind[kinds]
    by_item = surplus @ _NEAR / (PRIOR + count @ _NEAR)
    found: Floats = level + by_kind[kinds] + by_item
    return found, count


def _weight(rated: _Rated) -> Floats:
    """How much each rating counts among everybody's, (ratings,): the less, the more often that
    person has rated that exercise (the design effect of a sample in clusters; Kish, 1965)."""
    pair = rated.user * (1 + rated.item.max(initial=0)) + rated.item
    _, place, times = np.unique(pair, return_inverse=True, return_counts=True)
    weight: Floats = 1 / (1 + (times[place] - 1) * ONE_MIND)
    return weight


def _together(rated: _Rated) -> Floats:
    """How people's likings of two kinds vary together, (kinds, kinds), from pairs of ratings."""
    users, place = np.unique(rated.user, return_inverse=True)
    shape = (len(users), len(_KINDS))
    cell = place * shape[1] + rated.kind
    total = np.bincount(cell, rated.surplus, math.prod(shape)).reshape(shape)
    count = np.bincount(cell, minlength=math.prod(shape)).reshape(shape).astype(np.float64)
    # a rating makes no pair with itself
    products = total.T @ total - np.diag(np.bincount(rated.kind, rated.surplus**2, shape[1]))
    pairs = count.T @ count - np.diag(np.bincount(rated.kind, minlength=shape[1]))
    assumed = KIND_SPREAD**2 * np.eye(shape[1])
    values, vectors = np.linalg.eigh((PAIRS * assumed + products) / (PAIRS + pairs))
    covariance: Floats = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return covariance


def _own(own: _Rated, kinds: Places, together: Floats, shares: Floats) -> Belief:
    """One person's liking of every exercise in what they feel now, given their own ratings."""
    now = _MEANT @ _ALIKE @ shares  # (feelings,)
    here = float(shares @ _ALIKE @ shares)
    items = np.arange(len(kinds))

    def covary(kind: Floats, item: NDArray[np.bool_], near: Floats | float) -> Floats:
        # half of the liking of a kind is for any feeling
        return kind * (0.5 + 0.5 * near) + OWN_SPREAD**2 * item * near

    prior = covary(together[np.ix_(kinds, kinds)], items[:, None] == items, here)
    across = covary(together[np.ix_(kinds, own.kind)], items[:, None] == own.item, now[own.felt])
    between = covary(
        together[np.ix_(own.kind, own.kind)],
        own.item[:, None] == own.item,
        _NEAR[np.ix_(own.felt, own.felt)],
    )
    gain = np.linalg.solve(between + NOISE * np.eye(len(own.item)), across.T).T
    return Belief(gain @ own.surplus, prior - gain @ across.T)
