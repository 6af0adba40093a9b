"""Plain text made fit for Telegram: escaped, and cut to the lengths that a message may have."""

import re
from html import escape

CAPTION = 1024
TEXT = 4096
"""Telegram's limits, in UTF-16 code units of what is to be seen."""

_SENTENCE_END = re.compile(r"[.!?…。！？؟।]+[\"'”’»)\]]*\s+")
_GAP = re.compile(r"\s+")


def units(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def html(text: str) -> str:
    """Plain text as Telegram's HTML shows it."""
    return escape(text, quote=False)


def cut(text: str, limit: int) -> list[str]:
    """The text in pieces of at most `limit` units; only white space between pieces is lost."""
    pieces: list[str] = []
    rest = text.strip()
    while units(rest) > limit:
        head = _head(rest, limit)
        pieces.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return [*pieces, rest] if rest else pieces


def _head(text: str, limit: int) -> str:
    """As much of a too long text's beginning as fits, ending where a reader would pause."""
    fits = _fitting(text, limit)
    for pause in (_SENTENCE_END, _GAP):
        ends = [match.end() for match in pause.finditer(text, 0, fits + 1) if match.end() <= fits]
        if ends and text[: ends[-1]].strip():
            return text[: ends[-1]]
    return text[:fits]


def _fitting(text: str, limit: int) -> int:
    """How many characters of the text make up at most `limit` units; one at least."""
    taken = 0
    for index, character in enumerate(text):
        taken += units(character)
        if taken > limit:
            return max(index, 1)
    return len(text)
