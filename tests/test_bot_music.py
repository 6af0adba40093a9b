"""/music through the real bot: for whom it is chosen, what its buttons do, when it keeps quiet."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.local.chat import Chat
from bot.local.server import LocalServer
from bot.local.state import Message
from bot.music import offer
from pipeline.errors import EngineError
from pipeline.values import (
    Answer,
    Emotion,
    Heard,
    Mood,
    MusicSearch,
    SpokenReply,
    Suggestion,
    Track,
)
from tests.chatting import NOTE, Scene, words
from tests.fakes import FakeJukebox, FakeRecognizer

EN = words().texts("en")
ANOTHER, LIFT, STAY = EN("button.another"), EN("music.button.lift"), EN("music.button.stay")


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server)


def link(message: Message) -> str:
    """Where the one button of a message that opens a page leads to."""
    (found,) = [one["url"] for row in message.keyboard for one in row if "url" in one]
    return str(found)


def searched(message: Message) -> str:
    """What is looked up on the public page."""
    address = urlsplit(link(message))
    assert (address.scheme, address.hostname) == ("https", "www.youtube.com")
    return parse_qs(address.query)["search_query"][0]


async def asked(chat: Chat, command: str) -> Message:
    await chat.send_text(command)
    return await chat.wait_for("text")


async def test_without_a_known_feeling_it_asks(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        menu = await asked(ada, "/music")
        assert menu.text == EN("music.ask")
        assert len(menu.buttons) == len(Emotion)
        tap = await ada.tap(EN.many("music.feeling.angry")[0])
        await tap.answered()
        await ada.until(lambda: menu.edited_at)
    assert "rock" in (menu.text or "")
    assert "rock" in searched(menu)


async def test_after_a_note_it_knows(scene: Scene) -> None:
    scene.recognizer = FakeRecognizer(Emotion.SAD)
    ada = scene.chat()
    async with scene.bot():
        await ada.send_voice(NOTE)
        await ada.wait_for("voice")
        found = await asked(ada, "/music")
    assert "blues" in (found.text or "")


async def test_who_has_no_feelings_read_is_asked(scene: Scene) -> None:
    scene.recognizer = FakeRecognizer(Emotion.SAD)
    ada = scene.chat()
    async with scene.bot():
        await ada.send_voice(NOTE)
        await ada.wait_for("voice")
        scene.chat(reads_feelings=False)
        assert (await asked(ada, "/music")).text == EN("music.ask")


@pytest.mark.parametrize(
    ("command", "genre"),
    [("/music happy", "pop"), ("/music Fed  Up", "metal"), ("/music sad", "blues")],
)
async def test_a_feeling_may_be_named(scene: Scene, command: str, genre: str) -> None:
    async with scene.bot():
        found = await asked(scene.chat(), command)
    assert genre in (found.text or "")


async def test_a_feeling_it_does_not_know_is_asked_about(scene: Scene) -> None:
    async with scene.bot():
        assert (await asked(scene.chat(), "/music quizzical")).text == EN("music.ask")


async def test_another_one_is_another_and_lifting_changes_the_genre(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        found = await asked(ada, "/music sad")
        first = searched(found)
        await ada.tap(ANOTHER)
        await ada.until(lambda: searched(found) != first)
        await ada.tap(LIFT)
        await ada.until(lambda: "pop" in (found.text or ""))
        assert STAY in found.buttons
        await ada.tap(STAY)
        await ada.until(lambda: "blues" in (found.text or ""))
        await ada.tap(EN("music.button.other"))
        await ada.until(lambda: found.text == EN("music.ask"))


async def test_with_a_jukebox_there_is_a_track(scene: Scene) -> None:
    scene.jukebox = FakeJukebox()
    async with scene.bot():
        found = await asked(scene.chat(), "/music angry")
    assert "“Loud & <Proud>”, by The Fakes" in (found.text or "")
    assert link(found) == "https://open.spotify.com/track/rock"


async def test_a_failing_jukebox_leaves_the_search(scene: Scene) -> None:
    jukebox = FakeJukebox()
    jukebox.failing = [EngineError("down"), EngineError("still down")]
    scene.jukebox, ada = jukebox, scene.chat()
    async with scene.bot():
        found = await asked(ada, "/music angry")
        assert "rock" in searched(found) or "guitar" in searched(found)
        before = searched(found)
        await ada.tap(ANOTHER)
        await ada.until(lambda: searched(found) != before)
        await ada.tap(ANOTHER)
        await ada.until(lambda: "Loud" in (found.text or ""))


@pytest.mark.parametrize(
    "data",
    [
        "music:",
        "music:turn",
        "music:turn:stay:sad",
        "music:turn:stay:hungry:1",
        "music:turn:away:sad:1",
        "music:turn:stay:sad:-1",
        "music:turn:stay:sad:99999",
        "music:turn:stay:sad:١x",
        "music:turn:stay:sad:1:2",
    ],
)
async def test_a_forged_tap_is_asked_back(scene: Scene, data: str) -> None:
    ada = scene.chat()
    async with scene.bot():
        found = await asked(ada, "/music sad")
        await ada.tap_data(found, data).answered()
        await ada.until(lambda: found.text == EN("music.ask"))


async def test_the_last_turn_can_be_tapped_again_and_again(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        found = await asked(ada, "/music sad")
        await ada.tap_data(found, "music:turn:stay:sad:9999").answered()
        await ada.until(lambda: found.edited_at)
        for _ in range(2):
            await (await ada.tap(ANOTHER)).answered()
        await asyncio.sleep(0.05)
        assert "blues" in (found.text or "")


async def test_it_is_offered_where_there_is_nothing_else_to_do(scene: Scene) -> None:
    scene.recognizer = FakeRecognizer(Emotion.HAPPY)
    ada = scene.chat()
    async with scene.bot():
        await ada.send_voice(NOTE)
        answer = await ada.wait_for("voice")
        assert answer.buttons[0] == EN("music.button.offer")
        await ada.tap(EN("music.button.offer"))
        found = await ada.wait_for("text")
    assert "pop" in (found.text or "")
    assert answer.buttons[0] == EN("music.button.offer")


def answered(mood: Mood | None, suggestion: Suggestion | None = None) -> Answer:
    return Answer(1, Heard("", "en", None), mood, suggestion, SpokenReply("", None))


def test_it_is_never_offered_beside_an_exercise_or_a_faint_feeling() -> None:
    clear = Mood(Emotion.SAD.affect, Emotion.SAD, 0.8)
    faint = Mood(Emotion.SAD.affect, Emotion.SAD, 0.3)
    assert offer(answered(clear), EN) is not None
    assert offer(answered(faint), EN) is None
    assert offer(answered(None), EN) is None
    assert offer(answered(clear, Suggestion("key", "Title", "Words.", 60)), EN) is None


async def test_words_of_danger_never_meet_music(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("I want to kill myself")
        await ada.until(lambda: ada.pinned)
        await asyncio.sleep(0.1)
    for message in ada.messages:
        sent = [one["callback_data"] for row in message.keyboard for one in row]
        assert not [data for data in sent if data.startswith("music")]
        assert "music" not in (message.text or "").casefold()


def test_a_search_is_what_the_jukebox_gets() -> None:
    found = asyncio.run(FakeJukebox().find(MusicSearch("metal", "groove metal")))
    assert found == Track("Loud & <Proud>", "The Fakes", "https://open.spotify.com/track/metal")


async def test_words_for_music_bring_the_button_and_it_asks_for_the_moment(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("put on some music")
        answer = await ada.wait_for("voice")
        assert EN("music.asked") in (answer.caption or "")
        await ada.tap(EN("music.button.offer"), answer)
        menu = await ada.wait_for("text")
        assert menu.text == EN("music.ask")
        assert EN("music.button.offer") in answer.buttons  # it stays where it was
