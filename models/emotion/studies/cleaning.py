"""The study `cleaning`: does tidying a recording before the network help it, in noise or without?

Every recording is spoilt once for each condition; then each cleaning has its turn, and what the
recogniser that serves the bot guesses afterwards is set against its guess without. The network's
siblings are asked, each about the speakers that it has not heard, and their answers pooled.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import librosa
import numpy as np
from numpy.typing import NDArray

from models.emotion.conditions import AS_RECORDED, NOISY, Backgrounds, backgrounds
from models.emotion.endpoints import span_in_noise, speech_span
from models.emotion.features import RATE, Samples
from models.emotion.inference import fingerprint, in_torch, read_card
from models.emotion.measuring import confusion, unweighted_average_recall
from models.emotion.recognizer import SHORTEST, CnnLstmRecognizer
from models.emotion.recordings import decode, levelled
from models.emotion.siblings import of_folds
from models.emotion.studies.results import Results, Row, table
from models.emotion.studies.sources import SEED, Roll, Sources, call

log = logging.getLogger("echomind.emotion.studies")

CORPORA = ("ravdess", "emodb")
CONDITIONS = (AS_RECORDED, *NOISY)
Labels = NDArray[np.int64]
Span = Callable[[Samples], tuple[int, int]]
"""First and past-the-last sample of a recording's speech."""


def trimmed_tightly(samples: Samples) -> Samples:
    """What lies within 20 dB of the loudest frame (librosa.effects.trim)."""
    return np.asarray(librosa.effects.trim(samples, top_db=20)[0], np.float32)


def _reduced(samples: Samples, *, stationary: bool, share: float) -> Samples:
    import noisereduce  # noqa: PLC0415 - the [train] extra

    cleaned = noisereduce.reduce_noise(
        y=samples, sr=RATE, stationary=stationary, prop_decrease=share, n_jobs=1
    )
    return np.nan_to_num(np.asarray(cleaned, np.float32))


@dataclass(frozen=True, slots=True)
class Cleaning:
    name: str
    apply: Callable[[Samples], Samples]
    span: Span = span_in_noise
    """Where the recogniser takes the speech to start and end."""


def everything(samples: Samples) -> tuple[int, int]:
    return 0, len(samples)


AS_SERVED = Cleaning("as served (silence and noise cut at the ends)", lambda samples: samples)
CLEANINGS = (
    AS_SERVED,
    Cleaning("silence alone cut", lambda samples: samples, speech_span),
    Cleaning("nothing cut", lambda samples: samples, everything),
    Cleaning("cut at 20 dB", trimmed_tightly),
    Cleaning("level set to −20 dB", levelled),
    Cleaning("noise gate, stationary", lambda s: _reduced(s, stationary=True, share=1.0)),
    Cleaning("noise gate, moving", lambda s: _reduced(s, stationary=False, share=1.0)),
    Cleaning("noise gate, moving, half", lambda s: _reduced(s, stationary=False, share=0.5)),
)

PROTOCOL = (
    "The recogniser as it serves the bot, on unheard speakers' recordings as they come, spoilt by "
    "babble (four unheard Polish voices) or by noise (environmental sounds that training never "
    "had) at so many dB under the speech, then cleaned. The gain is UAR after a cleaning less UAR "
    "without it, mean over conditions, its interval the middle 95 % of 1000 draws of speakers and, "
    "within them, of clips, the same for both. A cleaning is worth keeping only where its whole "
    "interval lies above zero. Noise gates are the noisereduce package's; a recording in which a "
    "cleaning leaves nothing to hear is taken as it was."
)


def guess(
    recognizer: CnnLstmRecognizer, sounds: Sequence[Samples], cleaning: Cleaning, allowed: Labels
) -> Labels:
    """The likeliest of the labels allowed for each recording, (N,) places in EMOTIONS."""
    heard = [recognizer.hear(_cleaned(samples, cleaning), None).overall for samples in sounds]
    return np.array([int(allowed[logits[allowed].argmax()]) for logits in heard])


def _cleaned(samples: Samples, cleaning: Cleaning) -> Samples:
    """The recording cleaned and cut; as it would be served where that leaves nothing to hear."""
    for how in (cleaning, AS_SERVED):
        tidy = how.apply(samples)
        start, end = how.span(tidy)
        if end - start >= SHORTEST * RATE:
            return tidy[start:end]
    return samples


@dataclass(frozen=True, slots=True)
class Bench:
    """One folder of weights, and where what it guessed is kept."""

    weights: Path
    sources: Sources
    roll: Roll

    @property
    def folder(self) -> Path:
        """Named by the network itself, so that no other's guesses are taken for its own."""
        return self.sources.runs / "studies" / "cleaning" / fingerprint(self.weights)

    def places(self, corpus: str) -> Labels:
        unheard = np.isin(self.roll.speakers, read_card(self.weights).unheard)
        return np.flatnonzero(unheard & (self.roll.corpora == corpus) & (self.roll.labels >= 0))

    def behind(self) -> Backgrounds:
        """What lies behind the recordings, none of which the weights have heard."""
        unheard = read_card(self.weights).unheard
        return backgrounds(
            self.sources.data, [u for u in self.sources.utterances if u.speaker in unheard]
        )

    def guesses(self, corpus: str, behind: Backgrounds) -> dict[tuple[str, str], Labels]:
        """(condition, cleaning) → guesses on the corpus's unheard speakers."""
        places = self.places(corpus)
        sounds = [decode(self.sources.utterances[i].path) for i in places]
        allowed = np.flatnonzero(self.roll.allowed[places[0]])
        recognizer = CnnLstmRecognizer(self.weights, partial(in_torch, device="cpu"))
        result = {}
        for condition in CONDITIONS:
            spoilt = [
                behind.spoilt(s, int(i), condition) for s, i in zip(sounds, places, strict=True)
            ]
            for cleaning in CLEANINGS:
                file = self.folder / f"{corpus}, {condition.name}, {cleaning.name}.npy"
                if not file.exists():
                    file.parent.mkdir(parents=True, exist_ok=True)
                    np.save(file, guess(recognizer, spoilt, cleaning, allowed))
                result[condition.name, cleaning.name] = np.load(file)
            log.info("%s, %s: cleaned %d ways", corpus, condition.name, len(CLEANINGS))
        return result


