"""Whether somebody asks, in their own words, for an exercise: "can we do something to calm down?"

Words decide, by language (`[relax.asks]` in the texts); words of danger are looked for before, by
safety.py, and win. It suggests nothing itself.
"""

from pipeline.catalogue import Kind, Texts
from pipeline.phrases import Phrases, clauses

NAMED = (Kind.BREATHING, Kind.GROUNDING, Kind.MUSCLE, Kind.BODY_SCAN, Kind.SLEEP)
"""Kinds whose words name a thing to do; those of the others name a state one may be in."""


def wished_kinds(words: str, texts: Texts) -> frozenset[Kind] | None:
    """The kinds of exercise that are asked for, empty for any; None where none is asked for.

    A request and its thing stand within one clause, in either order, and neither is denied.
    """
    denials = texts.many("listener.words.not")
    for clause in clauses(words, ()):
        said = Phrases(clause, denials)
        requested = said.find(texts.many("relax.asks.request"))
        wanted = said.find(texts.many("relax.asks.thing"))
        if requested is not None and wanted is not None:
            return frozenset(
                kind for kind in NAMED if said.find(texts.many(f"relax.words.{kind}")) is not None
            )
    return None
