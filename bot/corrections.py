"""Under an answer: was the feeling guessed right, and if not, which one was it?

What hangs below is worked out from the buttons that hang there already, so nothing is remembered
between two taps, and the other buttons stay. What a correction changes, pipeline decides.
"""

from typing import Protocol

from telegram import InlineKeyboardMarkup, Message

from bot import keyboards
from bot.guests import Guests
from bot.keyboards import Button
from bot.taps import Tap
from pipeline.catalogue import Texts
from pipeline.values import Answer, Emotion, Feeling

FELT = "felt"
"""Subject of the buttons: felt:<verb>:<note>:<feeling>."""
_CHOSEN = "✓ "

Rows = list[list[Button]]


class Corrected(Protocol):
    async def correct(self, note: int, user: int, emotion: Emotion) -> bool:
        """Keep what it really was; False where the user has no such guess. Raises StoreError."""
        ...


class Corrections:
    """Takes what users say of themselves over any guess. Raises TelegramError and StoreError."""

    def __init__(self, guests: Guests, guesses: Corrected) -> None:
        self._guests = guests
        self._guesses = guesses

    async def chose(self, tap: Tap) -> None:
        """A tap on one of these buttons."""
        texts = self._guests.texts(await self._guests.know(tap.user))
        verb, note, emotion = _read(tap.choice)
        if emotion is None:
            await tap.acknowledge(texts("button.stale"))
        elif verb == "pick":
            await tap.acknowledge(texts("corrected.ask"))
            await _show(tap, _picker(note, texts, back=emotion))
        elif verb == "back":
            await tap.acknowledge()
            await _show(tap, _question(note, emotion, texts))
        else:
            await self._keep(tap, (note, emotion, texts), was_right=verb == "right")

    async def _keep(self, tap: Tap, chosen: tuple[int, Emotion, Texts], was_right: bool) -> None:
        note, emotion, texts = chosen
        if not await self._guesses.correct(note, tap.user.id, emotion):
            await tap.acknowledge(texts("corrected.late"))
            await _show(tap, [])
            return
        felt = texts(f"feeling.{emotion}")
        thanks = "corrected.right" if was_right else "corrected.thanks"
        await tap.acknowledge(texts(thanks, feeling=felt))
        await _show(tap, [[(f"{_CHOSEN}{felt}", _data("pick", note, emotion))]])


def ask(answer: Answer, texts: Texts, sureness: float) -> InlineKeyboardMarkup | None:
    """Under an answer that guessed a feeling; in doubt, every feeling is there to choose from."""
    feeling = answer.heard.feeling
    if answer.crisis or feeling is None or not answer.note:
        return None
    if is_doubtful(feeling, sureness):
        return keyboards.rows(_picker(answer.note, texts))
    return keyboards.rows(_question(answer.note, feeling.emotion, texts))


def is_doubtful(feeling: Feeling, sureness: float) -> bool:
    """Whether the feeling is asked about rather than told."""
    return feeling.confidence < sureness


def _question(note: int, guess: Emotion, texts: Texts) -> Rows:
    right = (texts("button.right"), _data("right", note, guess))
    return [[right, (texts("button.other"), _data("pick", note, guess))]]


def _picker(note: int, texts: Texts, back: Emotion | None = None) -> Rows:
    """All eight; with a way back to the question where there was one."""
    each = [(texts(f"feeling.{one}"), _data("was", note, one)) for one in Emotion]
    rows = [list(row) for row in keyboards.by_two(each)]
    return rows if back is None else [*rows, [(texts("button.back"), _data("back", note, back))]]


async def _show(tap: Tap, rows: Rows) -> None:
    """These buttons where the former ones of this subject hang; all others stay."""
    message = tap.query.message
    if not isinstance(message, Message) or message.reply_markup is None:
        return
    await tap.change_buttons_to(keyboards.exchanged(message.reply_markup, FELT, rows))


def _data(verb: str, note: int, emotion: Emotion) -> str:
    return f"{FELT}:{verb}:{note}:{emotion}"


def _read(choice: str) -> tuple[str, int, Emotion | None]:
    """Verb, note and feeling; no feeling where it is no button of these."""
    match choice.split(":"):
        case ["pick" | "back" | "right" | "was" as verb, note, emotion] if keyboards.is_number(
            note
        ) and emotion in set(Emotion):
            return verb, int(note), Emotion(emotion)
    return "", 0, None
