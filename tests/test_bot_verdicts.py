"""After an exercise: it helped, not really, another one; kept for the next suggestion."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.local.server import LocalServer
from bot.local.state import Message
from pipeline.errors import EngineError
from pipeline.values import Emotion, Rating
from tests.chatting import NOTE, Scene, words
from tests.fakes import FakeRecognizer, FakeTranscriber

EN = words().texts("en")
HELPED, NOT, ANOTHER = EN("button.helped"), EN("button.not_helped"), EN("button.another")
TITLES = {EN("button.start", title=one.title(EN)): one for one in words().exercises}


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server, recognizer=FakeRecognizer(Emotion.FEARFUL, 0.9))


def offered(message: Message) -> str:
    """The exercise that a message offers first."""
    return next(TITLES[label].key for label in message.buttons if label in TITLES)


def ratings(scene: Scene) -> list[Rating]:
    return list(scene.store.ratings.values())


async def test_a_session_is_rated_ticked_and_may_be_rated_anew(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_voice(NOTE)
        answer = await ada.wait_for("voice")
        await ada.tap(answer.buttons[0], answer)
        session = await ada.wait_for("voice", within=20)
        assert (session.caption or "").endswith(EN("relax.rate"))
        tap = await ada.tap(HELPED, session)
        assert (await tap.answered())["text"] == EN("rated.helped")
        await ada.until(lambda: f"✓ {HELPED}" in session.buttons)
        (rating,) = ratings(scene)
        assert (rating.user, rating.exercise, rating.helped) == (ada.id, offered(answer), True)
        assert rating.emotion is Emotion.FEARFUL
        tap = await ada.tap(NOT, session)
        assert (await tap.answered())["text"] == EN("rated.not_helped")
        await ada.until(lambda: f"✓ {NOT}" in session.buttons)
    (rating,) = ratings(scene)
    assert not rating.helped and HELPED in session.buttons


async def test_no_feeling_is_noted_of_who_has_none_read(scene: Scene) -> None:
    ada = scene.chat(reads_feelings=False)
    async with scene.bot():
        await ada.send_text("/relax connection")
        session = await ada.wait_for("voice", within=20)
        await (await ada.tap(HELPED, session)).answered()
    (rating,) = ratings(scene)
    assert rating.emotion is None


async def test_another_one_is_another_each_time_and_is_remembered(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_voice(NOTE)
        answer = await ada.wait_for("voice")
        seen = [offered(answer)]
        await ada.tap(ANOTHER, answer)
        more = await ada.wait_for("text")
        assert (more.text or "").startswith(EN("rated.another"))
        for _ in range(4):
            seen.append(offered(more))
            await ada.tap(ANOTHER, more)
            await ada.until(lambda: offered(more) != seen[-1])
        assert len(set(seen)) == len(seen)
        assert answer.buttons.count(ANOTHER) == 1 and offered(answer) == seen[0]
    history = await scene.store.history(ada.id)
    assert {key for key, _ in history.offered} == {*seen, offered(more)}


async def test_of_what_helped_before_it_is_told(scene: Scene) -> None:
    ada, known = scene.chat(), "box_breathing"
    days_ago = datetime.now(UTC) - timedelta(days=3)
    await scene.store.rate(Rating(ada.id, known, True, Emotion.FEARFUL, days_ago))
    async with scene.bot():
        await ada.send_text("/relax connection")
        session = await ada.wait_for("voice", within=20)
        await ada.tap(ANOTHER, session)
        more = await ada.wait_for("text")
        turned_down = 0
        while (before := offered(more)) != known and turned_down < len(TITLES):
            turned_down += 1
            await ada.tap(ANOTHER, more)
            await ada.until(lambda before=before: offered(more) != before)  # type: ignore[misc]
    assert turned_down < len(TITLES) / 2
    assert any(reason in (more.text or "") for reason in EN.many("reason.helped_weekday"))


async def test_the_next_is_started_with_one_tap(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("/relax connection")
        session = await ada.wait_for("voice", within=20)
        await ada.tap(ANOTHER, session)
        more = await ada.wait_for("text")
        await ada.tap(more.buttons[0], more)
        title = TITLES[more.buttons[0]].title(EN)
        assert title in ((await ada.wait_for("voice", within=20)).caption or "")


async def test_a_written_session_is_rated_too(scene: Scene) -> None:
    scene.speaker.failing = [EngineError("no voice") for _ in range(99)]
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("/relax connection")
        written = await ada.wait_for("text")
        await (await ada.tap(NOT, written)).answered()
    (rating,) = ratings(scene)
    assert not rating.helped


async def test_grounding_from_the_help_card_asks_for_no_verdict(scene: Scene) -> None:
    scene.transcriber = FakeTranscriber("I want to kill myself")
    ada = scene.chat()
    async with scene.bot():
        await ada.send_voice(NOTE)
        card = await ada.wait_for("text")
        await ada.wait_for("voice")
        await ada.tap(EN("crisis.button.grounding"), card)
        session = await ada.wait_for("voice", within=20)
    assert not {HELPED, NOT, ANOTHER} & set(session.buttons)


@pytest.mark.parametrize(
    "data", ["rate:", "rate:yes:nothing", "rate:maybe:x", "another:", "another:turn:nothing"]
)
async def test_what_is_no_button_of_these_is_stale(scene: Scene, data: str) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("/help")
        tap = ada.tap_data(await ada.wait_for("text"), data)
        assert (await tap.answered())["text"] == EN("button.stale")
    assert not ratings(scene)
