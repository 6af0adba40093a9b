"""Where the Bot API on loopback listens, and how it ends."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator

import pytest

from bot.local.server import LocalServer
from tests.echoing import bot_for


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    async with LocalServer() as running:
        yield running


async def test_a_taken_port_is_told(server: LocalServer) -> None:
    with pytest.raises(OSError, match="in use"):
        await LocalServer(port=server.port).start()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")
async def test_nothing_but_its_own_address_is_listened_on(server: LocalServer) -> None:
    # Were it bound to every address of the machine, this one would be taken too.
    with socket.create_server(("127.0.0.2", server.port)) as other:
        assert other.getsockname()[1] == server.port


async def test_a_stop_sends_a_waiting_bot_home(server: LocalServer) -> None:
    async with bot_for(server) as bot:
        poll = asyncio.create_task(bot.get_updates(timeout=30))
        while not server.state.updates.waiting:
            await server.state.bell.rung()
        began = asyncio.get_running_loop().time()
        await server.stop()
        assert await poll == ()
        assert asyncio.get_running_loop().time() - began < 2


def test_each_server_has_a_secret_token_of_its_own() -> None:
    assert LocalServer().token != LocalServer().token
    assert LocalServer(token="5:mine").state.me["id"] == 5


def test_a_server_that_does_not_listen_has_no_address() -> None:
    with pytest.raises(RuntimeError, match="not listening"):
        _ = LocalServer().base_url
