"""The "Why?" under an answer: a picture of what decided, and a sentence on the voice as such.

No recording is kept, so the note is fetched once more from Telegram, if it is still there. How a
guess is explained is the models', how it is drawn is spectrogram.py's.
"""

import asyncio
import logging
from dataclasses import dataclass

from telegram import Bot, InlineKeyboardMarkup
from telegram.constants import ChatAction, ParseMode

from bot import incoming, keyboards, spectrogram
from bot.guests import Guests
from bot.ledger import Ledger
from bot.logs import outline
from bot.pieces import html
from bot.progress import showing
from bot.sending import Address, write
from bot.taps import Tap
from pipeline import audio
from pipeline.catalogue import Texts
from pipeline.errors import EngineError, NoteError
from pipeline.ports import Explainer
from pipeline.values import Against, Answer, Emotion, Person, Reasons, VoiceNote

log = logging.getLogger(__name__)

WHY = "why"
"""Subject of the button: why:<note>:<feeling>."""
_ASPECTS = ("pitch", "loudness", "pace")


@dataclass(frozen=True, slots=True)
class Question:
    """Why a note was heard as a feeling."""

    note: VoiceNote
    emotion: Emotion
    person: Person


class ReasonsDesk:
    """Explains guesses. Raises TelegramError and StoreError."""

    def __init__(
        self, guests: Guests, ledger: Ledger, explainer: Explainer | None, longest: float
    ) -> None:
        """`longest` is that of a note, in seconds."""
        self._guests = guests
        self._ledger = ledger
        self._explainer = explainer
        self._longest = longest
        self._under_way: set[tuple[int, str]] = set()
        """(user, what the button sends) that is being explained."""

    async def asked(self, tap: Tap) -> None:
        """A tap on the button: the picture comes in a message of its own."""
        person = await self._guests.know(tap.user)
        texts = self._guests.texts(person)
        number, emotion = _read(tap.choice)
        if emotion is None:
            await tap.acknowledge(texts("button.stale"))
            return
        if not person.reads_feelings:
            await tap.acknowledge(texts("answer.no_feeling"))
            return
        note = await self._note(tap, number)
        await tap.acknowledge(texts("why.looking" if note else "why.gone"))
        asking = (person.id, tap.choice)
        if note is None or asking in self._under_way:
            return
        self._under_way.add(asking)
        try:
            await self._answer(tap.bot, tap.chat, Question(note, emotion, person))
        finally:
            self._under_way.discard(asking)

    async def _note(self, tap: Tap, number: int) -> VoiceNote | None:
        """The user's own note as it can be fetched again; None where it cannot."""
        received = await self._ledger.note(number, tap.user.id)
        note = None if received is None else incoming.again(received, tap.bot)
        return note if isinstance(note, VoiceNote) else None

    async def _answer(self, bot: Bot, to: Address, question: Question) -> None:
        texts = self._guests.texts(question.person)
        async with showing(bot, to.chat, ChatAction.UPLOAD_PHOTO):
            try:
                reasons = await self._explain(question)
                picture = await asyncio.to_thread(spectrogram.draw, reasons)
            except NoteError as error:
                log.info("user %d: not to be explained: %s", question.person.id, outline(error))
                await write(bot, to, html(texts("why.gone")))
                return
            except Exception as error:  # noqa: BLE001 - whatever fails in it, nothing is lost
                log.error("no explanation: %s", outline(error))
                await write(bot, to, html(texts("why.unavailable")))
                return
            await bot.send_photo(
                to.chat,
                picture,
                caption=html(caption(reasons, question.emotion, texts)),
                parse_mode=ParseMode.HTML,
                filename="why.png",
            )

    async def _explain(self, question: Question) -> Reasons:
        """Raises NoteError where the note cannot be had any more, and EngineError."""
        if self._explainer is None:
            raise EngineError("nobody here can explain a guess")
        data = await question.note.fetch()
        waveform = await asyncio.to_thread(audio.decode, data, longest=self._longest)
        profile = question.person.profile
        return await self._explainer.explain(waveform, question.emotion, profile)


def offer(answer: Answer, texts: Texts) -> InlineKeyboardMarkup | None:
    """Under an answer to a voice in which a feeling was guessed."""
    feeling = answer.heard.feeling
    if answer.crisis or feeling is None or not answer.note or not answer.heard.seconds:
        return None
    return keyboards.rows([[(texts("button.why"), f"{WHY}:{answer.note}:{feeling.emotion}")]])


def caption(reasons: Reasons, emotion: Emotion, texts: Texts) -> str:
    """What the picture shows, and the voice against its own usual."""
    shown = texts("why.picture", feeling=texts(f"feeling.{emotion}"))
    if reasons.alone is not emotion:
        shown += " " + texts("why.learned", feeling=texts(f"feeling.{reasons.alone}"))
    if reasons.compared is None:
        return f"{shown}\n\n{texts('why.no_usual')}"
    if set(reasons.compared) == {Against.SAME}:
        return f"{shown}\n\n{texts('why.all_same')}"
    told = {
        aspect: texts(f"why.{aspect}.{against}")
        for aspect, against in zip(_ASPECTS, reasons.compared, strict=True)
    }
    return f"{shown}\n\n{texts('why.compared', **told)}"


def _read(choice: str) -> tuple[int, Emotion | None]:
    match choice.split(":"):
        case [note, emotion] if keyboards.is_number(note) and emotion in set(Emotion):
            return int(note), Emotion(emotion)
    return 0, None
