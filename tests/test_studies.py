"""The classical studies: no speaker on both sides, nothing chosen by those who are judged."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from models.emotion.corpora import EMOTIONS, Utterance
from models.emotion.recordings import levelled
from models.emotion.studies import classifiers
from models.emotion.studies.choosing import (
    Judged,
    Method,
    Setting,
    balance,
    inner_splits,
    judge,
    mean_uar,
)
from models.emotion.studies.classifiers import Learn, Lessons, Matrix, Rows
from models.emotion.studies.sources import Roll, call, folds_of
from models.emotion.studies.tables import centred, cepstral_statistics, kept
from pipeline.values import Emotion

FEELINGS = (Emotion.NEUTRAL, Emotion.SAD, Emotion.ANGRY)


def crowd(corpus: str = "ravdess", speakers: int = 6, clips: int = 4) -> list[Utterance]:
    """So many clips of each of three feelings by each speaker."""
    return [
        Utterance(
            Path(f"{corpus}/{speaker}-{clip}-{emotion}.ogg"),
            corpus,
            "en",
            f"{corpus}_{speaker}",
            "female" if speaker % 2 else "male",
            emotion,
        )
        for speaker in range(speakers)
        for emotion in FEELINGS
        for clip in range(clips)
    ]


def rolled(utterances: Sequence[Utterance]) -> Roll:
    return call(utterances, folds_of(utterances))


def telling(roll: Roll, distance: float = 4.0) -> Rows:
    """Rows in which the label lies plainly, and the voice plainly beside it: (N, 12)."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(len(roll.labels), 12))
    rows[np.arange(len(rows)), roll.labels] += distance
    voices = {speaker: i for i, speaker in enumerate(np.unique(roll.speakers))}
    rows[:, 8] += 5.0 * np.array([voices[speaker] for speaker in roll.speakers])
    return rows.astype(np.float32)


LEARNERS: dict[str, tuple[Learn, float]] = {
    "tree": (classifiers.tree, 2.0),
    "forest": (classifiers.forest, 1.0),
    "support_vectors": (classifiers.support_vectors, 3.0),
    "linear": (classifiers.linear, 1e-2),
}


@pytest.mark.parametrize("name", LEARNERS)
def test_what_is_plain_is_learnt_and_what_is_not_there_is_not(name: str) -> None:
    learn, strength = LEARNERS[name]
    roll = rolled(crowd(speakers=3, clips=6))
    method = Method(learn, (strength,))
    plain = judge(method, telling(roll)[None], roll, ("ravdess",))
    assert mean_uar(roll, plain.places, plain.scores) > 0.8
    noise = np.random.default_rng(1).normal(size=(1, len(roll.labels), 12)).astype(np.float32)
    nothing = judge(method, noise, roll, ("ravdess",))
    assert mean_uar(roll, nothing.places, nothing.scores) < 0.6


def test_every_clip_is_judged_once_by_one_who_never_heard_the_speaker() -> None:
    roll = rolled(crowd(speakers=10))
    met: list[tuple[set[int], set[int]]] = []
    rows = np.arange(len(roll.labels), dtype=np.float32)[None, :, None]

    def watching(lessons: Lessons, unheard: Rows, strength: float) -> Matrix:
        met.append(({int(i) for i in lessons.rows[:, 0]}, {int(i) for i in unheard[:, 0]}))
        return np.zeros((len(unheard), len(EMOTIONS)))

    judged = judge(Method(watching, (1.0, 2.0)), rows, roll, ("ravdess",))
    assert sorted(judged.places) == list(range(len(roll.labels)))
    assert len(met) == 5 * (3 * 2 + 1)
    for heard, unheard in met:
        assert not set(roll.speakers[list(heard)]) & set(roll.speakers[list(unheard)])
    for start in range(0, len(met), 7):  # what is chosen by comes before, without those judged
        judged_last = met[start + 6][1]
        assert not any((heard | other) & judged_last for heard, other in met[start : start + 6])


def test_the_better_layer_and_strength_are_chosen_by_training_speakers() -> None:
    roll = rolled(crowd())
    noise = np.random.default_rng(1).normal(size=(len(roll.labels), 12)).astype(np.float32)
    table = np.stack([noise, telling(roll, 6.0), noise])

    def fickle(lessons: Lessons, unheard: Rows, strength: float) -> Matrix:
        scores = classifiers.linear(lessons, unheard, 1e-2)
        return -scores if strength == 3.0 else scores

    judged = judge(Method(fickle, (3.0, 2.0, 1.0)), table, roll, ("ravdess",))
    assert {setting.layer for setting in judged.settings} == {1}
    assert 3.0 not in {setting.strength for setting in judged.settings}


