"""All that a companion is given to answer with, put together from the persona and the moment.

Rules and mood go into the system text; what people said stays in turns. A transcript is
untrusted: whatever it says, it is never put where instructions stand, and the marks by which
chat templates tell roles apart are taken out of it.
"""

import math
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.catalogue import Persona
from pipeline.values import Heard, History, Mood, Person, Prompt, Suggestion, Turn

TOKENS = 3000
"""Of the system text and all turns together; leaves room for a reply in a context of 4096."""
LEAST_FOR_NOTE = 600
"""Tokens the note being answered may always have."""
SUMMARY_TOKENS = 400
BYTES_PER_TOKEN = 3.5
"""Of UTF-8: near four letters a token in English, fewer in other scripts; errs towards more."""
NAME_LENGTH, NAME_WORDS = 30, 2
APART = 0.25
"""Least distance in valence from the usual that is worth a word."""
TREND = 0.06
"""Least valence a day that is worth a word."""
LASTING = 3
"""Low days in a row that are worth a word."""

_TEMPLATE_MARKS = re.compile(
    r"<\|[^|>]{0,40}\|>|</?(?:s|think|start_of_turn|end_of_turn|system|user|assistant)>"
    r"|\[/?INST\]|<</?SYS>>|^\s*#{2,}\s*(?:system|instruction|assistant|user)\b:?",
    re.I | re.M,
)


@dataclass(frozen=True, slots=True)
class Situation:
    """One note to be answered, and what is known of whom it comes from."""

    heard: Heard
    history: History
    mood: Mood | None
    suggestion: Suggestion | None
    person: Person
    language: str
    """ISO 639-1 of the reply; see `answer_language`."""
    at: datetime
    """When the note was sent; aware, UTC."""
    sureness: float = 0.5
    """Least certainty at which a feeling is put to the model by name."""


def answer_language(heard: Heard, person: Person, languages: Collection[str]) -> str:
    """The language to answer in: the one chosen, else the one just spoken if it is one of ours."""
    spoken = (heard.language or "").split("-")[0].lower()
    if person.language_chosen or spoken not in languages:
        return person.language
    return spoken


def compose(persona: Persona, situation: Situation, tokens: int = TOKENS) -> Prompt:
    """The prompt for one note, its estimated size within `tokens`.

    The newest turns stay whole and older ones go; the note itself is shortened in its middle
    only where it would not fit alone.
    """
    system = "\n".join(_system(persona, situation))
    room = max(LEAST_FOR_NOTE, tokens - estimated_tokens(system))
    note = _shortened(_said(situation.heard.words), room)
    turns = _recent(situation.history.turns, room - estimated_tokens(note))
    return Prompt(
        system=system,
        turns=(*turns, Turn("user", note, situation.at)),
        heard=situation.heard,
        mood=situation.mood,
        suggestion=situation.suggestion,
        language=situation.language,
        sureness=situation.sureness,
    )


def estimated_tokens(text: str) -> int:
    """About how many tokens a text takes, rather too many than too few."""
    return math.ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)


def _system(persona: Persona, situation: Situation) -> Iterator[str]:
    language = persona.languages.get(situation.language, situation.language)
    yield persona.character
    for rule in persona.rules:
        yield "- " + rule.format(language=language)
    if name := _name(situation.person.name or ""):
        yield persona.name.format(name=name)
    if situation.mood is not None:
        yield from _mood(persona, situation.mood, situation.sureness)
    if summary := _shortened(_said(situation.history.summary), SUMMARY_TOKENS):
        yield persona.summary.format(summary=" ".join(summary.split()))
    suggestion = situation.suggestion
    if suggestion is None:
        yield persona.no_suggestion
    else:
        yield persona.suggestion.format(
            invitation=suggestion.invitation, reason=suggestion.reason
        ).strip()


def _name(name: str) -> str:
    """The letters of a name; strangers choose it, and it stands among the rules."""
    letters = (c if unicodedata.category(c)[0] in "LM" or c in "'’-" else " " for c in name)
    return " ".join("".join(letters).split()[:NAME_WORDS])[:NAME_LENGTH].strip()


def _mood(persona: Persona, mood: Mood, sureness: float) -> Iterator[str]:
    if mood.certainty < sureness:
        yield persona.unsure
    else:
        yield persona.feeling.format(
            feeling=persona.feelings[mood.emotion], percent=round(100 * mood.certainty)
        )
        if mood.turned is not None:
            before, after = (persona.feelings[emotion] for emotion in mood.turned)
            yield persona.turned.format(before=before, after=after)
        if mood.usual is not None and abs(mood.now.valence - mood.usual.valence) >= APART:
            is_lower = mood.now.valence < mood.usual.valence
            yield persona.lower if is_lower else persona.brighter
        if mood.shifted:
            yield persona.shifted
    if mood.low_days >= LASTING:
        yield persona.low_days.format(days=mood.low_days)
    elif abs(mood.trend) >= TREND:
        yield persona.rising if mood.trend > 0 else persona.sinking


def _recent(turns: Sequence[Turn], room: int) -> tuple[Turn, ...]:
    """The newest turns that fit whole, oldest first."""
    kept: list[Turn] = []
    for turn in reversed(turns):
        words = _said(turn.words)
        room -= estimated_tokens(words)
        if room < 0:
            break
        if words:
            kept.append(replace(turn, words=words))
    return tuple(reversed(kept))


def _said(words: str) -> str:
    """Somebody's words without control characters or marks of a chat template."""
    plain = "".join(
        char if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs") else " "
        for char in words
    )
    while (without := _TEMPLATE_MARKS.sub(" ", plain)) != plain:
        plain = without
    return plain.strip()


def _shortened(text: str, tokens: int) -> str:
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
