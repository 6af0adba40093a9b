"""What an answer looks like in the chat: which words stand under the voice and which beside it.

Pure: an Answer in, HTML of Telegram's kind out. Nothing is sent here.
"""

import re
from dataclasses import dataclass
from html import unescape

from bot.corrections import is_doubtful
from bot.pieces import CAPTION, TEXT, cut, html, units
from pipeline.catalogue import Texts
from pipeline.values import Answer, Feeling

_TAG = re.compile(r"<[^>]*>")
_LONG = 240
"""Units from which a transcript is folded up."""
_ROOM = 300
"""Units kept free in a message beside a long transcript."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer, laid out."""

    caption: str
    """HTML under the voice; empty where it would not fit, or there is no voice."""
    messages: tuple[str, ...]
    """HTML of the messages that follow, in order."""


@dataclass(frozen=True, slots=True)
class Showing:
    """How answers are to be shown to one person."""

    texts: Texts
    sureness: float
    """The confidence under which a feeling is asked about rather than told."""
    typed: bool
    """They wrote, and know what they wrote."""
    silent: bool
    """They want no voice."""


def lay_out(answer: Answer, showing: Showing, voiced: bool) -> Page:
    """The reply and, set apart below it, what was heard."""
    reply = tuple(html(piece) for piece in cut(_reply(answer, showing, voiced), TEXT))
    details = _details(answer, showing)
    whole = "\n\n".join((*reply, *details))
    if voiced and _seen(whole) <= CAPTION:
        return Page(whole, ())
    if voiced and len(reply) == 1 and _seen(reply[0]) <= CAPTION:
        return Page(reply[0], details)
    return Page("", (whole,) if _seen(whole) <= TEXT else (*reply, *details))


def _reply(answer: Answer, showing: Showing, voiced: bool) -> str:
    """The reply's words; where a voice was wanted and is not there, that is said."""
    if voiced or showing.silent:
        return answer.reply.text
    return f"{answer.reply.text}\n\n{showing.texts('answer.no_voice')}"


def _details(answer: Answer, showing: Showing) -> tuple[str, ...]:
    """Transcript and guessed feeling, each message of it complete in itself."""
    feeling = answer.heard.feeling
    guess = ""
    if feeling is not None and not is_idle(feeling, showing):
        guess = html(guess_words(feeling, showing))
    if showing.typed or not answer.heard.words.strip():
        return (guess,) if guess else ()
    label = html(showing.texts("answer.transcript"))
    quotes = [_quote(piece, label) for piece in cut(answer.heard.words, TEXT - _ROOM)]
    if guess:
        quotes[-1] += f"\n{guess}"
    return tuple(quotes)


def is_idle(feeling: Feeling, showing: Showing) -> bool:
    """Typed words that leave the feeling open are not asked about: most of them do."""
    return showing.typed and is_doubtful(feeling, showing.sureness)


def guess_words(feeling: Feeling, showing: Showing) -> str:
    """The feeling as a guess, or the question whether it was one, with its confidence."""
    told = "answer.feeling_text" if showing.typed else "answer.feeling"
    return showing.texts(
        "answer.feeling_unsure" if is_doubtful(feeling, showing.sureness) else told,
        feeling=showing.texts(f"feeling.{feeling.emotion}"),
        percent=round(100 * feeling.confidence),
    )


def _quote(words: str, label: str) -> str:
    fold = " expandable" if units(words) > _LONG else ""
    return f"<blockquote{fold}>{label} {html(words)}</blockquote>"


def _seen(page: str) -> int:
    """How long Telegram takes it to be."""
    return units(unescape(_TAG.sub("", page)))
