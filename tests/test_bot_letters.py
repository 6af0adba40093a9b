"""The weekly letter through the real bot: chosen, sent once, honest, and stopped."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot import post
from bot.local import refusals
from bot.local.chat import Chat
from bot.local.server import LocalServer
from bot.local.state import Message
from pipeline.errors import EngineError
from pipeline.values import Emotion, Entry, NoteKind, Rating
from tests.chatting import Scene, soon, words
from tests.fakes import FakeStore
from tests.storing import HandClock

TEXTS = words().texts("en")
VIENNA = "Europe/Vienna"
SATURDAY = datetime(2026, 3, 14, 12, tzinfo=UTC)
STRUCK = datetime(2026, 3, 15, 9, tzinfo=UTC)
"""Sunday, 10:00 in Vienna."""
SUNDAY = 6
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> HandClock:
    held = HandClock()
    held.now = SATURDAY
    return held


@pytest.fixture
async def scene(clock: HandClock) -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server, store=FakeStore(clock))


async def subscribed(scene: Scene, user: int = 1001, **known: Any) -> Chat:
    """Somebody who wants a letter on Sundays in Vienna, and was heard on Friday."""
    chat = scene.chat(user, **{"zone": VIENNA, "letter": SUNDAY, **known})
    await scene.store.begin_letters(user)
    felt(scene, SATURDAY - DAY, Emotion.SAD, user)
    return chat


def felt(scene: Scene, at: datetime, emotion: Emotion, user: int = 1001) -> None:
    guess = {each: 0.79 if each is emotion else 0.03 for each in Emotion}
    number = len(scene.store.feelings) + 1
    scene.store.feelings[number] = (user, Entry(number, at, NoteKind.VOICE, guess), "fake")


def corrected_as(scene: Scene, at: datetime, seemed: Emotion, was: Emotion) -> None:
    felt(scene, at, seemed)
    number = len(scene.store.feelings)
    user, entry, engine = scene.store.feelings[number]
    scene.store.feelings[number] = (user, replace(entry, correction=was), engine)


def letters(chat: Chat) -> list[Message]:
    opening = TEXTS("letter.opening")
    return [m for m in chat.messages if opening in (m.caption or m.text or "")]


async def a_while(chat: Chat) -> None:
    """As long as an answer takes: what the bot sends by itself has begun by then."""

    def helped() -> int:
        return sum((m.text or "").startswith("Send me a voice note") for m in chat.messages)

    before = helped()
    await chat.send_text("/help")
    await chat.until(lambda: helped() > before)


# ── Choosing ─────────────────────────────────────────────────────────────────────────────────


async def test_off_until_a_day_is_chosen_by_button(scene: Scene) -> None:
    ada = scene.chat(zone=VIENNA)
    async with scene.bot():
        await ada.send_text("/letter")
        menu = await ada.wait_for()
        assert menu.text == TEXTS("letter.off", hour="10:00")
        assert menu.buttons == [*TEXTS.many("letter.weekdays"), TEXTS("button.settings")]
        await (await ada.tap("Sunday")).answered()
        await ada.until(lambda: "2026-03-15" in (menu.text or ""))
        assert "✓ Sunday" in menu.buttons
        await ada.tap(TEXTS("letter.button.off"))
        await ada.until(lambda: menu.text == TEXTS("letter.switched_off"))
    assert scene.store.people[1001].letter is None


async def test_by_command_and_a_citys_name(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("/letter sunday")
        asked = (await ada.wait_for()).text or ""
        assert asked.startswith(TEXTS("letter.no_zone", day="Sunday", hour="10:00"))
        assert asked.endswith(TEXTS("zone.ask"))
        await ada.send_text("wien")
        told = (await ada.wait_for()).text or ""
    assert told == TEXTS("letter.on", day="Sunday", hour="10:00", zone=VIENNA, date="2026-03-15")
    assert scene.store.people[1001].checkin is None


@pytest.mark.parametrize("said", ["s", "someday", "t"])
async def test_what_is_no_day_is_met_with_a_choice(scene: Scene, said: str) -> None:
    ada = scene.chat(zone=VIENNA)
    async with scene.bot():
        await ada.send_text(f"/letter {said}")
        told = await ada.wait_for()
    assert told.text == TEXTS("letter.not_a_day")
    assert "Sunday" in told.buttons


async def test_switched_off_by_command(scene: Scene, clock: HandClock) -> None:
    ada = await subscribed(scene)
    async with scene.bot():
        await ada.send_text("/letter off")
        assert (await ada.wait_for()).text == TEXTS("letter.switched_off")
    clock.now = STRUCK
    async with scene.bot():
        await ada.send_text("/letter")
        await ada.wait_for()
    assert letters(ada) == []


async def test_the_settings_show_it_and_lead_to_it(scene: Scene) -> None:
    ada = await subscribed(scene)
    async with scene.bot():
        await ada.send_text("/settings")
        menu = await ada.wait_for()
        assert "Weekly letter: Sunday" in (menu.text or "")
        await ada.tap(TEXTS("settings.button.letter"))
        await ada.until(lambda: "✓ Sunday" in menu.buttons)
        await ada.tap("Monday")
        await ada.until(lambda: "✓ Monday" in menu.buttons)
        await ada.tap(TEXTS("button.settings"))
        await ada.until(lambda: "Weekly letter: Monday" in (menu.text or ""))
    assert [m for m in ada.messages if m.from_bot] == [menu]


async def test_old_and_made_up_buttons_do_no_harm(scene: Scene) -> None:
    ada = scene.chat(zone=VIENNA)
    async with scene.bot():
        await ada.send_text("/letter")
        menu = await ada.wait_for()
        for data in ("letter:on:7", "letter:on:", "letter:", "letter:on:²"):
            await ada.tap_data(menu, data).answered()
    assert scene.store.people[1001].letter is None


# ── Getting one ──────────────────────────────────────────────────────────────────────────────


async def test_it_comes_spoken_and_written_with_what_helped(scene: Scene, clock: HandClock) -> None:
    ada = await subscribed(scene)
    await scene.store.rate(Rating(1001, "breath_478", True, Emotion.SAD, SATURDAY))
    clock.now = STRUCK
    async with scene.bot():
        letter = await ada.wait_for("voice")
    caption = letter.caption or ""
    title = TEXTS("exercise.breath_478.title")
    assert TEXTS("letter.little") in caption
    assert TEXTS("letter.helped.week", titles=title) in caption
    assert caption.endswith(TEXTS("letter.footer"))
    assert letter.buttons == [TEXTS("button.start", title=title)]
    spoken = " ".join(text for text, _ in scene.speaker.said)
    assert TEXTS("letter.opening") in spoken and TEXTS("letter.footer") not in spoken
    assert scene.store.turns == {}  # nothing of it is kept
    assert scene.store.recordings == {}


async def test_once_a_week_and_never_twice(scene: Scene, clock: HandClock) -> None:
    ada = await subscribed(scene)
    for now in (STRUCK, STRUCK, STRUCK + HOUR, STRUCK + DAY, STRUCK + 3 * DAY):
        clock.now = now
        async with scene.bot():
            await ada.until(lambda: letters(ada))
            await a_while(ada)
    assert len(letters(ada)) == 1
    felt(scene, STRUCK + 5 * DAY, Emotion.HAPPY)
    clock.now = STRUCK + 7 * DAY
    async with scene.bot():
        await ada.until(lambda: len(letters(ada)) == 2)


async def test_it_reads_a_voice_as_its_corrections_teach(scene: Scene, clock: HandClock) -> None:
    ada = scene.chat(zone=VIENNA, letter=SUNDAY, answers="text")
    await scene.store.begin_letters(1001)
    for age in range(40, 10, -1):
        corrected_as(scene, SATURDAY - age * DAY, Emotion.ANGRY, Emotion.CALM)
    for age in (1, 2, 3, 4):
        felt(scene, SATURDAY - age * DAY, Emotion.ANGRY)
    clock.now = STRUCK
    async with scene.bot():
        await ada.until(lambda: letters(ada))
    (letter,) = letters(ada)
    assert TEXTS("letter.level.bright") in (letter.text or "")
    assert TEXTS("letter.most", feeling=TEXTS("feeling.calm")) in (letter.text or "")


@pytest.mark.parametrize(("late", "comes"), [(9 * HOUR, True), (11 * HOUR, False)])
async def test_a_bot_that_was_down_makes_up_for_it_the_same_day(
    scene: Scene, clock: HandClock, late: timedelta, comes: bool
) -> None:
    ada = await subscribed(scene)
    clock.now = STRUCK + late
    async with scene.bot():
        if comes:
            await ada.until(lambda: letters(ada))
        await a_while(ada)
    assert bool(letters(ada)) is comes


async def test_in_writing_where_that_is_wished_or_no_voice_is_there(
    scene: Scene, clock: HandClock
) -> None:
    ada, ben = await subscribed(scene, answers="text"), await subscribed(scene, 2002)
    scene.speaker.failing = [EngineError("hoarse")] * 20
    clock.now = STRUCK
    async with scene.bot():
        await ada.until(lambda: letters(ada) and letters(ben))
    assert [one.kind for one in (*letters(ada), *letters(ben))] == ["text", "text"]


async def test_a_chat_that_takes_no_voice_gets_it_in_writing(
    scene: Scene, clock: HandClock
) -> None:
    ada = await subscribed(scene)
    scene.server.refuse("sendVoice", ada, refusals.VOICE_FORBIDDEN, times=None)
    clock.now = STRUCK
    async with scene.bot():
        letter = await ada.wait_for("text")
        await a_while(ada)
    assert letters(ada) == [letter]


async def test_what_is_too_long_for_a_caption_comes_beside_the_voice(
    scene: Scene, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "CAPTION", 100)
    ada, ben = await subscribed(scene), await subscribed(scene, 2002)
    scene.server.refuse("sendVoice", ben, refusals.VOICE_FORBIDDEN, times=None)
    clock.now = STRUCK
    async with scene.bot():
        await ada.until(lambda: letters(ada) and letters(ben))
        voice = await ada.wait_for("voice")
        await a_while(ben)
    assert voice.caption is None
    assert [len(letters(chat)) for chat in (ada, ben)] == [1, 1]


async def test_a_telegram_that_wants_fewer_messages_loses_no_letter(
    scene: Scene, clock: HandClock
) -> None:
    ada = await subscribed(scene, answers="text")
    scene.server.refuse("sendMessage", ada, refusals.too_many_requests(3600))
    clock.now = STRUCK
    async with scene.bot():
        await scene.server.called("sendMessage")
        await soon(lambda: scene.store.letter_rows[1001]["asked_day"] is None)
    assert letters(ada) == []
    async with scene.bot():
        await ada.until(lambda: letters(ada))
    assert len(letters(ada)) == 1


async def test_into_a_long_silence_none_is_written(scene: Scene, clock: HandClock) -> None:
    ada = await subscribed(scene)
    scene.store.feelings.clear()
    felt(scene, STRUCK - 29 * DAY, Emotion.SAD)
    clock.now = STRUCK
    async with scene.bot():
        await soon(lambda: scene.store.letter_rows[1001]["asked_day"] == date(2026, 3, 15))
    assert letters(ada) == []


async def test_a_silent_week_is_told_as_one(scene: Scene, clock: HandClock) -> None:
    ada = await subscribed(scene)
    scene.store.feelings.clear()
    felt(scene, STRUCK - 12 * DAY, Emotion.SAD)
    clock.now = STRUCK
    async with scene.bot():
        letter = await ada.wait_for("voice")
    assert TEXTS("letter.nothing") in (letter.caption or "")


async def test_without_leave_to_read_feelings_guesses_are_left_out(
    scene: Scene, clock: HandClock
) -> None:
    ada = await subscribed(scene, reads_feelings=False)
    await scene.store.score(1001, date(2026, 3, 14), 5)
    clock.now = STRUCK
    async with scene.bot():
        letter = await ada.wait_for("voice")
    assert TEXTS("letter.level.bright") in (letter.caption or "")


async def test_after_words_of_danger_it_points_to_people(scene: Scene, clock: HandClock) -> None:
    ada = await subscribed(scene)
    await scene.store.mark_crisis(1001)
    clock.now = STRUCK
    async with scene.bot():
        letter = await ada.wait_for("voice")
    assert TEXTS.many("letter.ahead.crisis")[0] in (letter.caption or "")
    assert letter.buttons == [TEXTS("checkin.button.reach_out")]
    assert scene.store.checkins[1001]["crisis_at"] is not None  # the check-in still asks


async def test_who_blocked_the_bot_gets_none_until_they_choose_again(
    scene: Scene, clock: HandClock
) -> None:
    ada, ben = await subscribed(scene), await subscribed(scene, 2002)
    await ada.block()
    clock.now = STRUCK
    async with scene.bot():
        await ben.wait_for("voice")
        await soon(lambda: scene.store.letter_rows[1001]["stopped_at"])
        await ada.unblock()
        await ada.send_text("/letter")
        menu = await ada.wait_for()
        assert menu.text == TEXTS("letter.stopped")
        await ada.tap("✓ Sunday")
        await ada.until(lambda: "2026-03-22" in (menu.text or ""))


async def test_a_letter_and_a_checkin_do_not_hinder_each_other(
    scene: Scene, clock: HandClock
) -> None:
    ada = await subscribed(scene, checkin=datetime(2026, 3, 15, 10).time())
    await scene.store.begin_checkins(1001)
    clock.now = STRUCK
    async with scene.bot():
        await ada.until(lambda: len([m for m in ada.messages if m.kind == "voice"]) == 2)
    assert len(letters(ada)) == 1


async def test_who_was_forgotten_gets_none(scene: Scene, clock: HandClock) -> None:
    ada = await subscribed(scene)
    await scene.store.forget(1001)
    clock.now = STRUCK
    async with scene.bot():
        await a_while(ada)
    assert letters(ada) == []


@pytest.mark.parametrize("language", words().languages)
async def test_in_every_language(scene: Scene, clock: HandClock, language: str) -> None:
    texts = words().texts(language)
    ada = await subscribed(scene, language=language, language_chosen=True)
    for age in range(1, 6):
        felt(scene, STRUCK - age * DAY, Emotion.SAD if age % 2 else Emotion.HAPPY)
    clock.now = STRUCK
    async with scene.bot():
        letter = await ada.wait_for("voice")
    assert texts("letter.opening") in (letter.caption or letter.text or "")
