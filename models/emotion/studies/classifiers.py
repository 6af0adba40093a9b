"""Classical classifiers behind one call: rows to learn from, rows unheard, scores out.

Each takes one strength, whose meaning is its own (a tree's smallest leaf, a machine's C), so that
`choosing` can pick it inside the training folds. Labels that a corpus lacks are masked where the
method allows it: in the linear classifier's loss, elsewhere only when a guess is read off.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from models.emotion.corpora import EMOTIONS
from models.emotion.studies.sources import SEED

Rows = NDArray[np.float32]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lessons:
    """N labelled rows to learn from."""

    rows: Rows
    """(N, D)."""
    labels: NDArray[np.int64]
    """(N,), place in EMOTIONS."""
    allowed: NDArray[np.bool_]
    """(N, 8), the labels that the row's corpus knows."""
    weights: Matrix
    """(N,), mean one: every class of a corpus counts the same, and every corpus."""


Learn = Callable[[Lessons, Rows, float], Matrix]
"""Learn at a strength, then score rows unheard: (M, D) → (M, 8), higher is likelier."""


def standardised(rows: Rows, unheard: Rows) -> tuple[Rows, Rows]:
    """Both by the mean and deviation of the rows learnt from."""
    mean, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-6)
    return (rows - mean) / spread, np.clip((unheard - mean) / spread, -10.0, 10.0)


def tree(lessons: Lessons, unheard: Rows, smallest_leaf: float) -> Matrix:
    model = DecisionTreeClassifier(min_samples_leaf=int(smallest_leaf), random_state=SEED)
    model.fit(lessons.rows, lessons.labels, sample_weight=lessons.weights)
    return _placed(np.log(model.predict_proba(unheard) + 1e-6), model.classes_)


def forest(lessons: Lessons, unheard: Rows, smallest_leaf: float) -> Matrix:
    """300 trees (Breiman, 2001)."""
    model = RandomForestClassifier(
        300, min_samples_leaf=int(smallest_leaf), random_state=SEED, n_jobs=1
    )
    model.fit(lessons.rows, lessons.labels, sample_weight=lessons.weights)
    return _placed(np.log(model.predict_proba(unheard) + 1e-6), model.classes_)


def support_vectors(lessons: Lessons, unheard: Rows, c: float) -> Matrix:
    """A support-vector machine with a Gaussian kernel, one class against one, votes summed."""
    rows, unheard = standardised(lessons.rows, unheard)
    model = SVC(C=c, gamma="scale", cache_size=500)
    model.fit(rows, lessons.labels, sample_weight=lessons.weights)
    return _placed(model.decision_function(unheard), model.classes_)


def linear(lessons: Lessons, unheard: Rows, c: float) -> Matrix:
    """Softmax regression whose loss, for each row, runs over its corpus's labels alone.

    `c` is the inverse of the regularisation, as scikit-learn counts it.
    """
    rows, unheard = standardised(lessons.rows, unheard)
    wanted = np.eye(len(EMOTIONS), dtype=np.float32)[lessons.labels]
    weights = lessons.weights.astype(np.float32)[:, None]
    closed = np.where(lessons.allowed, 0.0, -np.inf).astype(np.float32)
    shape = (rows.shape[1] + 1, len(EMOTIONS))

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        slopes = flat.astype(np.float32).reshape(shape)
        logits = rows @ slopes[:-1] + slopes[-1] + closed
        logits -= logits.max(axis=1, keepdims=True)
        powers = np.exp(logits)
        sums = powers.sum(axis=1, keepdims=True)
        likelihood = (logits - np.log(sums))[wanted > 0]
        wrong = weights * (powers / sums - wanted)  # (N, 8)
        gradient = np.concatenate([rows.T @ wrong, wrong.sum(axis=0)[None]]).astype(np.float64)
        free = flat.reshape(shape)
        gradient[:-1] += free[:-1] / c
        penalty = float(np.square(free[:-1]).sum()) / (2 * c)
        return penalty - float((weights[:, 0] * likelihood).sum(dtype=np.float64)), gradient.ravel()

    start = np.zeros(shape[0] * shape[1])
    options = {"maxiter": 200, "ftol": 1e-4}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x.reshape(shape)
    scores: Matrix = unheard @ found[:-1] + found[-1]
    return scores


def _placed(scores: Matrix, classes: NDArray[np.int64]) -> Matrix:
    """Columns of the classes met moved to their places in EMOTIONS, the others far down."""
    if scores.ndim == 1:  # two classes: one margin
        scores = np.stack([-scores, scores], axis=1)
    placed = np.full((len(scores), len(EMOTIONS)), -1e3)
    placed[:, classes] = scores
    return placed
