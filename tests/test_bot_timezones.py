"""Places and clocks: names as people type them, points of the earth, and the time it is now."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import dials, timezones
from pipeline.schedule import zone_of
from tests.chatting import words

SPRING = datetime(2026, 3, 10, 12, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Vienna", "Europe/Vienna"),
        ("  wien ", "Europe/Vienna"),
        ("KÖLN", "Europe/Berlin"),
        ("koeln", "Europe/Berlin"),
        ("Sao Paulo", "America/Sao_Paulo"),
        ("são paulo", "America/Sao_Paulo"),
        ("Мюнхен", "Europe/Berlin"),
        ("東京", "Asia/Tokyo"),
        ("القاهرة", "Africa/Cairo"),
        ("दिल्ली", "Asia/Kolkata"),
        ("bombay", "Asia/Kolkata"),
        ("Łódź", "Europe/Warsaw"),
        ("lodz", "Europe/Warsaw"),
        ("San Francisco", "America/Los_Angeles"),
        ("St. Louis", "America/Chicago"),
        ("Paris, France", "Europe/Paris"),
        ("London, CA", "America/Toronto"),
        ("Europe/Vienna", "Europe/Vienna"),
        ("europe vienna", "Europe/Vienna"),
        ("Kathmandu", "Asia/Kathmandu"),
        ("UTC", "UTC"),
        ("Kopenhaagen", "Europe/Copenhagen"),
    ],
)
def test_a_citys_name_as_people_type_it(typed: str, zone: str) -> None:
    found = timezones.named(typed)
    assert found[0].zone == zone
    assert all(zone_of(place.zone) is not None for place in found)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [("Barcelonna", "Europe/Madrid"), ("Copenhagn", "Europe/Copenhagen"), ("Viena", None)],
)
def test_slips_of_the_fingers(typed: str, zone: str | None) -> None:
    if zone is None:  # Vienna's own name in Spanish
        assert timezones.named(typed)[0].zone == "Europe/Vienna"
    else:
        assert timezones.named(typed) == ()
        assert timezones.meant(typed)[0].zone == zone


@pytest.mark.parametrize("typed", ["tired", "I am sad", "hello there", "ok", "no thanks", "good"])
def test_what_people_say_is_like_no_place(typed: str) -> None:
    assert timezones.named(typed) == ()
    assert timezones.meant(typed) == ()


@pytest.mark.parametrize("typed", ["", "   ", "?!", "xyzzy", "I had a really hard day", "a" * 500])
def test_what_is_no_place_is_none(typed: str) -> None:
    assert timezones.named(typed) == ()


def test_places_of_one_name_are_told_apart_by_their_zones() -> None:
    zones = [place.zone for place in timezones.named("Birmingham")]
    assert zones == ["Europe/London", "America/Chicago"]
    assert [place.name for place in timezones.named("San Jose")][:2] == [
        "San Jose (US)",
        "San José (CR)",
    ]


@given(st.text(max_size=60))
def test_no_name_breaks_it(typed: str) -> None:
    for place in (*timezones.named(typed), *timezones.meant(typed)):
        assert zone_of(place.zone) is not None
    timezones.read_clock(typed)
    assert timezones.folded(timezones.folded(typed)) == timezones.folded(typed)


@pytest.mark.parametrize(
    ("point", "zone"),
    [
        ((48.2, 16.4), "Europe/Vienna"),
        ((42.23, -8.72), "Europe/Madrid"),  # Vigo, though Lisbon is nearer than Madrid
        ((27.7, 85.3), "Asia/Kathmandu"),
        ((40.7, -74.0), "America/New_York"),
        ((-13.8, -171.8), "Pacific/Apia"),
        ((-77.8, 166.7), "Antarctica/McMurdo"),
    ],
)
def test_a_point_of_the_earth(point: tuple[float, float], zone: str) -> None:
    assert timezones.at(*point) == zone


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_point_of_the_earth_has_a_zone_or_none(latitude: float, longitude: float) -> None:
    """At sea it is the ship's, by longitude alone."""
    zone = timezones.at(latitude, longitude)
    assert zone is None or zone_of(zone) is not None


def test_the_times_it_is_now_are_all_there_once() -> None:
    clocks = timezones.clocks(SPRING)
    offsets = [offset for offset, _ in clocks]
    assert offsets == sorted(set(offsets))
    assert {-600, -570, -300, 0, 60, 330, 345, 525, 825} <= set(offsets)
    assert all(local - SPRING == timedelta(minutes=offset) for offset, local in clocks)


def test_clocks_that_agree_now_and_part_later_are_told_apart() -> None:
    """In March Berlin and Lagos show one time, and in April two."""
    places = timezones.showing([60], SPRING)
    zones = {place.zone for place in places}
    assert len(zones) == len(places) == 2
    assert "Europe/Berlin" in zones
    summer = {SPRING.replace(month=7).astimezone(ZoneInfo(zone)).hour for zone in zones}
    assert len(summer) == 2
    assert timezones.showing([61], SPRING) == ()


def test_a_clock_a_day_ahead_shows_the_same_time() -> None:
    """Auckland is 24 hours before Pago Pago; of the two, most people are in Auckland."""
    zones = [place.zone for place in timezones.telling(time(1, 20), SPRING)]
    assert "Pacific/Pago_Pago" in zones or "Pacific/Niue" in zones
    assert zones[0] == "Pacific/Auckland"
    buttons = dials.clocks(timezones.clocks(SPRING), words().texts("en")).inline_keyboard
    shown = [one for row in buttons for one in row]
    assert len({one.text for one in shown}) == len(shown)
    (both,) = (one for one in shown if one.text == "01:20")
    assert both.callback_data == "zone:offset:-660/780"


def test_a_clock_that_is_some_minutes_off_is_understood() -> None:
    for told in (time(13, 20), time(13, 15), time(13, 26)):
        assert "Europe/Berlin" in {place.zone for place in timezones.telling(told, SPRING)}
    india = timezones.telling(time(17, 52), SPRING)
    assert [place.zone for place in india] == ["Asia/Kolkata"]
    assert timezones.telling(time(13, 5), SPRING) == ()
    midnight = datetime(2026, 3, 10, 22, 58, tzinfo=UTC)
    assert "Europe/Berlin" in {place.zone for place in timezones.telling(time(0, 1), midnight)}


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        ("20:30", time(20, 30)),
        ("8.30 pm", time(20, 30)),
        ("8:30 P.M.", time(20, 30)),
        ("20h30", time(20, 30)),
        ("20", time(20)),
        ("7", time(7)),
        ("12 am", time(0)),
        ("12pm", time(12)),
        ("0:00", time(0)),
        ("24:00", None),
        ("8:60", None),
        ("13 pm", None),
        ("0 am", None),
        ("half past eight", None),
        ("20:30 Vienna", None),
        ("", None),
    ],
)
def test_a_time_of_day_as_people_write_it(typed: str, clock: time | None) -> None:
    assert timezones.read_clock(typed) == clock


def test_every_place_of_the_table_lies_in_a_zone_that_there_is() -> None:
    known = available_timezones()
    rows = list(timezones._rows())
    assert len(rows) > 10_000
    assert {zone for _, _, zone, _ in rows} <= known
    assert all(name and len(country) == 2 for name, country, _, _ in rows)
