"""Makes a stranger's words fit to be quoted to a language model. What is quoted where, is not here.

A transcript is untrusted: the marks by which chat templates tell roles apart are taken out of it,
in whatever look-alike they come, and so are labels that would open another role's lines.
"""

import math
import re
import unicodedata

BYTES_PER_TOKEN = 3.5
"""Of UTF-8: near four letters a token in English, fewer in other scripts; errs towards more."""

_OPEN, _CLOSE, _BAR = "<＜‹〈⟨«﹤", ">＞›〉⟩»﹥", "|｜￨∣│¦"
_NAMED = (
    "s|bos|eos|pad|think|thinking|start_of_turn|end_of_turn|im_start|im_end|system|user|assistant|"
    "developer|tool|function|instructions?"
)
_TEMPLATE_MARKS = re.compile(
    rf"[{_OPEN}]\s?[{_BAR}][^{_BAR}{_CLOSE}]{{0,40}}[{_BAR}]\s?[{_CLOSE}]"
    rf"|[{_OPEN}]\s?/?\s?(?:{_NAMED})\s?/?\s?[{_CLOSE}]"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS)\]|<</?SYS>>"
    r"|^\s*#{2,}\s*(?:system|instructions?|assistant|user|human)\b\s*[:：]?"
    r"|^\s*[*_#\[]{0,3}\s*(?:system|assistant|developer|instructions?|human)[*_\]]{0,3}\s*[:：]"
    r"[*_]{0,2}",
    re.I | re.M,
)


def plain(words: str) -> str:
    """Somebody's words without control characters or marks of a chat template."""
    text = "".join(
        char if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs") else " "
        for char in words
    )
    while (without := _TEMPLATE_MARKS.sub(" ", text)) != text:
        text = without
    return text.strip()


def on_one_line(words: str) -> str:
    """The same without line breaks, so that nothing in it can pass for a line of its own."""
    return " ".join(plain(words).split())


def shortened(text: str, tokens: int) -> str:
    """At most `tokens` long; what is left out is the middle, since ends carry the point."""
    if estimated_tokens(text) <= tokens:
        return text
    words = text.split()
    share = tokens / estimated_tokens(text)
    while True:
        half = int(len(words) * share / 2)
        short = " ".join((*words[:half], "…", *words[len(words) - half :]))
        if half == 0 or estimated_tokens(short) <= tokens:
            return short if half else text[: int(tokens * BYTES_PER_TOKEN / 4)]
        share *= 0.9


def estimated_tokens(text: str) -> int:
    """About how many tokens a text takes, rather too many than too few."""
    return math.ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)
