"""Make a study and keep its figures: python -m models.emotion.studies NAME (or `all`).

Everything is computed from the corpora; what takes long is kept under runs/studies, so that a run
that was cut off goes on. `--show` prints the section that a study gives the report.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from models.emotion.config import DEFAULT, read_config
from models.emotion.inference import WEIGHTS
from models.emotion.studies import baselines, cleaning, leak, left_out
from models.emotion.studies.results import Results, keep, read
from models.emotion.studies.sources import Sources, gather


@dataclass(frozen=True, slots=True)
class Study:
    make: Callable[[Sources], Results]
    render: Callable[[Results], str]


def studies(weights: Sequence[Path]) -> dict[str, Study]:
    """Every study by its name; `weights` are the networks that cleaning is tried before."""
    return {
        "baselines": Study(baselines.study, baselines.render),
        "cleaning": Study(partial(cleaning.study, weights=weights), cleaning.render),
        "leak": Study(leak.study, leak.render),
        "left_out": Study(left_out.study, left_out.render),
    }


def main() -> None:
    config = read_config(DEFAULT)
    parser = argparse.ArgumentParser(description="Make a study; keep its figures.")
    parser.add_argument("study", choices=[*studies([]), "all"])
    parser.add_argument("--data", type=Path, default=config.data)
    parser.add_argument("--runs", type=Path, default=config.runs)
    parser.add_argument("--weights", type=Path, action="append", help="may be given several times")
    parser.add_argument("--show", action="store_true", help="print what was kept; make nothing")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    known = studies(asked.weights or [WEIGHTS])
    names = list(known) if asked.study == "all" else [asked.study]
    if not asked.show:
        sources = gather(asked.data, asked.runs)
        for name in names:
            keep(known[name].make(sources))
    for name in names:
        sys.stdout.write(known[name].render(read(name)) + "\n")


if __name__ == "__main__":
    main()
