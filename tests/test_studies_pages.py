"""What the studies of leaks and cleaning do to recordings and splits, and the pages they give."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from models.emotion.corpora import EMOTIONS
from models.emotion.features import CHANNELS, RATE, Samples
from models.emotion.network import Shape
from models.emotion.recognizer import CnnLstmRecognizer, Heard
from models.emotion.studies import baselines, cleaning, leak, left_out
from models.emotion.studies.cleaning import (
    AS_SERVED,
    CLEANINGS,
    Cleaning,
    gain,
    guess,
    worth_keeping,
)
from models.emotion.studies.learner import Course, guessed, taught
from models.emotion.studies.results import FOLDER, Results, Row, keep, once, read
from models.emotion.studies.shown import RENDERERS
from models.emotion.studies.sources import Roll
from models.emotion.studies.splits import CHANGES, PROTOCOLS, Item, Labels, copies, oversampled
from pipeline.values import VoiceProfile
from tests.sounds import tone


def roll_of(speakers: int = 5, clips: int = 8) -> Roll:
    """Eight labels, `clips` of each for every speaker; a fold a speaker."""
    speaker = np.repeat(np.arange(speakers), 8 * clips)
    labels = np.tile(np.repeat(np.arange(8), clips), speakers)
    every = np.ones(len(labels), bool)
    return Roll(
        corpora=np.full(len(labels), "ravdess"),
        speakers=speaker.astype(str),
        sexes=np.full(len(labels), "female"),
        labels=labels,
        folds=speaker,
        measured=every,
        allowed=np.ones((len(labels), 8), bool),
    )


def test_the_fair_splits_part_speakers_and_the_others_do_not() -> None:
    roll = roll_of()
    places = np.arange(len(roll.labels))
    for protocol in PROTOCOLS:
        shared = [
            {roll.speakers[i.position] for i in heard} & {roll.speakers[i.position] for i in tested}
            for heard, tested in protocol.deal(roll, places)
        ]
        assert len(shared) == 5
        assert not any(shared) if protocol.fair else all(shared)


def test_copies_before_the_split_fall_on_both_sides_and_copies_after_do_not() -> None:
    roll = roll_of()
    by_name = {p.name: p for p in PROTOCOLS}
    for name, leaks in (
        ("speakers apart, copies of the training clips", False),
        ("random 80/20", False),
        ("random 80/20, copies made before", True),
    ):
        for heard, tested in by_name[name].deal(roll, np.arange(len(roll.labels))):
            both = {i.position for i in heard} & {i.position for i in tested}
            assert bool(both) == leaks
    assert len(copies([Item(3)])) == 1 + len(CHANGES)


def test_oversampling_fills_every_class_with_clips_of_its_own() -> None:
    labels = np.array([0] * 9 + [1] * 3)
    filled = oversampled([Item(i) for i in range(12)], labels, np.random.default_rng(0))
    assert [int(labels[i.position]) for i in filled].count(1) == 9
    assert {i.position for i in filled} == set(range(12))


def test_a_memory_is_no_match_for_speakers_apart() -> None:
    """What only remembers clips is perfect where copies leak and knows nothing where they don't."""
    roll = roll_of()

    def parrot(heard: Sequence[Item], unheard: Sequence[Item]) -> Labels:
        known = {i.position: roll.labels[i.position] for i in heard}
        return np.array([known.get(i.position, 0) for i in unheard])

    by_name = {p.name: p.deal(roll, np.arange(len(roll.labels))) for p in PROTOCOLS}
    fair = leak.measured(roll, by_name["speakers apart"], parrot)
    leaky = leak.measured(roll, by_name["random 80/20, copies made before"], parrot)
    assert fair["UAR"] == pytest.approx(1 / 8) and leaky["UAR"] > 0.95
    assert leaky["tested"] == 4 * fair["tested"]


@pytest.mark.parametrize("name", CHANGES)
def test_a_copy_is_near_its_original_but_not_the_same(name: str) -> None:
    samples = tone(220.0)
    copy = CHANGES[name](samples, np.random.default_rng(0))
    expected = RATE / 0.8 if name == "slower" else RATE
    assert len(copy) == pytest.approx(expected, abs=2)
    assert np.isfinite(copy).all()
    assert len(copy) != len(samples) or np.abs(copy - samples).max() > 1e-3


