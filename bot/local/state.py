"""What Telegram would know: chats, messages, files, taps and the bot's profile.

No HTTP and no rules of the Bot API here; methods.py and its neighbours change this state for the
bot, chat.py for the user, and a page can show it. One event loop owns it.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from bot.local.files import Files, StoredFile
from bot.local.updates import Bell, Updates
from pipeline.ports import Clock

Json = dict[str, Any]
"""An object in the Bot API's own field names."""

KINDS = (
    "text",
    "voice",
    "audio",
    "video_note",
    "photo",
    "document",
    "sticker",
    "location",
)


@dataclass(slots=True, eq=False)
class Message:
    """One message as it stands now; what it was before its edits is in `earlier`."""

    id: int
    dialog: "Dialog"
    sender: Json
    sent_at: datetime
    content: Json
    """The fields that make it what it is: `text` or `voice`, `caption`, `entities` …"""
    attachment: StoredFile | None = None
    markup: Json | None = None
    reply_to: "Message | None" = None
    edited_at: datetime | None = None
    deleted: bool = False
    earlier: list[Json] = field(default_factory=list)
    """Contents before each edit, oldest first."""
    reactions: list[str] = field(default_factory=list)
    """Emoji the bot has set."""

    @property
    def from_bot(self) -> bool:
        return bool(self.sender["is_bot"])

    @property
    def kind(self) -> str:
        return next(kind for kind in KINDS if kind in self.content)

    @property
    def text(self) -> str | None:
        return self.content.get("text")

    @property
    def caption(self) -> str | None:
        return self.content.get("caption")

    @property
    def data(self) -> bytes:
        """The bytes of the attached file; LookupError where there is none."""
        if self.attachment is None:
            raise LookupError(f"a {self.kind} message carries no file")
        return self.attachment.data

    @property
    def keyboard(self) -> list[list[Json]]:
        """Rows of buttons under the message, inline or not."""
        rows: list[list[Json]] = []
        if self.markup is not None:
            rows = self.markup.get("inline_keyboard") or self.markup.get("keyboard") or []
        return rows

    @property
    def buttons(self) -> list[str]:
        """The labels, row by row."""
        return [button["text"] for row in self.keyboard for button in row]

    def as_json(self, with_reply: bool = True) -> Json:
        """The Bot API's Message object."""
        shown: Json = {
            "message_id": self.id,
            "from": self.sender,
            "chat": self.dialog.chat,
            "date": int(self.sent_at.timestamp()),
            **self.content,
        }
        if self.edited_at is not None:
            shown["edit_date"] = int(self.edited_at.timestamp())
        if self.markup is not None and "inline_keyboard" in self.markup:
            shown["reply_markup"] = self.markup
        if with_reply and self.reply_to is not None:
            shown["reply_to_message"] = self.reply_to.as_json(with_reply=False)
        return shown


@dataclass(frozen=True, slots=True)
class Action:
    """A chat action that the bot showed."""

    name: str
    at: datetime


@dataclass(slots=True, eq=False)
class Dialog:
    """One chat between the bot and somebody."""

    chat: Json
    messages: dict[int, Message] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    """Message ids, the newest pin last."""
    actions: list[Action] = field(default_factory=list)
    blocked: bool = False

    @property
    def id(self) -> int:
        return int(self.chat["id"])

    def message(self, message_id: int | None) -> Message | None:
        """The message, unless it was deleted or never was."""
        found = self.messages.get(message_id) if message_id is not None else None
        return None if found is None or found.deleted else found


@dataclass(slots=True, eq=False)
class Tap:
    """A button that was pressed, and what the bot answered to it."""

    id: str
    data: str
    message: Message
    bell: Bell
    expired: bool = False
    answer: Json | None = None

    async def answered(self, within: float = 5.0) -> Json:
        """The bot's answer (`text`, `show_alert`, `url`); TimeoutError where none comes."""
        async with asyncio.timeout(within):
            while self.answer is None:
                await self.bell.rung()
        return self.answer


@dataclass(slots=True)
class Profile:
    """What the bot has told of itself."""

    commands: dict[str, list[Json]] = field(default_factory=dict)
    """By scope and language, as one key."""
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    """By field of the Bot API (`name`, `description`, `short_description`) and language."""


class State:
    """Everything behind one bot's token."""

    def __init__(self, token: str, clock: Clock) -> None:
        self.clock = clock
        self.token = token
        self.me: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "EchoMind",
            "username": "echomind_loopback_bot",
        }
        self.bell = Bell()
        self.updates = Updates(self.bell)
        self.files = Files()
        self.profile = Profile()
        self.dialogs: dict[int, Dialog] = {}
        self.taps: dict[str, Tap] = {}
        self._message_ids = count(1)

    def post(self, dialog: Dialog, sender: Json, content: Json) -> Message:
        """A new message in a chat; the caller adds what hangs on it before it is told."""
        message = Message(next(self._message_ids), dialog, sender, self.clock(), content)
        dialog.messages[message.id] = message
        return message

    def tap(self, message: Message, data: str) -> Tap:
        """A pressed button that waits for the bot's answer."""
        tap = Tap(str(4_000_000_000 + len(self.taps)), data, message, self.bell)
        self.taps[tap.id] = tap
        return tap
