"""What a supervisor learns of the bot, over loopback and by the command."""

import argparse
import json
import socket
import sys
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest

from bot import commands
from bot.health import HOST, SILENCE, Health, PortTaken, Pulse, answering, ask
from bot.local.refusals import INTERNAL
from bot.local.server import LocalServer
from bot.settings import Settings
from pipeline.errors import StoreError
from run_bot import House
from tests.chatting import Scene, soon
from tests.fakes import FakeStore


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server)


def serving() -> Mapping[str, str | None]:
    return {"speaker": "espeak-ng", "companion": None}


async def told(port: int | None) -> tuple[int, dict[str, object]]:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://{HOST}:{port}/health")
    return answer.status_code, answer.json()


async def test_a_polling_bot_is_well_and_a_silent_telegram_is_not(scene: Scene) -> None:
    health = Health(lambda: scene.pulse.alive, scene.store, serving)
    async with answering(0, health) as port:
        assert await told(port) == (
            503,
            {
                "ok": False,
                "listening": False,
                "database": True,
                "engines": {"speaker": "espeak-ng", "companion": None},
            },
        )
        async with scene.bot():
            ada = scene.chat()
            await ada.send_text("/help")
            await ada.wait_for("text")
            await soon(lambda: scene.pulse.alive)
            status, report = await told(port)
    assert status == 200 and report["ok"] is True


async def test_refused_polls_are_no_sign_of_life(scene: Scene) -> None:
    scene.server.refuse("getUpdates", None, INTERNAL, times=None)
    async with scene.bot():
        await scene.server.called("getUpdates", 1)
        assert not scene.pulse.alive


async def test_a_pulse_fades() -> None:
    now = 100.0
    pulse = Pulse(lambda: now)
    assert not pulse.alive
    pulse.beat()
    now += SILENCE - 1
    assert pulse.alive
    now += 2
    assert not pulse.alive


async def test_a_broken_database_is_told() -> None:
    store = FakeStore()
    store.broken = StoreError("the disk is full")
    report = await Health(lambda: True, store, serving).report()
    assert (report.ok, report.listening, report.database) == (False, True, False)


async def test_without_a_port_there_is_no_endpoint() -> None:
    async with answering(None, Health(lambda: True, FakeStore(), serving)) as port:
        assert port is None


async def test_a_port_in_use_is_told_by_its_setting() -> None:
    health = Health(lambda: True, FakeStore(), serving)
    async with answering(0, health) as port:
        with pytest.raises(PortTaken, match=f"ECHOMIND_HEALTH_PORT: {port} cannot be used"):
            async with answering(port, health):
                raise AssertionError("two cannot listen")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is nobody's")
async def test_it_listens_on_one_address_alone() -> None:
    async with answering(0, Health(lambda: True, FakeStore(), serving)) as port:
        with socket.socket() as neighbour:  # taken, were every address listened on
            neighbour.bind(("127.0.0.2", port))
            with pytest.raises(OSError):
                neighbour.bind((HOST, port))


async def test_the_command_asks_the_running_bot(capsys: pytest.CaptureFixture[str]) -> None:
    async with answering(0, Health(lambda: True, FakeStore(), serving)) as port:
        house = House(Settings(_env_file=None, health_port=port))
        assert await commands.health(house, argparse.Namespace()) == commands.DONE
    assert json.loads(capsys.readouterr().out)["engines"]["speaker"] == "espeak-ng"
    assert await commands.health(house, argparse.Namespace()) == commands.BROKEN
    assert "no bot answers" in capsys.readouterr().out
    house = House(Settings(_env_file=None))
    assert await commands.health(house, argparse.Namespace()) == commands.BAD_INPUT
    assert "ECHOMIND_HEALTH_PORT is not set" in capsys.readouterr().err


async def test_an_unwell_bot_fails_the_command() -> None:
    async with answering(0, Health(lambda: False, FakeStore(), serving)) as port:
        assert port is not None
        well, report = await ask(port)
    assert not well and json.loads(report)["listening"] is False
