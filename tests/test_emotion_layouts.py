"""The published layouts of other corpora, on folders that look like them and hold empty files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models.emotion.corpora import Utterance, read_manifest
from models.emotion.dialogues import iemocap, meld
from models.emotion.layouts import crema_d, emodb, emovo, nemo, ravdess, savee, tess
from pipeline.values import Emotion

DATA = Path(__file__).parents[1].parent / "shared" / "data"

Reader = Callable[[Path], list[Utterance]]
Facts = tuple[str, str, str, Emotion | None]


def lay(folder: Path, *names: str) -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def facts(utterance: Utterance) -> Facts:
    return utterance.corpus, utterance.speaker, utterance.sex, utterance.emotion


@pytest.mark.parametrize(
    ("reader", "file", "expected"),
    [
        (
            ravdess,
            "Actor_12/03-01-06-01-02-01-12.wav",
            ("ravdess", "ravdess_12", "female", Emotion.FEARFUL),
        ),
        (
            ravdess,
            "Actor_07/03-02-02-02-01-02-07.wav",
            ("ravdess_song", "ravdess_07", "male", Emotion.CALM),
        ),
        (tess, "OAF_Fear/OAF_back_fear.wav", ("tess", "tess_OAF", "female", Emotion.FEARFUL)),
        (tess, "OAF_neutral/OA_bite_neutral.wav", ("tess", "tess_OAF", "female", Emotion.NEUTRAL)),
        (tess, "YAF_ps/YAF_dog_ps.wav", ("tess", "tess_YAF", "female", Emotion.SURPRISED)),
        (savee, "ALL/JE_sa03.wav", ("savee", "savee_JE", "male", Emotion.SAD)),
        (savee, "AudioData/KL/su15.wav", ("savee", "savee_KL", "male", Emotion.SURPRISED)),
        (savee, "AudioData/DC/a01.wav", ("savee", "savee_DC", "male", Emotion.ANGRY)),
        (emodb, "wav/03a01Fa.wav", ("emodb", "emodb_03", "male", Emotion.HAPPY)),
        (emodb, "wav/16b10Wb.wav", ("emodb", "emodb_16", "female", Emotion.ANGRY)),
        (emodb, "wav/08a02La.wav", ("emodb", "emodb_08", "female", None)),
        (emovo, "f1/pau-f1-b1.wav", ("emovo", "emovo_f1", "female", Emotion.FEARFUL)),
        (emovo, "m3/gio-m3-l4.wav", ("emovo", "emovo_m3", "male", Emotion.HAPPY)),
        (
            crema_d,
            "AudioWAV/1001_DFA_ANG_XX.wav",
            ("crema_d", "crema_d_1001", "", Emotion.ANGRY),
        ),
        (nemo, "samples/EB0_surprised_12.wav", ("nemo", "nemo_EB0", "", Emotion.SURPRISED)),
    ],
)
def test_a_name_is_read(tmp_path: Path, reader: Reader, file: str, expected: Facts) -> None:
    lay(tmp_path, file, "README.txt", "somewhere/else.wav", "._" + Path(file).name)
    (utterance,) = reader(tmp_path)
    assert facts(utterance) == expected
    assert utterance.path == tmp_path / file


def test_video_and_missing_modalities_of_ravdess_are_passed_over(tmp_path: Path) -> None:
    lay(tmp_path, "01-01-06-01-02-01-12.mp4", "02-01-06-01-02-01-12.mp4")
    assert ravdess(tmp_path) == []


def test_crema_d_takes_the_sex_from_its_table(tmp_path: Path) -> None:
    lay(tmp_path, "AudioWAV/1002_IEO_SAD_HI.wav")
    table = "ActorID,Age,Sex,Race,Ethnicity\n1001,51,Male,x,y\n1002,21,Female,x,y\n"
    (tmp_path / "VideoDemographics.csv").write_text(table)
    assert [u.sex for u in crema_d(tmp_path)] == ["female"]


def test_nemo_takes_the_sex_from_its_table(tmp_path: Path) -> None:
    lay(tmp_path, "samples/IC0_anger_7.wav")
    (tmp_path / "data.tsv").write_text(
        "file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage\n"
        "IC0_anger_7.wav\tanger\tA.\ta\tIC0\tfemale\t24\n"
    )
    assert [u.sex for u in nemo(tmp_path)] == ["female"]


def test_meld_joins_its_tables_with_its_clips(tmp_path: Path) -> None:
    lay(tmp_path, "train_splits/dia0_utt0.mp4", "output_repeated_splits_test/dia0_utt0.wav")
    head = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID\n"
    (tmp_path / "train_sent_emo.csv").write_text(
        head + '1,"Oh, my!",Phoebe,surprise,positive,0,0\n2,Gone.,Ross,joy,positive,0,1\n'
    )
    (tmp_path / "test_sent_emo.csv").write_text(head + "1,Hey.,The Waiter,neutral,neutral,0,0\n")
    first, second = meld(tmp_path)
    assert facts(first) == ("meld", "meld_Phoebe", "female", Emotion.SURPRISED)
    assert facts(second) == ("meld", "meld_The Waiter", "", Emotion.NEUTRAL)
    assert "train_splits" in str(first.path)
    assert first.text == "Oh, my!"


def test_iemocap_takes_the_speaker_of_the_turn(tmp_path: Path) -> None:
    """In a dialogue named after the woman's motion capture the man speaks too."""
    sounds = tmp_path / "Session1" / "sentences" / "wav" / "Ses01F_impro01"
    names = ("Ses01F_impro01_F000", "Ses01F_impro01_M001", "Ses01F_impro01_M002")
    lay(sounds, *(f"{name}.wav" for name in names))
    labels = tmp_path / "Session1" / "dialog" / "EmoEvaluation"
    labels.mkdir(parents=True)
    (labels / "Ses01F_impro01.txt").write_text(
        "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
        "[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 2.5000, 2.5000]\n"
        "C-E2:\tNeutral;\t()\n"
        "[10.0100 - 11.3925]\tSes01F_impro01_M001\texc\t[4.0, 4.0, 2.5]\n"
        "[12.0 - 13.0]\tSes01F_impro01_M002\txxx\t[2.5, 2.5, 2.5]\n"
        "[14.0 - 15.0]\tSes01F_impro01_M003\tang\t[2.5, 2.5, 2.5]\n"
    )
    assert [facts(u) for u in iemocap(tmp_path)] == [
        ("iemocap", "iemocap_01F", "female", Emotion.NEUTRAL),
        ("iemocap", "iemocap_01M", "male", Emotion.HAPPY),
        ("iemocap", "iemocap_01M", "male", None),
    ]


@pytest.mark.parametrize("reader", [ravdess, tess, savee, emodb, nemo])
def test_layouts_agree_with_the_manifest(reader: Reader) -> None:
    """The manifest's files keep their published names, so both ways must say the same."""
    if not (DATA / "manifest.csv").exists():
        pytest.skip("the corpora are not beside the repository")
    read = {u.path: facts(u) for u in reader(DATA / reader.__name__)}
    listed = {u.path: facts(u) for u in read_manifest(DATA) if u.corpus == reader.__name__}
    if reader is nemo:  # its table of sexes is not there
        listed = {path: (*fact[:2], "", fact[3]) for path, fact in listed.items()}
    assert read == listed
