"""Who talks with the bot just now, as far as a check-in needs to know it."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.idling import REMEMBERED, Attended
from bot.quota import Note
from pipeline.errors import EngineError
from pipeline.values import Answer, Heard, SpokenReply, TextNote
from tests.storing import ANN, BEN, NOON, HandClock

MINUTE = timedelta(minutes=1)
ANSWER = Answer(1, Heard("hello", None, None), None, None, SpokenReply("hello", None))


class Walk:
    """Answers when the test lets it."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.failing: EngineError | None = None

    async def answer(self, note: Note) -> Answer:
        await self.go_on.wait()
        if self.failing is not None:
            raise self.failing
        return replace(ANSWER, note=note.user)

    async def aside(self, note: Note) -> Answer:
        return ANSWER

    async def guard(self, note: Note) -> Answer | None:
        return None


def typed(user: int) -> TextNote:
    return TextNote(user, "hello", NOON)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


async def test_somebody_talks_while_they_are_answered_and_did_so_afterwards(
    clock: HandClock,
) -> None:
    walk = Walk()
    attended = Attended(walk, clock)
    assert attended.talked(ANN) is None
    answering = [asyncio.create_task(attended.answer(typed(ANN))) for _ in range(2)]
    await asyncio.sleep(0)
    clock.pass_by(9 * MINUTE)
    assert attended.talked(ANN) == clock.now
    walk.go_on.set()
    await asyncio.gather(*answering)
    ended = clock.now
    clock.pass_by(MINUTE)
    assert (attended.talked(ANN), attended.talked(BEN)) == (ended, None)


async def test_an_answer_that_failed_was_a_talk_too(clock: HandClock) -> None:
    walk = Walk()
    walk.go_on.set()
    walk.failing = EngineError("nobody answers")
    attended = Attended(walk, clock)
    with pytest.raises(EngineError):
        await attended.answer(typed(ANN))
    assert attended.talked(ANN) == clock.now


async def test_an_exercise_keeps_somebody_until_its_end(clock: HandClock) -> None:
    attended = Attended(Walk(), clock)
    attended.engage(ANN, 5 * MINUTE)
    assert attended.talked(ANN) == clock.now + 5 * MINUTE
    attended.engage(ANN, MINUTE)
    assert attended.talked(ANN) == clock.now + MINUTE


async def test_a_word_in_a_group_is_no_talk(clock: HandClock) -> None:
    attended = Attended(Walk(), clock)
    await attended.aside(typed(ANN))
    await attended.guard(typed(ANN))
    assert attended.talked(ANN) is None


async def test_old_talks_are_not_remembered(clock: HandClock) -> None:
    walk = Walk()
    walk.go_on.set()
    attended = Attended(walk, clock)
    for user in range(1, 50):
        await attended.answer(typed(user))
        clock.pass_by(MINUTE)
    clock.pass_by(REMEMBERED)
    await attended.answer(typed(ANN))
    assert [user for user in range(50) if attended.talked(user)] == []
    assert attended.talked(ANN) == clock.now
