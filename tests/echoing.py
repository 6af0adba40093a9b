"""A small bot that answers back, and what it takes to point one at the Bot API on loopback."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatAction
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    MessageReactionHandler,
    filters,
)

from bot.local.server import LocalServer

Context = ContextTypes.DEFAULT_TYPE
App = Application[Any, Any, Any, Any, Any, Any]

NOTE = (Path(__file__).parent / "data" / "voice-note-george-7190.ogg").read_bytes()
"""3.36 s of Ogg/Opus."""


class HeldClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def bot_for(server: LocalServer, token: str | None = None) -> Bot:
    return Bot(token or server.token, server.base_url, server.base_file_url)


def echo_bot(server: LocalServer) -> App:
    app = (
        ApplicationBuilder()
        .token(server.token)
        .base_url(server.base_url)
        .base_file_url(server.base_file_url)
        .concurrent_updates(True)
        .build()
    )
    app.add_handler(CommandHandler("start", start))
    app.add_handler(MessageHandler(filters.VOICE, echo_voice))
    app.add_handler(MessageHandler(filters.TEXT, echo_text))
    app.add_handler(CallbackQueryHandler(tapped))
    app.add_handler(MessageReactionHandler(reacted))
    return app


async def start(update: Update, context: Context) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("That's right", callback_data="yes")]])
    await message_of(update).reply_text("Hello <b>you</b>", "HTML", reply_markup=keyboard)


async def echo_text(update: Update, context: Context) -> None:
    await message_of(update).reply_text(message_of(update).text or "")


async def echo_voice(update: Update, context: Context) -> None:
    message = message_of(update)
    assert message.voice is not None
    await message.reply_chat_action(ChatAction.RECORD_VOICE)
    file = await message.voice.get_file()
    await message.reply_voice(bytes(await file.download_as_bytearray()), caption="as you said")


async def tapped(update: Update, context: Context) -> None:
    query = update.callback_query
    assert query is not None
    await query.answer("Thank you")
    await query.edit_message_text(f"You chose {query.data}")


async def reacted(update: Update, context: Context) -> None:
    assert update.message_reaction is not None
    await context.bot.send_message(update.message_reaction.chat.id, "noticed")


def message_of(update: Update) -> Message:
    assert update.effective_message is not None
    return update.effective_message
