"""What Whisper writes where nobody speaks, and how it is told from what was said.

Pure: segments in, believable texts out. See issue 506 of faster-whisper for how common it is.
"""

import re
from collections.abc import Iterable
from typing import Protocol


class Segment(Protocol):
    """What faster-whisper tells of one stretch of speech, as far as belief needs it."""

    text: str
    no_speech_prob: float
    avg_logprob: float
    compression_ratio: float


_CREDITS = re.compile(
    r"amara\.org|subtitles? by|subtitled by|thanks? (you )?for watching|untertitel|"
    r"sous-titr|subtítulos|legendas|субтитр|продолжение следует|ترجمة نانسي",
    re.IGNORECASE,
)
"""Captions of films that Whisper learned to see in silence; nobody says them to a companion."""


def believable(segments: Iterable[Segment]) -> list[str]:
    """The texts of the segments that were probably spoken.

    Dropped are: what is likely no speech and was decoded without confidence, text so repetitive
    that it compresses absurdly well, the same segment a third time running, captions of films.
    """
    texts: list[str] = []
    for segment in segments:
        text = segment.text.strip()
        unsure = segment.no_speech_prob > 0.6 and segment.avg_logprob < -0.8
        babble = segment.avg_logprob < -1.5
        looped = segment.compression_ratio > 2.4 or texts[-2:] == [text, text]
        if text and not (unsure or babble or looped or _CREDITS.search(text)):
            texts.append(text)
    return texts
