"""What a study found, as it is kept beside the code: figures with the protocol that gave them."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("results")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Results:
    study: str
    command: str
    """What to type to compute the figures again."""
    protocol: str
    """How they came about, as a paragraph for the report."""
    figures: list[Row]
    """One a line of the study's tables; the study knows the columns."""


def keep(results: Results, folder: Path = FOLDER) -> Path:
    file = folder / f"{results.study}.json"
    text = json.dumps(asdict(results), indent=1, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")
    return file


def read(study: str, folder: Path = FOLDER) -> Results:
    """Raises FileNotFoundError where the study has not been made."""
    return Results(**json.loads((folder / f"{study}.json").read_text(encoding="utf-8")))


def once(file: Path, make: Callable[[], Row] | None) -> Row | None:
    """What `make` found, read from `file` where it has been made before; None without either."""
    if file.exists():
        row: Row = json.loads(file.read_text(encoding="utf-8"))
        return row
    if make is None:
        return None
    made = make()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(made), encoding="utf-8")
    return made


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