@pytest.mark.parametrize("own", CLEANINGS, ids=lambda own: own.name)
def test_a_cleaning_leaves_a_finite_recording(own: cleaning.Cleaning) -> None:
    rng = np.random.default_rng(0)
    note = np.pad(tone(200.0), RATE // 2) + rng.normal(0.0, 0.01, 2 * RATE).astype(np.float32)
    cleaned = own.apply(note)
    assert cleaned.dtype == np.float32 and np.isfinite(cleaned).all() and len(cleaned) > RATE // 4


def test_noise_gates_take_noise_away() -> None:
    rng = np.random.default_rng(0)
    hiss = rng.normal(0.0, 0.02, 2 * RATE).astype(np.float32)
    note = hiss + np.pad(tone(200.0), RATE // 2)
    for own in CLEANINGS[5:7]:
        assert np.mean(np.square(own.apply(note)[: RATE // 4])) < 0.5 * np.mean(np.square(hiss))


def test_a_cleaning_that_leaves_nothing_to_hear_is_not_made() -> None:
    heard: list[int] = []

    class Listening(CnnLstmRecognizer):
        def hear(self, samples: Samples, voice: VoiceProfile | None) -> Heard:
            heard.append(len(samples))
            return super().hear(samples, voice)

    note = np.pad(tone(200.0), RATE)
    nothing = Cleaning("to nothing", np.zeros_like)
    whole = Cleaning("none", lambda samples: samples, cleaning.everything)
    every = np.arange(len(EMOTIONS))
    for own in (AS_SERVED, nothing, whole):
        assert guess(Listening(), [note], own, every)[0] in every
    assert heard[0] == heard[1] < 1.2 * RATE
    assert heard[2] == 3 * RATE


def test_a_gain_is_told_with_its_doubt() -> None:
    labels, speakers = np.arange(160) % 8, np.repeat(["a", "b", "c", "d"], 40)
    wrong = (labels + 1) % 8
    half = np.where(np.arange(160) % 3 == 0, labels, wrong)
    assert gain((labels, speakers), [half], [half], draws=50) == [0.0, 0.0, 0.0]
    mean, low, high = gain((labels, speakers), [half, half], [labels, half], draws=200)
    assert low < mean < high and mean == pytest.approx(1 / 3, abs=0.02)


def cleaned(name: str, quiet: list[float], noisy: list[float]) -> Row:
    row: Row = {"corpus": "ravdess", "cleaning": name, "speakers": 4, "clips": 240}
    return row | {"UAR": {"clean": 0.6}, "gain, clean": quiet, "gain, noise": noisy}


def test_a_cleaning_is_kept_only_where_it_surely_helps_and_nowhere_surely_harms() -> None:
    help_, doubt, harm = [0.02, 0.01, 0.03], [0.01, -0.01, 0.03], [-0.02, -0.03, -0.01]
    figures = [
        cleaned("good", doubt, help_),
        cleaned("doubtful", doubt, doubt),
        cleaned("two-edged", harm, help_),
    ]
    results = Results("cleaning", "c", "p", figures)
    assert worth_keeping(results) == ["good"]
    page = cleaning.render(results)
    assert "harms nowhere: good." in page and "+0.020 (+0.010 to +0.030)" in page
    assert "none is added" in cleaning.render(Results("cleaning", "c", "p", figures[1:]))


def test_calm_is_left_out_of_the_corpora_left_out() -> None:
    roll = left_out.without_calm(roll_of())
    calm = EMOTIONS.index("calm")
    assert calm not in roll.labels and not roll.allowed[:, calm].any()
    assert roll.measured.sum() == (roll.labels >= 0).sum()


def test_figures_are_read_as_they_were_kept(tmp_path: Path) -> None:
    results = Results("leak", "python", "how", [{"UAR": 0.5, "corpora": ["ravdess"]}])
    keep(results, tmp_path)
    assert read("leak", tmp_path) == results


def test_what_was_found_once_is_not_looked_for_again(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "cell.json"
    assert once(file, None) is None
    assert once(file, lambda: {"UAR": 0.5}) == {"UAR": 0.5}
    assert once(file, lambda: {"UAR": 0.9}) == once(file, None) == {"UAR": 0.5}


def test_every_cell_has_a_name_of_its_own() -> None:
    roll = roll_of()
    roll.corpora[::2] = "emodb"
    named = [baselines.file_name(*cell) for cell in baselines.cells(roll)]
    assert len(set(named)) == len(named) == 2 * (5 * 5 + 1)


@pytest.mark.parametrize(
    "study", [name for name in RENDERERS if (FOLDER / f"{name}.json").exists()]
)
def test_what_was_found_is_shown_in_tables_without_a_gap(study: str) -> None:
    page = RENDERERS[study](read(study))
    tables = [line for line in page.splitlines() if line.startswith("|")]
    assert len(tables) > 3 and page.startswith("## ")
    assert f"python -m models.emotion.studies {study}" in page
    assert "nan" not in page


def test_the_best_of_a_corpus_is_bold_and_a_missing_figure_is_a_dash() -> None:
    def row(method: str, corpus: str, uar: float) -> Row:
        shown: Row = {"UAR": uar, "low": uar - 0.1, "high": uar + 0.1}
        where: Row = {"view": "as heard", "taught by": "own corpus", "corpus": corpus}
        return {"method": method} | where | shown

    figures = [row("tree", "emodb", 0.4), row("SVM", "emodb", 0.7), row("SVM", "nemo", 0.5)]
    page = baselines.render(Results("baselines", "c", "p", figures))
    assert "| SVM | **0.700** (0.60–0.80) | **0.500** (0.40–0.60) |" in page
    assert "| tree | 0.400 (0.30–0.50) | – |" in page


def test_our_network_learns_what_a_clip_plainly_shows() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(48) % 3
    frames = [rng.normal(size=(70, CHANNELS)).astype(np.float32) for _ in labels]
    for clip, label in zip(frames, labels, strict=True):
        clip[:, 20 * label : 20 * label + 12] += 2.0
    small = Shape(channels=(4, 6), width=16, hidden=16, dropout=0.0)
    course = Course(steps=80, batch=12, frames=60, learning_rate=5e-3, shape=small)
    network = taught(frames[:36], labels[:36], course)
    assert np.mean(guessed(network, frames[36:]) == labels[36:]) > 0.8
