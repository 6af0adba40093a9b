"""What a model writes, as sentences that can be heard: thinking, markup and acting taken out.

Reads character by character, so that how the text was cut up on its way changes nothing. It
knows writing, not meaning: what a reply may say is `pipeline/reply.py`'s business.
"""

import re
import unicodedata

ENDS = ".!?…।॥؟۔"
"""What ends a sentence, in the scripts of the interface languages."""
LONGEST = 1200
"""Characters without an end after which a text is no sentence any more."""

_THINKING = re.compile(r"think|thought|reason|reflect|analysis|scratchpad|inner|plan", re.I)
_OVER = re.compile(
    r"^(?:<\|?/?(?:im_end|eot_id|eot|endoftext|end_of_text|end_of_turn|end|s|im_start|"
    r"start_of_turn|start_header_id|user|system)\|?>|\[/?INST\])$",
    re.I,
)
_TAG = re.compile(r"[<\[](/?)\s*([A-Za-z_][\w-]*)[^<\[]*[>\]]$")
_LONGEST_TAG = 60
_CLOSERS = "\"'”’»)]*_`"
_TITLES = re.compile(
    r"(?:dr|mr|mrs|ms|prof|st|sra?|dra|srta|uds?|mme|mlle|hr|fr|nr|bzw|z\.b|d\.h|ca|vs|e\.g|i\.e|"
    r"approx|им|г|т\.е|т\.к|ул|стр|p\.ex)"
)
"""Abbreviations that a sentence does not end with."""
_SOMETIMES = re.compile(r"(?:etc|usw|u\.s\.w|т\.д|т\.п|др|jr|[ap]\.m)")
"""Abbreviations that it may end with."""


class Visible:
    """Takes the thinking out of a stream, and the tags; None says that all before was thinking."""

    def __init__(self) -> None:
        self._tag = ""
        """A tag that is not finished yet."""
        self._awaited = ""
        """The tag that ends the thinking."""
        self.over = False
        """The model has begun somebody else's turn."""

    def feed(self, char: str) -> str | None:
        """What of the text so far has become visible by one more character."""
        if self._awaited:
            return self._hidden(char)
        if not self._tag:
            if char in "<[":
                self._tag = char
                return ""
            return char
        if char in "<[":
            before, self._tag = self._tag, char
            return before
        self._tag += char
        if char in ">]":
            return self._closed()
        if len(self._tag) > _LONGEST_TAG or not (self._tag[1].isalpha() or self._tag[1] in "/|_!"):
            return self.end()
        return ""

    def end(self) -> str:
        """What was held back as a tag and is none."""
        held, self._tag = self._tag, ""
        return "" if self._awaited else held

    def _hidden(self, char: str) -> str:
        self._tag = (self._tag + char)[-len(self._awaited) :]
        if self._tag.casefold() == self._awaited:
            self._tag = self._awaited = ""
        return ""

    def _closed(self) -> str | None:
        tag, self._tag = self._tag, ""
        if _OVER.match(tag):
            self.over = True
            return ""
        match = _TAG.match(tag)
        if match is None:
            return tag
        closing, name = match.groups()
        if _THINKING.match(name) and (tag[0] == "<" or name.isupper()):
            if closing:
                return None
            self._awaited = f"{tag[0]}/{name}{tag[-1]}".casefold()
            return ""
        return tag if tag[0] == "[" else (" " if name.casefold() in ("br", "p") else "")


class Sentences:
    """Cuts visible text into sentences and lines as soon as each is finished."""

    def __init__(self) -> None:
        self._text = ""

    def feed(self, char: str) -> str | None:
        """The sentence that is finished by what this character begins, as it was written."""
        begins = not char.isspace() and self._text[-1:].isspace()
        finished = None
        if (begins and _is_end(self._text, char)) or _is_glued(self._text, char):
            finished, self._text = self._text.strip(), ""
        self._text += char
        return finished or None

    @property
    def overlong(self) -> bool:
        return len(self._text) > LONGEST

    def drop(self) -> None:
        """Forget what is not finished."""
        self._text = ""

    def end(self) -> str:
        """What is left at the end of the text; finished only if `is_finished` says so."""
        rest, self._text = self._text.strip(), ""
        return rest


def is_finished(sentence: str) -> bool:
    """Whether a sentence has come to its end, be it with an emoji."""
    if _is_picture(sentence.rstrip()[-1:]):
        return True
    return sentence.rstrip(_CLOSERS + " ").endswith(tuple(ENDS))


def _is_end(text: str, following: str) -> bool:
    head = text.rstrip()
    gap = text[len(head) :]
    if gap.count("\n") > 1:
        return True
    if "\n" in gap:
        return is_finished(head) or not following.islower()
    if _is_picture(head[-1:]):
        return following.isupper()
    core = head.rstrip(_CLOSERS)
    if not core or core[-1] not in ENDS or _is_open(head):
        return False
    if core.endswith(("...", "…", "..")):
        return not following.islower()
    return core[-1] != "." or not _is_abbreviation(core, following)


def _is_picture(char: str) -> bool:
    """An emoji or a part of one: many models end their sentences with it."""
    return char == "\ufe0f" or (char != "" and unicodedata.category(char) in ("So", "Sk"))


def _is_glued(text: str, following: str) -> bool:
    """A sentence begins right after the mark of the last, without a space between them."""
    before = text[-3:]
    is_word = before[:2].isalpha() and before[:2].islower()
    return following.isupper() and is_word and before[2:] in tuple(ENDS)


def _is_open(text: str) -> bool:
    """Inside brackets or a stage direction, unless they seem to have been forgotten."""
    line = text.rsplit("\n", 1)[-1]
    stars = _MARKER.sub("", line).replace("**", "").count("*")
    return len(line) < 200 and (
        stars % 2 == 1 or line.count("(") > line.count(")") or line.count("[") > line.count("]")
    )


