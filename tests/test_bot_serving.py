"""Reaching Telegram, or not yet; by webhook; and what a rejected token looks like."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.app import build
from bot.local.refusals import BAD_GATEWAY, UNAUTHORIZED
from bot.local.server import LocalServer
from bot.serving import TokenRejected, serve
from tests.chatting import Scene, soon


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server)


async def test_a_rejected_token_is_told_without_the_token(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.server.refuse("getMe", None, UNAUTHORIZED, times=None)
    settings = scene.settings()
    with pytest.raises(TokenRejected) as raised:
        await serve(build(settings, scene.parts(settings)), settings, asyncio.Event())
    assert scene.server.token not in f"{raised.value} {raised.value.__cause__} {caplog.text}"
    assert raised.value.__suppress_context__


async def test_telegram_may_be_out_of_reach_for_a_while(scene: Scene) -> None:
    scene.server.refuse("getMe", None, BAD_GATEWAY, times=3)
    ada = scene.chat()
    async with scene.bot():
        await ada.send_text("/help")
        await ada.wait_for("text", within=10)


@pytest.mark.parametrize("method", ["getMe", "deleteWebhook"])
async def test_a_stop_is_heard_while_telegram_is_out_of_reach(scene: Scene, method: str) -> None:
    scene.server.refuse(method, None, BAD_GATEWAY, times=None)
    async with asyncio.timeout(5):
        async with scene.bot():
            await scene.server.called(method)


async def test_updates_come_by_webhook_where_one_is_set(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chosen = {
        "webhook_url": "https://bot.example/hook",
        "webhook_port": port,
        "webhook_secret": "hush",
    }
    ada = scene.chat()
    said = {
        "update_id": 1,
        "message": {
            "message_id": 77,
            "date": 1_790_000_000,
            "chat": {"id": ada.id, "type": "private", "first_name": "Ada"},
            "from": ada.user,
            "text": "/help",
            "entities": [{"type": "bot_command", "offset": 0, "length": 5}],
        },
    }
    async with scene.bot(**chosen), httpx.AsyncClient(trust_env=False) as telegram:
        await soon(lambda: "by webhook on port" in caplog.text)
        (call,) = scene.server.calls("setWebhook")
        address = f"http://127.0.0.1:{port}/hook"
        forged = await telegram.post(address, json=said)
        headers = {"X-Telegram-Bot-Api-Secret-Token": "hush"}
        honest = await telegram.post(address, json=said, headers=headers)
        await ada.wait_for("text")
    assert call.parameters["url"] == "https://bot.example/hook"
    assert (forged.status_code, honest.status_code) == (403, 200)
    assert scene.server.log.count("getUpdates") == 0
    assert len([message for message in ada.messages if message.from_bot]) == 1


async def test_without_a_token_there_is_no_bot(scene: Scene) -> None:
    settings = scene.settings().model_copy(update={"telegram_token": None})
    with pytest.raises(ValueError, match="no Telegram token"):
        build(settings, scene.parts(settings))


async def test_another_server_needs_its_address_alone(scene: Scene) -> None:
    settings = scene.settings()
    bot = build(settings, scene.parts(settings)).bot
    assert bot.base_url == f"{scene.server.base_url}{scene.server.token}"
    assert bot.base_file_url == f"{scene.server.base_file_url}{scene.server.token}"


async def test_another_poller_is_told_in_one_line(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        async with scene.bot():
            await scene.server.called("deleteWebhook")
            async with httpx.AsyncClient(trust_env=False) as other:
                await soon(lambda: "listening as" in caplog.text)
                address = f"{scene.server.base_url}{scene.server.token}/getUpdates"
                for _ in range(20):
                    await other.post(address, data={"timeout": "1"}, timeout=5)
                    if "another program" in caplog.text:
                        break
    assert "another program fetches this bot's messages" in caplog.text
