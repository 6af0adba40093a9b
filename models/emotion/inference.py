"""The shipped network as a function from features to logits, on ONNX Runtime or on a GPU.

Reads the weights' folder and nothing of training. torch is imported only where the network itself
is wanted.
"""

import tomllib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.emotion.features import DESCRIPTION
from pipeline.errors import EngineError
from pipeline.values import Emotion

if TYPE_CHECKING:
    from models.emotion.network import EmotionNetwork

WEIGHTS = Path(__file__).with_name("weights")

Array = NDArray[np.float32]
Listener = Callable[[Array, Array, float], tuple[Array, Array]]
"""Windows of equal length, (B, T, CHANNELS), the voice's baseline, (8,), and the number of notes
behind it, to logits and traits, (B, 8) each."""


@dataclass(frozen=True, slots=True)
class Card:
    """What the weights' folder says of the weights: `network.toml`."""

    temperature: float
    """The logits are divided by it before the softmax."""
    shape: dict[str, Any]
    """Fields of network.Shape."""
    unheard: tuple[str, ...]
    """The speakers of the corpora that these weights were not trained on."""
    left_out: tuple[str, ...] = ()
    """The corpora of which they heard nobody."""

    @property
    def traits(self) -> int:
        """Numbers of a voice's baseline."""
        return int(self.shape["emotions"])


def read_card(folder: Path) -> Card:
    """Raises EngineError where the weights are not there or do not fit this code."""
    try:
        table = tomllib.loads((folder / "network.toml").read_text(encoding="utf-8"))
        card = Card(
            temperature=float(table["temperature"]),
            shape=dict(table["shape"]),
            unheard=tuple(table["unheard"]),
            left_out=tuple(table["left_out"]),
        )
        labels, described = table["labels"], table["features"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError("the emotion network's card is missing or broken") from error
    if labels != [emotion.value for emotion in Emotion] or described != DESCRIPTION:
        raise EngineError("the emotion network was trained for other labels or features")
    if not card.temperature > 0:
        raise EngineError("the emotion network's temperature is not positive")
    return card


def fingerprint(folder: Path) -> str:
    """What tells these weights from others. Raises EngineError where they are missing."""
    try:
        return f"{zlib.crc32((folder / 'network.safetensors').read_bytes()):08x}"
    except OSError as error:
        raise EngineError("the emotion network's weights are missing or broken") from error


def on_cpu(folder: Path) -> Listener:
    """The ONNX export on one thread. Raises EngineError where it cannot be loaded."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        model = (folder / "network.onnx").read_bytes()
        session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own exceptions share no base
        raise EngineError("the emotion network's weights are missing or broken") from error
    return serving(session)


def serving(session: onnxruntime.InferenceSession) -> Listener:
    """A loaded ONNX export as a function."""

    def listen(windows: Array, baseline: Array, notes: float) -> tuple[Array, Array]:
        count = len(windows)
        logits, traits = session.run(
            ["logits", "traits"],
            {
                "features": windows,
                "baseline": np.tile(baseline, (count, 1)),
                "notes": np.full(count, notes, np.float32),
            },
        )
        return logits, traits

    return listen


def in_torch(folder: Path, device: str = "cuda") -> Listener:
    """The same network in torch, on the first GPU. Raises EngineError where it cannot be loaded."""
    import torch  # noqa: PLC0415 - seconds to load, and needed only here

    try:
        network = load_network(folder).to(device)
    except RuntimeError as error:
        raise EngineError("the emotion network cannot be moved to the GPU") from error

    def listen(windows: Array, baseline: Array, notes: float) -> tuple[Array, Array]:
        count = len(windows)
        heard = torch.from_numpy(windows).to(device)
        usual = torch.from_numpy(baseline).expand(count, -1).to(device)
        known = torch.full((count,), notes, device=device)
        with torch.no_grad():
            logits, traits = network(heard, None, usual, known)
        return logits.cpu().numpy(), traits.cpu().numpy()

    return listen


def load_network(folder: Path) -> "EmotionNetwork":
    """The network in torch, in no training. Raises EngineError where it cannot be loaded."""
    from safetensors.torch import load_file  # noqa: PLC0415 - with torch, seconds to load

    from models.emotion.network import EmotionNetwork, Shape  # noqa: PLC0415

    shape = read_card(folder).shape
    network = EmotionNetwork(Shape(**{**shape, "channels": tuple(shape["channels"])}))
    try:
        network.load_state_dict(load_file(folder / "network.safetensors"))
    except (OSError, ValueError, RuntimeError) as error:
        raise EngineError("the emotion network's weights are missing or broken") from error
    return network.eval()
