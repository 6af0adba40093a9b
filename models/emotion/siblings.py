"""Networks that left speakers out, and their guesses on exactly these.

The shipped network was trained on every speaker there is, so nothing here can measure it. Its
siblings in folds/ were made by the same command, each without a fifth of the speakers; one that
did without whole corpora besides is measured on those alone. Every recording goes through the
recogniser as a user's note would: the file as it is, trimmed, cut and heard by the code that
serves.
"""

import logging
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from models.emotion.conditions import CONDITIONS, VOICES, backgrounds
from models.emotion.corpora import EMOTIONS, Utterance, labels_of
from models.emotion.features import RATE, Samples, features
from models.emotion.inference import Listener, in_torch, load_network, read_card
from models.emotion.measuring import CLEAN_TEST_SENTENCES, Guesses
from models.emotion.network import Beyond
from models.emotion.recognizer import CnnLstmRecognizer, sounding
from models.emotion.recordings import decode
from pipeline.values import Waveform

log = logging.getLogger("echomind.emotion.siblings")
FOLDS = Path(__file__).with_name("folds")
SPOILT = "ravdess"
"""The corpus measured under worse conditions."""

Spoil = Callable[[Samples, int], Samples]
"""(a recording, its place in the list) → the recording, worse."""


@dataclass(frozen=True, slots=True)
class Sibling:
    """One fold's network, and what it may be measured on."""

    recognizer: CnnLstmRecognizer
    beyond: Beyond
    utterances: Sequence[Utterance]
    left_out: tuple[str, ...]
    """Corpora of which it heard nobody."""

    def of(self, corpus: str) -> list[Utterance]:
        return [u for u in self.utterances if u.corpus == corpus]


def of_folds(folder: Path = FOLDS) -> list[Path]:
    """The weights of the siblings that heard every corpus."""
    return [weights for weights in _all(folder) if not read_card(weights).left_out]


def _all(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.glob("**/network.toml"))


def siblings(folder: Path, utterances: Sequence[Utterance]) -> Iterator[Sibling]:
    for weights in _all(folder):
        recognizer = CnnLstmRecognizer(weights, partial(in_torch, device="cpu"))
        card = read_card(weights)
        unheard = held_out(utterances, card.unheard)
        yield Sibling(recognizer, load_network(weights).beyond, unheard, card.left_out)


def held_out(utterances: Sequence[Utterance], unheard: Sequence[str]) -> list[Utterance]:
    """What may be measured: labelled, of unheard speakers, not a sentence that tells its label."""
    return [
        u
        for u in utterances
        if u.speaker in unheard
        and u.emotion is not None
        and u.text in CLEAN_TEST_SENTENCES.get(u.corpus, (u.text,))
    ]


def guess(recognizer: CnnLstmRecognizer, own: Sequence[Utterance], spoil: Spoil) -> Guesses:
    """Guesses on one corpus, the labels that it lacks at −∞, with every clip's traits."""
    sounds = (trimmed(spoil(decode(u.path), place)) for place, u in enumerate(own))
    heard = [recognizer.hear(samples, None) for samples in sounds]
    logits = np.stack([each.overall for each in heard])
    logits[:, [e not in labels_of(own)[own[0].corpus] for e in EMOTIONS]] = -np.inf
    labels = np.array([EMOTIONS.index(u.emotion) for u in own if u.emotion])
    traits = np.stack([each.shares @ each.traits for each in heard])
    speakers, sexes = [u.speaker for u in own], [u.sex for u in own]
    return Guesses(own[0].corpus, speakers, sexes, labels, logits, traits)


def as_it_is(samples: Samples, place: int) -> Samples:
    del place
    return samples


def trimmed(samples: Samples) -> Samples:
    return sounding(Waveform(samples))[0]


def guess_all(
    family: Sequence[Sibling], *, corpora_unheard: bool = False
) -> list[tuple[Guesses, Beyond]]:
    """For every corpus and sibling the guesses on the recordings as they are.

    By siblings that heard all corpora; or, where `corpora_unheard`, by those that did not, on what
    they did without.
    """
    found = []
    for corpus in sorted({u.corpus for sibling in family for u in sibling.utterances}):
        log.info("%s", corpus)
        for sibling in family:
            own = sibling.of(corpus)
            asked = corpus in sibling.left_out if corpora_unheard else not sibling.left_out
            if own and asked:
                found.append((guess(sibling.recognizer, own, as_it_is), sibling.beyond))
    return found


def guess_spoilt(family: Sequence[Sibling], data: Path) -> list[tuple[str, Guesses]]:
    """The corpus of record under every condition; behind it talk voices unheard as well."""
    found: dict[str, list[Guesses]] = {}
    for sibling in family:
        own = sibling.of(SPOILT)
        if sibling.left_out or not own:
            continue
        behind = backgrounds(data, sibling.utterances)
        if len(behind.voices) < VOICES:
            continue
        for condition in CONDITIONS:
            log.info("%s, %s", SPOILT, condition.name)
            spoil = partial(behind.spoilt, condition=condition)
            found.setdefault(condition.name, []).append(guess(sibling.recognizer, own, spoil))
    return [(name, together(parts)[0]) for name, parts in found.items()]


def together(parts: Sequence[Guesses]) -> list[Guesses]:
    """All folds' guesses, one Guesses a corpus."""
    joined: dict[str, Guesses] = {}
    for part in parts:
        before = joined.get(part.corpus)
        joined[part.corpus] = before.joined(part) if before else part
    return list(joined.values())


def milliseconds(listen: Listener, traits: int) -> float:
    """Median time of features and network for three seconds of sound, one thread."""
    note = np.random.default_rng(0).normal(0, 0.1, 3 * RATE).astype(np.float32)
    nobody = np.zeros(traits, np.float32)
    times = []
    for _ in range(200):
        started = time.perf_counter()
        listen(features(note)[None], nobody, 0.0)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)
