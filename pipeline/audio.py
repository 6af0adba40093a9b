"""Bytes ⇄ waveform, through pydub and ffmpeg, in memory: nothing here touches the disk.

The bytes come from strangers: ffmpeg is told the one container and codec to expect, and how much
time it may take.
"""

import os
import subprocess
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import BinaryIO

import imageio_ffmpeg
import numpy as np
import soxr
from numpy.typing import NDArray

from pipeline import containers
from pipeline.containers import Container
from pipeline.errors import EmptyNote, EngineError, NotAudio, SilentNote, TooLongNote
from pipeline.values import Waveform

with warnings.catch_warnings():  # pydub looks for an ffmpeg on the PATH while it is imported
    warnings.simplefilter("ignore")
    from pydub import AudioSegment
    from pydub.exceptions import CouldntDecodeError

FFMPEG: str = imageio_ffmpeg.get_ffmpeg_exe()
AudioSegment.converter = FFMPEG

VOICE_RATE = 24_000
"""Hertz of every voice note that goes out; Opus carries it whole."""
FFMPEG_SECONDS = 120
"""Processor time that one file may cost, and the wait for one encoding."""
SILENCE_DBFS = -60.0
"""A note whose loudest 50 ms stay below this holds nothing to hear."""
SHORTEST = 0.2
"""Seconds; anything shorter is a slip of the thumb."""


def decode(data: bytes, rate: int = 16_000, longest: float = 600.0) -> Waveform:
    """A sound file of any common kind as a mono waveform at `rate` hertz.

    `longest` is in seconds. Blocks; run it in a thread.
    Raises EmptyNote, NotAudio and TooLongNote.
    """
    if not data:
        raise EmptyNote("the file has no bytes")
    container = containers.recognise(data)
    with _readable(data, container) as source:
        segment = _segment(source, container, longest)
    if segment.duration_seconds > longest:
        raise TooLongNote(f"the note is longer than {longest:.0f} s")
    return Waveform(soxr.resample(_mono(segment), segment.frame_rate, rate), rate)


def require_sound(waveform: Waveform) -> None:
    """Raises SilentNote where there is nothing to listen to."""
    if waveform.seconds < SHORTEST:
        raise SilentNote(f"the note lasts {waveform.seconds:.2f} s")
    frame = waveform.rate // 20
    frames = waveform.samples[: len(waveform.samples) // frame * frame].reshape(-1, frame)
    loudest = float(np.sqrt(np.mean(np.square(frames), axis=1)).max())
    if 20 * np.log10(max(loudest, 1e-9)) < SILENCE_DBFS:
        raise SilentNote(f"the note stays below {SILENCE_DBFS:.0f} dBFS")


def join(parts: Sequence[Waveform], pause: float = 0.25) -> Waveform:
    """The parts one after the other, `pause` seconds apart, at VOICE_RATE."""
    silence = np.zeros(round(pause * VOICE_RATE), np.float32)
    pieces: list[NDArray[np.float32]] = []
    for part in parts:
        if pieces:
            pieces.append(silence)
        pieces.append(soxr.resample(part.samples, part.rate, VOICE_RATE))
    samples = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    return Waveform(np.clip(samples, -1.0, 1.0), VOICE_RATE)


def encode_voice(parts: Sequence[Waveform], pause: float = 0.25) -> tuple[bytes, float]:
    """The parts as one Ogg/Opus voice note (mono, 32 kbit/s), and its seconds.

    pydub would write temporary files to encode, so ffmpeg is asked directly.
    Blocks; run it in a thread. Raises EngineError.
    """
    whole = join(parts, pause)
    command = [FFMPEG, "-v", "error", "-f", "f32le", "-ar", str(whole.rate), "-ac", "1"]
    command += ["-i", "pipe:0", "-c:a", "libopus", "-b:a", "32k", "-application", "voip"]
    command += ["-f", "ogg", "pipe:1"]
    sound = whole.samples.astype("<f4").tobytes()
    try:
        encoded = subprocess.run(
            command, input=sound, capture_output=True, timeout=FFMPEG_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineError("ffmpeg could not encode a voice note") from error
    return encoded.stdout, whole.seconds


@contextmanager
def _readable(data: bytes, container: Container) -> Iterator[BinaryIO | str]:
    """The bytes as something ffmpeg can read, seekable in memory where the container needs it."""
    if not container.seekable or not hasattr(os, "memfd_create"):
        yield BytesIO(data)
        return
    descriptor = os.memfd_create("note")
    with os.fdopen(descriptor, "wb") as memory:
        memory.write(data)
        memory.flush()
        yield f"/proc/{os.getpid()}/fd/{descriptor}"


def _segment(source: BinaryIO | str, container: Container, longest: float) -> AudioSegment:
    try:
        return AudioSegment.from_file(
            source,
            format=container.format,
            codec=container.codec,
            duration=longest + 1,
            parameters=["-timelimit", str(FFMPEG_SECONDS)],
        )
    except (CouldntDecodeError, OSError, IndexError, ValueError, EOFError) as error:
        raise NotAudio(f"ffmpeg could not decode {container.format}/{container.codec}") from error


def _mono(segment: AudioSegment) -> NDArray[np.float32]:
    """Samples in [-1, 1], channels averaged, shape (T,)."""
    whole = np.array(segment.get_array_of_samples(), np.float32)
    frames: NDArray[np.float32] = whole.reshape(-1, segment.channels)
    mono: NDArray[np.float32] = frames.mean(axis=1, dtype=np.float32)
    return mono / np.float32(1 << (8 * segment.sample_width - 1))
