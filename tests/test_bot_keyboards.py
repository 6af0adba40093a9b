"""Every button there can be sends something short that is understood."""

import pytest
from telegram import InlineKeyboardMarkup

from bot import keyboards
from pipeline.catalogue import Kind
from pipeline.values import Suggestion
from tests.chatting import words

CONTENT = words()
SUBJECTS = {
    keyboards.FEELINGS,
    keyboards.ADULT,
    keyboards.KIND,
    keyboards.EXERCISE,
    keyboards.FORGET,
}


def menus(language: str) -> list[InlineKeyboardMarkup | None]:
    texts = CONTENT.texts(language)
    return [
        keyboards.feelings(texts),
        keyboards.adult(texts),
        keyboards.kinds(Kind, texts),
        keyboards.exercises(CONTENT.exercises, texts),
        keyboards.suggestion(Suggestion("box", "Box", "Shall we?", 60), texts),
        keyboards.forget(texts),
    ]


@pytest.mark.parametrize("language", CONTENT.languages)
def test_what_a_button_sends_is_short_unique_and_known(language: str) -> None:
    for menu in menus(language):
        assert menu is not None
        buttons = [button for row in menu.inline_keyboard for button in row]
        sent = [str(button.callback_data) for button in buttons]
        assert all(len(data.encode()) <= 64 for data in sent)
        assert {data.partition(":")[0] for data in sent} <= SUBJECTS
        assert len(set(sent)) == len(sent)
        assert all(button.text.strip() for button in buttons)


def test_no_suggestion_no_buttons() -> None:
    assert keyboards.suggestion(None, CONTENT.texts("en")) is None
    assert keyboards.exercises([], CONTENT.texts("en")) is None
    assert keyboards.card([], CONTENT.texts("en")) is None
