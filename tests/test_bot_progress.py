"""What the chat shows while the bot works, whatever becomes of each showing."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from telegram.constants import ChatAction
from telegram.ext import ApplicationBuilder, ExtBot

from bot.local.refusals import BLOCKED, bad_request
from bot.local.server import LocalServer
from bot.progress import showing

EVERY = 0.1


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    async with LocalServer() as running:
        yield running


@pytest.fixture
async def bot(server: LocalServer) -> AsyncIterator[ExtBot[None]]:
    app = ApplicationBuilder().token(server.token).base_url(server.base_url).build()
    async with app.bot:
        yield app.bot


async def test_it_is_shown_again_and_again_and_no_more_afterwards(
    server: LocalServer, bot: ExtBot[None]
) -> None:
    ada = server.chat()
    async with showing(bot, ada.id, ChatAction.RECORD_VOICE, EVERY):
        await asyncio.sleep(3.5 * EVERY)
    shown = len(ada.actions)
    assert shown == 4
    await asyncio.sleep(2 * EVERY)
    assert len(ada.actions) == shown


async def test_a_slow_line_makes_no_gap(server: LocalServer, bot: ExtBot[None]) -> None:
    ada = server.chat()
    server.delay("sendChatAction", seconds=2.0)
    async with showing(bot, ada.id, ChatAction.TYPING, EVERY):
        await ada.until(lambda: ada.actions, within=5 * EVERY)


async def test_refusals_do_not_stop_it(server: LocalServer, bot: ExtBot[None]) -> None:
    ada = server.chat()
    server.refuse("sendChatAction", None, bad_request("no"), times=3)
    async with showing(bot, ada.id, ChatAction.TYPING, EVERY):
        await ada.until(lambda: ada.actions)


async def test_who_blocked_the_bot_is_not_asked_again(
    server: LocalServer, bot: ExtBot[None]
) -> None:
    ada = server.chat()
    server.refuse("sendChatAction", ada, BLOCKED, times=None)
    async with showing(bot, ada.id, ChatAction.TYPING, EVERY):
        await asyncio.sleep(3 * EVERY)
    assert len(server.calls("sendChatAction")) == 1


async def test_an_error_of_the_work_passes_through(server: LocalServer, bot: ExtBot[None]) -> None:
    with pytest.raises(ZeroDivisionError):
        async with showing(bot, server.chat().id, ChatAction.TYPING, EVERY):
            raise ZeroDivisionError
