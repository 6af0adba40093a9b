"""Playing the user: what somebody with Telegram in their hand can do and see in one chat.

Everything is async as it would be over a network, and nothing waits but `wait_for` and its kin.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from bot.local.files import StoredFile
from bot.local.markup import noticed
from bot.local.sending import media_content
from bot.local.state import Action, Dialog, Json, Message, State, Tap

PATIENCE = 5.0
"""Seconds that a wait lasts unless told otherwise."""


class Chat:
    """One user in one chat with the bot."""

    def __init__(self, state: State, dialog: Dialog, user: Json) -> None:
        self.user = user
        self._state = state
        self._dialog = dialog
        self._seen: set[int] = set()

    @property
    def id(self) -> int:
        return self._dialog.id

    @property
    def messages(self) -> list[Message]:
        """What is to be seen now, oldest first; what was deleted is gone."""
        return [held for held in self._dialog.messages.values() if not held.deleted]

    @property
    def actions(self) -> list[Action]:
        """Every chat action (`typing`, `record_voice` …) that the bot has shown, and when."""
        return list(self._dialog.actions)

    @property
    def pinned(self) -> list[Message]:
        return [self._dialog.messages[message_id] for message_id in self._dialog.pinned]

    async def send_text(self, text: str) -> Message:
        """A typed message; /commands and @names in it are marked as Telegram marks them."""
        entities = noticed(text)
        return self._said({"text": text} | ({"entities": entities} if entities else {}))

    async def send_voice(
        self, data: bytes, mime: str = "audio/ogg", duration: int = 3, size: int | None = None
    ) -> Message:
        """A voice note; `size` (bytes) pretends another size than it has."""
        shown: Json = {"duration": duration, "mime_type": mime}
        return self._sent(self._state.files.keep("voice", data, shown, size))

    async def send_audio(
        self, data: bytes, mime: str = "audio/mpeg", duration: int = 3, name: str = "audio.mp3"
    ) -> Message:
        shown: Json = {"duration": duration, "mime_type": mime, "file_name": name}
        return self._sent(self._state.files.keep("audio", data, shown))

    async def send_video_note(self, data: bytes, duration: int = 3) -> Message:
        shown: Json = {"duration": duration, "length": 240}
        return self._sent(self._state.files.keep("video_note", data, shown))

    async def send_document(
        self, data: bytes, name: str, mime: str = "application/octet-stream"
    ) -> Message:
        shown: Json = {"file_name": name, "mime_type": mime}
        return self._sent(self._state.files.keep("document", data, shown))

    async def send_photo(self, data: bytes, width: int = 640, height: int = 480) -> Message:
        shown: Json = {"width": width, "height": height}
        return self._sent(self._state.files.keep("photo", data, shown))

    async def send_sticker(self, emoji: str = "🙂") -> Message:
        shown: Json = {
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "emoji": emoji,
        }
        return self._sent(self._state.files.keep("sticker", b"RIFF....WEBP", shown))

    async def share_location(self, latitude: float, longitude: float) -> Message:
        """A place, in degrees."""
        return self._said({"location": {"latitude": latitude, "longitude": longitude}})

    async def reply(self, to: Message, text: str) -> Message:
        return self._said({"text": text}, to)

    async def reply_voice(self, to: Message, data: bytes) -> Message:
        """A voice note of three seconds that quotes a message."""
        shown: Json = {"duration": 3, "mime_type": "audio/ogg"}
        file = self._state.files.keep("voice", data, shown)
        return self._said(media_content(file), to, file)

    async def edit(self, message: Message, text: str) -> Message:
        """Change a text of one's own."""
        message.earlier.append(message.content)
        message.content, message.edited_at = {"text": text}, self._state.clock()
        self._state.updates.add("edited_message", message.as_json())
        return message

    async def tap(self, button: str, message: Message | None = None) -> Tap:
        """Press an inline button, found by its label or its callback data, the newest first.

        LookupError where no such button is to be seen.
        """
        sent = [message] if message else [held for held in reversed(self.messages) if held.from_bot]
        for held in sent:
            for found in (each for row in held.keyboard for each in row):
                if "callback_data" in found and button in {found["text"], found["callback_data"]}:
                    return self.tap_data(held, found["callback_data"])
        raise LookupError(f"no button {button!r} is to be seen in chat {self.id}")

    def tap_data(self, message: Message, data: str) -> Tap:
        """Press a button with this callback data, be it there or (an old screen) no more."""
        tap = self._state.tap(message, data)
        query = {
            "id": tap.id,
            "from": self.user,
            "message": message.as_json(),
            "chat_instance": str(self.id),
            "data": data,
        }
        self._state.updates.add("callback_query", query)
        return tap

    async def react(self, message: Message, emoji: str) -> None:
        """Told to the bot only where it asked for `message_reaction` updates."""
        reaction = {
            "chat": self._dialog.chat,
            "message_id": message.id,
            "user": self.user,
            "date": int(self._state.clock().timestamp()),
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": emoji}],
        }
        self._state.updates.add("message_reaction", reaction)

    async def block(self) -> None:
        """From now on the bot's words are refused with 403."""
        self._set_blocked(True)

    async def unblock(self) -> None:
        self._set_blocked(False)

    async def wait_for(self, kind: str = "any", within: float = PATIENCE) -> Message:
        """The bot's next message of a kind (`text`, `voice`, `photo` …) not yet waited for.

        The message goes on showing its current state as the bot edits it. TimeoutError where none
        comes.
        """
        async with asyncio.timeout(within):
            while True:
                for message in self.messages:
                    wanted = message.from_bot and kind in {"any", message.kind}
                    if wanted and message.id not in self._seen:
                        self._seen.add(message.id)
                        return message
                await self._state.bell.rung()

    async def until(self, holds: Callable[[], Any], within: float = PATIENCE) -> None:
        """Wait until something that the bot's calls bring about is so; TimeoutError otherwise."""
        async with asyncio.timeout(within):
            while not holds():
                await self._state.bell.rung()

    def _sent(self, file: StoredFile) -> Message:
        return self._said(media_content(file), attachment=file)

    def _said(
        self, content: Json, reply_to: Message | None = None, attachment: StoredFile | None = None
    ) -> Message:
        message = self._state.post(self._dialog, self.user, content)
        message.reply_to, message.attachment = reply_to, attachment
        self._state.updates.add("message", message.as_json())
        return message

    def _set_blocked(self, blocked: bool) -> None:
        before, after = ("member", "kicked") if blocked else ("kicked", "member")
        self._dialog.blocked = blocked
        change = {
            "chat": self._dialog.chat,
            "from": self.user,
            "date": int(self._state.clock().timestamp()),
            "old_chat_member": self._membership(before),
            "new_chat_member": self._membership(after),
        }
        self._state.updates.add("my_chat_member", change)

    def _membership(self, status: str) -> Json:
        member: Json = {"status": status, "user": self._state.me}
        return member | ({"until_date": 0} if status == "kicked" else {})
