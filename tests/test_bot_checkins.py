"""Check-ins through the real bot: chosen, asked, answered by tap, and stopped."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from apscheduler.triggers.interval import IntervalTrigger

from bot.local import refusals
from bot.local.chat import Chat
from bot.local.server import LocalServer
from bot.local.state import Message
from pipeline import schedule
from pipeline.errors import EngineError
from pipeline.values import Emotion, Entry, NoteKind
from tests.chatting import NOTE, Scene, soon, words
from tests.fakes import FakeCompanion, FakeStore
from tests.storing import HandClock

TEXTS = words().texts("en")
VIENNA = "Europe/Vienna"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
STRUCK = datetime(2026, 3, 10, 19, 30, tzinfo=UTC)
"""20:30 in Vienna."""
TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)
OPENINGS = tuple(TEXTS("checkin.greeting." + part) for part in ("evening", "night"))


@pytest.fixture
def clock() -> HandClock:
    held = HandClock()
    held.now = NOON
    return held


@pytest.fixture
async def scene(clock: HandClock) -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server, store=FakeStore(clock))


async def appointed(scene: Scene, user: int = 1001, **known: Any) -> Chat:
    """Somebody who wants to be asked at 20:30 in Vienna."""
    chosen = {"adult": True, "zone": VIENNA, "checkin": time(20, 30), **known}
    chat = scene.chat(user, **chosen)
    await scene.store.begin_checkins(user)
    return chat


def plain(day: date) -> str:
    """What is asked on a day when little is known."""
    wordings = TEXTS.many("checkin.ask.plain")
    return f"{TEXTS('checkin.greeting.evening')} {wordings[day.toordinal() % len(wordings)]}"


def questions(chat: Chat) -> list[Message]:
    scale = TEXTS("checkin.scale.1")
    return [m for m in chat.messages if any(scale in label for label in m.buttons)]


# ── Choosing ─────────────────────────────────────────────────────────────────────────────────


async def test_by_command_and_a_citys_name(scene: Scene) -> None:
    ada = scene.chat(adult=True)
    async with scene.bot():
        await ada.send_text("/checkin 20:30")
        assert TEXTS("zone.ask") in ((await ada.wait_for()).text or "")
        await ada.send_text("wien")
        told = (await ada.wait_for()).text or ""
    assert "20:30" in told and VIENNA in told and "13:00" in told and "today" in told
    person = scene.store.people[1001]
    assert (person.checkin, person.zone) == (time(20, 30), VIENNA)
    assert await scene.store.appointment(1001) is not None
    assert await scene.store.pending() == ()  # the city was no note to be answered
    assert scene.store.turns == {}


@pytest.mark.parametrize(
    ("command", "hour"),
    [("/checkin 8 pm Berlin", time(20)), ("/checkin 7h15 tokio", time(7, 15))],
)
async def test_all_in_one_command(scene: Scene, command: str, hour: time) -> None:
    ada = scene.chat(adult=True)
    async with scene.bot():
        await ada.send_text(command)
        assert f"{hour:%H:%M}" in ((await ada.wait_for()).text or "")
    found = await scene.store.appointment(1001)
    assert found is not None
    assert found.hour == hour
    assert found.zone in ("Europe/Berlin", "Asia/Tokyo")


async def test_by_buttons_and_by_the_time_it_is(scene: Scene) -> None:
    """It is noon in UTC; somebody's clock shows 13:00, which is Vienna's or Lagos's."""
    ada = scene.chat(adult=True)
    async with scene.bot():
        await ada.send_text("/checkin")
        menu = await ada.wait_for()
        assert menu.text == TEXTS("checkin.off")
        await (await ada.tap(TEXTS("checkin.button.choose"))).answered()
        await ada.until(lambda: "06:00" in menu.buttons)
        await ada.tap("20:00")
        await ada.until(lambda: "20:45" in menu.buttons)
        await ada.tap("20:45")
        await ada.until(lambda: (menu.text or "").endswith(TEXTS("zone.ask")))
        await ada.tap(TEXTS("zone.button.clock"))
        await ada.until(lambda: "13:00" in menu.buttons)
        assert len(menu.buttons) > 25
        await ada.tap("13:00")
        await ada.until(lambda: menu.text == TEXTS("zone.which"))
        berlin = next(label for label in menu.buttons if "Berlin" in label)
        assert any("Lagos" in label for label in menu.buttons)
        await ada.tap(berlin)
        await ada.until(lambda: "20:45" in (menu.text or ""))
        assert TEXTS("checkin.button.off") in menu.buttons
        assert [m for m in ada.messages if m.from_bot] == [menu]  # all of it in its place
    assert scene.store.people[1001].zone == "Europe/Berlin"


