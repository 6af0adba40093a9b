"""reply_markup as Telegram checks it."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from bot.local.parameters import Parameters
from bot.local.refusals import (
    BUTTON_DATA,
    BUTTON_EMPTY,
    BUTTON_UNNAMED,
    INLINE_EXPECTED,
    MARKUP_NOT_JSON,
    MARKUP_NOT_OBJECT,
    ROWS_EXPECTED,
    Refused,
)

CALLBACK_DATA_LIMIT = 64
"""Bytes of UTF-8."""
_ACTIONS = frozenset(
    {
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    }
)


def reply_markup(parameters: Parameters) -> dict[str, Any] | None:
    """The markup to put under a message; None for none. Raises Refused (400)."""
    markup = parameters.json("reply_markup", MARKUP_NOT_JSON)
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise Refused(MARKUP_NOT_OBJECT)
    for button in _buttons(markup, "inline_keyboard"):
        _check_inline(button)
    for button in _buttons(markup, "keyboard"):
        _check_named(button)
    # An inline keyboard without buttons is how a bot takes the buttons away.
    empty = "inline_keyboard" in markup and not any(markup["inline_keyboard"])
    return None if empty or not markup else markup


def inline_markup(parameters: Parameters) -> dict[str, Any] | None:
    """As reply_markup, where only an inline keyboard will do: under an edited message."""
    markup = reply_markup(parameters)
    if markup is not None and "inline_keyboard" not in markup:
        raise Refused(INLINE_EXPECTED)
    return markup


def _buttons(markup: dict[str, Any], name: str) -> Iterator[Any]:
    """Every button of a keyboard. Raises Refused where it is no array of arrays."""
    rows = markup.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise Refused(ROWS_EXPECTED)
    return chain.from_iterable(rows)


def _check_inline(button: Any) -> None:
    _check_named(button)
    if not _ACTIONS & button.keys():
        raise Refused(BUTTON_EMPTY)
    data = button.get("callback_data")
    if data is not None and not 1 <= len(str(data).encode()) <= CALLBACK_DATA_LIMIT:
        raise Refused(BUTTON_DATA)


def _check_named(button: Any) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise Refused(BUTTON_UNNAMED)
