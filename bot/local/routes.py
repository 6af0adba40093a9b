"""HTTP in, JSON out: the Bot API's two addresses over one State, and the troubles arranged for it.

What a call means is methods.py's affair; where it listens is server.py's.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.local.methods import call
from bot.local.parameters import Parameters
from bot.local.refusals import (
    HUNG_UP,
    MALFORMED_TOKEN,
    NO_SUCH_FILE,
    UNAUTHORIZED,
    Refusal,
    Refused,
)
from bot.local.requests import read_parameters
from bot.local.script import Call, Log, Script
from bot.local.state import State

UPLOAD_LIMIT = 50 * 2**20
"""Bytes that a bot may send at once."""


@dataclass(frozen=True, slots=True)
class BotApi:
    """The addresses below `/bot<token>/` and `/file/bot<token>/`."""

    state: State
    script: Script
    log: Log
    upload_limit: int = UPLOAD_LIMIT
    """Bytes."""

    def add_to(self, app: web.Application) -> None:
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)

    async def _answer(self, request: web.Request) -> web.Response:
        method, parameters = request.match_info["method"], Parameters()
        try:
            self._check_token(request)
            parameters = await read_parameters(request, self.upload_limit)
            await self._trouble(request, method, parameters)
            result = await call(self.state, method, parameters)
        except Refused as refused:
            return self._refused(method, parameters, refused.refusal)
        self._note(method, parameters, None)
        return web.json_response({"ok": True, "result": result})

    async def _download(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        parameters = Parameters({"path": path})
        try:
            self._check_token(request)
            await self._trouble(request, "download", parameters)
            file = self.state.files.by_path(path)
            if file is None:
                raise Refused(NO_SUCH_FILE)
        except Refused as refused:
            return self._refused("download", parameters, refused.refusal)
        self._note("download", parameters, None)
        return web.Response(body=file.data, content_type="application/octet-stream")

    def _check_token(self, request: web.Request) -> None:
        token = request.match_info["token"]
        if ":" not in token:
            raise Refused(MALFORMED_TOKEN)
        if token != self.state.token:
            raise Refused(UNAUTHORIZED)

    async def _trouble(self, request: web.Request, method: str, parameters: Parameters) -> None:
        """Whatever was arranged for this call."""
        trouble = self.script.trouble_for(method, parameters.integer("chat_id") or None)
        if trouble is None:
            return
        await asyncio.sleep(trouble.delay)
        if trouble.hang_up and request.transport is not None:
            # The refusal is for the log: nobody is there to hear it any more.
            request.transport.abort()
            raise Refused(HUNG_UP)
        if trouble.refusal is not None:
            raise Refused(trouble.refusal)

    def _refused(self, method: str, parameters: Parameters, refusal: Refusal) -> web.Response:
        self._note(method, parameters, refusal)
        body: dict[str, Any] = {
            "ok": False,
            "error_code": refusal.code,
            "description": refusal.description,
        }
        if refusal.retry_after is not None:
            body["parameters"] = {"retry_after": refusal.retry_after}
        return web.json_response(body, status=refusal.code)

    def _note(self, method: str, parameters: Parameters, refusal: Refusal | None) -> None:
        sizes = {name: len(upload.data) for name, upload in parameters.uploads.items()}
        code, description = (refusal.code, refusal.description) if refusal else (200, "")
        now = self.state.clock()
        self.log.add(Call(method, parameters.fields, sizes, now, code, description))
        self.state.bell.ring()
