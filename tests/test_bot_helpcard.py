"""The help card in the chat: first, pinned, with its own buttons alone, and it stays."""

from collections.abc import AsyncIterator

import pytest

from bot.local.refusals import bad_request
from bot.local.server import LocalServer
from pipeline import safety
from pipeline.catalogue import Kind
from pipeline.errors import EngineError, StoreError
from pipeline.values import Person
from tests.chatting import NOTE, Scene, soon, words
from tests.fakes import FakeTranscriber

EN = words().texts("en")
DANGER = "I want to kill myself"


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server)


async def test_words_of_danger_bring_the_card_first_pinned_and_then_spoken(scene: Scene) -> None:
    scene.transcriber = FakeTranscriber(DANGER)
    ada = scene.chat()
    async with scene.bot():
        sent = await ada.send_voice(NOTE)
        card, spoken = await ada.wait_for(), await ada.wait_for()
    assert (card.kind, spoken.kind) == ("text", "voice")
    assert card.reply_to is sent and ada.pinned == [card]
    assert card.buttons == [EN(key) for key in (*safety.BUTTONS, safety.ASK_COUNTRY)]
    assert spoken.buttons == [] and spoken.caption is None
    assert EN("crisis.directory") in (card.text or "")
    assert "%" not in (card.text or "")


async def test_the_card_comes_where_it_cannot_be_pinned_or_spoken(scene: Scene) -> None:
    scene.server.refuse("pinChatMessage", None, bad_request("not enough rights"), times=None)
    scene.speaker.failing = [EngineError("no voice") for _ in range(9)]
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text(DANGER)
        assert EN("crisis.button.safe") in (await ada.wait_for("text")).buttons


async def test_the_card_comes_where_the_memory_is_broken(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        scene.store.broken = StoreError("the disk is full")
        await ada.send_text(DANGER)
        card = await ada.wait_for("text")
        await (await ada.tap(EN("crisis.button.plan"))).answered()
        assert (await ada.wait_for("text")).text == EN("aftercare.plan")
    assert EN("crisis.button.safe") in card.buttons


async def test_i_am_safe_is_met_kindly_and_the_card_stays(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text(DANGER)
        card = await ada.wait_for("text")
        shown, buttons = card.text, card.buttons
        await (await ada.tap(EN("crisis.button.safe"))).answered()
        await ada.until(lambda: EN("aftercare.safe") in [message.text for message in ada.messages])
    assert (card.text, card.buttons) == (shown, buttons)
    assert not card.deleted and ada.pinned == [card]


async def test_grounding_is_guided_at_once(scene: Scene) -> None:
    ada = scene.chat()
    grounding = next(one for one in words().exercises if one.kind is Kind.GROUNDING)
    async with scene.bot():
        await ada.send_text(DANGER)
        await ada.wait_for("voice")
        await (await ada.tap(EN("crisis.button.grounding"))).answered()
        session = await ada.wait_for("voice", within=20)
    assert grounding.title(EN) in (session.caption or "")


async def test_the_country_is_asked_shown_and_remembered(scene: Scene) -> None:
    ada = scene.chat(7)
    async with scene.bot():
        await ada.send_text(DANGER)
        await ada.wait_for("text")
        await (await ada.tap(EN("crisis.button.country"))).answered()
        await ada.until(lambda: EN("aftercare.which_country") in [m.text for m in ada.messages])
        asked = ada.messages[-1]
        await (await ada.tap("country:GB")).answered()
        await ada.until(lambda: "116 123" in (asked.text or ""))
        await soon(lambda: scene.store.people[7].country == "GB")
        assert "999" in (asked.text or "")
        await ada.send_text(DANGER)
        await ada.until(lambda: len(ada.pinned) == 2)
    assert "116 123" in (ada.pinned[-1].text or "")
    assert EN("crisis.button.country") not in ada.pinned[-1].buttons


async def test_a_country_from_another_time_changes_nothing(scene: Scene) -> None:
    ada = scene.chat(7)
    async with scene.bot():
        await ada.send_text(DANGER)
        card = await ada.wait_for("text")
        await ada.tap_data(card, "country:XX").answered()
        await ada.send_text("/help")
        await ada.wait_for("text")
    assert scene.store.people[7].country is None


def test_the_numbers_are_those_of_the_country() -> None:
    told = safety.numbers(Person(1, country="US"), words().countries, EN)
    assert "911" in told and "988" in told and EN("crisis.directory") in told
    untold = safety.numbers(Person(1), words().countries, EN)
    assert EN("crisis.emergency_unknown") in untold