def study(sources: Sources) -> Results:
    roll = call(sources.utterances, sources.fold_of)
    benches = [Bench(folder, sources, roll) for folder in of_folds()]
    behind = [bench.behind() for bench in benches]
    figures: list[Row] = []
    for corpus in CORPORA:
        places = [bench.places(corpus) for bench in benches]
        guesses = [bench.guesses(corpus, own) for bench, own in zip(benches, behind, strict=True)]
        pooled = {key: np.concatenate([g[key] for g in guesses]) for key in guesses[0]}
        everyone = np.concatenate(places)
        figures += _figures(corpus, (roll.labels[everyone], roll.speakers[everyone]), pooled)
    return Results("cleaning", "python -m models.emotion.studies cleaning", PROTOCOL, figures)


def _figures(
    corpus: str,
    truth: tuple[Labels, NDArray[np.str_]],
    guesses: dict[tuple[str, str], Labels],
) -> list[Row]:
    """One row a cleaning: UAR under each condition, and the gain in quiet and in noise."""
    rows = []
    conditions = [condition.name for condition in CONDITIONS]
    plain = {c: guesses[c, AS_SERVED.name] for c in conditions}
    for cleaning in CLEANINGS:
        own = {c: guesses[c, cleaning.name] for c in conditions}
        row: Row = {"corpus": corpus, "cleaning": cleaning.name}
        row["speakers"], row["clips"] = len(np.unique(truth[1])), len(truth[0])
        row["UAR"] = {c: round(_uar(truth[0], own[c]), 4) for c in conditions}
        if cleaning is not AS_SERVED:
            noisy = [c for c in conditions if c != "clean"]
            row["gain, clean"] = gain(truth, [plain["clean"]], [own["clean"]])
            row["gain, noise"] = gain(truth, [plain[c] for c in noisy], [own[c] for c in noisy])
        rows.append(row)
    return rows


def gain(
    truth: tuple[Labels, NDArray[np.str_]],
    before: Sequence[Labels],
    after: Sequence[Labels],
    draws: int = 1000,
) -> list[float]:
    """Mean difference in UAR over the pairs of guesses, and its interval: [mean, low, high]."""
    labels, speakers = truth
    rng = np.random.default_rng(SEED)
    clips_of = [np.flatnonzero(speakers == speaker) for speaker in np.unique(speakers)]

    def difference(clips: Labels) -> float:
        pairs = zip(before, after, strict=True)
        own = labels[clips]
        return float(np.mean([_uar(own, a[clips]) - _uar(own, b[clips]) for b, a in pairs]))

    values = []
    for _ in range(draws):
        drawn = rng.integers(len(clips_of), size=len(clips_of))
        values.append(
            difference(np.concatenate([rng.choice(clips_of[i], len(clips_of[i])) for i in drawn]))
        )
    low, high = np.quantile(values, [0.025, 0.975])
    whole = difference(np.arange(len(labels)))
    return [round(whole, 4), round(float(low), 4), round(float(high), 4)]


def _uar(labels: Labels, guessed: Labels) -> float:
    return unweighted_average_recall(confusion(labels, guessed))


def render(results: Results) -> str:
    """The section of the report: one table a corpus, and what the figures say to keep."""
    parts = ["## Cleaning before the network\n", results.protocol + "\n"]
    for corpus in dict.fromkeys(row["corpus"] for row in results.figures):
        rows = [row for row in results.figures if row["corpus"] == corpus]
        head = ["", *rows[0]["UAR"], "gain, clean", "gain, noise"]
        lines = [
            [row["cleaning"], *(f"{uar:.3f}" for uar in row["UAR"].values())]
            + [_gain(row.get(f"gain, {where}")) for where in ("clean", "noise")]
            for row in rows
        ]
        speakers, clips = rows[0]["speakers"], rows[0]["clips"]
        parts += [
            f"### {corpus}: {speakers} speakers, {clips} clips, UAR\n",
            table(head, lines),
            "",
        ]
    return "\n".join([*parts, _verdict(results), f"\nComputed by `{results.command}`.\n"])


def _gain(figures: list[float] | None) -> str:
    return "" if figures is None else "{:+.3f} ({:+.3f} to {:+.3f})".format(*figures)


def worth_keeping(results: Results) -> list[str]:
    """Cleanings that surely help somewhere and surely harm nowhere."""
    lows, highs = dict[str, list[float]](), dict[str, list[float]]()
    for row in results.figures:
        for where in ("gain, clean", "gain, noise"):
            if where in row:
                lows.setdefault(row["cleaning"], []).append(row[where][1])
                highs.setdefault(row["cleaning"], []).append(row[where][2])
    return [name for name in lows if max(lows[name]) > 0 and min(highs[name]) >= 0]


def _verdict(results: Results) -> str:
    kept = worth_keeping(results)
    if not kept:
        return "No cleaning surely helps anywhere without surely harming elsewhere: none is added."
    return f"Surely helps somewhere and surely harms nowhere: {', '.join(kept)}."