async def test_from_the_settings_and_back(scene: Scene) -> None:
    ada = scene.chat(adult=True, zone=VIENNA)
    async with scene.bot():
        await ada.send_text("/settings")
        menu = await ada.wait_for()
        await ada.tap(TEXTS("settings.button.checkin"))
        await ada.until(lambda: TEXTS("checkin.off") in (menu.text or ""))
        await ada.tap(TEXTS("checkin.button.choose"))
        await ada.until(lambda: "20:00" in menu.buttons)
        await ada.tap("20:00")
        await ada.until(lambda: "20:45" in menu.buttons)
        await ada.tap("20:45")
        await ada.until(lambda: TEXTS("checkin.button.off") in menu.buttons)
        await ada.tap(TEXTS("button.settings"))
        await ada.until(lambda: "Daily check-in: 20:45" in (menu.text or ""))
        await ada.tap(TEXTS("settings.button.checkin"))
        await ada.until(lambda: TEXTS("checkin.button.off") in menu.buttons)
        await ada.tap(TEXTS("checkin.button.off"))
        await ada.until(lambda: menu.text == TEXTS("checkin.switched_off"))
        await ada.tap(TEXTS("button.settings"))
        await ada.until(lambda: "Daily check-in: off" in (menu.text or ""))
    assert [m for m in ada.messages if m.from_bot] == [menu]


async def test_in_the_language_that_was_chosen(scene: Scene) -> None:
    """Telegram is in English; the question of where, its buttons and a reply to it are not."""
    german = words().texts("de")
    ada = scene.chat(adult=True, language="de", language_chosen=True)
    async with scene.bot():
        await ada.send_text("/checkin 20:30")
        asked = await ada.wait_for()
        await ada.tap(german("zone.button.clock"))
        await ada.until(lambda: "13:00" in asked.buttons)
        await ada.tap("13:00")
        await ada.until(lambda: asked.text == german("zone.which"))
        assert asked.buttons[-2:] == [german("zone.button.clock"), german("button.settings")]
        await ada.send_text("/checkin 20:30")
        asked = await ada.wait_for()
    async with scene.bot():  # which remembers no question
        await ada.reply(asked, "Wien")
        assert VIENNA in ((await ada.wait_for()).text or "")


async def test_where_the_menu_can_be_changed_no_more_a_new_one_comes(scene: Scene) -> None:
    ada = scene.chat(adult=True, zone=VIENNA)
    async with scene.bot():
        await ada.send_text("/checkin")
        await ada.wait_for()
        scene.server.refuse("editMessageText", ada, refusals.CANNOT_EDIT)
        await ada.tap(TEXTS("checkin.button.choose"))
        assert "20:00" in (await ada.wait_for()).buttons


async def test_by_a_clock_that_two_days_share(scene: Scene) -> None:
    ada = scene.chat(adult=True)
    async with scene.bot():
        await ada.send_text("/checkin 20:30")
        asked = await ada.wait_for()
        for made_up in ("offset:x", "offset:", "offset:99999999", "is:Nowhere"):
            await ada.tap_data(asked, f"zone:{made_up}").answered()
        await ada.until(lambda: "01:00" in asked.buttons)
        await ada.tap("01:00")
        await ada.until(lambda: asked.text == TEXTS("zone.which"))
        await ada.tap(next(label for label in asked.buttons if "Auckland" in label))
        await ada.until(lambda: "Pacific/Auckland" in (asked.text or ""))


async def test_by_a_shared_location(scene: Scene) -> None:
    ada = scene.chat(adult=True)
    async with scene.bot():
        await ada.send_text("/checkin 20:30")
        await ada.wait_for()
        await ada.share_location(42.23, -8.72)  # Vigo, nearer to Lisbon than to Madrid
        assert "Europe/Madrid" in ((await ada.wait_for()).text or "")
    kept = repr(scene.store.people[1001]) + repr(await scene.store.export(1001))
    assert "42.2" not in kept and "8.72" not in kept


