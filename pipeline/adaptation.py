"""What a user's corrections teach of their voice: a small calibration over the guesses at it.

The shipped network stays what it is and every guess stays stored as it was made; this re-reads
them. A multinomial logistic regression maps the logarithms of a guess to what the user said it
was, starting from the identity and held there by a ridge, so that few corrections move it little
(a Gaussian prior, as in speaker adaptation by MAP: Gauvain and Lee, 1994). It knows no engine and
no store. `models/emotion/REPORT.md` tells what it adds on speakers whom the network never heard.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.values import (
    Emotion,
    Entry,
    Feeling,
    Heard,
    History,
    Moment,
    NoteKind,
    Probabilities,
)

SHRINKAGE = 30.0
"""Strength of the ridge that holds the calibration at the identity."""
OFFSET = 8.0**0.5
"""The constant beside the log-probabilities: larger, and a mere leaning is learned sooner."""
FLOOR = -6.0
"""Log-probabilities under this say no more than that it is not so."""
NEWEST = 200
"""Corrections that are learned from: a voice changes, and time is short."""
_ENOUGH = 1e-5
_STEPS = 25

Pair = tuple[Probabilities, Emotion]
"""A guess, and what the user said it really was."""
Matrix = NDArray[np.float64]
_EMOTIONS = tuple(Emotion)


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """How one user's guesses are to be re-read."""

    weights: Matrix
    """(8, 9): what is added to the log-probabilities, by log-probability and constant."""

    def __call__(self, guess: Probabilities) -> Probabilities:
        """The guess re-read; it sums to 1 over the same emotions."""
        probabilities = np.exp(self.reread(_logs(guess)[None]))[0]
        return dict(zip(_EMOTIONS, probabilities.tolist(), strict=True))

    def reread(self, logs: Matrix) -> Matrix:
        """Log-probabilities of many guesses, (N, 8) → (N, 8)."""
        return _log_softmax(logs + _inputs(logs) @ self.weights.T)


def learn(pairs: Sequence[Pair], shrinkage: float = SHRINKAGE) -> Calibration | None:
    """What the pairs, oldest first, teach; None where there are none."""
    if not pairs:
        return None
    newest = pairs[-NEWEST:]
    logs = np.stack([_logs(guess) for guess, _ in newest])  # (N, 8)
    truth = np.stack([[float(one is said) for one in _EMOTIONS] for _, said in newest])
    return Calibration(_fit(logs, truth, shrinkage))


def learn_from(entries: Iterable[Entry]) -> Calibration | None:
    """What a user's own corrections and confirmations of voice notes teach."""
    return learn(
        [
            (entry.probabilities, entry.correction)
            for entry in entries
            if entry.probabilities and entry.correction and entry.kind is NoteKind.VOICE
        ]
    )


def own_reading(history: History) -> History:
    """A history as its user's corrections teach to read it."""
    return reread(history, learn_from(history.entries))


def reheard(heard: Heard, calibration: Calibration | None) -> Heard:
    """A voice with its feeling re-read."""
    if heard.feeling is None or calibration is None or not heard.seconds:
        return heard
    feeling = heard.feeling
    return replace(heard, feeling=_feeling(feeling, calibration))


def reread(history: History, calibration: Calibration | None) -> History:
    """A history with the guesses at voices re-read; corrections and scores stand as they are."""
    if calibration is None:
        return history
    return replace(history, entries=tuple(_entry(one, calibration) for one in history.entries))


def _feeling(feeling: Feeling, calibration: Calibration) -> Feeling:
    return replace(
        feeling,
        probabilities=calibration(feeling.probabilities),
        curve=_curve(feeling.curve, calibration),
    )


def _entry(entry: Entry, calibration: Calibration) -> Entry:
    if not entry.probabilities or entry.kind is not NoteKind.VOICE:
        return entry
    curve = _curve(entry.curve, calibration)
    return replace(entry, probabilities=calibration(entry.probabilities), curve=curve)


def _curve(curve: tuple[Moment, ...], calibration: Calibration) -> tuple[Moment, ...]:
    return tuple(replace(one, probabilities=calibration(one.probabilities)) for one in curve)


def _fit(logs: Matrix, truth: Matrix, shrinkage: float) -> Matrix:
    """The weights (8, 9) that make the truth likeliest, by Newton's method; the loss is convex."""
    inputs = _inputs(logs)  # (N, 9)
    weights = np.zeros((truth.shape[1], inputs.shape[1]))

    def loss(at: Matrix) -> float:
        fit = (_log_softmax(logs + inputs @ at.T) * truth).sum()
        return float(shrinkage / 2 * np.square(at).sum() - fit)

    now = loss(weights)
    for _ in range(_STEPS):
        step = _newton_step(logs, inputs, truth, (weights, shrinkage))
        while (then := loss(weights - step)) > now and np.abs(step).max() > _ENOUGH:
            step /= 2
        if then > now:
            break
        weights, now = weights - step, then
        if np.abs(step).max() < _ENOUGH:
            break
    return weights


def _newton_step(logs: Matrix, inputs: Matrix, truth: Matrix, at: tuple[Matrix, float]) -> Matrix:
    weights, shrinkage = at
    guess = np.exp(_log_softmax(logs + inputs @ weights.T))  # (N, 8)
    slope = (guess - truth).T @ inputs + shrinkage * weights  # (8, 9)
    spread = guess[:, :, None] * np.eye(guess.shape[1]) - guess[:, :, None] * guess[:, None, :]
    products = inputs[:, :, None] * inputs[:, None, :]  # (N, 9, 9)
    bend = np.einsum("nab,nij->aibj", spread, products).reshape(weights.size, weights.size)
    step: Matrix = np.linalg.solve(bend + shrinkage * np.eye(weights.size), slope.ravel())
    return step.reshape(weights.shape)


def _logs(guess: Probabilities) -> Matrix:
    return np.log([max(guess.get(emotion, 0.0), 1e-13) for emotion in _EMOTIONS])


def _inputs(logs: Matrix) -> Matrix:
    """(N, 8) → (N, 9): floored, centred log-probabilities, and the constant."""
    floored = np.maximum(logs, FLOOR)
    centred = floored - floored.mean(axis=1, keepdims=True)
    return np.concatenate([centred, np.full((len(logs), 1), OFFSET)], axis=1)


def _log_softmax(logits: Matrix) -> Matrix:
    logits = logits - logits.max(axis=1, keepdims=True)
    normalised: Matrix = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return normalised
