"""Corpora of acted speech in their published layouts: a file's name tells speaker and emotion.

For owners who have a corpus and want to train on it; conversations (MELD, IEMOCAP) are read in
`dialogues.py`. A file whose name does not follow its corpus's rule is passed over.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from models.emotion.corpora import Utterance
from pipeline.values import Emotion

N, C, H, S, A, F, D, U = Emotion

_SOUNDS = {".wav", ".flac", ".ogg", ".mp3"}


def _named(folder: Path, rule: str) -> Iterator[tuple[Path, re.Match[str]]]:
    """Sound files under the folder, at any depth, whose names without ending follow the rule."""
    for file in sorted(folder.rglob("*")):
        match = re.fullmatch(rule, file.stem)
        if match and file.suffix.lower() in _SOUNDS:
            yield file, match


def _sex(female: bool) -> str:
    return "female" if female else "male"


def ravdess(folder: Path) -> list[Utterance]:
    """RAVDESS: 03-01-06-01-02-01-12.wav, speech (01) and song (02), audio alone (03).

    Song has fewer emotions than speech and counts as a corpus of its own, sung by the same actors.
    """
    emotions = dict(zip(("01", "02", "03", "04", "05", "06", "07", "08"), Emotion, strict=True))
    statements = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}
    rule = r"03-(0[12])-(0[1-8])-0[12]-(0[12])-0[12]-(\d\d)"
    return [
        Utterance(
            path=file,
            corpus="ravdess" if match[1] == "01" else "ravdess_song",
            language="en",
            speaker=f"ravdess_{match[4]}",
            sex=_sex(int(match[4]) % 2 == 0),
            emotion=emotions[match[2]],
            text=statements[match[3]],
        )
        for file, match in _named(folder, rule)
    ]


def tess(folder: Path) -> list[Utterance]:
    """TESS: OAF_back_angry.wav; `ps` is pleasant surprise; one file of OAF is named OA."""
    emotions = {
        "angry": A, "disgust": D, "fear": F, "happy": H, "neutral": N, "ps": U, "sad": S,
    }  # fmt: skip
    rule = rf"(OAF?|YAF)_([a-z]+)_({'|'.join(emotions)})"
    return [
        Utterance(
            path=file,
            corpus="tess",
            language="en",
            speaker="tess_YAF" if match[1] == "YAF" else "tess_OAF",
            sex="female",
            emotion=emotions[match[3]],
            text=f"Say the word {match[2]}",
        )
        for file, match in _named(folder, rule)
    ]


def savee(folder: Path) -> list[Utterance]:
    """SAVEE: DC_a01.wav, or a01.wav in a folder named after the speaker."""
    emotions = {"a": A, "d": D, "f": F, "h": H, "n": N, "sa": S, "su": U}
    rule = rf"(?:(DC|JE|JK|KL)_)?({'|'.join(sorted(emotions, reverse=True))})(\d\d)"
    return [
        Utterance(
            path=file,
            corpus="savee",
            language="en",
            speaker=f"savee_{match[1] or file.parent.name}",
            sex="male",
            emotion=emotions[match[2]],
            text=f"sentence {match[2]}{match[3]}",
        )
        for file, match in _named(folder, rule)
    ]


def emodb(folder: Path) -> list[Utterance]:
    """EmoDB: 03a01Fa.wav: speaker, sentence, emotion by its German initial, take."""
    emotions = {"W": A, "E": D, "A": F, "F": H, "T": S, "N": N, "L": None}  # L: boredom
    women = {"08", "09", "13", "14", "16"}
    return [
        Utterance(
            path=file,
            corpus="emodb",
            language="de",
            speaker=f"emodb_{match[1]}",
            sex=_sex(match[1] in women),
            emotion=emotions[match[3]],
            text=f"sentence {match[2]}",
        )
        for file, match in _named(folder, rf"(\d\d)([ab]\d\d)([{''.join(emotions)}])[a-z]")
    ]


def emovo(folder: Path) -> list[Utterance]:
    """EMOVO: dis-f1-b1.wav: emotion in Italian, speaker, sentence."""
    emotions = {
        "dis": D, "gio": H, "neu": N, "pau": F, "rab": A, "sor": U, "tri": S,
    }  # fmt: skip
    return [
        Utterance(
            path=file,
            corpus="emovo",
            language="it",
            speaker=f"emovo_{match[2]}",
            sex=_sex(match[2].startswith("f")),
            emotion=emotions[match[1]],
            text=f"sentence {match[3]}",
        )
        for file, match in _named(folder, rf"({'|'.join(emotions)})-([fm]\d)-([a-z]+\d?)")
    ]


def crema_d(folder: Path) -> list[Utterance]:
    """CREMA-D: 1001_DFA_ANG_XX.wav; VideoDemographics.csv, where it is there, tells the sex."""
    emotions = {"ANG": A, "DIS": D, "FEA": F, "HAP": H, "NEU": N, "SAD": S}
    sexes = _column(folder, "VideoDemographics.csv", ",", ("ActorID", "Sex"))
    rule = rf"(\d{{4}})_([A-Z]{{3}})_({'|'.join(emotions)})_[A-Z]+"
    return [
        Utterance(
            path=file,
            corpus="crema_d",
            language="en",
            speaker=f"crema_d_{match[1]}",
            sex=sexes.get(match[1], "").lower(),
            emotion=emotions[match[3]],
            text=f"sentence {match[2]}",
        )
        for file, match in _named(folder, rule)
    ]


def nemo(folder: Path) -> list[Utterance]:
    """nEMO: samples/EB0_anger_1.wav; data.tsv, where it is there, tells the sex."""
    emotions = {
        "anger": A, "fear": F, "happiness": H, "neutral": N, "sadness": S, "surprised": U,
    }  # fmt: skip
    sexes = _column(folder, "data.tsv", "\t", ("speaker_id", "gender"))
    rule = rf"([A-Z]{{2}}\d)_({'|'.join(emotions)})_(\d+)"
    return [
        Utterance(
            path=file,
            corpus="nemo",
            language="pl",
            speaker=f"nemo_{match[1]}",
            sex=sexes.get(match[1], "").lower(),
            emotion=emotions[match[2]],
            text=f"sentence {match[3]}",
        )
        for file, match in _named(folder, rule)
    ]


def _column(folder: Path, name: str, delimiter: str, pair: tuple[str, str]) -> dict[str, str]:
    """One column of a table by another; empty where the table is not there."""
    for file in folder.rglob(name):
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = csv.DictReader(lines, delimiter=delimiter)
            return {row[pair[0]]: row[pair[1]] for row in rows if pair[0] in row}
    return {}
