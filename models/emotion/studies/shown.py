"""The sections that studies give the report, rendered from what is kept of them."""

from collections.abc import Callable

from models.emotion.studies import ablations, baselines, cleaning, leak, left_out, quantised
from models.emotion.studies.results import FOLDER, Results, read

RENDERERS: dict[str, Callable[[Results], str]] = {
    "baselines": baselines.render,
    "left_out": left_out.render,
    "ablations": ablations.render,
    "cleaning": cleaning.render,
    "leak": leak.render,
    "quantised": quantised.render,
}


def sections() -> list[str]:
    """One for each study whose figures are kept, in the report's order."""
    return [
        render(read(name))
        for name, render in RENDERERS.items()
        if (FOLDER / f"{name}.json").exists()
    ]