async def test_a_name_of_several_places_is_asked_about(scene: Scene) -> None:
    ada = scene.chat(adult=True)
    async with scene.bot():
        await ada.send_text("/checkin 20:30")
        await ada.wait_for()
        await ada.send_text("San José")
        choice = await ada.wait_for()
        assert choice.text == TEXTS("zone.which")
        await ada.tap("San José (CR), 06:00")
        await ada.until(lambda: "America/Costa_Rica" in (choice.text or ""))


async def test_a_slip_of_the_fingers_is_asked_about(scene: Scene) -> None:
    ada = scene.chat(adult=True)
    async with scene.bot():
        await ada.send_text("/checkin 20:30")
        await ada.wait_for()
        await ada.send_text("Copenhagn")
        choice = await ada.wait_for()
        assert choice.text == TEXTS("zone.which")
        assert scene.store.people[1001].zone is None
        await ada.tap("Copenhagen (DK), 13:00")
        await ada.until(lambda: "Europe/Copenhagen" in (choice.text or ""))


async def test_an_unknown_place_is_asked_for_again(scene: Scene) -> None:
    ada = scene.chat(adult=True)
    async with scene.bot():
        await ada.send_text("/checkin 20:30")
        await ada.wait_for()
        await ada.send_text("Xyzzyville")
        assert (await ada.wait_for()).text == TEXTS("zone.unknown")
        await ada.send_text("I am sad")  # not taken for a place a second time
        await ada.wait_for("voice")
        await ada.send_text("14:02")  # what the clock shows there
        assert (await ada.wait_for()).text == TEXTS("zone.which")


async def test_what_somebody_wants_to_say_is_not_taken_for_a_place(scene: Scene) -> None:
    ada = scene.chat(adult=True)
    async with scene.bot():
        await ada.send_text("/checkin 20:30")
        await ada.wait_for()
        await ada.send_text("actually I had a really bad day")
        assert (await ada.wait_for("voice")).caption == "I hear you. That sounds heavy."
        await ada.send_text("I want to die")
        card = await ada.wait_for("text")
        await ada.until(lambda: ada.pinned == [card])


async def test_without_a_question_a_citys_name_is_a_note(scene: Scene) -> None:
    ada = scene.chat(adult=True)
    async with scene.bot():
        await ada.send_text("Vienna")
        await ada.wait_for("voice")
        await ada.share_location(48.2, 16.4)
        assert (await ada.wait_for("text")).text == TEXTS("unsupported.location")
    assert scene.store.people[1001].zone is None


async def test_an_answer_to_the_question_is_known_after_a_restart(scene: Scene) -> None:
    ada = scene.chat(adult=True)
    async with scene.bot():
        await ada.send_text("/checkin 20:30")
        asked = await ada.wait_for()
    async with scene.bot():
        await ada.reply(asked, "Vienna")
        assert VIENNA in ((await ada.wait_for()).text or "")


async def test_switched_off(scene: Scene, clock: HandClock) -> None:
    ada = await appointed(scene)
    async with scene.bot():
        await ada.send_text("/checkin off")
        assert (await ada.wait_for()).text == TEXTS("checkin.switched_off")
    clock.now = STRUCK
    async with scene.bot():
        await ada.send_text("/checkin")
        told = await ada.wait_for()
    assert TEXTS("checkin.off") in (told.text or "") and VIENNA in (told.text or "")
    assert questions(ada) == []


async def test_what_is_no_hour_is_met_with_a_choice(scene: Scene) -> None:
    ada = scene.chat(adult=True)
    async with scene.bot():
        for wish in ("25:00", "whenever you like it best"):
            await ada.send_text(f"/checkin {wish}")
            told = await ada.wait_for()
            assert told.text == TEXTS("checkin.not_an_hour")
            assert "20:00" in told.buttons
    assert scene.store.people[1001].checkin is None


