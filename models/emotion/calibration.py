"""How sure the network may be: a temperature for its logits, fitted on speakers it never heard."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize_scalar

from models.emotion.measuring import Guesses, Matrix


def fit_temperature(guesses: Sequence[Guesses]) -> float:
    """The temperature that makes the true labels likeliest, every corpus counting the same."""

    def loss(log_temperature: float) -> float:
        return sum(surprise(each, float(np.exp(log_temperature))) for each in guesses)

    return float(np.exp(minimize_scalar(loss, bounds=(-1.5, 2.0), method="bounded").x))


def surprise(guesses: Guesses, temperature: float) -> float:
    """Mean negative log-likelihood of the true labels."""
    right = guesses.probabilities(temperature)[np.arange(len(guesses.labels)), guesses.labels]
    return float(-np.log(np.maximum(right, 1e-12)).mean())


def honest_probabilities(guesses: Sequence[Guesses]) -> list[Matrix]:
    """Probabilities at temperatures fitted without the speaker they are used for.

    Each speaker's come from a temperature fitted on all the other held-out speakers, so that the
    calibration error measured on them is that of a voice unknown to network and temperature both.
    """
    result = []
    for place, own in enumerate(guesses):
        speakers = np.array(own.speakers)
        probabilities = np.zeros_like(own.logits)
        for speaker in np.unique(speakers):
            others = [*guesses[:place], *guesses[place + 1 :]]
            if (speakers != speaker).any():
                others.append(own.subset(speakers != speaker))
            temperature = fit_temperature(others)
            this = speakers == speaker
            probabilities[this] = own.subset(this).probabilities(temperature)
        result.append(probabilities)
    return result
