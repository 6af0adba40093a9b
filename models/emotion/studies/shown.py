"""The sections that studies give the report, rendered from what is kept of them."""

import json
from collections.abc import Callable
from pathlib import Path

from models.emotion.studies import ablations, baselines, cleaning, leak, left_out, quantised
from models.emotion.studies.results import FOLDER, Results, read
from models.emotion.synthetic import page

RENDERERS: dict[str, Callable[[Results], str]] = {
    "baselines": baselines.render,
    "left_out": left_out.render,
    "ablations": ablations.render,
    "cleaning": cleaning.render,
    "leak": leak.render,
    "quantised": quantised.render,
}

SYNTHETIC = Path(page.__file__).with_name("results.json")


def sections() -> list[str]:
    """One for each study whose figures are kept, in the report's order."""
    shown = [
        render(read(name))
        for name, render in RENDERERS.items()
        if (FOLDER / f"{name}.json").exists()
    ]
    if SYNTHETIC.exists():
        shown.append(page.render(json.loads(SYNTHETIC.read_text(encoding="utf-8"))))
    return shown
