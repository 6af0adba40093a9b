"""One message out, quoting the one it answers. What it says is decided elsewhere."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from telegram import Bot, InlineKeyboardMarkup, Message, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import Forbidden, NetworkError, RetryAfter

log = logging.getLogger(__name__)

Show = Callable[[str, InlineKeyboardMarkup | None], Awaitable[object]]
"""Puts HTML and its buttons before somebody: in a new message, or in the place of the one whose
button they tapped."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an answer goes."""

    chat: int
    message: int | None = None
    """The message it quotes; if that was deleted meanwhile, the answer comes without."""

    @property
    def quote(self) -> ReplyParameters | None:
        if self.message is None:
            return None
        return ReplyParameters(self.message, allow_sending_without_reply=True)


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice note on its way out."""

    sound: bytes | str
    """Ogg/Opus, or the file_id of one that Telegram has already."""
    seconds: float = 0.0
    caption: str = ""
    """HTML."""


async def write(
    bot: Bot, to: Address, html: str, keyboard: InlineKeyboardMarkup | None = None
) -> Message:
    """Send a text. Raises TelegramError."""
    return await bot.send_message(
        to.chat,
        html,
        parse_mode=ParseMode.HTML,
        reply_parameters=to.quote,
        reply_markup=keyboard,
    )


async def speak(
    bot: Bot, to: Address, voice: Voice, keyboard: InlineKeyboardMarkup | None = None
) -> Message | None:
    """Send a voice note; None where this chat does not take it, so that text can go instead.

    Raises Forbidden (they blocked the bot) and RetryAfter (a flood too long to wait for).
    """
    try:
        return await bot.send_voice(
            to.chat,
            voice.sound,
            caption=voice.caption or None,
            duration=max(1, round(voice.seconds)) if voice.seconds else None,
            parse_mode=ParseMode.HTML,
            reply_parameters=to.quote,
            reply_markup=keyboard,
            filename="echomind.ogg",
        )
    except (Forbidden, RetryAfter):
        raise
    except NetworkError as error:  # among them BadRequest: VOICE_MESSAGES_FORBIDDEN, bad file_id
        log.warning("chat %s: no voice note (%s)", to.chat, type(error).__name__)
        return None
