"""Groups: whoever addresses the bot is answered; nobody's feelings are read and nothing is kept."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bot.local.chat import Chat
from bot.local.server import LocalServer
from bot.local.state import Message
from pipeline.values import Person
from tests.chatting import NOTE, Scene, soon, words
from tests.fakes import FakeCompanion, FakeTranscriber

EN = words().texts("en")
BOT = "@echomind_loopback_bot"
ANSWER = "I hear you. That sounds heavy."


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server)


@pytest.fixture
def companion(scene: Scene) -> FakeCompanion:
    scene.companion = companion = FakeCompanion()
    return companion


async def spoken_to(group: Chat, text: str = f"hello {BOT}") -> Message:
    """The bot's answer to whoever calls it by its name."""
    await group.send_text(text)
    return await group.wait_for("text")


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (f"{BOT} what a day", "what a day"),
        (f"what a day, {BOT.upper()}", "what a day,"),
        (f"{BOT}: what a day", "what a day"),
        (f"so, {BOT}, what a day", "so, what a day"),
    ],
)
async def test_a_mention_is_answered_in_writing(
    scene: Scene, companion: FakeCompanion, said: str, heard: str
) -> None:
    group = scene.server.group(-100)
    async with scene.bot():
        sent = await group.send_text(said)
        answer = await group.wait_for("text")
    assert answer.text == ANSWER and answer.reply_to is sent
    assert companion.prompts[0].turns[-1].words == heard


async def test_a_reply_to_it_is_answered_as_it_was_sent(scene: Scene) -> None:
    group = scene.server.group(-100)
    async with scene.bot():
        said = await spoken_to(group)
        await group.reply(said, "why not?")
        assert (await group.wait_for("text")).text == ANSWER
        await group.reply_voice(said, NOTE)
        voice = await group.wait_for("voice")
    assert "work was hard" in (voice.caption or "") and "%" not in (voice.caption or "")
    assert scene.recognizer.profiles == []


Sending = Callable[[Chat], Awaitable[object]]


@pytest.mark.parametrize(
    "send",
    [
        lambda group: group.send_text("what a day"),
        lambda group: group.send_voice(NOTE),
        lambda group: group.send_text("/start"),
        lambda group: group.send_text("/start@some_other_bot"),
        lambda group: group.send_text("ask @some_other_bot about it"),
        lambda group: group.send_text(f"mail{BOT}.example.org"),
        lambda group: group.send_sticker(),
    ],
    ids=["text", "voice", "bare command", "other's command", "other's name", "mail", "sticker"],
)
async def test_what_is_not_meant_for_it_is_left_alone(
    scene: Scene, companion: FakeCompanion, send: Sending
) -> None:
    group, ada = scene.server.group(-100), scene.chat()
    async with scene.bot():
        await send(group)
        await ada.send_text("/help")
        await ada.wait_for("text")
    assert [message for message in group.messages if message.from_bot] == []
    assert [message.kind for message in ada.messages if message.from_bot] == ["text"]
    assert companion.prompts == [] and scene.recognizer.profiles == []
    assert isinstance(scene.transcriber, FakeTranscriber) and scene.transcriber.calls == []


@pytest.mark.parametrize("command", ["start", "settings", "export", "forget", "privacy", "stats"])
async def test_commands_have_their_place_in_private(scene: Scene, command: str) -> None:
    group = scene.server.group(-100)
    scene.chat()
    async with scene.bot(owners={1001}):
        assert (await spoken_to(group, f"/{command}{BOT}")).text == EN("door.group")
        assert (await spoken_to(group, BOT)).text == EN("door.group")
    assert scene.store.people == {1001: Person(1001, name="Ada", introduced=True)}


async def test_nothing_is_recalled_and_nothing_is_kept(
    scene: Scene, companion: FakeCompanion
) -> None:
    group, ada = scene.server.group(-100), scene.chat()
    async with scene.bot():
        await ada.send_text("I have a secret")
        await ada.wait_for("voice")
        await soon(lambda: scene.store.settled_at)
        before = await scene.store.export(1001)
        await spoken_to(group)
        after = await scene.store.export(1001)
    assert {**before, "exported_at": ""} == {**after, "exported_at": ""}
    private, public = companion.prompts
    assert len(scene.store.notes) == 1
    assert [turn.words for turn in public.turns] == ["hello"]
    assert public.mood is None and public.suggestion is None
    assert "secret" not in public.system and private.turns


async def test_somebody_unknown_is_answered_and_stays_unknown(scene: Scene) -> None:
    group = scene.server.group(-100, 7, "Ben")
    async with scene.bot():
        assert (await spoken_to(group)).text == ANSWER
    assert scene.store.people == {} and scene.store.notes == {}


async def test_who_is_not_allowed_is_told_so_there(scene: Scene) -> None:
    group = scene.server.group(-100, 7, "Ben")
    async with scene.bot(allowed_users={1}):
        told = (await spoken_to(group)).text or ""
    assert told.startswith(EN("door.not_allowed")) and " 7." in told


async def test_words_of_danger_get_the_card_unpinned(scene: Scene) -> None:
    group = scene.server.group(-100)
    async with scene.bot():
        card = await spoken_to(group, f"{BOT} I want to kill myself")
        assert EN("crisis.button.plan") in card.buttons
        await (await group.tap(EN("crisis.button.plan"))).answered()
        assert (await group.wait_for("text")).text == EN("aftercare.plan")
    assert group.pinned == [] and scene.store.notes == {}


async def test_trouble_is_told_there(scene: Scene) -> None:
    scene.transcriber = FakeTranscriber(" ")
    group = scene.server.group(-100)
    async with scene.bot():
        said = await spoken_to(group)
        await group.reply_voice(said, NOTE)
        assert (await group.wait_for("text")).text == EN("error.not_understood")


async def test_voices_in_groups_count_for_the_quota(scene: Scene) -> None:
    group = scene.server.group(-100)

    async with scene.bot(daily_quota=0.5):
        said = await spoken_to(group)
        await group.reply_voice(said, NOTE)
        await group.wait_for("voice")
        await group.reply_voice(said, NOTE)
        assert (await group.wait_for("text")).text == EN("door.quota")
