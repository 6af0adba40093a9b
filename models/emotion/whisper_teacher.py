"""A second teacher, for who has one: what a Whisper model's encoder makes of each recording.

    python -m models.emotion.whisper_teacher FOLDER     # of a model in CTranslate2's format

FOLDER is what faster-whisper runs on (`model.bin`). Two files come of it in runs/: NAME.npz, mean
and deviation over time of every layer's states, and NAME.frames, one layer's states every 40 ms. A
configuration takes them as one more of its `[[teachers]]` (in = "runs", file, layers, steps). Only
training reads them; the encoder is no part of what ships, and the shipped weights had none.
"""

import argparse
import logging
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from models.emotion.config import DEFAULT, read_config
from models.emotion.corpora import read_manifest
from models.emotion.features import HOP, RATE, Samples
from models.emotion.recordings import decode, trimmed

log = logging.getLogger("echomind.emotion.whisper_teacher")

_TYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)
"""CTranslate2's numbers for them."""
_LONGEST = 8 * RATE
"""Samples heard of a recording."""
STEP = 4 * HOP
"""Samples from one step that is kept to the next: 40 ms, two of the encoder's."""
_BATCH = 16


def read_variables(file: Path) -> dict[str, NDArray[np.generic]]:
    """The variables of a CTranslate2 model.bin (binary version 6), by name."""
    with file.open("rb") as model:
        _unpack(model, "I")
        _string(model)
        _unpack(model, "I")
        return dict(_variable(model) for _ in range(_unpack(model, "I")))


def _variable(model: BinaryIO) -> tuple[str, NDArray[np.generic]]:
    name = _string(model)
    shape = [_unpack(model, "I") for _ in range(_unpack(model, "B"))]
    dtype = _TYPES[_unpack(model, "B")]
    return name, np.frombuffer(model.read(_unpack(model, "I")), dtype).reshape(shape)


def _string(model: BinaryIO) -> str:
    return model.read(_unpack(model, "H"))[:-1].decode()


def _unpack(model: BinaryIO, kind: str) -> int:
    number: int = struct.unpack(f"<{kind}", model.read(struct.calcsize(f"<{kind}")))[0]
    return number


def _in_full(name: str, variables: Mapping[str, NDArray[np.generic]]) -> NDArray[np.float32]:
    """A variable as 32-bit numbers; rows of 8-bit integers come with a scale each."""
    value = np.array(variables[name], np.float32)
    scale = variables.get(f"{name}_scale")
    if scale is None:
        return value
    rows = np.array(scale, np.float32).reshape(-1, *[1] * (value.ndim - 1))
    return value / rows


