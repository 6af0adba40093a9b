"""Do corrections help? Simulated users correct their first notes, and the rest is scored.

Only speakers whom the shipped weights never heard, and of them those with enough recordings. How
strongly the calibration is shrunk is chosen, for each of them, on all the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.emotion.corpora import EMOTIONS
from models.emotion.measuring import Guesses, Labels, Matrix, confusion, unweighted_average_recall
from pipeline.adaptation import SHRINKAGE, learn

LEAST_CLIPS = 30
"""A speaker with fewer has too little left to be scored on."""
CORRECTED = (5, 10, 20)
GRID = (15.0, 30.0, 60.0, 120.0, 240.0)
CHOOSING_DRAWS, DRAWS = 12, 200

_WORDS = """## What corrections add

A user says of each of their first *k* notes what it really was (confirming what was right), and
the rest of their notes are read by the calibration of `pipeline/adaptation.py` that this teaches.
The figures are its gain over the shipped network alone, on the rest; below 0 for log-loss is
better. Speakers are those held out, with {least} clips or more; the order of their clips is drawn
{draws} times, and the rest resampled each time: intervals are the middle 95 %, and contain what a
user's few notes happen to be. The shrinkage is chosen for each speaker on the others' log-loss;
the bot's is {shipped:.0f}, and chosen here were {chosen}. That the calibration is a whole
matrix, and not an offset for each feeling alone, was decided on these speakers and earlier weights.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """The guesses at one held-out speaker."""

    name: str
    logs: Matrix
    """(N, 8), log-probabilities."""
    labels: Labels


@dataclass(frozen=True, slots=True)
class User:
    """How a simulated user corrects."""

    notes: int
    """How many of their first notes they see the guess of."""
    only_wrong: bool = False
    """They say something only where the guess was wrong."""


def voices(guesses: Sequence[Guesses]) -> list[Voice]:
    """Speakers with enough recordings."""
    found = []
    for each in guesses:
        names = np.array(each.speakers)
        for name in sorted(set(each.speakers)):
            own = each.subset(names == name)
            if len(own.labels) >= LEAST_CLIPS:
                logs = np.log(np.maximum(own.probabilities(), 1e-13))
                found.append(Voice(name, logs, own.labels))
    return found


def gain(
    voice: Voice, user: User, shrinkage: float, rng: np.random.Generator
) -> tuple[float, float, float]:
    """UAR, accuracy and log-loss on the rest of one voice's notes, against no adaptation."""
    order = rng.permutation(len(voice.labels))
    seen = min(user.notes, len(order) // 2)
    told, rest = order[:seen], rng.choice(order[seen:], len(order) - seen)
    if user.only_wrong:
        told = told[voice.logs[told].argmax(axis=1) != voice.labels[told]]
    pairs = [
        (dict(zip(EMOTIONS, np.exp(voice.logs[i]), strict=True)), EMOTIONS[voice.labels[i]])
        for i in told
    ]
    calibration = learn(pairs, shrinkage)
    if calibration is None:
        return 0.0, 0.0, 0.0
    before = _scores(voice.logs[rest], voice.labels[rest])
    after = _scores(calibration.reread(voice.logs[rest]), voice.labels[rest])
    uar, accuracy, loss = (new - old for new, old in zip(after, before, strict=True))
    return uar, accuracy, loss


def choose_shrinkage(losses: Matrix) -> float:
    """That with the lowest mean loss: of other voices, (V, GRID)."""
    return GRID[int(losses.mean(axis=0).argmin())]


def losses_of(voice: Voice) -> Matrix:
    """Log-loss of one voice at each of GRID, whichever way its user corrects: (GRID,)."""
    users = [User(notes, wrong) for notes in CORRECTED for wrong in (False, True)]

    def loss(shrinkage: float) -> float:
        rng = np.random.default_rng(1)
        draws = [u for u in users for _ in range(CHOOSING_DRAWS)]
        return float(np.mean([gain(voice, user, shrinkage, rng)[2] for user in draws]))

    return np.array([loss(shrinkage) for shrinkage in GRID])


def section(guesses: Sequence[Guesses]) -> str:
    """The report's section; empty where there are too few speakers to choose on others."""
    all_of = voices(guesses)
    if len(all_of) < 3:
        return ""
    losses = np.stack([losses_of(voice) for voice in all_of])
    chosen = {
        voice.name: choose_shrinkage(np.delete(losses, place, axis=0))
        for place, voice in enumerate(all_of)
    }
    told = ", ".join(f"{value:.0f}" for value in sorted(set(chosen.values())))
    head = _WORDS.format(least=LEAST_CLIPS, draws=DRAWS, shipped=SHRINKAGE, chosen=told)
    return "\n".join([head, _by_voice(all_of, chosen), _together(all_of, chosen)])


def _by_voice(all_of: Sequence[Voice], chosen: dict[str, float]) -> str:
    rows = []
    for voice in all_of:
        cells = [_interval(_draws(voice, User(k), chosen[voice.name])[:, 0]) for k in CORRECTED]
        last = _draws(voice, User(CORRECTED[-1]), chosen[voice.name])
        uar = _scores(voice.logs, voice.labels)[0]
        rows.append(
            f"| {voice.name} | {len(voice.labels)} | {uar:.3f} | {' | '.join(cells)} "
            f"| {_interval(last[:, 1])} | {_interval(last[:, 2])} |"
        )
    gained = [f"UAR, k = {k}" for k in CORRECTED]
    gained += [f"{what}, k = {CORRECTED[-1]}" for what in ("accuracy", "log-loss")]
    head = f"| speaker | clips | UAR alone | {' | '.join(gained)} |"
    return "\n".join([head, "|" + " --- |" * (5 + len(CORRECTED)), *rows, ""])


def _together(all_of: Sequence[Voice], chosen: dict[str, float]) -> str:
    """The mean over speakers, its interval by drawing speakers with replacement."""
    rows = []
    for wrong in (False, True):
        for k in CORRECTED:
            means = np.array(
                [_draws(v, User(k, wrong), chosen[v.name]).mean(axis=0) for v in all_of]
            )
            rng = np.random.default_rng(0)
            drawn = means[rng.integers(len(means), size=(2000, len(means)))].mean(axis=1)
            cells = [
                f"{means[:, i].mean():+.3f} ({_middle(drawn[:, i])})" for i in range(means.shape[1])
            ]
            better = int((means[:, 0] > 0).sum())
            says = "only what was wrong" if wrong else "of every note"
            rows.append(f"| {says} | {k} | {' | '.join(cells)} | {better} of {len(means)} |")
    head = "| the user says it | k | UAR | accuracy | log-loss | speakers with a higher UAR |"
    return "\n".join([head, "|" + " --- |" * 6, *rows, ""])


def _draws(voice: Voice, user: User, shrinkage: float) -> Matrix:
    """(DRAWS, 3): gains in UAR, accuracy and log-loss."""
    rng = np.random.default_rng(0)
    return np.array([gain(voice, user, shrinkage, rng) for _ in range(DRAWS)])


def _scores(logs: Matrix, labels: Labels) -> tuple[float, float, float]:
    guessed = logs.argmax(axis=1)
    uar = unweighted_average_recall(confusion(labels, guessed))
    loss = -np.maximum(logs[np.arange(len(labels)), labels], np.log(1e-4)).mean()
    return uar, float((guessed == labels).mean()), float(loss)


def _interval(values: Matrix) -> str:
    return f"{values.mean():+.3f} ({_middle(values)})"


def _middle(values: Matrix) -> str:
    low, high = np.quantile(values, [0.025, 0.975])
    return f"{low:+.2f}…{high:+.2f}"
