"""Brings words to one spelling before they are read for danger. It knows letters, not meanings.

People in distress type fast, dodge filters and are misheard by speech-to-text. What is told apart
here is only what a reader would tell apart by ear: case, accents, doubled and repeated letters,
look-alike digits, stars and invisible marks all go. Wordings and messages pass through the same
`normalise`, so a wording in `prompts/crisis/` is written as one would write it anyway.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

_VIRAMA = 9
_ALIKE = str.maketrans(
    {
        "ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "ـ": None,  # Arabic letters and the tatweel
        "ँ": None, "ं": None,  # Devanagari nasal signs, dropped or doubled at will in chats
        "ı": "i", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l",
        "'": None, "’": None, "‘": None, "ʼ": None, "`": None, "´": None, "′": None,
    }
)  # fmt: skip
_NASAL = re.compile(r"[ङञणनम]्(?=[क-ह])")  # ज़िन्दगी is ज़िंदगी
_LETTER = r"[^\W\d_]"
_SPELLED_OUT = re.compile(
    rf"(?<!\w)(?:{_LETTER}([^\w\s]+|_+)(?:{_LETTER}\1)+{_LETTER}|[a-z](?: [a-z]){{2,}}"
    rf"|[а-я](?: [а-я]){{3,}}|[ء-ي](?: [ء-ي]){{3,}})(?!\w)"
)
_LOOKALIKE = re.compile(
    rf"(?<={_LETTER})[013457!|@$€]+(?={_LETTER}|[ .,!?]|$)|(?<!\w)[$@5](?={_LETTER}{{3}})"
)
_LOOKALIKES = str.maketrans("013457!|@$€", "oieastiiase")
_SENTENCE_END = re.compile(r"[.!?;؟।॥\n\r]+")
_NOT_WORD = re.compile(r"[^\w\s.*\u0900-\u0963]|_|(?<![\w*])\*+")
_DOUBLED = re.compile(rf"({_LETTER})\1+")


def normalise(words: str) -> str:
    """The words in one spelling: ` i want to die . `, spaces around every word and full stop.

    A star that hides letters inside a word stays, for `Guarded.mend` to look behind.
    """
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", words).casefold())
    text = "".join(c for c in text if _is_told_apart(c)).translate(_ALIKE)
    text = _NASAL.sub("", text)
    text = _SPELLED_OUT.sub(lambda run: re.sub(r"[^\w]|_", "", run[0]), text)
    text = _LOOKALIKE.sub(_as_letters, text)
    text = _NOT_WORD.sub(" ", _SENTENCE_END.sub(" . ", text))
    text = _DOUBLED.sub(r"\1", text)
    return f" {' '.join(text.split())} "


def _is_told_apart(character: str) -> bool:
    """Neither an accent (the virama joins letters and is none) nor an invisible mark."""
    return (
        unicodedata.combining(character) in (0, _VIRAMA)
        and unicodedata.category(character) != "Cf"
        and not "\ufe00" <= character <= "\ufe0f"
    )


def _as_letters(run: re.Match[str]) -> str:
    """`su1cide` → `suicide`, `ki11` → `kill`; a sentence's own `!` stays."""
    if run[0].strip("!") == "" and not run.string[run.end() : run.end() + 1].isalpha():
        return run[0]
    before = run.string[run.start() - 1 : run.start()]
    return run[0].replace("1", "l" if before == "i" else "i").translate(_LOOKALIKES)


class Guarded:
    """Words that must not be missed: finds them behind stars and one slip of the finger."""

    def __init__(self, words: Iterable[str], lookalikes: Iterable[str] = ()) -> None:
        """`words` and `lookalikes` (real words one slip away, left alone), both normalised."""
        self.words = frozenset(words)
        self._left_alone = frozenset(lookalikes) | self.words
        self._by_part: dict[str, list[str]] = {}
        for word in self.words:
            for part in _without_a_letter(word):
                self._by_part.setdefault(part, []).append(word)

    def mend(self, text: str) -> str:
        """The text with near misses of guarded words put right."""
        return " ".join(self._mended(token) for token in text.split(" "))

    def _mended(self, token: str) -> str:
        if "*" in token:
            return self._behind_stars(token)
        if len(token) < _SHORTEST or token in self._left_alone:
            return token
        parts = [token, *_without_a_letter(token)]
        near = (word for part in parts for word in self._by_part.get(part, ()))
        return next((word for word in near if _one_slip(token, word)), token)

    def _behind_stars(self, token: str) -> str:
        shape = re.compile(re.sub(r"(?:\\\*)+", "[^ ]{1,5}", re.escape(token)))
        fits = sorted(word for word in self.words if shape.fullmatch(word))
        return fits[0] if fits else token.replace("*", "")


_SHORTEST = 5
"""Shorter words have too many innocent neighbours."""


def _without_a_letter(word: str) -> Iterator[str]:
    yield word
    for i in range(len(word)):
        yield word[:i] + word[i + 1 :]


def _one_slip(a: str, b: str) -> bool:
    """One letter more, less, other, or two swapped; the first letter is rarely mistyped."""
    if a[0] != b[0] or abs(len(a) - len(b)) > 1 or min(len(a), len(b)) < _SHORTEST - 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
    if start is None:
        return True
    if len(a) != len(b):
        longer, shorter = (a, b) if len(a) > len(b) else (b, a)
        return longer[start + 1 :] == shorter[start:]
    swapped = a[start + 1 : start + 2] + a[start] + a[start + 2 :]
    return a[start + 1 :] == b[start + 1 :] or swapped == b[start:]


def replaced(text: str, replacements: Mapping[str, str]) -> str:
    """Every occurrence of each key exchanged, in the mapping's order."""
    for old, new in replacements.items():
        text = text.replace(old, new)
    return text
