"""When somebody is due: clocks that change, days that are lost or long, nights that stay quiet."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline import schedule
from pipeline.schedule import CATCH_UP, PUNCTUAL, Due
from pipeline.values import Appointment, Asked

VIENNA = "Europe/Vienna"
LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def wants(hour: str = "20:30", zone: str = VIENNA, **known: Any) -> Appointment:
    chosen = Appointment(7, time.fromisoformat(hour), zone, LONG_AGO, adult=True)
    return replace(chosen, **known)


def local(text: str, zone: str = VIENNA, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def asked(one: Due, at: datetime) -> Asked:
    return Asked(one.day, one.zone, at)


def live(appointment: Appointment, start: datetime, end: datetime, step: timedelta) -> list[Due]:
    """Every check-in that goes out when somebody looks every so often, as the bot does."""
    went, now = [], start
    while now < end:
        found = schedule.due_now(appointment, now)
        if found is not None:
            went.append(found)
            appointment = replace(appointment, asked=asked(found, now))
        now += step
    return went


def test_the_hour_is_the_wall_clocks() -> None:
    evening = wants("20:30")
    assert schedule.due_now(evening, local("2026-03-10 20:29:59")) is None
    found = schedule.due_now(evening, local("2026-03-10 20:30"))
    assert found == Due(7, date(2026, 3, 10), VIENNA, datetime(2026, 3, 10, 19, 30, tzinfo=UTC))
    summer = schedule.due_now(evening, local("2026-07-10 20:30"))
    assert summer is not None
    assert summer.at == datetime(2026, 7, 10, 18, 30, tzinfo=UTC)
    tokyo = wants("20:30", "Asia/Tokyo")
    assert schedule.due_now(tokyo, datetime(2026, 3, 10, 11, 30, tzinfo=UTC)) is not None


def test_nobody_is_asked_twice_for_a_day() -> None:
    now = local("2026-03-10 20:31")
    found = schedule.due_now(wants(), now)
    assert found is not None
    again = wants(asked=asked(found, now))
    assert schedule.due_now(again, now + MINUTE) is None
    assert schedule.due_now(again, local("2026-03-11 20:30")) is not None


def test_an_hour_that_the_spring_takes_out_is_asked_once_that_much_later() -> None:
    """In Vienna 02:30 does not exist on 29 March 2026."""
    went = live(wants("02:30"), local("2026-03-28 00:00"), local("2026-03-31 00:00"), MINUTE)
    assert [one.day.day for one in went] == [28, 29, 30]
    assert went[1].at == local("2026-03-29 03:30")


def test_an_hour_that_the_autumn_gives_twice_is_asked_the_first_time_alone() -> None:
    """In Vienna 02:30 comes twice on 25 October 2026."""
    went = live(wants("02:30"), local("2026-10-24 00:00"), local("2026-10-27 00:00"), MINUTE)
    assert [one.day.day for one in went] == [24, 25, 26]
    assert went[1].at == local("2026-10-25 02:30", fold=0) != local("2026-10-25 02:30", fold=1)


def test_a_restart_inside_the_repeated_hour_asks_nobody_again() -> None:
    first, second = (local("2026-10-25 02:30", fold=fold) for fold in (0, 1))
    found = schedule.due_now(wants("02:30"), first)
    assert found is not None
    assert schedule.due_now(wants("02:30", asked=asked(found, first)), second) is None


def test_a_day_that_a_zone_leaves_out_brings_no_second_question() -> None:
    """Samoa had no 30 December 2011."""
    apia = wants("20:30", "Pacific/Apia")
    start, end = datetime(2011, 12, 27, tzinfo=UTC), datetime(2012, 1, 3, tzinfo=UTC)
    went = live(apia, start, end, timedelta(minutes=10))
    assert date(2011, 12, 30) not in {one.day for one in went}
    assert len({one.day for one in went}) == len(went) == 7
    assert all(b.at - a.at >= timedelta(hours=20) for a, b in pairwise(went))


ZONES = sorted(available_timezones() - {"localtime", "Factory"})


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),
    st.integers(5, 14),  # looked at more seldom, a quiet night swallows the late ones
)
@example("Pacific/Apia", time(0, 30), datetime(2011, 12, 26), 5)
@example("Australia/Lord_Howe", time(1, 45), datetime(2026, 3, 30), 5)
@example("America/Sao_Paulo", time(0, 0), datetime(2018, 10, 30), 7)
@example("Africa/Cairo", time(23, 50), datetime(2026, 10, 25), 7)
@example("Antarctica/Troll", time(2, 30), datetime(2026, 3, 25), 9)
def test_once_a_local_day_whatever_the_zone_does(
    zone: str, hour: time, start: datetime, step: int
) -> None:
    """Ten days, looked at every so many minutes: one check-in a day, in order."""
    begin = start.replace(tzinfo=UTC)
    end = begin + timedelta(days=10)
    went = live(wants(hour.isoformat(), zone), begin, end, timedelta(minutes=step))
    days = [one.day for one in went]
    assert days == sorted(set(days))
    assert len(days) >= 9  # Samoa's lost day costs one
    for before, after in pairwise(went):
        assert after.at - before.at >= schedule.APART


@pytest.mark.parametrize(
    ("woke", "is_asked"),
    [
        ("18:30", True),
        ("19:45", True),
        ("20:29", True),
        ("20:31", False),
        ("21:30", False),
    ],
)
def test_a_bot_that_was_down_makes_up_for_it_once_and_not_for_long(
    woke: str, is_asked: bool
) -> None:
    evening = wants("18:29")
    now = local(f"2026-03-10 {woke}")
    found = schedule.due_now(evening, now)
    assert (found is not None) is is_asked
    if found is not None:
        assert schedule.due_now(wants("18:29", asked=asked(found, now)), now + MINUTE) is None


def test_days_of_silence_bring_one_question_not_many() -> None:
    last = Asked(date(2026, 3, 1), VIENNA, local("2026-03-01 18:30"))
    back = local("2026-03-10 19:00")
    went = live(wants("18:30", asked=last), back, back + timedelta(hours=6), MINUTE)
    assert [one.day for one in went] == [date(2026, 3, 10)]


def test_nothing_late_disturbs_the_night() -> None:
    evening = wants("21:30")
    assert schedule.due_now(evening, local("2026-03-10 21:59")) is not None
    assert schedule.due_now(evening, local("2026-03-10 22:05")) is None
    early = wants("06:00")
    assert schedule.due_now(early, local("2026-03-10 06:15")) is not None
    assert schedule.due_now(early, local("2026-03-10 06:30")) is None
    assert schedule.due_now(early, local("2026-03-10 08:00")) is not None


def test_a_chosen_hour_of_the_night_is_kept() -> None:
    found = schedule.due_now(wants("23:55"), local("2026-03-11 00:05"))
    assert found is not None
    assert found.day == date(2026, 3, 10)


def test_a_long_minute_is_not_late() -> None:
    """Ten thousand at 21:50 take some minutes, and the last of them is asked too."""
    at = local("2026-03-10 21:50")
    assert schedule.due_now(wants("21:50"), at + PUNCTUAL) is not None
    assert schedule.due_now(wants("21:50"), at + PUNCTUAL + MINUTE) is None


@pytest.mark.parametrize("adult", [False, None])
def test_only_adults_are_asked_late_or_early(adult: bool | None) -> None:
    for hour, comes in {"06:59": False, "07:00": True, "21:00": True, "21:01": False}.items():
        now = local(f"2026-03-10 {hour}")
        assert (schedule.due_now(wants(hour, adult=adult), now) is not None) is comes
        assert (schedule.next_time(wants(hour, adult=adult), now) is not None) is comes
        assert schedule.due_now(wants(hour), now) is not None


def test_a_minor_is_not_caught_up_with_late() -> None:
    minor = wants("20:30", adult=False)
    assert schedule.due_now(minor, local("2026-03-10 20:55")) is not None
    assert schedule.due_now(minor, local("2026-03-10 21:10")) is None
    assert schedule.due_now(wants("20:30"), local("2026-03-10 21:10")) is not None


def test_an_hour_chosen_after_it_struck_begins_tomorrow() -> None:
    now = local("2026-03-10 20:45")
    chosen = wants("20:30", since=now)
    assert schedule.due_now(chosen, now + MINUTE) is None
    assert schedule.next_time(chosen, now) == local("2026-03-11 20:30")
    assert schedule.due_now(chosen, local("2026-03-11 20:30")) is not None


def test_another_hour_on_the_same_day_begins_tomorrow() -> None:
    morning = Asked(date(2026, 3, 10), VIENNA, local("2026-03-10 08:00"))
    moved = wants("20:30", asked=morning, since=local("2026-03-10 09:00"))
    assert schedule.due_now(moved, local("2026-03-10 20:30")) is None
    assert schedule.next_time(moved, local("2026-03-10 09:00")) == local("2026-03-11 20:30")


def test_a_journey_does_not_lose_a_day_or_double_one() -> None:
    """Asked in Auckland on the evening of the 2nd, which is still the 1st in Honolulu."""
    at = local("2026-03-02 20:30", "Pacific/Auckland")
    left = Asked(date(2026, 3, 2), "Pacific/Auckland", at)
    arrived = wants("20:30", "Pacific/Honolulu", asked=left)
    went = live(arrived, at, at + timedelta(days=3), MINUTE)
    assert [one.day.day for one in went] == [2, 3, 4][: len(went)]
    assert went[0].at - at == timedelta(hours=23)
    back = wants("20:30", "Pacific/Auckland", asked=asked(went[0], went[0].at))
    went = live(back, went[0].at, went[0].at + timedelta(days=2), MINUTE)
    assert went[0].at >= at + timedelta(hours=24)


def test_a_clock_that_was_wrong_once_silences_nobody_for_years() -> None:
    wild = Asked(date(2031, 1, 1), VIENNA, local("2031-01-01 20:30"))
    assert schedule.due_now(wants(asked=wild), local("2026-03-10 20:30")) is not None


def test_a_zone_that_is_no_more_asks_nobody_and_breaks_nothing() -> None:
    lost = wants("20:30", "Mars/Olympus_Mons")
    now = local("2026-03-10 20:30")
    assert schedule.due_now(lost, now) is None
    assert schedule.next_time(lost, now) is None
    assert [one.user for one in schedule.due((lost, wants()), now)] == [7]


def test_words_of_danger_are_followed_up_by_the_next_one_and_not_for_ever() -> None:
    now = local("2026-03-10 20:30")
    for ago, follows in ((timedelta(hours=2), True), (timedelta(days=15), False)):
        found = schedule.due_now(wants(crisis_at=now - ago), now)
        assert found is not None
        assert found.follows_up is follows


def test_the_wall_clock_is_the_zones_where_one_is_known() -> None:
    now = datetime(2026, 3, 10, 19, 30, tzinfo=UTC)
    there = schedule.wall_clock(now, VIENNA)
    assert (there, there.time()) == (now, time(20, 30))
    for unknown in (None, "Mars/Olympus_Mons"):
        assert schedule.wall_clock(now, unknown).tzinfo is UTC


def test_many_come_in_the_order_of_their_hours() -> None:
    now = local("2026-03-10 20:31")
    early, late = wants("20:30", user=9), wants("20:31", user=3)
    other = wants("20:30", user=4)
    silent = wants("20:32", user=5)
    found = schedule.due([late, early, silent, other], now)
    assert [one.user for one in found] == [4, 9, 3]
    assert now - found[0].at <= CATCH_UP


SUNDAY = 6


def letter(zone: str = VIENNA, **known: Any) -> Appointment:
    return wants("10:00", zone, **{"weekday": SUNDAY, **known})


def test_a_letter_comes_on_its_day_alone() -> None:
    """15 March 2026 is a Sunday."""
    went = live(letter(), local("2026-03-09 00:00"), local("2026-04-06 00:00"), 10 * MINUTE)
    assert [one.day.isoformat() for one in went] == [
        "2026-03-15",
        "2026-03-22",
        "2026-03-29",  # the clocks are put forward that night
        "2026-04-05",
    ]
    assert all(one.at.astimezone(ZoneInfo(VIENNA)).time() == time(10) for one in went)


def test_a_letter_is_made_up_for_on_its_day_and_not_at_night() -> None:
    assert schedule.due_now(letter(), local("2026-03-15 19:30")) is not None
    assert schedule.due_now(letter(), local("2026-03-15 20:30")) is None
    assert schedule.due_now(letter(), local("2026-03-16 10:00")) is None


def test_the_next_letter_is_told_up_to_a_fortnight_ahead() -> None:
    now = local("2026-03-15 10:01")
    following = schedule.next_time(letter(), now)
    assert following is not None and following.date() == date(2026, 3, 22)
    moved = letter(weekday=1, asked=Asked(date(2026, 3, 15), VIENNA, now))
    later = schedule.next_time(moved, now)
    assert later is not None and later.date() == date(2026, 3, 24)  # the 17th is too near


def test_a_journey_doubles_no_letter() -> None:
    """Sunday morning in Auckland, and a day later Sunday morning in Honolulu."""
    at = local("2026-03-15 10:00", "Pacific/Auckland")
    first = schedule.due_now(letter("Pacific/Auckland"), at)
    assert first is not None
    there = letter("Pacific/Honolulu", asked=asked(first, at))
    assert schedule.due_now(there, local("2026-03-15 10:00", "Pacific/Honolulu")) is None
    assert schedule.due_now(there, local("2026-03-22 10:00", "Pacific/Honolulu")) is not None


@given(
    st.sampled_from(["UTC", VIENNA, "America/Sao_Paulo", "Pacific/Apia", "Africa/Cairo"]),
    st.integers(0, 6),
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)),
)
@settings(max_examples=25)
def test_a_letter_a_week_whatever_the_zone_does(zone: str, day: int, start: datetime) -> None:
    begin = start.replace(tzinfo=UTC)
    weekly = replace(letter(zone), weekday=day)
    went = live(weekly, begin, begin + timedelta(days=28), timedelta(hours=1))
    assert 3 <= len(went) <= 5
    assert {one.day.weekday() for one in went} == {day}
    assert all((after.day - before.day).days == 7 for before, after in pairwise(went))


# ── Held back for a talk ─────────────────────────────────────────────────────────────────────


def held(
    appointment: Appointment, start: datetime, talks: timedelta
) -> tuple[datetime | None, datetime | None]:
    """When a check-in is found due for somebody who talks on for so long, and when it goes out, by
    looks a minute apart."""
    now, since = start, None
    while now < start + timedelta(hours=3):
        if schedule.due_now(appointment, now) is not None:
            since = since or now
            talked = min(now, start + talks)
            if not schedule.can_wait(appointment, now, talked, since):
                return since, now
        now += MINUTE
    return since, None


def test_what_is_due_waits_for_the_end_of_a_talk() -> None:
    now = local("2026-03-10 20:30")
    evening = wants()
    for talked, waits in (
        (None, False),
        (now - timedelta(hours=2), False),
        (now - schedule.TALK, False),
        (now - MINUTE, True),
        (now, True),
    ):
        assert schedule.can_wait(evening, now, talked, now) is waits
    assert not schedule.can_wait(evening, now, now, now - schedule.LONGEST_HOLD)
    ended = now + timedelta(minutes=3)
    assert held(evening, now, ended - now) == (now, ended + schedule.TALK)


def test_a_talk_before_the_hour_was_chosen_delays_nothing() -> None:
    now = local("2026-03-10 20:30")
    chosen = wants(since=now - MINUTE)
    assert not schedule.can_wait(chosen, now, now - 2 * MINUTE, now)
    assert schedule.can_wait(chosen, now, now, now)


@given(
    hour=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    late=st.integers(0, 130),
    talks=st.integers(0, 170),
    weekday=st.sampled_from([None, 2]),
    adult=st.booleans(),
)
@example(hour=time(21, 50), late=5, talks=60, weekday=None, adult=True)
@example(hour=time(20, 30), late=118, talks=60, weekday=None, adult=True)
@settings(max_examples=150, deadline=None)
def test_no_talk_ever_costs_a_check_in(
    hour: time, late: int, talks: int, weekday: int | None, adult: bool
) -> None:
    """Whatever is due goes out, however late it was found and however long somebody talks."""
    struck = datetime.combine(date(2026, 3, 11), hour, tzinfo=ZoneInfo(VIENNA))  # a Wednesday
    appointment = wants(f"{hour:%H:%M}", weekday=weekday, adult=adult)
    start = struck.astimezone(UTC) + late * MINUTE
    found, went = held(appointment, start, talks * MINUTE)
    assert (found is None) is (went is None)
    assert found is None or went is None or went - found <= schedule.LONGEST_HOLD
