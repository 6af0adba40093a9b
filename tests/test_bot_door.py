"""Private chats alone, and of those the allowed; never a wall before the help card."""

from collections.abc import AsyncIterator

import pytest

from bot.local.refusals import bad_request
from bot.local.server import LocalServer
from tests.chatting import NOTE, Scene, words
from tests.fakes import FakeTranscriber

EN = words().texts("en")
DANGER = "I want to kill myself"


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server)


async def test_a_stranger_is_told_kindly_and_given_their_number(scene: Scene) -> None:
    ada = scene.server.chat(7)
    async with scene.bot(allowed_users={1}):
        for send in (ada.send_text("hello"), ada.send_voice(NOTE), ada.send_text("/start")):
            await send
            answer = (await ada.wait_for("text")).text or ""
            assert answer.startswith(EN("door.not_allowed")) and " 7." in answer
    assert scene.store.notes == {} and scene.store.people == {}


async def test_the_allowed_and_the_owners_are_served(scene: Scene) -> None:
    async with scene.bot(allowed_users={1}, owners={2}):
        for user in (1, 2):
            chat = scene.chat(user)
            await chat.send_text("hello")
            await chat.wait_for("voice")


async def test_a_stranger_in_danger_gets_the_card_for_typed_words(scene: Scene) -> None:
    ada = scene.server.chat(7)
    async with scene.bot(allowed_users={1}):
        await ada.send_text(DANGER)
        card = await ada.wait_for("text")
        await ada.until(lambda: ada.pinned)
    assert EN("crisis.button.plan") in card.buttons
    assert ada.pinned == [card]
    assert scene.store.notes == {} and scene.store.people == {}


async def test_a_stranger_in_danger_gets_the_card_for_spoken_words(scene: Scene) -> None:
    scene.transcriber = FakeTranscriber(DANGER)
    ada = scene.server.chat(7)
    async with scene.bot(allowed_users={1}):
        await ada.send_voice(NOTE)
        card = await ada.wait_for("text")
    assert EN("crisis.button.plan") in card.buttons
    assert scene.recognizer.profiles == []


async def test_the_cards_buttons_work_for_a_stranger_and_others_do_not(scene: Scene) -> None:
    ada = scene.server.chat(7)
    async with scene.bot(allowed_users={1}):
        await ada.send_text(DANGER)
        card = await ada.wait_for("text")
        await (await ada.tap(EN("crisis.button.plan"))).answered()
        assert (await ada.wait_for("text")).text == EN("aftercare.plan")
        other = ada.tap_data(card, "set:reading:off")
        assert (await other.answered())["text"] == EN("button.stale")
    assert scene.store.people == {}


async def test_a_recording_that_cannot_be_heard_at_the_door_is_no_error(scene: Scene) -> None:
    ada = scene.server.chat(7)
    async with scene.bot(allowed_users={1}):
        await ada.send_voice(b"no sound at all")
        assert ((await ada.wait_for("text")).text or "").startswith(EN("door.not_allowed"))


async def test_a_door_that_breaks_lets_nobody_through(scene: Scene) -> None:
    ada = scene.server.chat(7)
    scene.server.refuse("sendMessage", ada, bad_request("not today"))
    async with scene.bot(allowed_users={1}):
        await ada.send_text("hello")
        assert (await ada.wait_for("text")).text == EN("error.unexpected")
        await ada.send_text("hello")
        assert ((await ada.wait_for("text")).text or "").startswith(EN("door.not_allowed"))
    assert scene.store.notes == {}
    assert [message.kind for message in ada.messages if message.from_bot] == ["text", "text"]
