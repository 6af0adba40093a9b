"""/stats, for owners alone: counts, latencies and engines; no words, no names."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

from telegram import Message, User

from bot.figures import Figures, Latency
from bot.guests import Guests
from bot.health import Engines
from bot.pieces import html
from bot.sending import Address, write
from bot.settings import Settings
from bot.terminal import table
from pipeline.catalogue import Texts
from pipeline.values import Census

DAY = timedelta(days=1)


class Register(Protocol):
    async def census(self, since: datetime) -> Census:
        """How many use the bot, and how much they did since then. Raises StoreError."""
        ...


def _now() -> datetime:
    return datetime.now(UTC)


class Owner:
    """Answers /stats. Raises TelegramError and StoreError."""

    def __init__(
        self, guests: Guests, register: Register, settings: Settings, engines: Engines
    ) -> None:
        self.figures = Figures()
        self._guests = guests
        self._register = register
        self._owners = settings.owners
        self._engines = engines
        self._started = _now()

    async def stats(self, message: Message, user: User) -> None:
        """/stats, for owners; to others it is a command that there is not."""
        texts = self._guests.texts(await self._guests.know(user))
        to = Address(message.chat_id, message.message_id)
        if user.id in self._owners:
            await write(message.get_bot(), to, await self._told(texts))
        else:
            await write(message.get_bot(), to, html(texts("unsupported.command")))

    async def _told(self, texts: Texts) -> str:
        """HTML."""
        now, figures = _now(), self.figures
        day, week = [await self._register.census(now - days * DAY) for days in (1, 7)]
        lines = [
            texts(
                "stats.since",
                hours=round((now - self._started).total_seconds() / 3600, 1),
                answered=figures.answered,
                failed=figures.failed.total(),
            ),
            texts("stats.people", people=week.people, day=day.active, week=week.active),
            texts("stats.notes", day=day.notes, week=week.notes, minutes=round(week.seconds / 60)),
        ]
        serving = [(port, name or "–") for port, name in self._engines().items()]
        tables = [
            table(("step", "n", "P50 ms", "P95 ms"), _steps(figures.latencies())),
            table(("port", "serves"), serving),
            table(("step", "answers", "engine"), _engines(figures)),
            table(("error", "n"), [(kind, str(n)) for kind, n in figures.failed.most_common()]),
        ]
        shown = [f"<pre>{html(one)}</pre>" for one in tables if "\n" in one]
        return "\n".join([html("\n".join(lines)), *shown])


def _steps(latencies: Mapping[str, Latency]) -> Iterable[tuple[str, ...]]:
    return [
        (step, str(one.count), f"{one.median:.0f}", f"{one.slow:.0f}")
        for step, one in latencies.items()
    ]


def _engines(figures: Figures) -> Iterable[tuple[str, ...]]:
    return [(step, str(n), engine) for (step, engine), n in sorted(figures.served.items())]
