"""The study `quantised`: the network in 8-bit integers, what it saves and what it costs.

ONNX Runtime's dynamic quantisation: weights are kept as integers with a scale for each channel,
what flows between the layers is quantised as it comes. Measured on a sibling's held-out speakers.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import onnxruntime
from onnxruntime.quantization import QuantType, quantize_dynamic

from models.emotion.corpora import Utterance, read_manifest
from models.emotion.export import to_onnx
from models.emotion.inference import load_network, read_card, serving
from models.emotion.recognizer import CnnLstmRecognizer
from models.emotion.report import recall_of
from models.emotion.siblings import FOLDS, as_it_is, guess, held_out, milliseconds
from models.emotion.studies.results import Results, Row, table
from models.emotion.studies.sources import Sources

FOLD = 1
KINDS: dict[str, tuple[str, ...]] = {
    "32-bit floats": (),
    "8-bit LSTM and linear layers": ("LSTM", "MatMul", "Gemm"),
    "8-bit, convolutions too": ("LSTM", "MatMul", "Gemm", "Conv"),
}

TEXT = (
    f"The sibling of fold {FOLD} on its held-out speakers, as it is and in 8-bit integers (ONNX "
    "Runtime's dynamic quantisation). Milliseconds are of features and network for 3 s of sound, "
    "one thread, median of 200, on the machine that made the study."
)


def study(sources: Sources) -> Results:
    sibling = FOLDS / str(FOLD)
    unheard = held_out(read_manifest(sources.data), read_card(sibling).unheard)
    model = to_onnx(load_network(sibling))
    figures = [_row(kind, _quantised(model, KINDS[kind]), sibling, unheard) for kind in KINDS]
    return Results("quantised", "python -m models.emotion.studies quantised", TEXT, figures)


def _quantised(model: bytes, operators: Sequence[str]) -> bytes:
    if not operators:
        return model
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
        whole.write_bytes(model)
        quantize_dynamic(
            whole, small, op_types_to_quantize=list(operators), weight_type=QuantType.QInt8
        )
        return small.read_bytes()


def _row(kind: str, model: bytes, sibling: Path, unheard: Sequence[Utterance]) -> Row:
    listen = serving(_session(model))
    recognizer = CnnLstmRecognizer(sibling, lambda folder: listen)
    corpora = sorted({u.corpus for u in unheard})
    of = {corpus: [u for u in unheard if u.corpus == corpus] for corpus in corpora}
    recalls = {c: round(recall_of(guess(recognizer, own, as_it_is)), 4) for c, own in of.items()}
    took = round(milliseconds(listen, read_card(sibling).traits), 2)
    return {"kind": kind, "megabytes": round(len(model) / 1e6, 2), "milliseconds": took} | recalls


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])


def render(results: Results) -> str:
    keys = list(results.figures[0])
    rows = [[str(row[key]) for key in keys] for row in results.figures]
    parts = ["## In fewer bits", results.protocol, table(keys, rows)]
    return "\n\n".join([*parts, f"Computed by `{results.command}`.\n"])
