"""Corpora of conversations in their published layouts: labels stand in tables beside the sound."""

import csv
import re
from pathlib import Path

from models.emotion.corpora import Utterance
from pipeline.values import Emotion

_MELD_PARTS = {
    "train_sent_emo.csv": "train_splits",
    "dev_sent_emo.csv": "dev_splits_complete",
    "test_sent_emo.csv": "output_repeated_splits_test",
}
_MELD_EMOTIONS = {
    "neutral": Emotion.NEUTRAL,
    "joy": Emotion.HAPPY,
    "sadness": Emotion.SAD,
    "anger": Emotion.ANGRY,
    "fear": Emotion.FEARFUL,
    "disgust": Emotion.DISGUST,
    "surprise": Emotion.SURPRISED,
}
_MELD_SEXES = {
    **dict.fromkeys(("Chandler", "Joey", "Ross"), "male"),
    **dict.fromkeys(("Monica", "Phoebe", "Rachel"), "female"),
}

_IEMOCAP_EMOTIONS = {
    "neu": Emotion.NEUTRAL,
    "hap": Emotion.HAPPY,
    "exc": Emotion.HAPPY,
    "sad": Emotion.SAD,
    "ang": Emotion.ANGRY,
    "fea": Emotion.FEARFUL,
    "dis": Emotion.DISGUST,
    "sur": Emotion.SURPRISED,
}
_IEMOCAP_LINE = re.compile(r"\[[\d. -]+\]\t(Ses(0\d)[FM]_\w+_([FM])\d+)\t(\w+)\t")


def meld(folder: Path) -> list[Utterance]:
    """MELD: train_sent_emo.csv beside train_splits/dia0_utt0.mp4, and so for dev and test.

    A clip that is not there is passed over, as some of the published ones are missing.
    """
    utterances = []
    for table, clips in _MELD_PARTS.items():
        for file in folder.rglob(table):
            sounds = {sound.stem: sound for sound in folder.rglob(f"{clips}/*.*")}
            with file.open(newline="", encoding="utf-8") as lines:
                for row in csv.DictReader(lines):
                    name = f"dia{row['Dialogue_ID']}_utt{row['Utterance_ID']}"
                    if name in sounds:
                        utterances.append(_from_meld(sounds[name], row))
    return utterances


def _from_meld(sound: Path, row: dict[str, str]) -> Utterance:
    return Utterance(
        path=sound,
        corpus="meld",
        language="en",
        speaker=f"meld_{row['Speaker']}",
        sex=_MELD_SEXES.get(row["Speaker"], ""),
        emotion=_MELD_EMOTIONS.get(row["Emotion"].lower()),
        text=row["Utterance"],
    )


def iemocap(folder: Path) -> list[Utterance]:
    """IEMOCAP: Session1/dialog/EmoEvaluation/Ses01F_impro01.txt beside Session1/sentences/wav/….

    Excitement counts as happy, as is usual; frustration, "other" and turns without a majority
    are heard but teach no label.
    """
    utterances = []
    for table in sorted(folder.glob("Session*/dialog/EmoEvaluation/Ses*.txt")):
        session = table.parents[2]
        for line in table.read_text(encoding="utf-8", errors="replace").splitlines():
            match = _IEMOCAP_LINE.match(line)
            if match:
                name, number, letter, label = match.groups()
                sound = session / "sentences" / "wav" / table.stem / f"{name}.wav"
                utterances.append(_from_iemocap(sound, f"{number}{letter}", label))
    return [utterance for utterance in utterances if utterance.path.exists()]


def _from_iemocap(sound: Path, speaker: str, label: str) -> Utterance:
    return Utterance(
        path=sound,
        corpus="iemocap",
        language="en",
        speaker=f"iemocap_{speaker}",
        sex="female" if speaker.endswith("F") else "male",
        emotion=_IEMOCAP_EMOTIONS.get(label),
    )
