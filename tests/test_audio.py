"""Bytes to waveform and back, with the real ffmpeg that the package index brings."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from pipeline import audio
from pipeline.errors import EmptyNote, NotAudio, SilentNote, TooLongNote
from pipeline.values import Waveform

JFK = (Path(__file__).parent / "data" / "jfk.wav").read_bytes()
JFK_SECONDS = 11.0

FORMATS = {
    "Telegram voice note": ["-c:a", "libopus", "-f", "ogg"],
    "Ogg Vorbis": ["-c:a", "libvorbis", "-f", "ogg"],
    "Ogg FLAC": ["-c:a", "flac", "-f", "ogg"],
    "MP3": ["-f", "mp3"],
    "MPEG layer II": ["-f", "mp2"],
    "AAC stream": ["-f", "adts"],
    "FLAC": ["-f", "flac"],
    "WebM": ["-c:a", "libopus", "-f", "webm"],
    "Matroska AAC": ["-c:a", "aac", "-f", "matroska"],
    "AMR": ["-ar", "8000", "-c:a", "libopencore_amrnb", "-f", "amr"],
    "MP4, index in front": ["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4"],
    "stereo WAV": ["-ac", "2", "-f", "wav"],
    "8-bit WAV": ["-c:a", "pcm_u8", "-f", "wav"],
    "24-bit WAV": ["-c:a", "pcm_s24le", "-f", "wav"],
    "float WAV": ["-c:a", "pcm_f32le", "-f", "wav"],
    "A-law WAV": ["-c:a", "pcm_alaw", "-f", "wav"],
    "ADPCM WAV": ["-c:a", "adpcm_ima_wav", "-f", "wav"],
    "48 kHz WAV": ["-ar", "48000", "-f", "wav"],
}


def convert(arguments: list[str], target: str = "pipe:1") -> bytes:
    command = [audio.FFMPEG, "-v", "error", "-y", "-i", "pipe:0", *arguments, target]
    return subprocess.run(command, input=JFK, capture_output=True, check=True).stdout


def tone(seconds: float, rate: int = 16_000, level: float = 0.3) -> Waveform:
    time = np.arange(round(seconds * rate)) / rate
    return Waveform((level * np.sin(2 * np.pi * 220 * time)).astype(np.float32), rate)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_common_kind_is_heard_whole(kind: str) -> None:
    waveform = audio.decode(convert(FORMATS[kind]))
    assert waveform.samples.dtype == np.float32
    assert waveform.rate == 16_000
    assert waveform.seconds == pytest.approx(JFK_SECONDS, abs=0.15)
    assert 0.2 < np.abs(waveform.samples).max() <= 1.05


def test_an_mp4_with_its_index_at_the_end_is_heard(tmp_path: Path) -> None:
    target = tmp_path / "note.m4a"
    convert(["-c:a", "aac", "-f", "mp4"], str(target))
    data = target.read_bytes()
    assert data.index(b"moov") > data.index(b"mdat")
    assert audio.decode(data).seconds == pytest.approx(JFK_SECONDS, abs=0.1)


def test_a_voice_note_goes_out_and_comes_back() -> None:
    data, seconds = audio.encode_voice([tone(1.0, 22_050), tone(2.0, 16_000)], pause=0.5)
    assert data.startswith(b"OggS") and b"OpusHead" in data[:100]
    assert seconds == pytest.approx(3.5, abs=0.01)
    heard = audio.decode(data, rate=24_000)
    assert heard.seconds == pytest.approx(seconds, abs=0.05)
    gap = heard.samples[round(1.1 * 24_000) : round(1.4 * 24_000)]
    assert np.abs(gap).max() < 0.01
    assert len(data) < seconds * 6_000


def test_half_a_file_is_heard_as_far_as_it_goes() -> None:
    data, seconds = audio.encode_voice([tone(6.0)])
    assert 2.0 < audio.decode(data[: len(data) // 2]).seconds < seconds - 1


@pytest.mark.parametrize(
    "data",
    [
        b"just some words in a text file",
        b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n",
        b"ffconcat version 1.0\nfile /etc/hostname\n",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"\xff\xd8\xff\xe0" + bytes(100),
        b"OggS" + bytes(200),
        b"RIFF\x00\x00\x00\x00WAVE" + b"junk" * 30,
        b"ID3" + b"x" * 1000,
        b"\xff\xfb" + bytes(5000),
        b"\x00\x00\x00\x20ftypisom" + bytes(1000),
        b"O",
    ],
    ids=lambda data: repr(data[:12]),
)
def test_what_is_no_sound_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(NotAudio):
        audio.decode(data)


def test_no_bytes_are_an_empty_note() -> None:
    with pytest.raises(EmptyNote):
        audio.decode(b"")


def test_a_note_over_the_limit_is_refused_without_decoding_it_all() -> None:
    with pytest.raises(TooLongNote, match="5 s"):
        audio.decode(JFK, longest=5.0)


def test_silence_is_told_from_a_soft_voice() -> None:
    audio.require_sound(tone(0.5, level=0.01))
    for silent in (Waveform(np.zeros(16_000, np.float32)), tone(1.0, level=1e-4), tone(0.1)):
        with pytest.raises(SilentNote):
            audio.require_sound(silent)