async def test_a_minor_is_offered_no_late_hour(scene: Scene) -> None:
    ada = scene.chat(adult=False, zone=VIENNA)
    async with scene.bot():
        await ada.send_text("/checkin 22:30")
        told = await ada.wait_for()
        assert told.text == TEXTS("checkin.young", first="07:00", last="21:00")
        assert {"07:00", "21:00"} < set(told.buttons)
        assert not {"22:00", "23:00", "00:00", "06:00"} & set(told.buttons)
        ada_taps_an_old_button = await ada.tap("20:00")
        await ada_taps_an_old_button.answered()
        await ada.until(lambda: told.text == TEXTS("checkin.which_minute"))
        tap = ada.tap_data(told, "checkin:at:23:30")
        await tap.answered()
        young = TEXTS("checkin.young", first="07:00", last="21:00")
        await ada.until(lambda: told.text == young)
    assert scene.store.people[1001].checkin is None


async def test_whose_age_is_unknown_is_asked_before_a_late_hour(scene: Scene) -> None:
    ada = scene.chat(zone=VIENNA)
    async with scene.bot():
        await ada.send_text("/checkin 23:30")
        told = await ada.wait_for()
        assert told.text == TEXTS("checkin.of_age_first", first="07:00", last="21:00")
        await ada.tap(TEXTS("adult.button.yes"))
        await ada.until(lambda: scene.store.people[1001].adult)
        await ada.send_text("/checkin 23:30")
        await soon(lambda: scene.store.people[1001].checkin == time(23, 30))


async def test_who_turns_out_to_be_young_is_told_why_nothing_comes(
    scene: Scene, clock: HandClock
) -> None:
    ada = await appointed(scene, adult=False, checkin=time(23, 0))
    clock.now = datetime(2026, 3, 10, 22, 1, tzinfo=UTC)
    async with scene.bot():
        await ada.send_text("/checkin")
        told = (await ada.wait_for()).text
    assert told == TEXTS("checkin.young", first="07:00", last="21:00")
    assert questions(ada) == []


# ── Being asked ──────────────────────────────────────────────────────────────────────────────


async def test_the_question_comes_spoken_with_a_scale(scene: Scene, clock: HandClock) -> None:
    ada = await appointed(scene)
    clock.now = STRUCK
    async with scene.bot():
        asked = await ada.wait_for("voice")
    assert (asked.caption or "").startswith(plain(TODAY))
    assert asked.buttons == [TEXTS(f"checkin.scale.{step}") for step in range(1, 6)]
    assert [said for said, _ in scene.speaker.said] == [plain(TODAY)]


async def test_a_restart_asks_nobody_twice(scene: Scene, clock: HandClock) -> None:
    ada = await appointed(scene)
    clock.now = STRUCK
    async with scene.bot():
        await ada.wait_for("voice")
    clock.pass_by(timedelta(minutes=5))
    async with scene.bot():
        await ada.send_text("/help")
        await ada.wait_for("text")
    assert len(questions(ada)) == 1


async def test_a_bot_that_was_down_for_days_asks_once(scene: Scene, clock: HandClock) -> None:
    ada = await appointed(scene)
    clock.now = STRUCK + 5 * DAY + timedelta(minutes=40)
    async with scene.bot():
        await ada.wait_for("voice")
        await ada.send_text("/help")
        await ada.wait_for("text")
    assert len(questions(ada)) == 1
    late = await appointed(scene, 1002)
    clock.now = STRUCK + 6 * DAY + timedelta(hours=2, minutes=1)
    async with scene.bot():
        await late.send_text("/help")
        await late.wait_for("text")
    assert questions(late) == []


async def test_a_tap_is_kept_ticked_and_thanked_for_once(scene: Scene, clock: HandClock) -> None:
    ada = await appointed(scene)
    clock.now = STRUCK
    async with scene.bot():
        asked = await ada.wait_for("voice")
        tap = await ada.tap(TEXTS("checkin.scale.2"))
        assert TEXTS("checkin.score.2") in (await tap.answered())["text"]
        assert (await ada.wait_for("text")).text == TEXTS("checkin.thanks.2")
        await ada.until(lambda: "✓ " + TEXTS("checkin.scale.2") in asked.buttons)
        clock.pass_by(timedelta(minutes=3))
        await (await ada.tap(TEXTS("checkin.scale.4"))).answered()
        await ada.until(lambda: "✓ " + TEXTS("checkin.scale.4") in asked.buttons)
        await ada.send_text("/help")
        assert ((await ada.wait_for("text")).text or "").startswith("Send me a voice note")
    assert "✓ " + TEXTS("checkin.scale.2") not in asked.buttons
    (entry,) = await scene.store.feelings_of(1001)
    assert (entry.score, entry.at, entry.kind) == (4, STRUCK, NoteKind.TEXT)


