"""From a trained network to the weights' folder: safetensors, ONNX and the card of both.

    python -m models.emotion.export --name RUN --held-out FOLD

exports the last checkpoint of a run: to folds/ where it held speakers out, to be measured; to
weights/ where it heard everybody, to be shipped. Export the folds first: the shipped temperature
is theirs.
"""

import argparse
import dataclasses
import io
import json
import logging
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from safetensors.torch import save_file

from models.emotion.calibration import fit_temperature
from models.emotion.config import DEFAULT, read_config
from models.emotion.corpora import EMOTIONS, read_manifest
from models.emotion.features import CHANNELS, DESCRIPTION
from models.emotion.inference import WEIGHTS, Card
from models.emotion.material import gather
from models.emotion.measuring import guess_held_out
from models.emotion.network import EmotionNetwork
from models.emotion.siblings import FOLDS, guess_all, siblings, together

log = logging.getLogger("echomind.emotion.export")


def to_onnx(network: EmotionNetwork) -> bytes:
    """The network as ONNX, batch and time free; its inputs and outputs are forward's.

    Without `lengths`: a note's windows are all equally long, and without padding to blank it is a
    tenth faster.
    """
    emotions = network.shape.emotions
    example = (torch.zeros(2, 200, CHANNELS), None, torch.zeros(2, emotions), torch.zeros(2))
    file = io.BytesIO()
    with warnings.catch_warnings():
        # The older exporter keeps an LSTM one operator, which ONNX Runtime runs fastest.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            example,
            file,  # type: ignore[arg-type]  # the older exporter takes a stream
            dynamo=False,
            opset_version=17,
            input_names=["features", "baseline", "notes"],
            output_names=["logits", "traits"],
            dynamic_axes={
                "features": {0: "batch", 1: "frames"},
                **{name: {0: "batch"} for name in ("baseline", "notes")},
                **{name: {0: "batch"} for name in ("logits", "traits")},
            },
        )
    return file.getvalue()


def largest_difference(network: EmotionNetwork, model: bytes) -> float:
    """How far torch and ONNX are apart on a batch of windows, in logits or traits."""
    rng = np.random.default_rng(0)
    given = {
        "features": rng.normal(size=(3, 317, CHANNELS)).astype(np.float32),
        "baseline": rng.normal(size=(3, network.shape.emotions)).astype(np.float32),
        "notes": np.array([0, 1, 9], np.float32),
    }
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        features, *voices = (torch.from_numpy(value) for value in given.values())
        theirs = network(features, None, *voices)
    pairs = zip(session.run(["logits", "traits"], given), theirs, strict=True)
    return max(float(np.abs(ours - other.numpy()).max()) for ours, other in pairs)


def write_weights(network: EmotionNetwork, card: Card, folder: Path) -> None:
    """Everything the recogniser loads. Raises ValueError where ONNX and torch do not agree."""
    model = to_onnx(network)
    apart = largest_difference(network, model)
    if apart > 1e-3:
        raise ValueError(f"ONNX and torch differ by {apart}")
    write_sibling(network, card, folder)
    (folder / "network.onnx").write_bytes(model)


def write_sibling(network: EmotionNetwork, card: Card, folder: Path) -> None:
    """What evaluation loads of a network that is measured and never ships: no ONNX."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: value.contiguous() for name, value in network.state_dict().items()}
    save_file(state, folder / "network.safetensors")
    (folder / "network.toml").write_text(card_text(card), encoding="utf-8")


def card_text(card: Card) -> str:
    """TOML: what inference.read_card reads."""
    return "\n".join(
        [
            "# Written by models/emotion/export.py beside the weights it belongs to.",
            f"temperature = {card.temperature:.4f}",
            f"labels = {json.dumps([emotion.value for emotion in EMOTIONS])}",
            f"unheard = {json.dumps(card.unheard)}",
            f"left_out = {json.dumps(card.left_out)}",
            "",
            "[shape]",
            *(f"{name} = {json.dumps(value)}" for name, value in card.shape.items()),
            "",
            "[features]",
            *(f"{name} = {json.dumps(value)}" for name, value in DESCRIPTION.items()),
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Export a trained emotion network.")
    parser.add_argument("--config", type=Path, default=DEFAULT)
    parser.add_argument("--name", default="emotion", help="of the run's folder in runs/")
    parser.add_argument("--held-out", type=int, help="the fold that the run held out; -1: none")
    parser.add_argument("--left-out", nargs="+", default=(), help="corpora held out whole")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    config = read_config(asked.config)
    config = dataclasses.replace(config, left_out=tuple(asked.left_out))
    held_out = config.held_out if asked.held_out is None else asked.held_out
    config = dataclasses.replace(config, held_out=held_out)
    checkpoint = torch.load(config.runs / asked.name / "checkpoint.pt", weights_only=True)
    network = EmotionNetwork(config.shape)
    network.load_state_dict(checkpoint["average"])
    network.eval()
    material = gather(config, log.info)
    unheard = sorted(s for s, fold in material.fold_of.items() if fold == held_out)
    if unheard:
        temperature = fit_temperature(guess_held_out(network, material, held_out))
        name = "-".join([str(held_out), *(f"no-{corpus}" for corpus in config.left_out)])
        write = partial(write_sibling, folder=FOLDS / name)
    else:
        temperature = of_siblings(config.data)
        write = partial(write_weights, folder=WEIGHTS)
    shape = dataclasses.asdict(config.shape)
    write(network, Card(temperature, shape, tuple(unheard), config.left_out))
    log.info("epoch %d, temperature %.3f", checkpoint["epoch"], temperature)


def of_siblings(data: Path) -> float:
    """The temperature that fits the siblings on the speakers whom each has not heard.

    The shipped network has heard everybody, so its own guesses would tell too low a one.
    """
    family = list(siblings(FOLDS, read_manifest(data)))
    return fit_temperature(together([each for each, _ in guess_all(family)]))


if __name__ == "__main__":
    main()
