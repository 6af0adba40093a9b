"""Do converted voices help a listener? python -m models.emotion.synthetic.study

A fixed, short protocol: the same small listener is taught for the same number of steps in four
ways, and asked about speakers that neither it nor the converter has ever heard. Writes
results.json and examples.png beside this file; what is done is kept in runs/, and the same
command goes on.
"""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from models.emotion.corpora import EMOTIONS
from models.emotion.synthetic.listener import Course, Listener, guess, teach
from models.emotion.synthetic.network import Converter
from models.emotion.synthetic.picture import draw_examples
from models.emotion.synthetic.scoring import closed_guesses, score
from models.emotion.synthetic.speech import (
    Numbers,
    Speech,
    gather_material,
    other_emotion,
    read_speech,
)
from models.emotion.synthetic.training import Plan
from models.emotion.synthetic.use import (
    converted,
    load_converter,
    missing,
    with_conversions,
    with_repeats,
)

log = logging.getLogger("echomind.emotion.synthetic")

HERE = Path(__file__).parent
ARMS = ("real", "mixed", "repeated", "converted")
PAIRS = (("converted", "real"), ("repeated", "real"), ("mixed", "real"), ("converted", "repeated"))
SEEDS = (1, 2)
MIXUP = 0.5
ASKED = 400
"""Held-out clips of which every conversion is judged."""


def course_of(arm: str, seed: int) -> Course:
    return Course(seed=seed, mixup=MIXUP if arm == "mixed" else 0.0)


def listener_of(arm: str, seed: int, speech: Speech, folder: Path) -> Listener:
    """The listener taught that way; taken from `folder` where it is there already."""
    file, course = folder / f"{arm}_{seed}.safetensors", course_of(arm, seed)
    if file.exists():
        network = Listener(course.width)
        network.load_state_dict(load_file(file))
        return network.eval()
    rng = np.random.default_rng(seed)
    if arm == "repeated":
        speech = with_repeats(speech, rng)
    if arm == "converted":
        speech = with_conversions(speech, converter_of(folder), rng)
    network = teach(speech, course)
    save_file(network.state_dict(), file)
    return network


def converter_of(folder: Path) -> Converter:
    return load_converter(folder / "checkpoint.pt", Plan())


def conversion(converter: Converter, judge: Listener, held: Speech) -> dict[str, Any]:
    """What a listener that heard only real speech says of held-out clips, before and after."""
    rng = np.random.default_rng(0)
    places = rng.choice(len(held.labels), min(ASKED, len(held.labels)), replace=False)
    targets = [other_emotion(int(held.labels[i]), held.allowed[i], rng) for i in places]
    own, allowed = held.labels[places], held.allowed[places]
    before = [held.mels[i] for i in places]
    after = [converted(converter, mels, t) for mels, t in zip(before, targets, strict=True)]
    back = [converted(converter, mels, int(label)) for mels, label in zip(after, own, strict=True)]

    def share(mels: list[Any], wanted: Numbers) -> float:
        heard = closed_guesses(guess(judge, mels), allowed)
        return round(float(np.mean(heard == wanted)), 3)

    wanted = np.array(targets)
    heard = closed_guesses(guess(judge, after), allowed)
    return {
        "clips": len(places),
        "real, heard as what it is": share(before, own),
        "real, heard as the target": share(before, wanted),
        "converted, heard as the target": share(after, wanted),
        "converted, still heard as what it was": share(after, own),
        "converted back, heard as what it was": share(back, own),
        "by target": {
            EMOTIONS[t].value: round(float(np.mean(heard[wanted == t] == t)), 3)
            for t in np.unique(wanted)
        },
        "change": _distance(before, after),
        "cycle": _distance(before, back),
    }


def _distance(one: list[Any], other: list[Any]) -> float:
    """Mean absolute difference in deviations of the log-mels."""
    return round(float(np.mean([np.abs(a - b).mean() for a, b in zip(one, other, strict=True)])), 3)


def run(speech: Speech, held: Speech, folder: Path) -> dict[str, Any]:
    """Teach every listener, ask it, and gather what was found. Raises as load_converter does."""
    converter = converter_of(folder)
    guessed: dict[str, list[Numbers]] = {arm: [] for arm in ARMS}
    for arm in ARMS:
        for seed in SEEDS:
            network = listener_of(arm, seed, speech, folder)
            guessed[arm].append(closed_guesses(guess(network, held.mels), held.allowed))
            right = [float(np.mean(g == held.labels)) for g in guessed[arm]]
            log.info("%s, seed %d: %.3f of the held-out clips right", arm, seed, right[-1])
    figures, gains = score(guessed, held, PAIRS)
    course = course_of("real", SEEDS[0])
    return {
        "protocol": {
            "training clips": len(speech.labels),
            "training speakers": len(set(speech.speakers)),
            "held-out clips": len(held.labels),
            "held-out speakers": len(set(held.speakers)),
            "seeds": len(SEEDS),
            "steps": course.steps,
            "batch": course.batch,
            "converter steps": Plan().steps,
            "converter parameters": sum(p.numel() for p in converter.parameters()),
            "added clips": {f"{c} {EMOTIONS[e].value}": n for c, e, n in missing(speech)},
        },
        "figures": figures,
        "gains": gains,
        "conversion": conversion(converter, listener_of("real", SEEDS[0], speech, folder), held),
    }


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    material = gather_material(log.info)
    speech = read_speech(material, material.training_positions())
    held = read_speech(material, material.positions(material.config.held_out))
    folder = material.config.runs / "synthetic"
    results = run(speech, held, folder)
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    draw_examples(converter_of(folder), held, HERE / "examples.png")


if __name__ == "__main__":
    main()
