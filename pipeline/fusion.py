"""Two guesses at one feeling made one: log-linear pooling. It knows neither guesser.

The pool is the normalised product of the voice's probabilities and the words', each raised to its
weight (Genest and Zidek, 1986): what one of them is sure of counts, and what one says nothing of is
left to the other. Both are calibrated before, so that a weight of one each would be right if they
erred independently; a lesser one for the words says how far they are trusted.
"""

import math
from dataclasses import replace

from pipeline.values import Emotion, Feeling, Heard, History, Probabilities

WORDS_WEIGHT = 0.5
"""Of the words beside a voice."""
_LEAST = 1e-9


def fused(heard: Heard, words: Feeling | None, history: History) -> tuple[Heard, History]:
    """A voice with what its words say beside it, also as the history's last entry.

    Both stay as they are where there is no voice or the words say nothing.
    """
    voice = heard.feeling
    if voice is None or words is None or not heard.seconds or not history.entries:
        return heard, history
    both = pooled(voice.probabilities, words.probabilities)
    engine = f"{voice.engine} + {words.engine}"
    *earlier, last = history.entries
    return (
        replace(heard, feeling=replace(voice, probabilities=both, engine=engine)),
        replace(history, entries=(*earlier, replace(last, probabilities=both))),
    )


def pooled(
    voice: Probabilities, words: Probabilities, weight: float = WORDS_WEIGHT
) -> Probabilities:
    """The voice's guess with the words' beside it; it sums to 1 over all eight feelings."""
    logs = {
        emotion: math.log(max(voice.get(emotion, 0.0), _LEAST))
        + weight * math.log(max(words.get(emotion, 0.0), _LEAST))
        for emotion in Emotion
    }
    highest = max(logs.values())
    powers = {emotion: math.exp(log - highest) for emotion, log in logs.items()}
    total = sum(powers.values())
    return {emotion: power / total for emotion, power in powers.items()}
