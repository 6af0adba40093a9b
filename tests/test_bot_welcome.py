"""Who speaks here is told before anything is heard; the two first choices, and /settings."""

import json
from collections.abc import AsyncIterator

import pytest

from bot.app import COMMANDS
from bot.local.refusals import BLOCKED
from bot.local.server import LocalServer
from pipeline.values import Person
from tests.chatting import NOTE, Scene, soon, words

EN = words().texts("en")


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server)


async def test_start_tells_who_it_is_and_asks_for_consent(scene: Scene) -> None:
    ada = scene.server.chat(7, "Ada")
    async with scene.bot():
        await ada.send_text("/start")
        hello = await ada.wait_for("text")
    assert hello.text == EN("welcome.introduction")
    assert hello.buttons == [EN("feelings.button.on"), EN("feelings.button.off")]
    assert scene.store.people[7].introduced
    assert scene.store.people[7].name == "Ada"


async def test_consent_and_age_are_asked_once_and_remembered(scene: Scene) -> None:
    ada = scene.server.chat(7)
    async with scene.bot():
        await ada.send_text("/start")
        hello = await ada.wait_for("text")
        await (await ada.tap(EN("feelings.button.off"))).answered()
        age = await ada.wait_for("text")
        assert hello.text == EN("feelings.off") and hello.buttons == []
        assert age.text == EN("adult.ask")
        await (await ada.tap(EN("adult.button.no"))).answered()
        assert (await ada.wait_for("text")).text == EN("welcome.ready")
        assert age.text == EN("adult.no")
        assert scene.store.people[7].reads_feelings is False
        assert scene.store.people[7].adult is False
        await ada.send_text("/start")
        await ada.wait_for("text")
        await (await ada.tap(EN("feelings.button.on"))).answered()
        await soon(lambda: scene.store.people[7].reads_feelings)
        await ada.send_text("/help")
        assert ((await ada.wait_for("text")).text or "").startswith("Send me a voice note")
    assert scene.store.people[7].adult is False


async def test_whoever_begins_with_a_voice_note_is_told_first(scene: Scene) -> None:
    ada = scene.server.chat(7)
    async with scene.bot():
        sent = await ada.send_voice(NOTE)
        first, second = await ada.wait_for(), await ada.wait_for()
        await ada.send_voice(NOTE)
        third = await ada.wait_for()
    assert first.text == EN("welcome.introduction")
    assert second.kind == "voice" and second.reply_to is sent
    assert third.kind == "voice"


async def test_a_no_holds_for_the_very_next_note(scene: Scene) -> None:
    ada = scene.server.chat(7)
    async with scene.bot():
        await ada.send_text("/start")
        await ada.wait_for("text")
        await (await ada.tap("feelings:off")).answered()
        await ada.send_voice(NOTE)
        await ada.wait_for("voice")
    assert scene.recognizer.profiles == []


async def test_the_first_note_of_somebody_gone_is_not_kept_waiting(scene: Scene) -> None:
    ada = scene.server.chat(7)
    scene.server.refuse("*", ada, BLOCKED, times=None)
    async with scene.bot():
        await ada.send_text("hello")
        await scene.server.called("sendMessage")
    assert not scene.store.people.get(7, Person(7)).introduced


async def test_help_and_privacy_say_what_it_is_not(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot(longest_note=7):
        await ada.send_text("/help")
        helped = await ada.wait_for("text")
        await ada.send_text("/privacy")
        private = await ada.wait_for("text")
    for shown in (helped, private):
        assert "AI" in (shown.text or "") and "no emergency service" in (shown.text or "")
    assert "up to 7 minutes" in (helped.text or "")


async def test_the_menu_of_commands_is_set(scene: Scene) -> None:
    async with scene.bot():
        calls = await scene.server.called("setMyCommands", len(words().languages))
    general = json.loads(calls[-1].parameters["commands"])
    assert "language_code" not in calls[-1].parameters
    assert [command["command"] for command in general] == list(COMMANDS)
    assert [command["description"] for command in general] == [
        EN(f"command.{name}") for name in COMMANDS
    ]


async def test_settings_change_in_place(scene: Scene) -> None:
    ada = scene.chat(7)
    async with scene.bot():
        await ada.send_text("/settings")
        menu = await ada.wait_for("text")
        assert "Reading feelings: on" in (menu.text or "")
        tap = await ada.tap(EN("settings.button.reading_off"))
        assert (await tap.answered())["text"] == EN("settings.kept")
        await ada.until(lambda: "Reading feelings: off" in (menu.text or ""))
        await (await ada.tap(EN("settings.button.answers"))).answered()
        await ada.until(lambda: EN("settings.answers.text") in menu.buttons)
        await (await ada.tap(EN("settings.answers.text"))).answered()
        await ada.until(lambda: EN("settings.button.answers") in menu.buttons)
        assert EN("settings.answers.text") in (menu.text or "")
        sent = [message for message in ada.messages if message.from_bot]
    assert sent == [menu]
    person = scene.store.people[7]
    assert person.reads_feelings is False and person.answers == "text"


async def test_the_way_back_leaves_all_as_it_was(scene: Scene) -> None:
    ada = scene.chat(7)
    async with scene.bot():
        await ada.send_text("/settings")
        menu = await ada.wait_for("text")
        await (await ada.tap(EN("settings.button.answers"))).answered()
        await ada.until(lambda: EN("button.back") in menu.buttons)
        await (await ada.tap(EN("button.back"))).answered()
        await ada.until(lambda: EN("button.back") not in menu.buttons)
    assert scene.store.people[7].answers == "both"


@pytest.mark.parametrize("data", ["oracle:1", "set:answers:shouting", "start:unheard_of", "x"])
async def test_a_button_from_another_time_is_met_kindly(scene: Scene, data: str) -> None:
    ada = scene.chat(7)
    async with scene.bot():
        await ada.send_text("/settings")
        menu = await ada.wait_for("text")
        await ada.tap_data(menu, data).answered()
        await ada.send_text("hello")
        await ada.wait_for("voice")
    assert scene.store.people[7].answers == "both"


async def test_a_tap_that_is_too_old_still_does_its_work(scene: Scene) -> None:
    ada = scene.chat(7)
    async with scene.bot():
        await ada.send_text("/settings")
        menu = await ada.wait_for("text")
        tap = await ada.tap(EN("settings.button.reading_off"))
        tap.expired = True
        await ada.until(lambda: "Reading feelings: off" in (menu.text or ""))


async def test_the_chat_platforms_language_is_taken_where_it_is_spoken(scene: Scene) -> None:
    ada = scene.server.chat(7, language_code="tlh")
    async with scene.bot():
        await ada.send_text("/start")
        assert (await ada.wait_for("text")).text == EN("welcome.introduction")
    assert scene.store.people[7].language == "en"
