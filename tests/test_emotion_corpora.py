"""The corpora as lists, and the one promise of the folds: no speaker on both sides."""

from collections import Counter
from pathlib import Path

import pytest

from models.emotion.config import DEFAULT, read_config
from models.emotion.corpora import (
    Utterance,
    deal_folds,
    deal_noises,
    labels_of,
    read_manifest,
)
from models.emotion.inference import WEIGHTS, read_card
from models.emotion.siblings import FOLDS
from pipeline.values import Emotion

DATA = Path(__file__).parents[1].parent / "shared" / "data"


@pytest.fixture(scope="module")
def manifest() -> list[Utterance]:
    if not (DATA / "manifest.csv").exists():
        pytest.skip("the corpora are not beside the repository")
    return read_manifest(DATA)


def spoken(corpus: str, speaker: int, sex: str, emotion: Emotion | None) -> Utterance:
    return Utterance(Path("x.ogg"), corpus, "en", f"{corpus}_{speaker}", sex, emotion)


def test_manifest_is_read_whole(manifest: list[Utterance]) -> None:
    assert Counter(u.corpus for u in manifest) == {
        "ravdess": 1200,
        "tess": 2800,
        "savee": 360,
        "emodb": 418,
        "nemo": 3403,
        "turevdb": 1735,
        "ased": 2470,
    }
    assert all(u.path.exists() for u in manifest[::500])
    assert sum(u.emotion is None for u in manifest) == 62  # EmoDB's boredom


def test_labels_a_corpus_lacks(manifest: list[Utterance]) -> None:
    known = labels_of(manifest)
    assert known["ravdess"] == tuple(Emotion)
    assert Emotion.CALM not in known["nemo"]
    assert Emotion.DISGUST not in known["nemo"]
    assert known["turevdb"] == (Emotion.CALM, Emotion.HAPPY, Emotion.SAD, Emotion.ANGRY)


def test_folds_share_no_speaker_and_miss_none(manifest: list[Utterance]) -> None:
    config = read_config(DEFAULT)
    folds = deal_folds(manifest, config.folds, config.fold_seed, config.training_only)
    dealt = {u.speaker for u in manifest if u.corpus not in config.training_only}
    assert set(folds) == dealt
    assert set(folds.values()) == set(range(config.folds))
    for held_out in range(config.folds):
        held = {speaker for speaker, fold in folds.items() if fold == held_out}
        sexes = Counter(
            sex
            for speaker, sex in {(u.speaker, u.sex) for u in manifest if u.corpus == "ravdess"}
            if speaker in held
        )
        assert sexes == {"female": 2, "male": 2}


def test_siblings_say_whom_they_never_heard(manifest: list[Utterance]) -> None:
    """And the network that ships heard everybody."""
    config = read_config(DEFAULT)
    folds = deal_folds(manifest, config.folds, config.fold_seed, config.training_only)
    assert read_card(WEIGHTS).unheard == ()
    siblings = sorted(FOLDS.glob("*/network.toml"))
    assert siblings
    for card in siblings:
        left_out = read_card(card.parent).left_out
        name, *absent = card.parent.name.split("-no-")
        assert tuple(absent) == left_out
        held = {speaker for speaker, fold in folds.items() if fold == int(name)}
        held |= {u.speaker for u in manifest if u.corpus in left_out}
        assert set(read_card(card.parent).unheard) == held


def test_the_deal_is_the_same_every_time_and_another_with_another_seed() -> None:
    corpus = [
        spoken("c", speaker, sex, Emotion.SAD)
        for speaker, sex in enumerate(["female"] * 10 + ["male"] * 10)
    ]
    assert deal_folds(corpus, 5, 1) == deal_folds(corpus[::-1], 5, 1)
    assert deal_folds(corpus, 5, 1) != deal_folds(corpus, 5, 2)


def test_training_only_speakers_are_in_no_fold() -> None:
    corpus = [spoken("a", 1, "male", Emotion.SAD), spoken("b", 2, "male", Emotion.SAD)]
    assert deal_folds(corpus, 2, 0, training_only=("b",)) == {"a_1": 0}


def test_a_label_outside_the_eight_is_none_of_a_corpus() -> None:
    assert labels_of([spoken("a", 1, "", None), spoken("a", 1, "", Emotion.CALM)]) == {
        "a": (Emotion.CALM,)
    }


def test_noises_that_training_hears_are_not_measured_with() -> None:
    sounds = ["noise/rir/first.wav", *(f"noise/{i}.ogg" for i in range(7)), "noise/rir/room.wav"]
    heard, kept_back = deal_noises(sounds)
    assert [sounds[place] for place in kept_back] == ["noise/0.ogg", "noise/5.ogg"]
    assert [sounds[place] for place in heard] == [f"noise/{i}.ogg" for i in (1, 2, 3, 4, 6)]
