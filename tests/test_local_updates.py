"""Long polling on loopback: offsets, waiting, kinds, rivals and webhooks."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from telegram import Bot
from telegram.error import Conflict

from bot.local.chat import Chat
from bot.local.server import LocalServer
from bot.local.updates import Bell, Poll, Updates


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    async with LocalServer() as running:
        yield running


@pytest.fixture
async def bot(server: LocalServer) -> AsyncIterator[Bot]:
    async with Bot(server.token, server.base_url, server.base_file_url) as running:
        yield running


@pytest.fixture
def ada(server: LocalServer) -> Chat:
    return server.chat()


async def texts(bot: Bot, offset: int | None = None, limit: int | None = None) -> list[str]:
    updates = await bot.get_updates(offset=offset, limit=limit)
    return [update.message.text or "" for update in updates if update.message]


async def waiting(server: LocalServer) -> None:
    while not server.state.updates.waiting:
        await server.state.bell.rung()


async def test_an_update_comes_again_until_a_later_offset_confirms_it(bot: Bot, ada: Chat) -> None:
    for word in ("one", "two", "three"):
        await ada.send_text(word)
    first = (await bot.get_updates(limit=1))[0].update_id
    assert await texts(bot) == ["one", "two", "three"]
    assert await texts(bot, offset=first) == ["one", "two", "three"]
    assert await texts(bot, offset=first + 1, limit=1) == ["two"]
    assert await texts(bot) == ["two", "three"]
    assert await texts(bot, offset=first + 3) == []
    assert await texts(bot) == []


async def test_a_negative_offset_keeps_the_last_ones_only(bot: Bot, ada: Chat) -> None:
    for word in ("one", "two", "three"):
        await ada.send_text(word)
    assert await texts(bot, offset=-2) == ["two", "three"]
    assert await texts(bot) == ["two", "three"]


async def test_a_poll_waits_for_what_comes(server: LocalServer, bot: Bot, ada: Chat) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await waiting(server)
    await ada.send_text("at last")
    (update,) = await asyncio.wait_for(poll, 2)
    assert update.message is not None and update.message.text == "at last"


async def test_a_poll_that_nothing_comes_to_ends_empty() -> None:
    updates = Updates(Bell())
    # The wire counts whole seconds; in here a poll may be as short as a test likes.
    assert await updates.poll(Poll(timeout=0.02)) == []  # type: ignore[arg-type]


async def test_a_second_poller_ends_the_first(server: LocalServer, bot: Bot, ada: Chat) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=20))
    await waiting(server)
    async with Bot(server.token, server.base_url, server.base_file_url) as rival:
        second = asyncio.create_task(rival.get_updates(timeout=20))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        await ada.send_text("for the second")
        (update,) = await second
    assert update.message is not None and update.message.text == "for the second"


async def test_a_bot_that_went_away_leaves_no_poll_behind(server: LocalServer, ada: Chat) -> None:
    async with Bot(server.token, server.base_url, server.base_file_url) as gone:
        poll = asyncio.create_task(gone.get_updates(timeout=20))
        await waiting(server)
        poll.cancel()
    async with asyncio.timeout(2):
        while server.state.updates.waiting:
            await server.state.bell.rung()
    await ada.send_text("still here")
    async with Bot(server.token, server.base_url, server.base_file_url) as next_one:
        assert await texts(next_one) == ["still here"]


async def test_only_the_kinds_asked_for_are_kept(bot: Bot, ada: Chat) -> None:
    message = await ada.send_text("before")
    await ada.react(message, "❤")
    assert len(await bot.get_updates(allowed_updates=["message_reaction"])) == 1
    await ada.send_text("unheard")
    await ada.react(message, "🔥")
    updates = await bot.get_updates(offset=-1, allowed_updates=[])
    assert updates[0].message_reaction is not None
    await ada.react(message, "👎")
    await ada.send_text("heard")
    assert await texts(bot) == ["heard"]


async def test_a_webhook_and_polling_exclude_each_other(
    server: LocalServer, bot: Bot, ada: Chat
) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await waiting(server)
    await bot.set_webhook("https://example.org/hook", allowed_updates=["message"])
    with pytest.raises(Conflict, match="terminated by setWebhook"):
        await poll
    with pytest.raises(Conflict, match="while webhook is active"):
        await bot.get_updates()
    await ada.send_text("kept")
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == ("https://example.org/hook", 1)
    await bot.delete_webhook()
    assert await texts(bot) == ["kept"]
    await bot.delete_webhook(drop_pending_updates=True)
    assert await texts(bot) == []


class Hook:
    """A bot that is called: takes updates, or is out of order for a while."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.secrets: set[str] = set()
        self.failures = 0
        self.bell = Bell()

    async def take(self, request: web.Request) -> web.Response:
        if self.failures:
            self.failures -= 1
            return web.Response(status=500)
        self.secrets.add(request.headers["X-Telegram-Bot-Api-Secret-Token"])
        self.taken.append((await request.json())["message"]["text"])
        self.bell.ring()
        return web.Response()


@pytest.fixture
async def hook() -> Hook:
    return Hook()


@pytest.fixture
async def address(hook: Hook) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/hook", hook.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await runner.cleanup()


async def test_updates_go_to_a_webhook_until_it_takes_them(
    server: LocalServer, bot: Bot, ada: Chat, hook: Hook, address: str
) -> None:
    hook.failures = 1
    await ada.send_text("one")
    await bot.set_webhook(address, secret_token="secret")
    await ada.send_text("two")
    async with asyncio.timeout(3):
        while len(hook.taken) < 2:
            await hook.bell.rung()
    assert hook.taken == ["one", "two"] and hook.secrets == {"secret"}
    await bot.delete_webhook()
    await ada.send_text("three")
    assert (await texts(bot))[-1] == "three" and len(hook.taken) == 2
