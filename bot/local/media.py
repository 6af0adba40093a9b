"""What Telegram sees in an uploaded file: its kind, its length, its size in pixels."""

from dataclasses import dataclass
from typing import Any

from bot.local.parameters import Parameters, Upload
from bot.local.refusals import IMAGE_UNREADABLE, Refused

OPUS_RATE = 48_000
"""Hertz; granule positions of Ogg/Opus always count at this rate (RFC 7845)."""


@dataclass(frozen=True, slots=True)
class Described:
    """How an upload will be shown."""

    kind: str
    fields: dict[str, Any]
    """What its JSON says beside ids and size."""


def described(wanted: str, upload: Upload, parameters: Parameters) -> Described:
    """What becomes of a file that is sent as `wanted` (`voice`, `audio`, `photo`, `document`).

    A voice bubble needs Ogg/Opus: MP3 and M4A turn into an audio file, anything else into a
    document. Raises Refused for a photo that is no picture.
    """
    seconds = parameters.seconds("duration")
    if wanted == "photo":
        width, height = picture_size(upload.data)
        return Described("photo", {"width": width, "height": height})
    if wanted == "voice" and is_opus(upload.data):
        length = round(opus_seconds(upload.data)) if seconds is None else seconds
        return Described("voice", {"duration": length, "mime_type": "audio/ogg"})
    if wanted in {"voice", "audio"} and (sound := sound_type(upload.data)):
        fields = {"duration": seconds or 0, "mime_type": sound, "file_name": upload.name}
        titles = {name: parameters.text(name) for name in ("title", "performer")}
        return Described("audio", fields | {k: v for k, v in titles.items() if v})
    media_type = upload.media_type or "application/octet-stream"
    return Described("document", {"file_name": upload.name, "mime_type": media_type})


def is_opus(data: bytes) -> bool:
    """Whether this is an Ogg stream that begins with an Opus header."""
    return data.startswith(b"OggS") and b"OpusHead" in data[:100]


def opus_seconds(data: bytes) -> float:
    """Length by the last page's granule position, less the pre-skip; 0 where none is found."""
    header, page = data.find(b"OpusHead"), data.rfind(b"OggS")
    if header < 0 or page < 0 or len(data) < page + 14:
        return 0.0
    skipped = int.from_bytes(data[header + 10 : header + 12], "little")
    granule = int.from_bytes(data[page + 6 : page + 14], "little", signed=True)
    return max(0, granule - skipped) / OPUS_RATE


def sound_type(data: bytes) -> str | None:
    """MIME type of MP3 and MPEG-4 sound; None for anything else."""
    if data.startswith(b"ID3") or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0):
        return "audio/mpeg"
    return "audio/mp4" if data[4:8] == b"ftyp" else None


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a PNG or JPEG. Raises Refused for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if data.startswith(b"\xff\xd8"):
        return _jpeg_size(data)
    raise Refused(IMAGE_UNREADABLE)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        # Frame headers are C0 … CF, but for the tables DHT, JPG and DAC.
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = data[at + 5 : at + 7], data[at + 7 : at + 9]
            return int.from_bytes(width, "big"), int.from_bytes(height, "big")
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise Refused(IMAGE_UNREADABLE)
