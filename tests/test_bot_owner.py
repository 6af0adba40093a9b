"""What the owner sets for everybody, and what the owner alone is shown."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.figures import Figures, percentile
from bot.local.server import LocalServer
from bot.quota import Rationed
from pipeline.conversation import Conversation
from pipeline.errors import QuotaSpent, StoreError
from pipeline.values import Answer, Heard, SpokenReply, VoiceNote
from tests.chatting import NOTE, Scene, soon, words
from tests.fakes import FakeTranscriber
from tests.storing import NOON, HandClock

EN = words().texts("en")
DANGER = "I want to kill myself"
SECRET = "zanzibar"


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server)


# the daily quota


async def test_who_used_up_the_day_may_write_but_is_not_listened_to(scene: Scene) -> None:
    ada, ben = scene.chat(1), scene.chat(2)
    async with scene.bot(daily_quota=0.5):
        for chat in (ada, ben):  # each has a quota of their own
            await chat.send_voice(NOTE)
            await chat.wait_for("voice")
        sent = await ada.send_voice(NOTE)
        told = await ada.wait_for("text")
        assert told.text == EN("door.quota") and told.reply_to is sent
        await ada.send_text("then I write")
        await ada.wait_for("voice")
        await soon(lambda: len(scene.store.settled_at) == 4)
    turns = [turn.words for user, turn in scene.store.turns.values() if user == 1]
    assert turns[::2] == ["work was hard", "then I write"] and len(turns) == 4


async def test_words_of_danger_pass_the_quota(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot(daily_quota=0.5):
        await ada.send_voice(NOTE)
        await ada.wait_for("voice")
        scene.transcriber.words = DANGER  # type: ignore[attr-defined]
        await ada.send_voice(NOTE)
        card = await ada.wait_for("text")
        await ada.until(lambda: ada.pinned)
        await soon(lambda: len(scene.store.settled_at) == 2)
    assert EN("crisis.button.plan") in card.buttons


async def test_without_a_quota_nothing_is_counted_out(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        for _ in range(3):
            await ada.send_voice(NOTE)
            await ada.wait_for("voice")


async def test_a_day_later_there_is_a_new_quota(scene: Scene) -> None:
    clock = HandClock()
    scene.store.clock = clock
    walk: Conversation = scene.parts(scene.settings()).conversation
    rationed = Rationed(walk, scene.store, 0.5, clock)
    scene.chat(7)

    def note(number: int) -> VoiceNote:
        return VoiceNote(7, fetched, clock(), f"telegram:7:{number}:file")

    async def fetched() -> bytes:
        return NOTE

    answer = await rationed.answer(note(1))
    await scene.store.settle(answer.note)
    assert answer.heard.seconds > 0.5
    clock.pass_by(timedelta(hours=23))
    with pytest.raises(QuotaSpent):
        await rationed.answer(note(2))
    clock.pass_by(timedelta(hours=1, seconds=1))
    assert (await rationed.answer(note(3))).heard.words == "work was hard"


async def test_a_store_that_cannot_tell_the_quota_is_no_wall(scene: Scene) -> None:
    scene.store.broken = StoreError("the disk is full")
    rationed = Rationed(scene.parts(scene.settings()).conversation, scene.store, 1)

    async def fetched() -> bytes:
        return NOTE

    with pytest.raises(StoreError):  # of the walk, which would have shown the card
        await rationed.answer(VoiceNote(7, fetched, NOON))


# /stats


async def test_stats_are_counts_and_milliseconds(scene: Scene) -> None:
    scene.transcriber = FakeTranscriber(f"I dream of {SECRET}")
    scene.engines = lambda: {"speaker": "edge-tts", "companion": None}
    ada, owner = scene.chat(1), scene.chat(9)
    async with scene.bot(owners={9}):
        await ada.send_voice(NOTE)
        await ada.wait_for("voice")
        await ada.send_voice(b"no sound at all")
        await ada.wait_for("text")
        await owner.send_text("/stats")
        told = (await owner.wait_for("text")).text or ""
    assert EN("stats.since", hours=0.0, answered=1, failed=1) in told
    assert EN("stats.people", people=2, day=1, week=1) in told
    assert "2 within a day, 2 within a week" in told
    lines = [line.split() for line in told.splitlines()]
    steps = {line[0]: line[1:] for line in lines if len(line) == 4 and line[1] == "1"}
    assert {"fetch", "decode", "transcribe", "feel", "record", "reply", "total"} <= steps.keys()
    assert all(float(p50) == float(p95) >= 0 for _, p50, p95 in steps.values())
    assert ["speaker", "edge-tts"] in lines and ["companion", "–"] in lines
    assert ["transcribe", "1", "fake"] in lines and ["NotAudio", "1"] in lines
    assert SECRET not in told and "Ada" not in told


async def test_stats_are_not_for_others(scene: Scene) -> None:
    ada = scene.chat(1)
    async with scene.bot(owners={9}):
        await ada.send_text("/stats")
        assert (await ada.wait_for("text")).text == EN("unsupported.command")


async def test_stats_do_not_tell_of_danger(scene: Scene) -> None:
    ada, owner = scene.chat(1), scene.chat(9)
    async with scene.bot(owners={9}):
        await ada.send_text(DANGER)
        await ada.wait_for("text")
        await owner.send_text("/stats")
        told = (await owner.wait_for("text")).text or ""
    assert "1 notes answered" in told
    assert "review" not in told and "safety" not in told


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_percentiles_are_durations_that_were_measured(taken: list[float]) -> None:
    median, slow = percentile(taken, 50), percentile(taken, 95)
    assert {median, slow} <= set(taken) and median <= slow
    assert sum(each <= median for each in taken) * 2 >= len(taken)
    assert sum(each <= slow for each in taken) >= 0.95 * len(taken)


def test_percentiles_by_nearest_rank() -> None:
    taken = [float(number) for number in range(1, 101)]
    assert (percentile(taken, 50), percentile(taken, 95)) == (50, 95)
    assert percentile([3.0], 95) == 3.0


def test_only_the_newest_durations_are_kept() -> None:
    figures = Figures()
    answer = Answer(1, Heard("", None, None), None, None, SpokenReply("", None))
    for milliseconds in range(1500):
        figures.count(
            Answer(
                note=answer.note,
                heard=answer.heard,
                mood=None,
                suggestion=None,
                reply=answer.reply,
                timings_ms={"total": float(milliseconds)},
            )
        )
    total = figures.latencies()["total"]
    assert (total.count, total.median) == (1000, 999.0)
    assert figures.answered == 1500