def test_corpora_together_weigh_the_same_and_so_do_their_classes() -> None:
    corpora = np.array(["a"] * 10 + ["b"] * 2)
    labels = np.array([0] * 9 + [1] + [0, 1])
    weights = balance(corpora, labels)
    assert weights.mean() == pytest.approx(1.0)
    assert weights[:9].sum() == pytest.approx(weights[9]) == pytest.approx(weights[10])


def test_a_label_that_a_corpus_lacks_is_masked_in_the_linear_loss() -> None:
    """A corpus without calm says nothing about calm: it must not push its neutral away from it."""
    rng = np.random.default_rng(0)
    neutral, calm, happy = 0, 1, 2
    labels = np.array([neutral, happy] * 30 + [neutral, calm, happy] * 30)
    rows = rng.normal(0.0, 0.3, (150, 2)).astype(np.float32)
    rows[labels == happy, 0] += 3.0
    rows[labels == calm, 1] += 3.0
    rows[:60, 1] += 3.0  # the first corpus is recorded where the second is calm
    known = np.zeros((150, 8), bool)
    known[:, [neutral, happy]] = True
    known[60:, calm] = True

    def recall_of_calm(allowed: np.ndarray) -> float:
        lessons = Lessons(rows, labels, allowed, np.ones(150))
        scores = classifiers.linear(lessons, rows, 1.0)
        return float((scores[60:].argmax(axis=1) == calm)[labels[60:] == calm].mean())

    assert recall_of_calm(known) == 1.0
    assert recall_of_calm(np.ones((150, 8), bool)) < 1.0


def test_one_speaker_leaves_nothing_to_choose_by() -> None:
    assert inner_splits(np.array(["a", "a"]), np.array([0, 1])) == []


def test_sentences_that_tell_their_label_and_training_corpora_are_not_measured() -> None:
    def said(corpus: str, text: str, emotion: Emotion | None) -> Utterance:
        return Utterance(Path("x.ogg"), corpus, "am", f"{corpus}_1", "male", emotion, text)

    roll = rolled(
        [
            said("ased", "sentence 01", Emotion.SAD),
            said("ased", "sentence 07", Emotion.SAD),
            said("emodb", "a", None),
            said("tess", "dog", Emotion.SAD),
        ]
    )
    assert roll.measured.tolist() == [True, False, False, False]
    assert roll.folds.tolist()[3] == -1 and roll.labels.tolist()[2] == -1


def test_a_known_voice_is_subtracted() -> None:
    roll = rolled(crowd())
    known = centred(telling(roll)[None], roll.speakers)
    for speaker in np.unique(roll.speakers):
        assert np.abs(known[0, roll.speakers == speaker].mean(axis=0)).max() < 1e-5


def test_cepstral_statistics_do_not_hear_how_loud_a_clip_was() -> None:
    rng = np.random.default_rng(0)
    samples = rng.normal(0.0, 0.1, 16_000).astype(np.float32)
    quiet, loud = (cepstral_statistics(levelled(samples * gain)) for gain in (0.01, 2.0))
    assert quiet.shape == (240,)
    assert np.abs(quiet - loud).max() < 1e-2
    assert np.isfinite(cepstral_statistics(samples[:100])).all()


def test_rows_are_computed_once_and_a_broken_run_goes_on(tmp_path: Path) -> None:
    asked: list[int] = []

    def row(position: int) -> Rows:
        if position == 700 and len(asked) < 701:
            asked.append(position)
            raise KeyboardInterrupt
        asked.append(position)
        return np.array([position], np.float32)

    with pytest.raises(KeyboardInterrupt):
        kept(tmp_path / "rows", 900, row)
    assert kept(tmp_path / "rows", 900, row)[:, 0].tolist() == list(range(900))
    assert asked.count(0) == 1 and asked.count(600) == 2
    with pytest.raises(ValueError, match="other corpora"):
        kept(tmp_path / "rows", 800, row)


def test_what_was_judged_is_read_as_it_was_written(tmp_path: Path) -> None:
    judged = Judged(np.array([3, 1]), np.zeros((2, 8)), [Setting(2, 1e-3), Setting(0, 3.0)])
    judged.write(tmp_path / "deep" / "x.npz")
    again = Judged.read(tmp_path / "deep" / "x.npz")
    assert again.places.tolist() == [3, 1] and again.settings == judged.settings
