"""The service of `bench/days.py`: all that has to do with Twitch, on a clock that runs ahead.

python bench/days_service.py, with GOLDOMATIC_… settings and DAYS_BEGAN, DAYS_SPEED, DAYS_SKEW.
"""

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta

from goldomatic.app import build_service
from goldomatic.config import Settings
from goldomatic.reception.reception import Reception
from goldomatic.schedule import Job, prune_causes, tend_accounts, tend_reception
from goldomatic.server import listener, server
from goldomatic.twitch.pace import Pace
from goldomatic.web import logs

SHORTEST = 3.0
"""Real seconds that are waited for Twitch at least; longer than Twitch's keepalives are apart."""
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
JOBS = (
    Job("reception", timedelta(seconds=10), tend_reception, leader_only=False),
    Job("accounts", timedelta(minutes=4), tend_accounts),
    Job("prune", timedelta(hours=1), prune_causes),
)


class Clock:
    """Simulated time: `speed` seconds in a real one, and wrong by `skew` seconds."""

    def __init__(self, began: float, speed: float, skew: float = 0.0) -> None:
        self._began = began
        self._speed = speed
        self._skew = skew

    def __call__(self) -> datetime:
        passed = (time.time() - self._began) * self._speed
        return NOON + timedelta(seconds=passed + self._skew)


async def main() -> None:
    settings = Settings.load(os.environ, None)
    began, speed, skew = (float(os.environ[f"DAYS_{name}"]) for name in ("BEGAN", "SPEED", "SKEW"))
    logs.configure(settings)
    service = build_service(settings, clock=Clock(began, speed, skew))
    pace = Pace(speed, SHORTEST)
    service.reception = Reception(service, pace=pace, keepalive_seconds=600)
    jobs = tuple(hurried(job, speed) for job in JOBS)
    await server(settings, service, jobs=jobs).serve(sockets=[listener(settings)])


def hurried(job: Job, speed: float) -> Job:
    """The job in real time."""
    return job._replace(every=max(timedelta(milliseconds=15), job.every / speed))


if __name__ == "__main__":
    asyncio.run(main())
