"""Measure on speakers never heard, and write REPORT.md: python -m models.emotion.evaluate

The network's siblings are asked (see `siblings.py`); what studies found before is added.
"""

import argparse
import logging
from pathlib import Path

import torch

from models.emotion import adapting, knowing
from models.emotion.calibration import fit_temperature, honest_probabilities
from models.emotion.config import DEFAULT, read_config
from models.emotion.corpora import read_manifest
from models.emotion.inference import WEIGHTS, on_cpu, read_card
from models.emotion.pictures import draw_knowing, draw_sureness
from models.emotion.report import Findings, render
from models.emotion.siblings import (
    FOLDS,
    guess_all,
    guess_spoilt,
    milliseconds,
    siblings,
    together,
)
from models.emotion.studies.shown import sections

log = logging.getLogger("echomind.emotion.evaluate")
REPORT = Path(__file__).with_name("REPORT.md")


def evaluate(data: Path, weights: Path, folds: Path) -> Findings:
    """Everything the report says of the network. Raises ValueError where no sibling is found."""
    family = list(siblings(folds, read_manifest(data)))
    if not family:
        raise ValueError(f"no network in {folds} that left somebody out: nothing honest to measure")
    by_sibling = guess_all(family)
    guesses = together([each for each, _ in by_sibling])
    return Findings(
        guesses,
        honest_probabilities(guesses),
        guess_spoilt(family, data),
        together([each for each, _ in guess_all(family, corpora_unheard=True)]),
        knowing.curves(by_sibling),
        adapting.section(guesses),
        fit_temperature(guesses),
        sum(not sibling.left_out for sibling in family),
        milliseconds(on_cpu(weights), read_card(weights).traits),
        (weights / "network.onnx").stat().st_size,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the emotion network; write REPORT.md.")
    parser.add_argument("--data", type=Path, default=read_config(DEFAULT).data)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--folds", type=Path, default=FOLDS)
    parser.add_argument("--report", type=Path, default=REPORT)
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    findings = evaluate(asked.data, asked.weights, asked.folds)
    draw_sureness(findings, asked.report.with_name("sureness.png"))
    draw_knowing(findings.knowing, asked.report.with_name("knowing.png"))
    asked.report.write_text(render(findings, sections()), encoding="utf-8")
    log.info("wrote %s", asked.report)


if __name__ == "__main__":
    main()
