"""The bot's clockwork: a look every minute at who is due, another at what can be summed up, and
once a day the housekeeping.

APScheduler only wakes us. Its jobs are made anew at every start and hold nobody's hour: those lie
in our own table, which is read at each look, so nothing is lost, doubled or stale that was pickled
before. A look that comes late is as good as one in time, and of several missed ones one is enough.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

LATE = 3600
"""Seconds that a look, or the day's housekeeping, may come late and still take place."""
LOOK = CronTrigger(second=0, timezone=UTC)
BETWEEN = CronTrigger(second=30, timezone=UTC)
DAILY = CronTrigger(hour=3, minute=17, timezone=UTC)

Job = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Jobs:
    """What is done, and how often."""

    look: Job
    """Every minute, and at the start."""
    tidy: Job
    """Every day."""
    recollect: Job
    """Every minute, half a minute after the look."""


class Clockwork:
    """One for the bot; a broken job is logged by APScheduler and comes again."""

    def __init__(self) -> None:
        defaults = {"misfire_grace_time": LATE, "coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)

    def start(self, jobs: Jobs) -> None:
        """Begin to run, in the running event loop, with a look at once."""
        self._scheduler.add_job(jobs.look, LOOK, id="look", next_run_time=datetime.now(UTC))
        self._scheduler.add_job(jobs.tidy, DAILY, id="tidy")
        self._scheduler.add_job(jobs.recollect, BETWEEN, id="recollect")
        self._scheduler.start()

    def stop(self) -> None:
        """Begin no further job."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    @property
    def next_runs(self) -> Mapping[str, datetime | None]:
        """Job → when it runs next; nothing runs before the start and after the stop."""
        if not self._scheduler.running:
            return {}
        return {job.id: job.next_run_time for job in self._scheduler.get_jobs()}
