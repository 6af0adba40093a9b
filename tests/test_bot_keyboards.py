"""Every button there can be sends something short that is understood."""

import pytest
from telegram import InlineKeyboardMarkup

from bot import corrections, keyboards, verdicts
from pipeline.catalogue import Kind
from pipeline.values import Answer, Emotion, Feeling, Heard, SpokenReply, Suggestion
from tests.chatting import words

CONTENT = words()
SUBJECTS = {
    keyboards.FEELINGS,
    keyboards.ADULT,
    keyboards.KIND,
    keyboards.EXERCISE,
    keyboards.FORGET,
    corrections.FELT,
    verdicts.RATE,
    verdicts.ANOTHER,
}


def answered(confidence: float) -> Answer:
    """An answer to a note with the longest id there can be."""
    rest = (1 - confidence) / (len(Emotion) - 1)
    guess = {one: confidence if one is Emotion.SURPRISED else rest for one in Emotion}
    heard = Heard("words", "en", Feeling(guess, "test"))
    return Answer(10**keyboards.DIGITS - 1, heard, None, None, SpokenReply("Yes.", None))


def menus(language: str) -> list[InlineKeyboardMarkup | None]:
    texts = CONTENT.texts(language)
    return [
        keyboards.feelings(texts),
        keyboards.adult(texts),
        keyboards.kinds(Kind, texts),
        keyboards.exercises(CONTENT.exercises, texts),
        verdicts.suggestion(Suggestion("box", "Box", "Shall we?", 60), texts),
        keyboards.forget(texts),
        *(corrections.ask(answered(sure), texts, 0.5) for sure in (0.9, 0.2)),
        *(verdicts.after(exercise, texts) for exercise in CONTENT.exercises),
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
    assert verdicts.suggestion(None, CONTENT.texts("en")) is None
    assert keyboards.exercises([], CONTENT.texts("en")) is None
    assert keyboards.card([], CONTENT.texts("en")) is None
