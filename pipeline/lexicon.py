"""Reads the notation of `prompts/crisis/*.toml` into patterns. It knows no danger itself.

A wording is written as people say it, in concepts rather than phrases:

    i want to die       these words, in any spelling that `normalise` makes one
    <want>              a concept: any of the wordings listed under [concepts]
    (end|take) my life  one of these          (so|too)? ()* ()+   maybe, any, some of these
    kill(ing|ed)?       endings of a word     kill*   any ending     #   a number
    ..  ...  ....       up to two, five, twelve words between, never past a full stop
    !not want           `want`, but not right behind `not`
    tired of this $     at the end of a sentence

Concepts may use concepts that stand above them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.catalogue import DangerKind, Harmless, Lexicon, Sign
from pipeline.errors import ContentError
from pipeline.second_reading import Meanings
from pipeline.spelling import Guarded, normalise, replaced

_GAPS = {f"{'.' * dots}": f"(?:[^ .]+ ){{0,{words}}}" for dots, words in ((2, 2), (3, 5), (4, 12))}
_LITERAL = re.compile(r"[^()|?*+<>#\s]+")
_REACH = {"certain": True, "unsure": False}


def read_lexicon(table: Mapping[str, Any]) -> Lexicon:
    """One language's file as patterns. Raises ContentError where it is not in order."""
    notation = _Notation(table.get("folds", {}), "".join(table.get("attached", ())))
    try:
        for name, wordings in table["concepts"].items():
            notation.define(name, wordings)
        return Lexicon(
            language=table["language"],
            letters=re.compile(f"[{table['letters']}]"),
            folds=dict(table.get("folds", {})),
            slips=_slips(notation, table.get("slips", {})),
            harmless=tuple(_harmless(notation, entry) for entry in table.get("harmless", ())),
            signs=tuple(_sign(notation, entry) for entry in table["danger"]),
            meanings=_meanings(table),
            guarded=_guarded(notation, table),  # last: what the wordings hold is no misspelling
        )
    except (KeyError, ValueError, re.error) as error:
        raise ContentError(f"crisis/{table.get('language', '?')}.toml: {error}") from error


def _sign(notation: "_Notation", entry: Mapping[str, Any]) -> Sign:
    return Sign(
        kind=DangerKind(entry["kind"]),
        certain=_REACH[entry["reach"]],
        other=bool(entry.get("other", False)),
        wording=notation.pattern(entry["wordings"]),
    )


def _harmless(notation: "_Notation", entry: Mapping[str, Any]) -> Harmless:
    unless = entry.get("unless")
    return Harmless(
        wording=notation.pattern(entry["wordings"]),
        unless=notation.pattern(unless) if unless else None,
        of_oneself=bool(entry.get("of_oneself", False)),
    )


def _guarded(notation: "_Notation", table: Mapping[str, Any]) -> Guarded:
    real = {notation.literal(word) for word in table.get("real", ())}
    return Guarded(map(notation.literal, table.get("guarded", ())), real | notation.vocabulary)


def _meanings(table: Mapping[str, Any]) -> Meanings:
    """`hit = ["slap*", "black eye"]`: a star for any ending, two words at most."""
    stems: dict[str, tuple[str, ...]] = {}
    for meaning, words in table.get("meanings", {}).items():
        for word in words:
            stem = normalise(word.removesuffix("*")).strip()
            if not stem or stem.count(" ") > 1:
                raise ValueError(f"{meaning} = {word!r}: one word or two are needed")
            key = stem if word.endswith("*") else f"{stem} "
            stems[key] = (*stems.get(key, ()), meaning)
    return Meanings(stems, table.get("joined", ""))


def _slips(
    notation: "_Notation", table: Mapping[str, Sequence[str]]
) -> tuple[re.Pattern[str], Mapping[str, str]]:
    meant = {
        f"{notation.literal(slip)} ": f"{notation.literal(word)} "
        for word, slips in table.items()
        for slip in slips
    }
    longest_first = sorted(meant, key=len, reverse=True)
    return re.compile(f"(?<= )(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})"), meant


class _Notation:
    """Turns wordings into regular expressions over normalised text.

    Every element of a pattern ends in the space behind its word, so elements simply follow each
    other and an optional one leaves nothing behind.
    """

    def __init__(self, folds: Mapping[str, str], attached: str) -> None:
        self._folds = folds
        self._attached = f"[{attached}]?" if attached else ""
        self._concepts: dict[str, str] = {}
        self.vocabulary: set[str] = set()
        """Every word of the wordings read so far."""

    def define(self, name: str, wordings: Sequence[str]) -> None:
        self._concepts[name] = self._any(wordings)

    def pattern(self, wordings: Sequence[str]) -> re.Pattern[str]:
        return re.compile(f"(?<= ){self._attached}{self._any(wordings)}")

    def literal(self, words: str) -> str:
        return replaced(normalise(words).strip(), self._folds)

    def _any(self, wordings: Sequence[str]) -> str:
        if isinstance(wordings, str) or not wordings:
            raise ValueError("a list of wordings is needed")
        return f"(?:{'|'.join(self._sequence(wording) for wording in wordings)})"

    def _sequence(self, wording: str) -> str:
        return "".join(self._element(element) for element in _split(wording, " "))

    def _element(self, element: str) -> str:
        if element in _GAPS:
            return _GAPS[element]
        if element == "$":
            return r"(?=\. |$)"
        if element.startswith("!"):
            return f"(?<! {self.literal(element[1:])} )"
        often = element[-1] if element[-2:-1] in (")", ">") and element[-1] in "?*+" else ""
        bare = element.removesuffix(often)
        if bare.startswith("<") and bare.endswith(">"):
            if bare[1:-1] not in self._concepts:
                raise ValueError(f"no concept {bare} above")
            return self._concepts[bare[1:-1]] + often
        if bare.startswith("(") and _closes(bare) == len(bare) - 1:
            return self._any(_split(bare[1:-1], "|")) + often
        return self._word(element)

    def _word(self, word: str) -> str:
        """A word with endings in it: `kill(ing|ed)?`, `suicid*`, `colou?r`."""
        if ".." in word or "<" in word:
            raise ValueError(f"{word!r}: no gap and no concept may hang on a word")
        plain = _LITERAL.sub(lambda letters: self.literal(letters[0]), word)
        self.vocabulary.update(re.split(r"[()|?*+# ]+", plain))
        plain = plain.replace("(", "(?:").replace("*", "[^ .]*").replace("#", "[0-9]+")
        whole = f"(?:{plain})" if _split(plain, "|")[1:] else plain
        try:
            re.compile(whole)
        except re.error as error:
            raise ValueError(f"{word!r} in a wording: {error}") from error
        return f"{whole} "


def _split(text: str, mark: str) -> list[str]:
    """Parts of `text` between marks that stand outside parentheses, without empty ones."""
    parts, depth = [""], 0
    for character in text.strip():
        depth += (character == "(") - (character == ")")
        if character == mark and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    if depth:
        raise ValueError(f"parentheses do not match in {text!r}")
    return [part.strip() for part in parts if part.strip()]


def _closes(text: str) -> int:
    """Where the parenthesis that opens `text` is closed."""
    depth = 0
    for i, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return i
    return -1
