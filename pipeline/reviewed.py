"""Answers in fixed, reviewed words, spoken and written; no model is met on the way to them.

The help card, what is said to an answer to its question, and where music is to be found.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace

from pipeline import aftercare, safety
from pipeline.content import Content
from pipeline.speaking import Narrator
from pipeline.stopwatch import Stopwatch
from pipeline.values import Answer, Heard, History, Manner, Person, Sentence

REVIEWED = "reviewed words"
"""Who wrote them, where engines are named."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Says them. Every method raises EngineError where there is not even a text."""

    content: Content
    narrator: Narrator

    async def card(
        self, danger: safety.Danger, heard: Heard, person: Person, watch: Stopwatch
    ) -> Answer:
        """The help card, which is spoken even to those who would rather read."""
        texts = self.content.texts(person.language)
        card = safety.card(danger, person, self.content.countries, texts)
        manner = Manner(person.language, person.voice)
        spoken = await self.narrator.narrate(_sentences(card.spoken), manner, watch)
        return Answer(
            note=0,
            heard=heard,
            mood=None,
            suggestion=None,
            reply=replace(spoken, text=card.written),
            crisis=True,
            buttons=card.buttons,
            engines=watch.engines,
            timings_ms=watch.total(),
        )

    async def after_card(
        self, heard: Heard, history: History, person: Person, watch: Stopwatch
    ) -> Answer | None:
        """What is said to an answer to the card's question; None where there is none."""
        texts = map(self.content.texts, self.content.languages)
        asked = aftercare.standing(history.turns, texts)
        safe = None if asked is None else aftercare.is_safe(asked, heard.words)
        if asked is None or safe is None:
            return None
        if not safe:
            return await self.card(safety.confirmed(asked.question), heard, person, watch)
        return await self.say(aftercare.relief(asked), heard, person, watch)

    async def say(self, key: str, heard: Heard, person: Person, watch: Stopwatch) -> Answer:
        """A text of the person's language, in the way that they are answered."""
        sentences = _sentences([self.content.texts(person.language)(key)])
        if person.answers == "text":
            said = await self.narrator.write(sentences, watch)
        else:
            manner = Manner(person.language, person.voice)
            said = await self.narrator.narrate(sentences, manner, watch)
        return Answer(
            note=0,
            heard=heard,
            mood=None,
            suggestion=None,
            reply=said,
            engines=watch.engines,
            timings_ms=watch.total(),
        )


async def _sentences(parts: Iterable[str]) -> AsyncIterator[Sentence]:
    for part in parts:
        yield Sentence(part, REVIEWED)
