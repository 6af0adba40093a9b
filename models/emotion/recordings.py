"""Recordings as waveforms: decoding, Opus round trips, and a cache that training reads at speed.

The cache holds every recording trimmed, mono, 16 kHz, 16 bit, one after the other in one file
that is mapped rather than read. It is derived from the corpora and lives in runs/, never in the
repository.
"""

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from models.emotion.endpoints import speech_span
from models.emotion.features import RATE, Samples

Pcm = NDArray[np.int16]


def decode(source: Path | io.BytesIO) -> Samples:
    """Any audio file as mono 16 kHz in [-1, 1], shape (N,). Raises av.FFmpegError."""
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
    file = source if isinstance(source, io.BytesIO) else str(source)
    with av.open(file, "r") as container:
        parts = [
            piece.to_ndarray()[0]
            for frame in container.decode(audio=0)
            for piece in resampler.resample(frame)
        ]
    parts += [piece.to_ndarray()[0] for piece in resampler.resample(None)]
    return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)


def opus_round_trip(samples: Samples, bits_per_second: int) -> Samples:
    """What is left of a 16 kHz waveform after Opus at that rate, of about the same length."""
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        options = {"application": "voip", "compression_level": "5"}
        stream = container.add_stream("libopus", rate=RATE, options=options)
        stream.bit_rate = bits_per_second
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(to_pcm(samples)[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    file.seek(0)
    return decode(file)


def to_pcm(samples: Samples) -> Pcm:
    return np.asarray(np.clip(np.rint(samples * 32768.0), -32768, 32767), np.int16)


def from_pcm(pcm: Pcm) -> Samples:
    return pcm.astype(np.float32) / np.float32(32768.0)


def trimmed(samples: Samples) -> Samples:
    start, end = speech_span(samples)
    return samples[start:end]


def levelled(samples: Samples) -> Samples:
    """(N,) → (N,) at a root mean square of a tenth; silence stays silence."""
    strength = float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0
    return samples * np.float32(0.1 / max(strength, 1e-6))


@dataclass(frozen=True, slots=True)
class Cache:
    """Waveforms in one mapped file, found by their position in the list that built it."""

    pcm: Pcm
    ends: NDArray[np.int64]
    """Where each waveform ends, in samples."""

    def __len__(self) -> int:
        return len(self.ends)

    def length(self, index: int) -> int:
        """Samples."""
        return int(self.ends[index] - (self.ends[index - 1] if index else 0))

    def __getitem__(self, index: int) -> Samples:
        end = int(self.ends[index])
        return from_pcm(self.pcm[end - self.length(index) : end])


def build_cache(
    file: Path, names: Sequence[str], load: Callable[[int], Samples], tell: Callable[[str], None]
) -> Cache:
    """The cache at `file`, made by `load(index)` for every name if it is not there for them yet."""
    index = file.with_suffix(".json")
    if not (index.exists() and json.loads(index.read_text())["names"] == list(names)):
        file.parent.mkdir(parents=True, exist_ok=True)
        ends = []
        with file.open("wb") as out:
            for i in range(len(names)):
                out.write(to_pcm(load(i)).tobytes())
                ends.append(out.tell() // 2)
                if (i + 1) % 1000 == 0:
                    tell(f"{file.name}: {i + 1} of {len(names)} recordings")
        index.write_text(json.dumps({"names": list(names), "ends": ends}))
    ends_array = np.array(json.loads(index.read_text())["ends"], np.int64)
    return Cache(np.memmap(file, np.int16, "r"), ends_array)
