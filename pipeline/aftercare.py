"""What comes after the help card: its question stands, and the next words may answer it.

The card asks plainly, so a "yes" on its own is no small talk. What is answered is as fixed as the
card. It finds no danger in words by themselves; that is safety.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.catalogue import Texts
from pipeline.phrases import Phrases, framed
from pipeline.values import Turn

SAFE_IF = {
    "suicide": "no",
    "self_harm": "no",
    "hurt": "yes",
    "medical": "yes",
    "other": "yes",
    "again": "yes",
}
"""The card's questions, and the answer to each that speaks of safety."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the card that nobody has answered yet."""

    question: str
    """A key of SAFE_IF."""
    softly: bool
    """The card was not sure that it was meant so."""
    texts: Texts
    """In the language that it was asked in."""


def standing(turns: Sequence[Turn], languages: Iterable[Texts]) -> Asked | None:
    """The card's question, where the companion's last words were the card."""
    said = next((turn.words for turn in reversed(turns) if turn.speaker == "companion"), "")
    for texts in languages:
        if texts("crisis.choices") in said:
            questions = (key for key in SAFE_IF if texts(f"crisis.ask.{key}") in said)
            softly = texts("crisis.heard.unsure") in said
            return next((Asked(question, softly, texts) for question in questions), None)
    return None


def is_safe(asked: Asked, words: str) -> bool | None:
    """Whether the words answer the question with safety, or with danger; None if they do not.

    A doubt ("maybe", "I don't know") is taken for danger; of a yes and a no the last counts.
    """
    phrases = Phrases(framed(words))

    def place(answer: str) -> int:
        found = phrases.find(asked.texts.many(f"aftercare.answer.{answer}"))
        return -1 if found is None else found

    if place("unsafe") >= 0:
        return False
    if place("safe") >= 0:
        return True
    yes, no, doubt = place("yes"), place("no"), place("doubt")
    if doubt > max(yes, no):
        return False
    if yes == no:
        return None
    return ("yes" if yes > no else "no") == SAFE_IF[asked.question]


def relief(asked: Asked) -> str:
    """The key of what is said to an answer that speaks of safety.

    Somebody at one's side does not end a medical emergency: there it is still the number to call.
    """
    if asked.question == "medical":
        return "aftercare.medical"
    return "aftercare.misread" if asked.softly else "aftercare.safe"
