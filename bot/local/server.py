"""Telegram on loopback, as one thing to start, to talk through and to arrange troubles in.

A bot talks to it unchanged through `base_url` and `base_file_url`; tests and pages play the user
through `chat`. It listens on 127.0.0.1 and nowhere else.
"""

import asyncio
import secrets
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.local.chat import PATIENCE, Chat
from bot.local.courier import Courier
from bot.local.refusals import Refusal
from bot.local.routes import UPLOAD_LIMIT, BotApi
from bot.local.script import Call, Log, Script, Trouble
from bot.local.state import Dialog, Json, State
from pipeline.ports import Clock

HOST = "127.0.0.1"
BOT_ID = 7_000_000_001


def _now() -> datetime:
    return datetime.now(UTC)


class LocalServer:
    """One bot's Telegram; `async with LocalServer() as server:` or start and stop."""

    def __init__(
        self,
        token: str | None = None,
        port: int = 0,
        clock: Clock = _now,
        upload_limit: int = UPLOAD_LIMIT,
    ) -> None:
        # A secret one by default: any page in the owner's browser can reach loopback.
        self.token = token or f"{BOT_ID}:{secrets.token_urlsafe(24)}"
        self.state = State(self.token, clock)
        self.script = Script()
        self.log = Log()
        self._port = port
        self._chats: dict[tuple[int, int], Chat] = {}
        self._api = BotApi(self.state, self.script, self.log, upload_limit)
        self._runner: web.AppRunner | None = None
        self._errand: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; port 0 takes a free one. OSError where the port is taken."""
        app = web.Application(client_max_size=UPLOAD_LIMIT)
        self._api.add_to(app)
        # A bot that hangs up ends its long poll at once, and a stop does not wait for idle bots.
        runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, self._port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self._errand = asyncio.create_task(Courier(self.state).run())

    async def stop(self) -> None:
        """Send whoever polls home and close."""
        self.state.updates.close()
        if self._errand is not None:
            self._errand.cancel()
            await asyncio.wait([self._errand])
            self._errand = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def port(self) -> int:
        if self._runner is None:
            raise RuntimeError("the server is not listening")
        return int(self._runner.addresses[0][1])

    @property
    def base_url(self) -> str:
        """For ApplicationBuilder.base_url."""
        return f"http://{HOST}:{self.port}/bot"

    @property
    def base_file_url(self) -> str:
        """For ApplicationBuilder.base_file_url."""
        return f"http://{HOST}:{self.port}/file/bot"

    def chat(self, user_id: int = 1001, name: str = "Ada", language_code: str = "en") -> Chat:
        """A user's private chat with the bot; asked for again, the same one."""
        chat = {"id": user_id, "type": "private", "first_name": name}
        return self._chat(chat, _user(user_id, name, language_code))

    def group(self, chat_id: int, user_id: int = 1001, name: str = "Ada") -> Chat:
        """One member's side of a group that the bot is in; everybody's is the same group."""
        chat = {"id": chat_id, "type": "group", "title": f"Group {-chat_id}"}
        return self._chat(chat, _user(user_id, name, "en"))

    def refuse(
        self, method: str, chat: Chat | None, refusal: Refusal, times: int | None = 1
    ) -> None:
        """Refuse the next so many calls of a method (`*` for any), in one chat or in all.

        `download` is the fetching of a file; `times=None` refuses from now on.
        """
        self.script.arrange(method, Trouble(refusal), _id(chat), times)

    def hang_up(self, method: str, chat: Chat | None = None, times: int | None = 1) -> None:
        """Cut the connection instead of answering."""
        self.script.arrange(method, Trouble(hang_up=True), _id(chat), times)

    def delay(
        self, method: str, seconds: float, chat: Chat | None = None, times: int | None = 1
    ) -> None:
        """Begin late to do what is asked."""
        self.script.arrange(method, Trouble(delay=seconds), _id(chat), times)

    def calls(self, method: str | None = None, chat: Chat | None = None) -> list[Call]:
        """What the bot has asked so far, oldest first."""
        return self.log.calls(method, _id(chat))

    async def called(self, method: str, times: int = 1, within: float = PATIENCE) -> list[Call]:
        """Wait until a method was called so many times; TimeoutError otherwise."""
        async with asyncio.timeout(within):
            while self.log.count(method) < times:
                await self.state.bell.rung()
        return self.calls(method)

    def _chat(self, chat: Json, user: Json) -> Chat:
        dialog = self.state.dialogs.setdefault(chat["id"], Dialog(chat))
        return self._chats.setdefault((dialog.id, user["id"]), Chat(self.state, dialog, user))


def _user(user_id: int, name: str, language_code: str) -> Json:
    return {
        "id": user_id,
        "is_bot": False,
        "first_name": name,
        "language_code": language_code,
    }


def _id(chat: Chat | None) -> int | None:
    return None if chat is None else chat.id
