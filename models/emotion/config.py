"""The training configuration: a TOML file as one value, every field named and checked."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from models.emotion.augment import Chances
from models.emotion.distil import Teacher
from models.emotion.network import Shape

DEFAULT = Path(__file__).with_name("train.toml")


@dataclass(frozen=True, slots=True)
class Config:
    """See train.toml, which explains every field."""

    data: Path
    teachers: tuple[Teacher, ...]
    runs: Path
    seed: int
    fold_seed: int
    folds: int
    held_out: int
    training_only: tuple[str, ...]
    left_out: tuple[str, ...]
    passes: int
    epochs: int
    draws: int
    batch: int
    seconds: float
    learning_rate: float
    weight_decay: float
    warmup_epochs: int
    smoothing: float
    mixup: float
    mixstyle: float
    teacher_weight: float
    steps_weight: float
    profile: float
    opinion: float
    average: float
    bfloat16: bool
    weights: dict[str, float]
    more: dict[str, str]
    shape: Shape
    chances: Chances


def read_config(file: Path) -> Config:
    """The configuration in `file`. Raises TypeError for a field unknown or missing."""
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    shape = dict(table.pop("shape"))
    shape["channels"] = tuple(shape["channels"])
    folders = {"data": Path(table["data"]), "runs": Path(table["runs"])}
    teachers = [
        Teacher(folders[row.pop("in")] / row.pop("file"), tuple(row.pop("layers", ())), **row)
        for row in table.pop("teachers")
    ]
    return Config(
        **{
            **table,
            **folders,
            "teachers": tuple(teachers),
            "training_only": tuple(table["training_only"]),
            "left_out": tuple(table["left_out"]),
            "shape": Shape(**shape),
            "chances": Chances(**table.pop("chances")),
        }
    )
