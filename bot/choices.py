"""The /settings menu and its submenus: what can be chosen, and what is chosen now. Pure.

What a button does is preferences.py's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardMarkup

from bot.dials import CHECKIN, LETTER
from bot.keyboards import SETTING, Button, by_two, rows
from bot.voices import label
from pipeline.catalogue import Texts
from pipeline.content import Content
from pipeline.values import Keeping, Person

ANSWERS = ("both", "voice", "text", "same")
"""How somebody may be answered, in the menu's order."""
TERMS: Mapping[str, int | None] = {
    **{"7": 7, "30": 30, "90": 90, "365": 365},
    "always": None,
}
"""For how many days words, and feelings, may be kept."""
_CHOSEN = "✓ "


@dataclass(frozen=True, slots=True)
class Menu:
    """What the menu depends on."""

    person: Person
    texts: Texts
    content: Content
    voices: Sequence[str]
    """Names of the voices in the person's language; empty where there is no choice."""
    most: Keeping
    """The longest that the owner lets anything be kept."""


def settings(menu: Menu) -> InlineKeyboardMarkup:
    """Everything that can be changed."""
    to = "off" if menu.person.reads_feelings else "on"
    switch = (menu.texts(f"settings.button.reading_{to}"), f"{SETTING}:reading:{to}")
    offered = [name for name in _SUBMENUS if _offers(name, menu)]
    return rows(
        [
            [switch],
            *by_two(
                [
                    *(
                        (menu.texts(f"settings.button.{name}"), f"{SETTING}:{name}")
                        for name in offered
                    ),
                    (menu.texts("settings.button.checkin"), f"{CHECKIN}:state"),
                    (menu.texts("settings.button.letter"), f"{LETTER}:state"),
                ]
            ),
        ]
    )


def submenu(name: str, menu: Menu) -> InlineKeyboardMarkup | None:
    """The choices of one setting; None for a setting that has none."""
    if name not in _SUBMENUS or not _offers(name, menu):
        return None
    back = (menu.texts("button.back"), f"{SETTING}:menu")
    return rows([*_SUBMENUS[name](menu), [back]])


def term(days: int | None, texts: Texts) -> str:
    """For how long something is kept, in words."""
    return texts("settings.always") if days is None else texts("settings.days", days=days)


def country(code: str | None, texts: Texts) -> str:
    """A country (ISO 3166-1 alpha-2) by its flag, which needs no language."""
    if code is None:
        return texts("settings.untold")
    return f"{''.join(chr(0x1F1E6 + ord(letter) - ord('A')) for letter in code)} {code}"


def _offers(name: str, menu: Menu) -> bool:
    """Whether there is anything to choose."""
    match name:
        case "voice":
            return bool(menu.voices)
        case "language":
            return len(menu.content.languages) > 1
        case "country":
            return bool(menu.content.countries)
    return True


def _answers(menu: Menu) -> Iterable[Sequence[Button]]:
    named = {way: menu.texts(f"settings.answers.{way}") for way in ANSWERS}
    return [[button] for button in _marked("answers", named, menu.person.answers)]


def _voices(menu: Menu) -> Iterable[Sequence[Button]]:
    """Each with a button to hear it."""
    named = {voice: label(voice) for voice in menu.voices}
    hear = menu.texts("settings.button.hear")
    return [
        [choose, (hear, f"{SETTING}:hear:{voice}")]
        for choose, voice in zip(_marked("voice", named, menu.person.voice), named, strict=True)
    ]


def _languages(menu: Menu) -> Iterable[Sequence[Button]]:
    """Each by its own name."""
    named = {each: menu.content.texts(each).name for each in menu.content.languages}
    return by_two(_marked("language", named, menu.person.language))


def _countries(menu: Menu) -> Iterable[Sequence[Button]]:
    named = {code: country(code, menu.texts) for code in sorted(menu.content.countries)}
    buttons = _marked("country", named, menu.person.country)
    return [buttons[start : start + 4] for start in range(0, len(buttons), 4)]


def _ages(menu: Menu) -> Iterable[Sequence[Button]]:
    named = {to: menu.texts(f"adult.button.{to}") for to in ("yes", "no")}
    chosen = {None: None, True: "yes", False: "no"}[menu.person.adult]
    return [[button] for button in _marked("adult", named, chosen)]


def _words(menu: Menu) -> Iterable[Sequence[Button]]:
    return _terms("words", menu, menu.person.words_days, menu.most.words_days)


def _feelings(menu: Menu) -> Iterable[Sequence[Button]]:
    return _terms("feelings", menu, menu.person.feelings_days, menu.most.feelings_days)


def _terms(what: str, menu: Menu, own: int | None, most: int | None) -> Iterable[Sequence[Button]]:
    """Nothing that is longer than the owner lets; the last is as long as that."""
    shorter = {key: days for key, days in TERMS.items() if days and (most is None or days < most)}
    named = {key: term(days, menu.texts) for key, days in shorter.items()}
    named["always"] = term(most, menu.texts)
    chosen = "always" if own is None or str(own) not in named else str(own)
    return by_two(_marked(what, named, chosen))


_SUBMENUS: Mapping[str, Callable[[Menu], Iterable[Sequence[Button]]]] = {
    "answers": _answers,
    "voice": _voices,
    "language": _languages,
    "country": _countries,
    "adult": _ages,
    "words": _words,
    "feelings": _feelings,
}
"""In the order of the menu."""


def _marked(what: str, named: Mapping[str, str], chosen: str | None) -> list[Button]:
    """One button a choice, a tick before the one that holds."""
    return [
        (f"{_CHOSEN if key == chosen else ''}{name}", f"{SETTING}:{what}:{key}")
        for key, name in named.items()
    ]
