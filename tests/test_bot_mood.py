"""/mood through the real bot: a picture with its words, changed in place."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot import picture
from bot.local.server import LocalServer
from pipeline.looking_back import LookBack
from pipeline.values import Emotion, Entry, NoteKind
from tests.chatting import Scene, words
from tests.fakes import FakeStore
from tests.storing import HandClock

TEXTS = words().texts("en")
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> HandClock:
    held = HandClock()
    held.now = NOON
    return held


@pytest.fixture
async def scene(clock: HandClock) -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server, store=FakeStore(clock))


def felt(scene: Scene, at: datetime, emotion: Emotion, correction: Emotion | None = None) -> None:
    guess = {each: 0.79 if each is emotion else 0.03 for each in Emotion}
    number = len(scene.store.feelings) + 1
    entry = Entry(number, at, NoteKind.VOICE, guess, correction)
    scene.store.feelings[number] = (1001, entry, "fake")


async def test_a_picture_with_a_sentence_and_what_its_shapes_mean(scene: Scene) -> None:
    ada = scene.chat(zone="Europe/Vienna")
    felt(scene, NOON - 2 * DAY, Emotion.SAD)
    felt(scene, NOON - DAY, Emotion.ANGRY, Emotion.HAPPY)
    await scene.store.score(1001, NOON.date(), 4)
    async with scene.bot():
        await ada.send_text("/mood")
        shown = await ada.wait_for("photo")
    caption = shown.caption or ""
    assert shown.data.startswith(b"\x89PNG")
    assert caption.startswith("Your mood from 2026-03-04 to 2026-03-10")
    assert "3 of these 7 days" in caption
    assert "▼ low" in caption and "★ happy" in caption and "▲" not in caption
    assert TEXTS("mood.own") in caption and TEXTS("mood.score") in caption
    assert TEXTS("mood.guessed") in caption and TEXTS("mood.utc") not in caption
    assert shown.buttons == ["✓ 7 days", "30 days", "90 days"]
    assert any(action.name == "upload_photo" for action in ada.actions)


async def test_another_span_changes_the_picture_in_place(scene: Scene) -> None:
    ada = scene.chat(zone="Europe/Vienna")
    felt(scene, NOON - 20 * DAY, Emotion.SAD)
    felt(scene, NOON - 89 * DAY, Emotion.HAPPY)
    felt(scene, NOON, Emotion.CALM)
    async with scene.bot():
        await ada.send_text("/mood")
        shown = await ada.wait_for("photo")
        week = shown.data
        assert "one day only, 2026-03-10" in (shown.caption or "")
        await (await ada.tap("30 days")).answered()
        await ada.until(lambda: "2 of these 30 days" in (shown.caption or ""))
        month = shown.data
        await ada.tap("90 days")
        await ada.until(lambda: "3 of these 90 days" in (shown.caption or ""))
        assert shown.buttons == ["7 days", "30 days", "✓ 90 days"]
    assert len({week, month, shown.data}) == 3
    assert len([m for m in ada.messages if m.from_bot]) == 1


async def test_nobody_knows_anything_yet(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("/mood")
        shown = await ada.wait_for("photo")
    caption = shown.caption or ""
    assert caption.startswith(TEXTS("mood.nothing", first="2026-03-04", last="2026-03-10"))
    assert TEXTS("mood.utc") in caption
    assert TEXTS("mood.guessed") not in caption and TEXTS("mood.marks") not in caption


async def test_another_persons_days_are_not_shown(scene: Scene) -> None:
    felt(scene, NOON, Emotion.SAD)
    ben = scene.chat(2002)
    async with scene.bot():
        await ben.send_text("/mood")
        assert "nothing" in ((await ben.wait_for("photo")).caption or "")


async def test_a_picture_that_is_gone_comes_anew(scene: Scene) -> None:
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("/mood")
        shown = await ada.wait_for("photo")
        shown.deleted = True
        ada.tap_data(shown, "mood:30")
        again = await ada.wait_for("photo")
        assert "✓ 30 days" in again.buttons
        ada.tap_data(again, "mood:1000000")  # no such span
        await ada.until(lambda: "✓ 7 days" in again.buttons)


async def test_where_nothing_can_be_drawn_the_words_remain(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: LookBack) -> bytes:
        raise MemoryError

    monkeypatch.setattr(picture, "draw", breaks)
    ada = scene.chat()
    felt(scene, NOON, Emotion.SAD)
    async with scene.bot():
        await ada.send_text("/mood")
        told = await ada.wait_for("text")
        assert (told.text or "").startswith(TEXTS("mood.no_picture"))
        assert TEXTS("mood.level.low") in (told.text or "")


async def test_the_caption_is_in_ones_own_language_and_fits(scene: Scene) -> None:
    """Every shape there is, and the whole key, in every language."""
    for number, emotion in enumerate(Emotion):
        felt(scene, NOON - number % 7 * DAY - number * DAY / 24, emotion, emotion)
    for age in range(7):
        await scene.store.score(1001, (NOON - age * DAY).date(), 3)
    for language in words().languages:
        ada = scene.chat(language=language, language_chosen=True)
        async with scene.bot():
            await ada.send_text("/mood")
            shown = await ada.wait_for("photo")
        assert words().texts(language)("mood.guessed") in (shown.caption or "")
