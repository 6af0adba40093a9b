"""Buttons under an answer: right, or something else; in doubt all eight; kept and thanked for."""

from collections.abc import AsyncIterator

import pytest

from bot.local.chat import Chat
from bot.local.server import LocalServer
from bot.local.state import Message
from pipeline.errors import StoreError
from pipeline.values import Emotion, Entry
from tests.chatting import NOTE, Scene, words
from tests.fakes import FakeRecognizer, FakeTranscriber

EN = words().texts("en")
RIGHT, OTHER, BACK = EN("button.right"), EN("button.other"), EN("button.back")
LOW, ANGRY = EN("feeling.sad"), EN("feeling.angry")
EIGHT = [EN(f"feeling.{emotion}") for emotion in Emotion]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server, recognizer=FakeRecognizer(Emotion.SAD, 0.7))


async def answered(chat: Chat) -> Message:
    await chat.send_voice(NOTE)
    return await chat.wait_for("voice")


async def toast(chat: Chat, button: str, message: Message) -> str | None:
    """What is told over the chat when a button is pressed."""
    tap = await chat.tap(button, message)
    return (await tap.answered()).get("text")


def kept(scene: Scene) -> Entry:
    (entry,) = [entry for _, entry, _ in scene.store.feelings.values()]
    return entry


async def test_that_is_right_is_kept_thanked_for_and_shown(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        answer = await answered(ada)
        others = [label for label in answer.buttons if label not in (RIGHT, OTHER)]
        assert await toast(ada, RIGHT, answer) == EN("corrected.right")
        await ada.until(lambda: f"✓ {LOW}" in answer.buttons)
        assert kept(scene).correction is Emotion.SAD
        assert RIGHT not in answer.buttons
        assert [label for label in answer.buttons if label != f"✓ {LOW}"] == others
        assert sum(message.from_bot for message in ada.messages) == 1


async def test_something_else_is_picked_from_eight_and_may_be_changed(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        answer = await answered(ada)
        said = answer.caption
        assert await toast(ada, OTHER, answer) == EN("corrected.ask")
        await ada.until(lambda: set(EIGHT) <= set(answer.buttons))
        assert kept(scene).correction is None
        assert await toast(ada, ANGRY, answer) == EN("corrected.thanks", feeling=ANGRY)
        await ada.until(lambda: f"✓ {ANGRY}" in answer.buttons)
        assert kept(scene).correction is Emotion.ANGRY
        assert (kept(scene).probabilities or {})[Emotion.SAD] == 0.7  # the guess stays beside it
        await toast(ada, f"✓ {ANGRY}", answer)
        await ada.until(lambda: set(EIGHT) <= set(answer.buttons))
        await toast(ada, LOW, answer)
        await ada.until(lambda: f"✓ {LOW}" in answer.buttons)
    assert kept(scene).correction is Emotion.SAD
    assert answer.caption == said


async def test_back_leads_back(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        answer = await answered(ada)
        before = list(answer.buttons)
        await ada.tap(OTHER, answer)
        await ada.until(lambda: BACK in answer.buttons)
        await ada.tap(BACK, answer)
        await ada.until(lambda: answer.buttons == before)


async def test_in_doubt_it_asks_by_itself_with_all_eight_first(scene: Scene) -> None:
    scene.recognizer = FakeRecognizer(Emotion.SAD, 0.3)
    ada = scene.chat()
    async with scene.bot():
        answer = await answered(ada)
        assert answer.buttons[:8] == EIGHT
        assert RIGHT not in answer.buttons
        assert await toast(ada, ANGRY, answer) == EN("corrected.thanks", feeling=ANGRY)
    assert kept(scene).correction is Emotion.ANGRY


async def test_who_has_no_feelings_read_is_not_asked(scene: Scene) -> None:
    async with scene.bot():
        answer = await answered(scene.chat(reads_feelings=False))
    assert not {RIGHT, OTHER, *EIGHT} & set(answer.buttons)


async def test_never_under_the_help_card(scene: Scene) -> None:
    scene.transcriber = FakeTranscriber("I want to kill myself")
    ada = scene.chat()
    async with scene.bot():
        await ada.send_voice(NOTE)
        card = await ada.wait_for("text")
        spoken = await ada.wait_for("voice")
    assert not {RIGHT, OTHER, *EIGHT} & {*card.buttons, *spoken.buttons}


async def test_a_forgotten_note_is_told_to_be_gone(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        answer = await answered(ada)
        await scene.store.forget(ada.id)
        assert await toast(ada, RIGHT, answer) == EN("corrected.late")
        await ada.until(lambda: RIGHT not in answer.buttons)
    assert not scene.store.feelings


async def test_nobody_corrects_anothers_note(scene: Scene) -> None:
    ada, ben = scene.chat(1), scene.chat(2)
    async with scene.bot():
        await answered(ada)
        own = await answered(ben)
        (note,) = [number for number, row in scene.store.feelings.items() if row[0] == 1]
        tap = ben.tap_data(own, f"felt:was:{note}:happy")
        assert (await tap.answered())["text"] == EN("corrected.late")
    assert all(entry.correction is None for _, entry, _ in scene.store.feelings.values())


@pytest.mark.parametrize(
    "data",
    [
        "felt:",
        "felt:was:1",
        "felt:was:x:sad",
        "felt:was:²:sad",
        "felt:eat:1:sad",
        "felt:was:1:odd",
        f"felt:was:{10**30}:sad",
        "felt:was:-1:sad",
    ],
)
async def test_what_is_no_button_of_these_is_stale(scene: Scene, data: str) -> None:
    ada = scene.chat()
    async with scene.bot():
        answer = await answered(ada)
        tap = ada.tap_data(answer, data)
        assert (await tap.answered())["text"] == EN("button.stale")
    assert kept(scene).correction is None


async def test_a_broken_store_is_told_and_the_buttons_stay(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        answer = await answered(ada)
        scene.store.broken = StoreError("the disk is full")
        await ada.tap(RIGHT, answer)
        assert (await ada.wait_for("text")).text == EN("error.store")
    assert RIGHT in answer.buttons
