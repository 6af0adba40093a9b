"""parse_mode HTML as Telegram reads it: text with tags → plain text and entities, or its refusal.

Offsets of entities are UTF-16 code units; offsets in refusals are bytes of UTF-8.
"""

import re
from html import unescape
from typing import Any

from bot.local.refusals import (
    PARSE_MODE_UNKNOWN,
    UNREAD_PARSE_MODE,
    Refused,
    bad_request,
)

_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
}
_ATTRIBUTE = re.compile(
    r"""\s*(?P<name>[^\s=>/"']+)\s*(?:=\s*(?:"(?P<d>[^"]*)"|'(?P<s>[^']*)'|(?P<w>[^\s>"']+)))?"""
)
_SELF_MARKED = re.compile(r"(?<!\S)(?:/[A-Za-z0-9_]{1,32}(?:@\w+)?|@\w{4,32})\b")
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")


def parsed(text: str, parse_mode: str) -> tuple[str, list[dict[str, Any]]]:
    """Plain text, trimmed at its ends, with its entities in order of their beginning.

    Raises Refused (400) where Telegram finds the markup broken.
    """
    mode = parse_mode.lower()
    if mode in {"markdown", "markdownv2"}:
        raise Refused(UNREAD_PARSE_MODE)
    if mode not in {"", "none", "html"}:
        raise Refused(PARSE_MODE_UNKNOWN)
    plain, entities = _Html(text).read() if mode == "html" else (text, [])
    return _trimmed(plain, entities)


def noticed(text: str) -> list[dict[str, Any]]:
    """The entities that Telegram finds by itself in what somebody types: commands and @names."""
    return [
        {
            "type": "bot_command" if found[0].startswith("/") else "mention",
            "offset": utf16_length(text[: found.start()]),
            "length": len(found[0]),
        }
        for found in _SELF_MARKED.finditer(text)
    ]


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, as entities count."""
    return len(text.encode("utf-16-le")) // 2


def _trimmed(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    lead = utf16_length(text) - utf16_length(text.lstrip())
    text = text.strip()
    end = utf16_length(text)
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - lead)
        stop = min(end, entity["offset"] + entity["length"] - lead)
        if stop > start:
            kept.append({**entity, "offset": start, "length": stop - start})
    return text, kept


class _Html:
    """One pass over one text."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.plain = ""
        self.open: list[tuple[str, dict[str, Any]]] = []
        self.entities: list[dict[str, Any]] = []

    def read(self) -> tuple[str, list[dict[str, Any]]]:
        while self.at < len(self.source):
            here = self.source[self.at]
            if here == "<" and self.source.startswith("</", self.at):
                self._end_tag()
            elif here == "<":
                self._start_tag()
            else:
                self._character()
        if self.open:
            raise _refused(f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')
        return self.plain, sorted(self.entities, key=lambda e: (e["offset"], -e["length"]))

    def _character(self) -> None:
        reference = _REFERENCE.match(self.source, self.at)
        if reference:
            self.plain += unescape(reference[0])
            self.at = reference.end()
        else:
            self.plain += self.source[self.at]
            self.at += 1

    def _start_tag(self) -> None:
        begin = self._bytes(self.at)
        name = re.compile(r"[^\s>]*").match(self.source, self.at + 1)[0].lower()  # type: ignore[index]
        after = self.at + 1 + len(name)
        if after >= len(self.source):
            raise _refused(f"Unclosed start tag at byte offset {begin}")
        if name not in _TYPES:
            raise _refused(f'Unsupported start tag "{name}" at byte offset {begin}')
        attributes, self.at = self._attributes(after, begin)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise _refused(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        entity: dict[str, Any] = {"type": _TYPES[name], "offset": utf16_length(self.plain)}
        if name == "a":
            entity["url"] = attributes.get("href", "")
        elif name == "tg-emoji":
            entity["custom_emoji_id"] = attributes.get("emoji-id", "")
        elif name == "blockquote" and "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        self.open.append((name, entity))

    def _attributes(self, at: int, begin: int) -> tuple[dict[str, str], int]:
        """Attributes by name, and where the text goes on behind the tag."""
        found: dict[str, str] = {}
        while True:
            closing = re.compile(r"\s*>").match(self.source, at)
            if closing:
                return found, closing.end()
            attribute = _ATTRIBUTE.match(self.source, at)
            if attribute is None:
                raise _refused(f"Unclosed start tag at byte offset {begin}")
            value = attribute["d"] or attribute["s"] or attribute["w"] or ""
            found[attribute["name"].lower()] = unescape(value)
            at = attribute.end()

    def _end_tag(self) -> None:
        begin = self._bytes(self.at)
        if not self.open:
            raise _refused(f"Unexpected end tag at byte offset {begin}")
        closing = self.source.find(">", self.at)
        if closing < 0:
            raise _refused(f"Unclosed end tag at byte offset {begin}")
        name = self.source[self.at + 2 : closing].strip().lower()
        opened, entity = self.open.pop()
        if name not in {"", opened}:
            raise _refused(
                f"Unmatched end tag at byte offset {begin}, "
                f'expected "</{opened}>", found "</{name}>"'
            )
        entity["length"] = utf16_length(self.plain) - entity["offset"]
        if entity["length"] and entity.get("url", "kept"):
            self.entities.append(entity)
        self.at = closing + 1

    def _bytes(self, at: int) -> int:
        return len(self.source[:at].encode())


def _refused(reason: str) -> Refused:
    return Refused(bad_request(f"can't parse entities: {reason}"))
