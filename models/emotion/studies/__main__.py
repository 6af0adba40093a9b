"""Make a study and keep its figures: python -m models.emotion.studies NAME (or `all`).

Everything is computed from the corpora; what takes long is kept under runs/studies, so that a run
that was cut off goes on. `--show` prints the section that a study gives the report.
"""

import argparse
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from models.emotion.config import DEFAULT, read_config
from models.emotion.studies import ablations, baselines, cleaning, leak, left_out, quantised
from models.emotion.studies.results import Results, keep, read
from models.emotion.studies.shown import RENDERERS
from models.emotion.studies.sources import Sources, gather

Make = Callable[[Sources], Results]


@dataclass(frozen=True, slots=True)
class Study:
    """How the figures of one section are made; shown.py knows how it looks."""

    make: Make
    ready: Make | None = None
    """Of what has been computed already, where a study can be had in part."""


STUDIES = {
    "baselines": Study(baselines.study, partial(baselines.study, ready=True)),
    "leak": Study(leak.study, partial(leak.study, ready=True)),
    "left_out": Study(left_out.study, partial(left_out.study, ready=True)),
    "cleaning": Study(cleaning.study),
    "ablations": Study(ablations.study),
    "quantised": Study(quantised.study),
}


def main() -> None:
    config = read_config(DEFAULT)
    parser = argparse.ArgumentParser(description="Make a study; keep its figures.")
    parser.add_argument("study", choices=[*STUDIES, "all"])
    parser.add_argument("--data", type=Path, default=config.data)
    parser.add_argument("--runs", type=Path, default=config.runs)
    parser.add_argument("--show", action="store_true", help="print what was kept; make nothing")
    parser.add_argument(
        "--ready", action="store_true", help="keep what is computed already, gaps and all"
    )
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    names = list(STUDIES) if asked.study == "all" else [asked.study]
    if not asked.show:
        sources = gather(asked.data, asked.runs)
        for name in names:
            make = STUDIES[name].ready if asked.ready else STUDIES[name].make
            if make is None:
                parser.error(f"{name} can only be had whole")
            keep(make(sources))
    for name in names:
        sys.stdout.write(RENDERERS[name](read(name)) + "\n")


if __name__ == "__main__":
    main()