async def test_the_lowest_step_shows_whom_to_turn_to(scene: Scene, clock: HandClock) -> None:
    ada = await appointed(scene)
    clock.now = STRUCK
    async with scene.bot():
        await ada.wait_for("voice")
        await ada.tap(TEXTS("checkin.scale.1"))
        assert (await ada.wait_for("text")).text == TEXTS("checkin.thanks.1")
        await ada.tap(TEXTS("checkin.button.reach_out"))
        assert (await ada.wait_for("text")).text == TEXTS("aftercare.which_country")


async def test_the_scale_of_an_earlier_day_changes_nothing(scene: Scene, clock: HandClock) -> None:
    ada = await appointed(scene)
    clock.now = STRUCK
    async with scene.bot():
        asked = await ada.wait_for("voice")
        clock.pass_by(2 * DAY)
        tap = await ada.tap(TEXTS("checkin.scale.5"), asked)
        assert (await tap.answered())["text"] == TEXTS("checkin.stale")
        for nonsense in ("score:9:2026-03-12", "score:3:yesterday", "score:x"):
            stale = await ada.tap_data(asked, nonsense).answered()
            assert stale["text"] == TEXTS("checkin.stale")
    assert await scene.store.feelings_of(1001) == ()


async def test_an_answer_by_voice_is_a_note_that_knows_the_question(
    scene: Scene, clock: HandClock
) -> None:
    companion = FakeCompanion()
    scene.companion = companion
    ada = await appointed(scene)
    clock.now = STRUCK
    async with scene.bot():
        await ada.wait_for("voice")
        await soon(lambda: scene.store.turns)
        await ada.send_voice(NOTE)
        assert "work was hard" in ((await ada.wait_for("voice")).caption or "")
    before, answer = companion.prompts[0].turns
    assert (before.speaker, before.words) == ("companion", plain(TODAY))
    assert answer.words == "work was hard"


