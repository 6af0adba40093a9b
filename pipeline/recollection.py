"""What is recalled of older talk, and what of it a model is asked to sum up. It asks and keeps
nothing itself.

Two memories stand beside the newest turns. Sentences in which users told something lasting of
themselves come back word for word where they fit, with every model down. What is older than the
newest turns is summed up, when the bot is idle, as plain notes; the material is a stranger's, so
the notes are checked before they are kept, and whatever is no note about a person is dropped.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.catalogue import Persona
from pipeline.phrases import Phrases, stems, tokens
from pipeline.quoting import estimated_tokens, on_one_line, plain, shortened
from pipeline.telling import Telling
from pipeline.values import Backlog, Heard, History, Turn

NEWEST = 20
"""Turns that no summary is made of yet, since they are quoted in full."""
LEAST = 10
"""Turns beyond those that are worth the asking."""
CHAPTER_TOKENS = 1800
"""Of turns that are summed up at once; with notes and reply it fits a context of 4096."""
TURN_TOKENS = 250
"""Of one turn in it."""
RECALLED = 24
"""Most telling turns that are put forward."""
LONGEST_NOTES = 140
"""Words; the model is asked for a hundred."""
SHORTEST_NOTES = 3
"""Words."""
NOTES_TOKENS = 400
"""Of notes: as much as a prompt has room for; words alone bound no script without spaces."""

_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.S | re.I)
_BULLET = re.compile(r"^\s*(?:[-*•–—]+|\d{1,2}[.)])\s+", re.M)
_DECORATION = re.compile(r"[*_`#~]+")
_TITLES = "".join(rf"(?<!\b{title}\.)" for title in ("Dr", "Mr", "Ms", "Mrs", "St", "Prof"))
_SENTENCE_END = re.compile(rf"(?<=[.!?]){_TITLES}[\"”']?\s+|\n+")


@dataclass(frozen=True, slots=True)
class Chapter:
    """Older turns to be summed up with the summary before, and how a model is asked to."""

    user: int
    instruction: str
    """Goes where instructions stand; holds nobody's words."""
    material: str
    """Notes so far and turns, a line each."""
    span: tuple[datetime, datetime]
    """From the first turn that the new summary will stand for to the last; aware, UTC."""
    through: int
    """The last of them."""


def noted(heard: Heard, telling: Telling) -> Heard:
    """What was heard, with what it tells that lasts."""
    called = telling.name(heard.words)
    return replace(heard, telling=bool(telling.sentences(heard.words)), called=called)


def recalled(history: History, words: str, telling: Telling) -> tuple[Turn, ...]:
    """What the user told of themselves before, the sentences alone, what fits the words first.

    A sentence fits by the words it shares with them, rare ones more than common ones; among those
    that fit alike the newest goes first.
    """
    older = (*history.told, *(turn for turn in history.turns if turn.telling))
    told = [
        replace(turn, words=" ".join(sentences))
        for turn in older
        if turn.speaker == "user" and (sentences := telling.sentences(turn.words))
    ]
    told = list({turn.words.casefold(): turn for turn in told}.values())
    holds = [stems(turn.words) for turn in told]
    common = Counter(stem for one in holds for stem in one)
    asked = stems(words)
    fit = [sum(1 / common[stem] for stem in one & asked) for one in holds]
    best = sorted(range(len(told)), key=lambda i: (fit[i], told[i].at), reverse=True)
    return tuple(told[i] for i in best[:RECALLED])


def chapter(backlog: Backlog, persona: Persona) -> Chapter | None:
    """What is to be summed up next, oldest first; None while it is too little."""
    lines: list[str] = []
    taken: list[tuple[int, Turn]] = []
    room = CHAPTER_TOKENS
    for number, turn in backlog.turns:
        line = _line(turn, persona)
        room -= estimated_tokens(line)
        if room < 0:
            break
        lines.append(line)
        taken.append((number, turn))
    if len(backlog.turns) < LEAST or not taken:
        return None
    times = [turn.at for _, turn in taken] + ([backlog.since] if backlog.since else [])
    notes = shortened(on_one_line(backlog.summary), NOTES_TOKENS) or persona.notes_none
    return Chapter(
        user=backlog.user,
        instruction=persona.notes,
        material=persona.notes_material.format(notes=notes, conversation="\n".join(lines)),
        span=(min(times), max(times)),
        through=taken[-1][0],
    )


def notes(written: str, persona: Persona) -> str:
    """The notes in what a model wrote; empty where there are none that can be kept.

    Thoughts left open, marks of a chat template and floods spoil all of it; a sentence that is no
    note about a person, or speaks of orders, is left out.
    """
    text = _THOUGHT.sub(" ", written.replace("\r\n", "\n").replace("\t", " ")).strip()
    if plain(text) != text or len(text.split()) > 2 * LONGEST_NOTES:
        return ""
    text = _DECORATION.sub("", _BULLET.sub("", text))
    kept = list(dict.fromkeys(s for s in _sentences(text) if _is_note(s, persona)))
    words = " ".join(kept).split()
    found = " ".join(words) if SHORTEST_NOTES <= len(words) <= LONGEST_NOTES else ""
    return found if estimated_tokens(found) <= NOTES_TOKENS else ""


def _line(turn: Turn, persona: Persona) -> str:
    who = persona.notes_person if turn.speaker == "user" else persona.notes_companion
    return f"{who}: {shortened(on_one_line(turn.words), TURN_TOKENS)}"


def _sentences(text: str) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(text):
        if trimmed := sentence.strip(" \"“”'"):
            yield trimmed if trimmed[-1] in ".!?" else f"{trimmed}."


def _is_note(sentence: str, persona: Persona) -> bool:
    words: Sequence[str] = tokens(sentence)
    begins = bool(words) and words[0] in persona.notes_begin
    begins = begins or " ".join(words[:2]) in persona.notes_begin
    return begins and not sentence.endswith("?") and not _is_shunned(words, persona)


def _is_shunned(words: Sequence[str], persona: Persona) -> bool:
    return Phrases(words).find(persona.notes_shunned) is not None
