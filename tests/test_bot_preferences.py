"""/settings: every choice is shown as it is, changed in place, and remembered."""

import re
from collections.abc import AsyncIterator

import pytest

from bot import choices
from bot.choices import Menu
from bot.local.chat import Chat
from bot.local.server import LocalServer
from bot.local.state import Message
from bot.voices import label
from pipeline import audio
from pipeline.errors import EngineError
from pipeline.values import Keeping, Person
from tests.chatting import Scene, words

CONTENT = words()
EN = CONTENT.texts("en")
EMMA, SONIA = "en-US-EmmaMultilingualNeural", "en-GB-SoniaNeural"


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server, voices=lambda language: (EMMA, SONIA) if language == "en" else ())


async def opened(ada: Chat, submenu: str) -> Message:
    """The settings, with one submenu open."""
    await ada.send_text("/settings")
    menu = await ada.wait_for("text")
    await (await ada.tap(EN(f"settings.button.{submenu}"))).answered()
    await ada.until(lambda: EN("button.back") in menu.buttons)
    return menu


@pytest.mark.parametrize(
    ("submenu", "data", "field", "value"),
    [
        ("answers", "set:answers:text", "answers", "text"),
        ("voice", f"set:voice:{SONIA}", "voice", SONIA),
        ("country", "set:country:GB", "country", "GB"),
        ("adult", "set:adult:yes", "adult", True),
        ("adult", "set:adult:no", "adult", False),
        ("words", "set:words:30", "words_days", 30),
        ("words", "set:words:always", "words_days", None),
        ("feelings", "set:feelings:365", "feelings_days", 365),
    ],
)
async def test_a_choice_is_kept_and_shown(
    scene: Scene, submenu: str, data: str, field: str, value: object
) -> None:
    ada = scene.chat(words_days=7, answers="voice")
    async with scene.bot():
        menu = await opened(ada, submenu)
        before = menu.text
        assert (await (await ada.tap(data)).answered())["text"] == EN("settings.kept")
        await ada.until(lambda: EN("button.back") not in menu.buttons)
        assert menu.text != before
        assert getattr(scene.store.people[ada.id], field) == value
        await (await ada.tap(EN(f"settings.button.{submenu}"))).answered()
        await ada.until(lambda: EN("button.back") in menu.buttons)
        ticked = [button for button in menu.buttons if button.startswith("✓")]
    assert len(ticked) == 1
    assert [message for message in ada.messages if message.from_bot] == [menu]


async def test_a_sample_is_to_be_heard_before_choosing(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        menu = await opened(ada, "voice")
        assert menu.buttons[:4] == ["Emma (US)", "🔊 Listen", "Sonia (GB)", "🔊 Listen"]
        await (await ada.tap(f"set:hear:{SONIA}")).answered()
        sample = await ada.wait_for("voice")
    assert sample.caption == f"Sonia (GB) · {scene.speaker.name}"
    assert audio.decode(sample.data).seconds > 1
    assert [(said, manner.voice) for said, manner in scene.speaker.said] == [
        (EN("settings.voice_sample"), SONIA)
    ]
    assert scene.store.people[ada.id].voice is None


async def test_without_an_engine_a_sample_says_so(scene: Scene) -> None:
    scene.speaker.failing = [EngineError("no voice")]
    ada = scene.chat()
    async with scene.bot():
        await opened(ada, "voice")
        await (await ada.tap(f"set:hear:{SONIA}")).answered()
        assert (await ada.wait_for("text")).text == EN("answer.no_voice")


async def test_a_chosen_voice_speaks(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        await opened(ada, "voice")
        await (await ada.tap(f"set:voice:{SONIA}")).answered()
        await ada.send_text("hello")
        await ada.wait_for("voice")
    assert {manner.voice for _, manner in scene.speaker.said} == {SONIA}


@pytest.mark.parametrize(
    "data",
    [
        "set:voice:de-DE-KatjaNeural",
        "set:hear:de-DE-KatjaNeural",
        "set:words:12",
        "set:adult:maybe",
        "set:country:XX",
        "set:answers:telepathy",
        "set:nonsense",
        "set:a:b:c",
    ],
)
async def test_what_there_is_not_to_choose_changes_nothing(scene: Scene, data: str) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("/settings")
        menu = await ada.wait_for("text")
        before = scene.store.people[ada.id]
        assert (await ada.tap_data(menu, data).answered())["text"] == EN("button.stale")
    assert scene.store.people[ada.id] == before
    assert scene.speaker.said == []


async def test_the_owner_bounds_the_terms(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot(words_days=60, feelings_days=7):
        menu = await opened(ada, "words")
        assert menu.buttons == ["7 days", "30 days", "✓ 60 days", EN("button.back")]
        await (await ada.tap(EN("button.back"))).answered()
        await ada.until(lambda: EN("settings.button.feelings") in menu.buttons)
        assert "Your feelings are kept: 7 days" in (menu.text or "")
        await (await ada.tap(EN("settings.button.feelings"))).answered()
        await ada.until(lambda: menu.buttons == ["✓ 7 days", EN("button.back")])


def menu_of(person: Person, voices: tuple[str, ...] = (EMMA, SONIA)) -> Menu:
    return Menu(person, EN, CONTENT, voices, Keeping())


@pytest.mark.parametrize(
    "name", ["answers", "voice", "language", "country", "adult", "words", "feelings"]
)
def test_what_a_button_sends_is_short_and_unique(name: str) -> None:
    found = choices.submenu(name, menu_of(Person(1)))
    if found is None:
        assert name in {"language", "country"}  # one language, or no country, is no choice
        return
    sent = [str(button.callback_data) for row in found.inline_keyboard for button in row]
    assert len(set(sent)) == len(sent) <= 100  # Telegram shows no more
    assert all(
        len(data.encode()) <= 64 and re.fullmatch(r"set:\w+(:[\w-]+)?", data) for data in sent
    )


def test_no_voices_no_choice() -> None:
    assert choices.submenu("voice", menu_of(Person(1), voices=())) is None
    shown = choices.settings(menu_of(Person(1), voices=()))
    assert "set:voice" not in [b.callback_data for row in shown.inline_keyboard for b in row]


@pytest.mark.parametrize(
    ("voice", "said"),
    [
        (EMMA, "Emma (US)"),
        ("ar-SA-ZariyahNeural", "Zariyah (SA)"),
        ("en_US-lessac-medium", "en_US-lessac-medium"),
    ],
)
def test_a_voice_has_a_name(voice: str, said: str) -> None:
    assert label(voice) == said


def test_a_country_has_a_flag() -> None:
    assert choices.country("AT", EN) == "🇦🇹 AT"
    assert choices.country(None, EN) == "not told"
