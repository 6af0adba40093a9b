"""Whether somebody asks, in their own words, for an exercise: "can we do something to calm down?"
Or for music.

Words decide, by language (`[relax.asks]` and `music.asks` in the texts); words of danger are
looked for before, by safety.py, and win. It suggests nothing itself.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest

from pipeline.catalogue import Kind, Texts
from pipeline.phrases import BEGIN, END, Phrases, clauses, framed, sentences

NAMED = (Kind.BREATHING, Kind.GROUNDING, Kind.MUSCLE, Kind.BODY_SCAN, Kind.SLEEP)
"""Kinds whose words name a thing to do; those of the others name a state one may be in."""
CALMING = frozenset((Kind.BREATHING, Kind.GROUNDING, Kind.MUSCLE, Kind.BODY_SCAN, Kind.SOOTHING))
"""What is meant where no kind is named: who asks to calm down wants no worries weighed."""
ASIDE = 3
"""Most words of a clause that may stand between a request and its thing: ", please,"."""

Clause = tuple[str, ...]


def wished_kinds(words: str, texts: Texts) -> frozenset[Kind] | None:
    """The kinds of exercise that are asked for, never empty; None where none is asked for.

    A request and its thing stand within one clause, in either order, and neither is denied. Only
    a request that is not whole ("can you help me, …") takes its thing from beyond a comma; one
    such alone is enough beside a trouble that an exercise is for ("I can't sleep.").
    """
    denials = texts.many("listener.words.not")
    said = [_framed(clauses(one, ())) for one in sentences(words)]
    for sentence in said:
        for clause in _joined(sentence, texts):
            if _asks(clause, texts):
                return _kinds(Phrases(clause, denials), texts)
    for one, following in pairwise([[], *said, []]):
        around = [*one, *following]
        if _is_helpless(around, texts):
            return _kinds(Phrases(sum(around, ())), texts)
    return None


def wants_music(words: str, texts: Texts) -> bool:
    """Whether music is asked for, and not only spoken of."""
    said = Phrases(framed(words), texts.many("listener.words.not"))
    return said.find(texts.many("music.asks")) is not None


def _asks(clause: Clause, texts: Texts) -> bool:
    requests = texts.many("relax.asks.request")
    said = Phrases(clause, texts.many("listener.words.not"))
    wanted = said.aside(requests).find(texts.many("relax.asks.thing"))
    is_asked = wanted is not None and said.find(requests) is not None
    return is_asked and said.last(texts.many("relax.asks.unless")) is None


def _joined(sentence: Sequence[Clause], texts: Texts) -> Iterator[Clause]:
    """The clauses, one whose request is not whole together with what follows.

    So is one before which nothing was asked, where all that follows is a request: ", please".
    """
    requests = texts.many("relax.asks.request")
    held: Clause = ()
    for clause, following in zip_longest(sentence, sentence[1:], fillvalue=()):
        held += clause
        yield held
        is_whole = len(held) > len(clause) and len(clause) > ASIDE + 2
        is_whole |= len(held) == len(clause) and not _is_open(clause, texts)
        if is_whole and " ".join(following[1:-1]).casefold() not in requests:
            held = ()


def _is_open(clause: Clause, texts: Texts) -> bool:
    """Whether a clause ends with a request that says not yet, or not at all, for what."""
    said = Phrases(clause, texts.many("listener.words.not"))
    ends = [f"{end} {END}" for end in texts.many("relax.asks.open")]
    return None not in (said.find(ends), said.find(texts.many("relax.asks.request")))


def _is_helpless(around: Sequence[Clause], texts: Texts) -> bool:
    """Whether somebody asks for help with what an exercise helps with."""
    troubles = texts.many("relax.asks.trouble")
    is_troubled = any(Phrases(clause).last(troubles) is not None for clause in around)
    return is_troubled and any(_is_open(clause, texts) for clause in around)


def _kinds(said: Phrases, texts: Texts) -> frozenset[Kind]:
    named = (kind for kind in NAMED if said.find(texts.many(f"relax.words.{kind}")) is not None)
    return frozenset(named) or CALMING


def _framed(parts: Sequence[Clause]) -> list[Clause]:
    return [(BEGIN, *part, END) for part in parts]