class Encoder:
    """Whisper's encoder (Radford et al., 2022), every layer's states laid open."""

    def __init__(self, variables: Mapping[str, NDArray[np.generic]]) -> None:
        self._weights = {
            name.removeprefix("encoder/"): torch.from_numpy(_in_full(name, variables))
            for name, value in variables.items()
            if name.startswith("encoder/") and value.ndim
        }
        self._heads = int(variables["encoder/num_heads"])
        self.layers = sum(name.endswith("ffn/linear_0/weight") for name in self._weights)

    @torch.no_grad()
    def states(self, mels: Tensor) -> list[Tensor]:
        """(B, 80, T) → after the convolutions and after each layer, (B, T / 2, width)."""
        weights = self._weights
        x = F.gelu(F.conv1d(mels, weights["conv1/weight"], weights["conv1/bias"], padding=1))
        x = F.conv1d(x, weights["conv2/weight"], weights["conv2/bias"], stride=2, padding=1)
        x = F.gelu(x).transpose(1, 2)
        x = x + weights["position_encodings/encodings"][: x.shape[1]]
        states = [x]
        for layer in range(self.layers):
            x = self._layer(f"layer_{layer}", x)
            states.append(x)
        return states

    def _layer(self, name: str, x: Tensor) -> Tensor:
        notes, steps, width = x.shape
        attended = self._linear(f"{name}/self_attention/linear_0", self._normed(name, x))
        split = attended.view(notes, steps, 3, self._heads, width // self._heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # (B, heads, S, width / heads) each
        mixed = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        x = x + self._linear(f"{name}/self_attention/linear_1", mixed)
        inner = self._linear(f"{name}/ffn/linear_0", self._normed(name, x, "ffn"))
        return x + self._linear(f"{name}/ffn/linear_1", F.gelu(inner))

    def _linear(self, name: str, x: Tensor) -> Tensor:
        return F.linear(x, self._weights[f"{name}/weight"], self._weights[f"{name}/bias"])

    def _normed(self, name: str, x: Tensor, part: str = "self_attention") -> Tensor:
        gamma = self._weights[f"{name}/{part}/layer_norm/gamma"]
        beta = self._weights[f"{name}/{part}/layer_norm/beta"]
        return F.layer_norm(x, gamma.shape, gamma, beta)


def hear(encoder: Encoder, recordings: list[Samples]) -> list[list[Tensor]]:
    """For each recording every layer's states, (S, width), one each 20 ms."""
    longest = max(len(samples) for samples in recordings)
    extract = FeatureExtractor()
    padded = [np.pad(samples, (0, longest - len(samples) + RATE // 4)) for samples in recordings]
    mels = np.stack([extract(samples, padding=0) for samples in padded])  # (B, 80, T)
    mels = mels[:, :, : mels.shape[2] // 2 * 2]
    with torch.autocast("cpu", torch.bfloat16):
        states = encoder.states(torch.from_numpy(mels))
    heard = [max(4, len(samples) // STEP * 2) for samples in recordings]
    return [[state[row, :end].float() for state in states] for row, end in enumerate(heard)]


def summed_up(states: list[Tensor]) -> NDArray[np.float16]:
    """Mean and deviation over time of every layer: (layers, 2 · width)."""
    rows = [torch.cat([state.mean(0), state.std(0)]) for state in states]
    return torch.stack(rows).numpy().astype(np.float16)


def in_steps(state: Tensor) -> NDArray[np.float16]:
    """One layer's states, two and two averaged: (S, width) → (S / 2, width)."""
    paired = (state[0 : len(state) - 1 : 2] + state[1::2]) / 2
    return np.asarray(paired.numpy(), np.float16)


def main() -> None:
    parser = argparse.ArgumentParser(description="Embed every recording by a Whisper encoder.")
    parser.add_argument("model", type=Path, help="folder with a CTranslate2 model.bin")
    parser.add_argument("--data", type=Path, default=read_config(DEFAULT).data)
    parser.add_argument("--out", type=Path, default=read_config(DEFAULT).runs / "whisper")
    parser.add_argument("--layer", type=int, default=3, help="whose states are kept over time")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    encoder = Encoder(read_variables(asked.model / "model.bin"))
    paths = [utterance.path for utterance in read_manifest(asked.data)]
    sounds = [trimmed(decode(path))[:_LONGEST] for path in paths]
    embeddings, steps = {}, {}
    for done, some in enumerate(_alike(sounds)):
        for index, states in zip(some, hear(encoder, [sounds[i] for i in some]), strict=True):
            embeddings[index], steps[index] = summed_up(states), in_steps(states[asked.layer])
        if done % 100 == 0:
            log.info("%d of %d recordings", len(steps), len(paths))
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    order = range(len(paths))
    np.concatenate([steps[i] for i in order]).tofile(asked.out.with_suffix(".frames"))
    np.savez(
        asked.out.with_suffix(".npz"),
        path=np.array([str(path.relative_to(asked.data)) for path in paths]),
        embedding=np.stack([embeddings[i] for i in order]),
        ends=np.cumsum([len(steps[i]) for i in order]),
    )


def _alike(sounds: list[Samples]) -> list[list[int]]:
    """Places of recordings of about the same length, _BATCH at a time."""
    order = [int(i) for i in np.argsort([len(samples) for samples in sounds])]
    return [order[start : start + _BATCH] for start in range(0, len(order), _BATCH)]


if __name__ == "__main__":
    main()
