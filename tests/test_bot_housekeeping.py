"""What was kept long enough goes, by the user's own term and by the owner's."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from bot.housekeeping import Housekeeping
from bot.local.server import LocalServer
from pipeline.errors import StoreError
from pipeline.values import Keeping, Person
from tests import storing
from tests.chatting import Scene
from tests.fakes import FakeStore
from tests.storing import ANN, BEN, DAY, AnyStore, HandClock, talked

clock, store = storing.clock, storing.store


async def test_each_day_deletes_what_is_due(store: AnyStore, clock: HandClock) -> None:
    await store.keep(Person(ANN, words_days=7))
    await talked(store, clock)
    await talked(store, clock, "and Ben", BEN)
    house = Housekeeping(store, Keeping(words_days=30), clock)

    async def words_of(user: int) -> int:
        return len((await store.export(user))["turns"])

    await house.tidy()
    assert (await words_of(ANN), await words_of(BEN)) == (2, 2)
    clock.pass_by(8 * DAY)
    await house.tidy()
    assert (await words_of(ANN), await words_of(BEN)) == (0, 2)
    clock.pass_by(23 * DAY)
    await house.tidy()
    assert (await words_of(ANN), await words_of(BEN)) == (0, 0)


async def test_a_broken_store_is_told_and_tried_again(
    clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    store = FakeStore(clock)
    await talked(store, clock)
    clock.pass_by(DAY)
    house = Housekeeping(store, Keeping(words_days=0), clock)
    store.broken = StoreError("the disk is full")
    await house.tidy()
    assert "could not be deleted" in caplog.text
    store.broken = None
    with caplog.at_level(logging.INFO):
        await house.tidy()
    assert "2 rows" in caplog.text


async def test_a_start_tidies_up() -> None:
    now = datetime.now(UTC)
    then = now - timedelta(days=31)
    async with LocalServer(clock=lambda: then) as server:
        scene = Scene(server, store=FakeStore(lambda: then))
        ada = scene.chat()
        async with scene.bot():
            await ada.send_text("hello")
            await ada.wait_for("voice")
        assert len(scene.store.turns) == 2
        scene.store.clock = lambda: now
        async with scene.bot(words_days=30):
            await ada.send_text("/help")
            await ada.wait_for("text")
        assert scene.store.turns == {}