def _is_abbreviation(core: str, following: str) -> bool:
    word = core[:-1].split()[-1] if core[:-1].split() else ""
    bare = word.strip("(\"'“‘«*_").casefold()
    if _TITLES.fullmatch(bare) or (_SOMETIMES.fullmatch(bare) and following.islower()):
        return True
    initial = len(bare) == 1 and bare.isalpha() and word[-1:].isupper() and bare != "i"
    return initial or (word.isdigit() and core[:-1].strip() == word)


_ROLE = re.compile(
    r"^(?:\W{0,4}(?:assistant|echo ?mind|companion|bot|ai|model|response|reply|answer|output|"
    r"final answer|asistente|assistente?|ассистент|सहायक|المساعد)\W{0,3}\s*[:：](?:\*\*|__)?\s*)+",
    re.I,
)
_OTHER_ROLE = re.compile(r"^\W{0,4}(?:user|human|you|usuario|nutzer|system)\W{0,3}\s*[:：]", re.I)
_MARKER = re.compile(r"^(?:\s*(?:[-*•‣◦–—+>]|#{1,6}|\(?\d{1,2}[.)]|\(?[a-zA-Z]\))\s+)+")
_NOT_SPEECH = re.compile(
    r"^\s*(?:```|~~~|\||#|[-=_*~\s]{3,}$|\*\*[^*]*[^.!?…।؟*]\*\*\s*:?$|__[^_]*[^.!?…।؟_]__\s*:?$)"
)
_REMOVED = re.compile(
    r"(?:https?://|www\.)\S+"
    r"|<[/!]?[A-Za-z|][^<>]*>"  # markup that came in one piece with the sentence
    r"|(?<!\w)[:;=][-'o^]?[)(DPpOo3/\\|\]\[](?!\w)|<3+|\^_*\^|\b[xX]D\b"  # emoticons
)
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）|【[^【】]*】")
_STRONG = re.compile(r"(\*\*\*|\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_STARRED = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_]+?)\1(?![\w*])")
_ACTING = re.compile(
    r"^(?:\w+ly[, ]+|deep |warm |soft |gentle |small |long |slow )*"
    r"(?:smil|nod|sigh|paus|lean|chuckl|laugh|giggl|hug|whisper|tak|look|reach|plac|tilt|listen|"
    r"breath|voice|speak|sit|gaz|grin|wink|clear|put|pat|hold|offer|giv|wrap|mov|shift|exhal|"
    r"inhal|softly|gently|warmly|silence|beat|moment|in a |with a )",
    re.I,
)
_LEFTOVER = re.compile(r"[*_#`~|<>\[\](){}\\^=]")
_QUOTES = '"“”„«»'


def begins_other_turn(line: str) -> bool:
    """Whether a model has begun to write the user's part itself."""
    return _OTHER_ROLE.match(line) is not None


def clean(sentence: str) -> str:
    """A sentence as it can be heard; empty where nothing in it is speech."""
    text = unicodedata.normalize("NFC", sentence).strip()
    if _NOT_SPEECH.match(text) or "{" in text or "}" in text:
        return ""
    text = _ROLE.sub("", _MARKER.sub("", text))
    text = _REMOVED.sub(" ", _LINK.sub(r"\1", _PICTURE.sub(" ", text)))
    text = _ASIDE.sub(" ", _ASIDE.sub(" ", text))
    text = _STARRED.sub(_unstarred, _STRONG.sub(r"\2", text))
    text = "".join(_spoken(text))
    text = _quotes(re.sub(r"-{2,}", "—", _LEFTOVER.sub(" ", text)))
    text = re.sub(r"([!?؟])\1+", r"\1", re.sub(r"\.{3,}|…+\.*", "…", " ".join(text.split())))
    text = re.sub(r"\s+([,.!?…;:।؟،])", r"\1", text).lstrip(" ,.;:!?…-–—•।؟،/")
    return text if any(char.isalpha() for char in text) else ""


def _unstarred(match: re.Match[str]) -> str:
    """What stands between stars: acting goes, a stressed word stays."""
    inside = match[2]
    text = match.string
    before = text[: match.start()].rstrip()
    after = text[match.end() :].lstrip()
    alone = (not before or before[-1] in ENDS) and (not after or not after[0].islower())
    acting = bool(_ACTING.match(inside)) and len(inside.split()) <= 12
    return " " if acting or (alone and not is_finished(inside)) else inside


def _spoken(text: str) -> list[str]:
    """The characters a voice can say something about: no emoji, controls or private signs."""
    kept = []
    for place, char in enumerate(text):
        category = unicodedata.category(char)
        if char in "\u200c\u200d":  # joiners shape Devanagari and Arabic letters
            if place and unicodedata.category(text[place - 1])[0] in "LM":
                kept.append(char)
        elif category in ("So", "Sk", "Cs", "Co", "Cn", "Cc", "Cf", "Me") or (
            category == "Sm" and char not in "+="
        ):
            kept.append(" ")
        elif not 0xFE00 <= ord(char) <= 0xFE0F:
            kept.append(char)
    return kept


def _quotes(text: str) -> str:
    """Quotation marks stay only in pairs, and not round the whole."""
    text = text.strip()
    marks = sum(char in _QUOTES for char in text)
    whole = marks == 2 and text[0] in _QUOTES and text.rstrip(ENDS)[-1:] in _QUOTES
    if marks % 2 or whole:
        text = "".join(char for char in text if char not in _QUOTES)
    if text[:1] in ("'", "‘") and text.rstrip(ENDS)[-1:] in ("'", "’"):
        text = text.strip("'‘’")
    return text.strip()
