"""The buttons under messages, and what each of them sends back. Pure; the labels are data.

What a button sends is at most 64 bytes: a subject, a colon, and what was chosen.
"""

from collections.abc import Iterable, Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from pipeline.catalogue import Exercise, Kind, Texts
from pipeline.content import Content
from pipeline.values import Person, Suggestion

FEELINGS = "feelings"
ADULT = "adult"
KIND = "kind"
EXERCISE = "start"
SETTING = "set"
HELP = "help"
COUNTRY = "country"
FORGET = "forget"
FOR_EVERYBODY = frozenset({HELP, COUNTRY})
"""Subjects of the help card's buttons."""

ANSWERS = ("both", "voice", "text", "same")
"""How somebody may be answered, in the menu's order."""

Button = tuple[str, str]
"""A label, and what it sends."""


def feelings(texts: Texts) -> InlineKeyboardMarkup:
    """Whether feelings may be read from the voice."""
    return _rows([[(texts(f"feelings.button.{to}"), f"{FEELINGS}:{to}")] for to in ("on", "off")])


def adult(texts: Texts) -> InlineKeyboardMarkup:
    """Whether somebody is of age."""
    return _rows([[(texts(f"adult.button.{to}"), f"{ADULT}:{to}")] for to in ("yes", "no")])


def kinds(offered: Iterable[Kind], texts: Texts) -> InlineKeyboardMarkup:
    """The /relax menu."""
    return _rows(_by_two([(texts(f"relax.kind.{kind}"), f"{KIND}:{kind}") for kind in offered]))


def exercises(offered: Iterable[Exercise], texts: Texts) -> InlineKeyboardMarkup | None:
    """One row an exercise; None where there is none."""
    rows = [[_start(one.key, one.title(texts), texts)] for one in offered]
    return _rows(rows) if rows else None


def suggestion(offered: Suggestion | None, texts: Texts) -> InlineKeyboardMarkup | None:
    """One tap starts what was suggested."""
    return None if offered is None else _rows([[_start(offered.key, offered.title, texts)]])


def card(keys: Iterable[str], texts: Texts) -> InlineKeyboardMarkup | None:
    """Under the help card, one a row; `keys` are those of the labels and end in what is sent."""
    rows = [[(texts(key), f"{HELP}:{key.rpartition('.')[2]}")] for key in keys]
    return _rows(rows) if rows else None


def settings(person: Person, content: Content, texts: Texts) -> InlineKeyboardMarkup:
    """The /settings menu: what is not chosen now."""
    to = "off" if person.reads_feelings else "on"
    rows = [[(texts(f"settings.button.reading_{to}"), f"{SETTING}:reading:{to}")]]
    rows += [[(texts("settings.button.answers"), f"{SETTING}:answers")]]
    if len(content.languages) > 1:
        rows += [[(texts("settings.button.language"), f"{SETTING}:language")]]
    return _rows(rows)


def forget(texts: Texts) -> InlineKeyboardMarkup:
    """Asked once, before everything is deleted."""
    return _rows([[(texts(f"forget.button.{to}"), f"{FORGET}:{to}")] for to in ("yes", "no")])


def answers(texts: Texts) -> InlineKeyboardMarkup:
    """How to be answered."""
    rows = [[(texts(f"settings.answers.{way}"), f"{SETTING}:answers:{way}")] for way in ANSWERS]
    return _rows([*rows, _back(texts)])


def languages(content: Content, texts: Texts) -> InlineKeyboardMarkup:
    """Which language to be spoken to in, each by its own name."""
    named = [
        (content.texts(language).name, f"{SETTING}:language:{language}")
        for language in content.languages
    ]
    return _rows([*_by_two(named), _back(texts)])


def _start(key: str, title: str, texts: Texts) -> Button:
    return texts("button.start", title=title), f"{EXERCISE}:{key}"


def _back(texts: Texts) -> list[Button]:
    return [(texts("button.back"), f"{SETTING}:menu")]


def _by_two(buttons: Sequence[Button]) -> list[Sequence[Button]]:
    return [buttons[start : start + 2] for start in range(0, len(buttons), 2)]


def _rows(rows: Iterable[Sequence[Button]]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows]
    )
