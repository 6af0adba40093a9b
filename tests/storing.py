"""What the tests of the stores share: both stores, a clock in the hand, and notes to keep."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from pipeline.ports import Store
from pipeline.values import (
    Emotion,
    Feeling,
    Heard,
    History,
    Moment,
    Person,
    VoiceNote,
    VoiceProfile,
)
from storage.sqlite import SqliteStore
from tests.fakes import FakeStore

ANN, BEN = 7_000_000_001, 2
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
AnyStore = FakeStore | SqliteStore

WHOLE = Person(
    id=ANN,
    name="Ann",
    language="de",
    language_chosen=True,
    country="AT",
    adult=False,
    introduced=True,
    reads_feelings=False,
    answers="voice",
    voice="de-DE-KatjaNeural",
    profile=VoiceProfile(3, (0.1, -2.5e-7), "an ear"),
    words_days=30,
    feelings_days=0,
    zone="Europe/Vienna",
    checkin=time(20, 30),
    letter=6,
)


class HandClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


KEY = "kJH0gVCwtgM3sqGwNfbZbJpKQhbD1PQpBPXcqtA0Kgg="
"""Of the words in the database, where there is to be one."""


@pytest.fixture(params=["fake", "sqlite", "sealed"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock
) -> AsyncIterator[AnyStore]:
    if request.param == "fake":
        yield FakeStore(clock)
    else:
        key = KEY if request.param == "sealed" else None
        async with SqliteStore.open(tmp_path / "echomind.db", clock, words_key=key) as opened:
            yield opened


def feeling(likeliest: Emotion = Emotion.SAD, voice: VoiceProfile | None = None) -> Feeling:
    guess = {emotion: 0.65 if emotion is likeliest else 0.05 for emotion in Emotion}
    return Feeling(guess, "cnn-lstm", (Moment(0.0, 3.0, guess), Moment(1.5, 4.5, guess)), voice)


async def never() -> bytes:
    raise AssertionError("audio is nothing for a store")


def voice_note(user: int, at: datetime, reference: str | None = None) -> VoiceNote:
    return VoiceNote(user, never, at, reference)


async def said(
    store: Store, clock: HandClock, words: str = "I slept badly", user: int = ANN
) -> tuple[int, History]:
    """A voice note, received and recorded."""
    note = await store.receive(voice_note(user, clock()))
    return note, await store.record(note, Heard(words, "en", feeling()))


async def talked(
    store: AnyStore, clock: HandClock, words: str = "I slept badly", user: int = ANN
) -> int:
    """A voice note from beginning to end; the next one comes a minute later."""
    note, _ = await said(store, clock, words, user)
    await store.answered(note, f"You said: {words}", "breathing-478")
    await store.settle(note)
    clock.pass_by(timedelta(minutes=1))
    return note
