"""The buttons under messages, and what each of them sends back. Pure; the labels are data.

What a button sends is at most 64 bytes: a subject, a colon, and what was chosen.
"""

from collections.abc import Iterable, Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from pipeline.catalogue import Exercise, Kind, Texts

FEELINGS = "feelings"
ADULT = "adult"
KIND = "kind"
EXERCISE = "start"
SETTING = "set"
HELP = "help"
COUNTRY = "country"
FORGET = "forget"
DIGITS = 18
"""Of the longest id that a button may name; the database's have room for them."""
FOR_EVERYBODY = frozenset({HELP, COUNTRY})
"""Subjects of the help card's buttons."""

Button = tuple[str, str]
"""A label, and what it sends."""


def feelings(texts: Texts) -> InlineKeyboardMarkup:
    """Whether feelings may be read from the voice."""
    return rows([[(texts(f"feelings.button.{to}"), f"{FEELINGS}:{to}")] for to in ("on", "off")])


def adult(texts: Texts) -> InlineKeyboardMarkup:
    """Whether somebody is of age."""
    return rows([[(texts(f"adult.button.{to}"), f"{ADULT}:{to}")] for to in ("yes", "no")])


def kinds(offered: Iterable[Kind], texts: Texts) -> InlineKeyboardMarkup:
    """The /relax menu."""
    return rows(by_two([(texts(f"relax.kind.{kind}"), f"{KIND}:{kind}") for kind in offered]))


def exercises(offered: Iterable[Exercise], texts: Texts) -> InlineKeyboardMarkup | None:
    """One row an exercise; None where there is none."""
    buttons = [[_start(one.key, one.title(texts), texts)] for one in offered]
    return rows(buttons) if buttons else None


def card(keys: Iterable[str], texts: Texts) -> InlineKeyboardMarkup | None:
    """Under the help card, one a row; `keys` are those of the labels and end in what is sent."""
    buttons = [[(texts(key), f"{HELP}:{key.rpartition('.')[2]}")] for key in keys]
    return rows(buttons) if buttons else None


def forget(texts: Texts) -> InlineKeyboardMarkup:
    """Asked once, before everything is deleted."""
    return rows([[(texts(f"forget.button.{to}"), f"{FORGET}:{to}")] for to in ("yes", "no")])


def rows(buttons: Iterable[Sequence[Button]]) -> InlineKeyboardMarkup:
    """A keyboard, row by row."""
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(label, callback_data=data) for label, data in row]
            for row in buttons
        ]
    )


def stacked(*keyboards: InlineKeyboardMarkup | None) -> InlineKeyboardMarkup | None:
    """One above the other; None where there is none."""
    whole = [row for keyboard in keyboards if keyboard for row in keyboard.inline_keyboard]
    return InlineKeyboardMarkup(whole) if whole else None


def exchanged(
    keyboard: InlineKeyboardMarkup, subject: str, buttons: Iterable[Sequence[Button]]
) -> InlineKeyboardMarkup:
    """A keyboard with other rows in the place of those of one subject."""
    kept = [(not _is_of(row, subject), row) for row in keyboard.inline_keyboard]
    first = next((place for place, (stays, _) in enumerate(kept) if not stays), len(kept))
    before, after = ([row for stays, row in part if stays] for part in (kept[:first], kept[first:]))
    return InlineKeyboardMarkup([*before, *rows(buttons).inline_keyboard, *after])


def is_number(text: str) -> bool:
    """Whether it can be the id of a note."""
    return text.isascii() and text.isdecimal() and len(text) <= DIGITS


def by_two(buttons: Sequence[Button]) -> list[Sequence[Button]]:
    """Rows of two."""
    return [buttons[start : start + 2] for start in range(0, len(buttons), 2)]


def _start(key: str, title: str, texts: Texts) -> Button:
    return texts("button.start", title=title), f"{EXERCISE}:{key}"


def _is_of(row: Sequence[InlineKeyboardButton], subject: str) -> bool:
    return any(str(one.callback_data).partition(":")[0] == subject for one in row)
