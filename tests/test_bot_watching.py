"""Words of danger are marked for the next check-in, and nothing about the mark stops the card."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.quota import Note
from bot.watching import Watched
from pipeline.errors import StoreError
from pipeline.values import Answer, Heard, SpokenReply, TextNote
from tests.fakes import FakeStore

NOTE = TextNote(7, "words", datetime(2026, 3, 10, tzinfo=UTC))
PLAIN = Answer(1, Heard("words", None, None), None, None, SpokenReply("I hear you.", None))
CARD = replace(PLAIN, crisis=True)


class Walk:
    """Answers everything alike."""

    def __init__(self, answer: Answer) -> None:
        self.reply = answer

    async def answer(self, note: Note) -> Answer:
        return self.reply

    async def guard(self, note: Note) -> Answer | None:
        return self.reply if self.reply.crisis else None

    async def aside(self, note: Note) -> Answer:
        return self.reply


async def test_a_card_is_marked_and_another_answer_is_not() -> None:
    store = FakeStore()
    assert await Watched(Walk(PLAIN), store).answer(NOTE) is PLAIN
    assert store.checkins == {}
    assert await Watched(Walk(CARD), store).answer(NOTE) is CARD
    assert store.checkins[7]["crisis_at"] is not None


async def test_a_broken_memory_does_not_keep_the_card_back() -> None:
    store = FakeStore()
    store.broken = StoreError("locked")
    assert await Watched(Walk(CARD), store).answer(NOTE) is CARD


async def test_strangers_leave_no_mark() -> None:
    store = FakeStore()
    assert await Watched(Walk(CARD), store).guard(NOTE) is CARD
    assert await Watched(Walk(CARD), store).aside(NOTE) is CARD  # said in a group
    assert store.checkins == {}
