"""The buttons around check-ins and looking back: hours, days, time zones, steps of a mood. Pure."""

from collections.abc import Iterable
from datetime import date, datetime, time

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.keyboards import HELP, SETTING, Button, by_two, rows
from bot.timezones import Place
from pipeline.catalogue import Texts
from pipeline.schedule import suits
from pipeline.values import Person

CHECKIN = "checkin"
ZONE = "zone"
SCORE = "score"
LETTER = "letter"
MOOD = "mood"
STEPS = (1, 2, 3, 4, 5)
MINUTES = (0, 15, 30, 45)
_CHOSEN = "✓ "
_TO_TURN_TO = f"{HELP}:country"


def state(person: Person, texts: Texts) -> InlineKeyboardMarkup:
    """Under how the check-ins stand: what can be changed."""
    if person.checkin is None:
        return rows([[(texts("checkin.button.choose"), f"{CHECKIN}:hours")], _out(texts)])
    return rows(
        [
            [(texts("checkin.button.change"), f"{CHECKIN}:hours")],
            [(texts("checkin.button.zone"), f"{CHECKIN}:zone")],
            [(texts("checkin.button.off"), f"{CHECKIN}:off")],
            _out(texts),
        ]
    )


def hours(person: Person, texts: Texts) -> InlineKeyboardMarkup:
    """Every full hour at which somebody may be asked."""
    fit = [time(hour) for hour in range(24) if suits(time(hour), person.adult)]
    buttons = [(f"{hour:%H:%M}", f"{CHECKIN}:hour:{hour.hour}") for hour in fit]
    return rows([*_by(4, buttons), [(texts("button.back"), f"{CHECKIN}:state")]])


def minutes(hour: int, person: Person, texts: Texts) -> InlineKeyboardMarkup:
    """The quarters of an hour; any other minute is written."""
    fit = [time(hour, minute) for minute in MINUTES if suits(time(hour, minute), person.adult)]
    buttons = [(f"{at:%H:%M}", f"{CHECKIN}:at:{at:%H:%M}") for at in fit]
    return rows([buttons, [(texts("button.back"), f"{CHECKIN}:hours")]])


def days(chosen: int | None, texts: Texts) -> InlineKeyboardMarkup:
    """The days of the week, for the letter."""
    named = enumerate(texts.many("letter.weekdays"))
    buttons = [
        ((_CHOSEN if day == chosen else "") + name, f"{LETTER}:on:{day}") for day, name in named
    ]
    rest = [("zone", "zone"), ("off", "off")] if chosen is not None else []
    return rows(
        [
            *by_two(buttons),
            *([(texts(f"letter.button.{key}"), f"{LETTER}:{to}")] for key, to in rest),
            _out(texts),
        ]
    )


def spans(choice: Iterable[int], chosen: int, texts: Texts) -> InlineKeyboardMarkup:
    """How many days a picture shows."""
    named = [(span, texts("mood.button.span", days=span)) for span in choice]
    return rows(
        [[((_CHOSEN if span == chosen else "") + name, f"{MOOD}:{span}") for span, name in named]]
    )


def by_clock(texts: Texts) -> InlineKeyboardMarkup:
    """Under the question where somebody is."""
    return rows([[(texts("zone.button.clock"), f"{ZONE}:clock")], _out(texts)])


def clocks(times: Iterable[tuple[int, datetime]], texts: Texts) -> InlineKeyboardMarkup:
    """Every time that it is somewhere now, each once; its offsets in minutes are sent, for a clock
    and one that is a day ahead of it look alike."""
    offsets: dict[str, list[int]] = {}
    for offset, at in times:
        offsets.setdefault(f"{at:%H:%M}", []).append(offset)
    shown = [
        (label, f"{ZONE}:offset:{'/'.join(map(str, alike))}") for label, alike in offsets.items()
    ]
    return rows([*_by(4, shown), _out(texts)])


def places(found: Iterable[tuple[Place, datetime]], texts: Texts) -> InlineKeyboardMarkup:
    """Places with the time that it is there now."""
    return rows(
        [[(_label(place, now, texts), f"{ZONE}:is:{place.zone}")] for place, now in found]
        + [[(texts("zone.button.clock"), f"{ZONE}:clock")], _out(texts)]
    )


def scale(day: date, texts: Texts, reach_out: bool = False) -> InlineKeyboardMarkup:
    """The five steps, for one day's check-in; who to turn to under them, after a crisis."""
    steps = [(texts(f"checkin.scale.{step}"), f"{SCORE}:{step}:{day}") for step in STEPS]
    return rows([steps, *([[_turn_to(texts)]] if reach_out else [])])


def turn_to(texts: Texts) -> InlineKeyboardMarkup:
    """Leads to the help card's lines, by country."""
    return rows([[_turn_to(texts)]])


def ticked(keyboard: InlineKeyboardMarkup, sends: str) -> InlineKeyboardMarkup:
    """The same buttons, a tick on the one that sends this."""
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(
                    (_CHOSEN if one.callback_data == sends else "")
                    + one.text.removeprefix(_CHOSEN),
                    callback_data=one.callback_data,
                )
                for one in row
            ]
            for row in keyboard.inline_keyboard
        ]
    )


def _out(texts: Texts) -> list[Button]:
    """The way from any of these to everything else that can be set."""
    return [(texts("button.settings"), f"{SETTING}:menu")]


def _turn_to(texts: Texts) -> Button:
    return texts("checkin.button.reach_out"), _TO_TURN_TO


def _label(place: Place, now: datetime, texts: Texts) -> str:
    return texts("zone.choice", place=place.name, now=f"{now:%H:%M}")


def _by(width: int, buttons: list[Button]) -> list[list[Button]]:
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]
