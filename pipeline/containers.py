"""What kind of sound file some bytes are, by their first bytes alone.

The sender's word (a MIME type, a name) is never asked, so that a playlist or a script dressed up as
a voice note is refused before any demuxer sees it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import NotAudio


@dataclass(frozen=True, slots=True)
class Container:
    """How ffmpeg calls a container, and the codec to decode it with."""

    format: str
    codec: str
    seekable: bool = False
    """The index may stand at the end of the file, out of a pipe's reach."""


_HEAD = 4096
_OGG = {
    b"OpusHead": "libopus",
    b"\x01vorbis": "vorbis",
    b"Speex": "speex",
    b"\x7fFLAC": "flac",
}
_MATROSKA = {b"A_OPUS": "libopus", b"A_VORBIS": "vorbis", b"A_AAC": "aac"}
_EXTENSIBLE = 0xFFFE
_WAV = {
    (1, 8): "pcm_u8",
    (1, 16): "pcm_s16le",
    (1, 24): "pcm_s24le",
    (1, 32): "pcm_s32le",
    (2, 4): "adpcm_ms",
    (3, 32): "pcm_f32le",
    (3, 64): "pcm_f64le",
    (6, 8): "pcm_alaw",
    (7, 8): "pcm_mulaw",
    (17, 4): "adpcm_ima_wav",
}
"""(format tag, bits a sample) of a WAV file → ffmpeg's decoder."""


def recognise(data: bytes) -> Container:
    """The container and codec of a sound file; raises NotAudio."""
    head = data[:_HEAD].ljust(16, b"\0")
    for matches, container in _KINDS:
        if matches(head):
            return container(data)
    raise NotAudio("the first bytes are those of no sound file that is known here")


def _marked(data: bytes, marks: dict[bytes, str]) -> str:
    """The codec whose mark stands in the header."""
    for mark, codec in marks.items():
        if mark in data[:_HEAD]:
            return codec
    raise NotAudio("the container holds no sound in a codec that is known here")


def _wav_codec(data: bytes) -> str:
    chunk = data.find(b"fmt ", 0, _HEAD) + 8

    def number(offset: int) -> int:
        return int.from_bytes(data[chunk + offset : chunk + offset + 2], "little")

    tag = number(24) if number(0) == _EXTENSIBLE else number(0)
    codec = _WAV.get((tag, number(14)))
    if codec is None:
        raise NotAudio(f"no decoder for WAV format {tag} with {number(14)} bits")
    return codec


def _frame_sync(mask: int, value: int) -> Callable[[bytes], bool]:
    """An MPEG stream without a header: eleven or twelve set bits, then the layer."""
    return lambda head: head[0] == 0xFF and head[1] & mask == value


_KINDS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Container]], ...] = (
    (lambda h: h[:4] == b"OggS", lambda d: Container("ogg", _marked(d, _OGG))),
    (
        lambda h: h[:4] == b"RIFF" and h[8:12] == b"WAVE",
        lambda d: Container("wav", _wav_codec(d)),
    ),
    (lambda h: h[:4] == b"fLaC", lambda _: Container("flac", "flac")),
    (
        lambda h: h[4:8] == b"ftyp",
        lambda d: Container("mp4", "alac" if b"alac" in d else "aac", seekable=True),
    ),
    (lambda h: h[:4] == b"\x1aE\xdf\xa3", lambda d: Container("matroska", _marked(d, _MATROSKA))),
    (lambda h: h[:9] == b"#!AMR-WB\n", lambda _: Container("amr", "amrwb")),
    (lambda h: h[:6] == b"#!AMR\n", lambda _: Container("amr", "amrnb")),
    (lambda h: h[:3] == b"ID3", lambda _: Container("mp3", "mp3")),
    (_frame_sync(0xF6, 0xF0), lambda _: Container("aac", "aac")),
    (_frame_sync(0xE6, 0xE2), lambda _: Container("mp3", "mp3")),
    (_frame_sync(0xE6, 0xE4), lambda _: Container("mp3", "mp2")),
)
