"""An Answer goes out: a voice note with its words, or words alone. Its look is layout.py's."""

from dataclasses import dataclass

from telegram import Bot, InlineKeyboardMarkup

from bot import corrections, keyboards, music, reasons, verdicts
from bot.helpcard import HelpCard
from bot.layout import Page, Showing, is_idle, lay_out
from bot.pieces import html
from bot.sending import Address, Voice, speak, write
from bot.settings import Settings
from pipeline.content import Content
from pipeline.prompt import answer_language
from pipeline.values import Answer, Person


@dataclass(frozen=True, slots=True)
class Asker:
    """Whom an answer is for, and where it goes."""

    person: Person
    to: Address
    typed: bool
    """They wrote rather than spoke."""

    @property
    def reads(self) -> bool:
        """Whether the answer is to come as text alone."""
        return self.person.answers == "text" or (self.person.answers == "same" and self.typed)


class Answers:
    """Sends what the walk came back with. Every method raises TelegramError."""

    def __init__(
        self, content: Content, card: HelpCard, settings: Settings, explains: bool = False
    ) -> None:
        """`explains` tells whether "Why?" can be answered."""
        self._content = content
        self._card = card
        self._settings = settings
        self._explains = explains

    async def send(self, bot: Bot, asker: Asker, answer: Answer) -> None:
        """The whole answer; one to words of danger is the help card and nothing else."""
        if answer.crisis:
            await self._card.send(bot, asker.to, answer, asker.person)
            return
        # what stands around the reply is in its language, which may be that of the note
        language = answer_language(answer.heard, asker.person, self._content.languages)
        texts = self._content.texts(language)
        showing = Showing(texts, self._settings.sureness, asker.typed, asker.reads)
        buttons = self._below(answer, showing)
        page = lay_out(answer, showing, voiced=answer.reply.voice is not None)
        if answer.reply.voice is not None:
            voice = Voice(answer.reply.voice, answer.reply.seconds, page.caption)
            if await speak(bot, asker.to, voice, None if page.messages else buttons) is None:
                page = lay_out(answer, showing, voiced=False)
        await _write_all(bot, asker.to, page, buttons)

    def _below(self, answer: Answer, showing: Showing) -> InlineKeyboardMarkup | None:
        """What to do, and whether the feeling was guessed right: first of all where in doubt."""
        texts, feeling = showing.texts, answer.heard.feeling
        offered = verdicts.suggestion(answer.suggestion, texts) or music.offer(answer, texts)
        if feeling is None or is_idle(feeling, showing):
            return offered
        asked = corrections.ask(answer, texts, self._settings.sureness)
        why = reasons.offer(answer, texts) if self._explains else None
        doubtful = corrections.is_doubtful(feeling, self._settings.sureness)
        return keyboards.stacked(*((asked, why, offered) if doubtful else (offered, asked, why)))

    async def tell(self, bot: Bot, asker: Asker, key: str) -> None:
        """One sentence, as that of what went wrong and what to do."""
        texts = self._content.texts(asker.person.language)
        minutes = round(self._settings.longest_note)
        await write(bot, asker.to, html(texts(key, minutes=minutes)))


async def _write_all(
    bot: Bot, to: Address, page: Page, buttons: InlineKeyboardMarkup | None
) -> None:
    """Every message in order, the buttons under the last."""
    for number, message in enumerate(page.messages, 1):
        await write(bot, to, message, buttons if number == len(page.messages) else None)
