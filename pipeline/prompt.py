"""All that a companion is given to answer with, put together from the persona and the moment.

Rules and mood go into the system text; what people said stays in turns, and so does what was made
of it: the summary and what they told of themselves come first among the turns. A transcript is
untrusted: whatever it says, it is never put where instructions stand. Of a user's words only the
name they go by, one or two words of letters, is in the system text.
"""

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.catalogue import Persona
from pipeline.quoting import estimated_tokens, on_one_line, plain, shortened
from pipeline.values import Heard, History, Mood, Person, Prompt, Suggestion, Turn

TOKENS = 3000
"""Of the system text and all turns together; leaves room for a reply in a context of 4096."""
LEAST_FOR_NOTE = 600
"""Tokens the note being answered may always have."""
SUMMARY_TOKENS = 400
TOLD_TOKENS = 500
"""Of what the user told of themselves before the turns that are quoted in full."""
NAME_LENGTH, NAME_WORDS = 30, 2
APART = 0.25
"""Least distance in valence from the usual that is worth a word."""
TREND = 0.06
"""Least valence a day that is worth a word."""
LASTING = 3
"""Low days in a row that are worth a word."""


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
    told: tuple[Turn, ...] = ()
    """What the user told of themselves before, the most fitting first."""


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
    note = shortened(plain(situation.heard.words), room)
    earlier = _earlier(persona, situation, room - estimated_tokens(note))
    return Prompt(
        system=system,
        turns=(*earlier, Turn("user", note, situation.at)),
        heard=situation.heard,
        mood=situation.mood,
        suggestion=situation.suggestion,
        language=situation.language,
        sureness=situation.sureness,
        name=_name(situation.person),
        told=tuple(on_one_line(turn.words) for turn in situation.told),
    )


def _system(persona: Persona, situation: Situation) -> Iterator[str]:
    language = persona.languages.get(situation.language, situation.language)
    yield persona.character
    for rule in persona.rules:
        yield "- " + rule.format(language=language)
    if name := _name(situation.person):
        yield persona.name.format(name=name)
    if situation.mood is not None:
        yield from _mood(persona, situation.mood, situation.sureness)
    suggestion = situation.suggestion
    if suggestion is None:
        yield persona.no_suggestion
    else:
        yield persona.suggestion.format(
            invitation=suggestion.invitation, reason=suggestion.reason
        ).strip()


def _name(person: Person) -> str:
    """The letters of a name; strangers choose it, and it stands among the rules."""
    name = person.called or person.name or ""
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


def _earlier(persona: Persona, situation: Situation, room: int) -> tuple[Turn, ...]:
    """The turns before the note: the summary, what was told, and the newest ones in full."""
    history = situation.history
    opening: list[Turn] = []
    if summary := shortened(on_one_line(history.summary), min(SUMMARY_TOKENS, room // 3)):
        words = persona.summary.format(summary=summary)
        opening = [Turn("user", words, min((t.at for t in history.turns), default=situation.at))]
        room -= estimated_tokens(words)
    told = [replace(turn, words=plain(turn.words)) for turn in situation.told]
    reserve = min(TOLD_TOKENS, room // 3, sum(estimated_tokens(turn.words) for turn in told))
    recent = _recent(history.turns, room - reserve)
    quoted = {(turn.speaker, turn.at) for turn in recent}
    older = [turn for turn in told if (turn.speaker, turn.at) not in quoted]
    return (*opening, *_fitting(older, reserve), *recent)


def _fitting(turns: Sequence[Turn], room: int) -> list[Turn]:
    """The first that fit whole, oldest first."""
    kept: list[Turn] = []
    for turn in turns:
        tokens = estimated_tokens(turn.words)
        if turn.words and tokens <= room:
            room -= tokens
            kept.append(turn)
    return sorted(kept, key=lambda turn: turn.at)


def _recent(turns: Sequence[Turn], room: int) -> tuple[Turn, ...]:
    """The newest turns that fit whole, oldest first."""
    kept: list[Turn] = []
    for turn in reversed(turns):
        words = plain(turn.words)
        room -= estimated_tokens(words)
        if room < 0:
            break
        if words:
            kept.append(replace(turn, words=words))
    return tuple(reversed(kept))