async def test_no_question_breaks_into_a_talk(
    scene: Scene, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.scheduler.LOOK", IntervalTrigger(seconds=0.05))
    ada, ben = await appointed(scene), await appointed(scene, 1002)
    clock.now = STRUCK - timedelta(minutes=1)
    async with scene.bot():
        await ada.send_text("My sister and I had a fight")
        await ada.wait_for("voice")
        clock.now = STRUCK
        await ben.wait_for("voice")
        clock.now = STRUCK + timedelta(minutes=1)
        await asyncio.sleep(0.3)
        assert (len(questions(ada)), len(questions(ben))) == (0, 1)
        clock.now = STRUCK + timedelta(minutes=4)
        await ada.until(lambda: questions(ada))
        await asyncio.sleep(0.3)
    assert (len(questions(ada)), len(questions(ben))) == (1, 1)


async def test_no_question_breaks_into_an_exercise(
    scene: Scene, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.scheduler.LOOK", IntervalTrigger(seconds=0.05))
    ada = await appointed(scene)
    clock.now = STRUCK - timedelta(seconds=30)
    async with scene.bot():
        await ada.send_text("/relax breathing")
        await ada.wait_for("voice", 30)
        clock.now = STRUCK + timedelta(minutes=1)
        await asyncio.sleep(0.3)
        assert questions(ada) == []
        clock.now = STRUCK + schedule.LONGEST_HOLD + timedelta(minutes=1)
        await ada.until(lambda: questions(ada))
    assert len(questions(ada)) == 1


async def test_who_wants_text_is_asked_in_writing(scene: Scene, clock: HandClock) -> None:
    ada = await appointed(scene, answers="text")
    clock.now = STRUCK
    async with scene.bot():
        asked = await ada.wait_for()
    assert asked.kind == "text" and (asked.text or "").startswith(plain(TODAY))
    assert len(asked.buttons) == 5
    assert scene.speaker.said == []


async def test_the_question_knows_the_last_days(scene: Scene, clock: HandClock) -> None:
    ada, ben = await appointed(scene), await appointed(scene, 1002)
    cid = await appointed(scene, 1003, reads_feelings=False)
    for day in (1, 2):
        await scene.store.score(ada.id, TODAY - day * DAY, 1)
        low = Entry(90 + day, NOON - day * DAY, NoteKind.VOICE, {Emotion.SAD: 1.0})
        scene.store.scores[ada.id, TODAY - day * DAY] = low
        scene.store.scores[cid.id, TODAY - day * DAY] = low  # guessed before they switched it off
    good = Entry(99, NOON - DAY, NoteKind.TEXT, score=5)
    scene.store.scores[ben.id, TODAY - DAY] = good
    clock.now = STRUCK
    async with scene.bot():
        asked = {chat.id: (await chat.wait_for("voice")).caption or "" for chat in (ada, ben, cid)}
    assert any(one in asked[ada.id] for one in TEXTS.many("checkin.ask.lasting_low"))
    assert any(one in asked[ben.id] for one in TEXTS.many("checkin.ask.bright"))
    assert plain(TODAY) in asked[cid.id]


async def test_it_reads_a_voice_as_its_corrections_teach(scene: Scene, clock: HandClock) -> None:
    """What sounds sad in this voice was calm, time and again."""
    ada, ben = await appointed(scene), await appointed(scene, 1002)
    sad = {each: 0.79 if each is Emotion.SAD else 0.03 for each in Emotion}
    for number in range(30):
        for chat in (ada, ben):
            long_ago = NOON - 40 * DAY + number * timedelta(hours=6)
            said = Emotion.CALM if chat is ada else None
            if number > 26:
                long_ago, said = NOON - (30 - number) * timedelta(hours=12), None
            entry = Entry(2 * number + chat.id % 2, long_ago, NoteKind.VOICE, sad, correction=said)
            scene.store.feelings[entry.id] = (chat.id, entry, "fake")
    clock.now = STRUCK
    async with scene.bot():
        asked = {chat.id: (await chat.wait_for("voice")).caption or "" for chat in (ada, ben)}
    heavy = [*TEXTS.many("checkin.ask.low"), *TEXTS.many("checkin.ask.lasting_low")]
    assert any(one in asked[ben.id] for one in heavy)
    assert not any(one in asked[ada.id] for one in heavy)


async def test_words_of_danger_are_followed_up_once(scene: Scene, clock: HandClock) -> None:
    ada = await appointed(scene)
    async with scene.bot():
        await ada.send_text("I want to kill myself")
        await ada.wait_for("text")
        await soon(lambda: scene.store.checkins[1001]["crisis_at"])
    clock.now = STRUCK
    async with scene.bot():
        asked = await ada.wait_for("voice")
        while TEXTS("checkin.scale.1") not in asked.buttons:
            asked = await ada.wait_for("voice")
        await soon(lambda: scene.store.checkins[1001]["crisis_at"] is None)
    assert TEXTS.many("checkin.ask.crisis")[0] in (asked.caption or "")
    assert asked.buttons[-1] == TEXTS("checkin.button.reach_out")
    clock.now = STRUCK + DAY
    async with scene.bot():
        again = await ada.wait_for("voice")
    assert TEXTS.many("checkin.ask.crisis")[0] not in (again.caption or "")


async def test_no_question_ever_reproaches_or_counts() -> None:
    reproaches = (
        "miss",
        "streak",
        "in a row",
        "again",
        "forgot",
        "waited",
        "haven't",
        "days since",
    )
    for key, entry in TEXTS.entries.items():
        if key.startswith("checkin.ask."):
            for wording in entry:
                assert not any(word in wording.casefold() for word in reproaches), wording


# ── What may go wrong ────────────────────────────────────────────────────────────────────────


async def test_the_same_words_are_spoken_once_and_sent_by_their_file(
    scene: Scene, clock: HandClock
) -> None:
    chats = [await appointed(scene, 1001 + number) for number in range(12)]
    clock.now = STRUCK
    async with scene.bot():
        asked = [await chat.wait_for("voice") for chat in chats]
    assert len(scene.speaker.said) == 1
    sent = [call.parameters.get("voice") for call in scene.server.calls("sendVoice")]
    uploads = [one for one in sent if not isinstance(one, str) or one.startswith("attach://")]
    assert len(uploads) <= 1 and len(sent) == 12
    assert len({one.content["voice"]["file_unique_id"] for one in asked}) == 1
    clock.now = STRUCK + len(TEXTS.many("checkin.ask.plain")) * DAY  # the same words come round
    async with scene.bot():
        await chats[0].wait_for("voice")
    assert len(scene.speaker.said) == 1


async def test_who_blocked_the_bot_is_left_alone_and_others_go_on(
    scene: Scene, clock: HandClock
) -> None:
    ada, ben = await appointed(scene), await appointed(scene, 1002)
    await ada.block()
    clock.now = STRUCK
    async with scene.bot():
        await ben.wait_for("voice")
        await soon(lambda: scene.store.checkins[1001]["stopped_at"])
    await ada.unblock()
    clock.now = STRUCK + DAY
    async with scene.bot():
        await ben.wait_for("voice")
        await ada.send_text("/checkin")
        assert (await ada.wait_for()).text == TEXTS("checkin.stopped", hour="20:30")
        await ada.send_text("/checkin 20:30")
        await ada.wait_for()
    assert questions(ada) == []
    clock.now = STRUCK + 2 * DAY
    async with scene.bot():
        await ada.wait_for("voice")
        await ben.wait_for("voice")
    assert (len(questions(ada)), len(questions(ben))) == (1, 3)


async def test_a_chat_without_voices_is_asked_in_writing(scene: Scene, clock: HandClock) -> None:
    ada, ben = await appointed(scene), await appointed(scene, 1002)
    scene.server.refuse("sendVoice", ada, refusals.VOICE_FORBIDDEN, times=None)
    clock.now = STRUCK
    async with scene.bot():
        asked = await ada.wait_for("text")
        await ben.wait_for("voice")
    assert (asked.text or "").startswith(plain(TODAY)) and len(asked.buttons) == 5


async def test_without_a_voice_everybody_is_asked_in_writing_after_one_try(
    scene: Scene, clock: HandClock
) -> None:
    scene.speaker.failing = [EngineError("no voice") for _ in range(99)]
    chats = [await appointed(scene, 1001 + number) for number in range(5)]
    clock.now = STRUCK
    async with scene.bot():
        for chat in chats:
            assert (await chat.wait_for()).kind == "text"
    assert len(scene.speaker.said) == 1


async def test_a_spoken_question_that_telegram_lost_is_spoken_anew(
    scene: Scene, clock: HandClock
) -> None:
    ada = await appointed(scene)
    clock.now = STRUCK
    async with scene.bot():
        await ada.wait_for("voice")
    scene.store.recordings = dict.fromkeys(scene.store.recordings, "a file that is gone")
    ben = await appointed(scene, 1002)
    scene.store.checkins[1002]["since"] = NOON
    async with scene.bot():
        await ben.wait_for("voice")
    assert len(scene.speaker.said) == 2


async def test_what_surely_did_not_arrive_is_sent_at_the_next_look(
    scene: Scene, clock: HandClock
) -> None:
    ada = await appointed(scene)
    clock.now = STRUCK
    scene.server.refuse("sendVoice", ada, refusals.too_many_requests(3600))
    async with scene.bot():
        await scene.server.called("sendVoice")
        await soon(lambda: scene.store.checkins[1001]["asked_at"] is None)
    clock.pass_by(timedelta(minutes=1))
    async with scene.bot():
        await ada.wait_for("voice")
    assert len(questions(ada)) == 1


async def test_what_may_have_arrived_is_not_sent_again(scene: Scene, clock: HandClock) -> None:
    ada = await appointed(scene)
    clock.now = STRUCK
    scene.server.refuse("sendVoice", ada, refusals.CHAT_NOT_FOUND, times=None)
    scene.server.refuse("sendMessage", ada, refusals.CHAT_NOT_FOUND)
    async with scene.bot():
        await scene.server.called("sendMessage")
    clock.pass_by(timedelta(minutes=1))
    async with scene.bot():
        await ada.send_text("/help")
        await ada.wait_for("text")
    assert questions(ada) == []
    assert scene.store.checkins[1001]["asked_day"] == TODAY


async def test_nobody_is_asked_whom_the_owner_no_longer_lets_in(
    scene: Scene, clock: HandClock
) -> None:
    ada, ben = await appointed(scene), await appointed(scene, 1002)
    clock.now = STRUCK
    async with scene.bot(allowed_users={1002}):
        await ben.wait_for("voice")
    assert questions(ada) == []
