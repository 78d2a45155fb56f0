"""The real service over HTTP with a clock in the test's hand: rounds are played at will."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from goldomatic import channel
from goldomatic.app import build_app, build_service
from goldomatic.config import Settings
from goldomatic.payouts.events import PayoutStatus
from goldomatic.roulette.cycle import Cycle
from goldomatic.roulette.rules import Entry
from goldomatic.roulette.spin import Report
from goldomatic.schedule import spin_tick
from goldomatic.service import Service
from goldomatic.simulation.serving import serve_asgi
from goldomatic.values import ChannelId, ViewerId

START = datetime(2026, 2, 3, 12, 0, tzinfo=UTC)
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


class Stage:
    """One running service; `now` is the time that it reads."""

    def __init__(self, settings: Settings) -> None:
        self.now = START
        self.service: Service = build_service(settings, clock=lambda: self.now)
        self.http: httpx2.AsyncClient = httpx2.AsyncClient()

    async def page(self, path: str, language: str = "en", **headers: str) -> httpx2.Response:
        """A page as a browser asks for it."""
        asked = {"accept": BROWSER, "accept-language": language, **headers}
        return await self.http.get(path, headers=asked)

    async def text(self, path: str, language: str = "en") -> str:
        """The HTML of a page that must be there."""
        answer = await self.page(path, language)
        assert answer.status_code == 200, answer.text
        return answer.text

    @property
    def cycle(self) -> Cycle:
        current = self.service.state.roulette.current.durable
        assert current is not None
        return current

    async def enrol(self, *names: str, first_viewer: int = 1001) -> None:
        for viewer, name in enumerate(names, first_viewer):
            entry = Entry(
                viewer_id=ViewerId(str(viewer)),
                display_name=name.lower(),
                character_name=name,
                source="chat",
                subscriber=True,
                salt=self.service.lots.salt(),
            )
            await self.service.ledger.change(channel.enrol(entry))

    async def at(self, now: datetime) -> None:
        """Let it be `now`, and the clock's work be done."""
        self.now = now
        await spin_tick(self.service)

    async def next_round(self) -> Cycle:
        await self.at(self.cycle.end + timedelta(seconds=1))
        return self.cycle

    async def draw(self) -> str:
        """Draw in the running round; the name of the candidate."""
        await self.at(self.cycle.draw_at)
        candidate = self.cycle.candidate
        assert candidate is not None
        return candidate.character_name

    async def stop_wheel(self) -> None:
        await self.at(self.cycle.spun_at)

    async def report(self, name: str, *, online: bool) -> str:
        """Report the candidate; the id that the payout has if there is one."""
        payout_id = str(uuid4())
        report = Report(self.cycle.spin_cycle_id, name, online, self.now)
        decision = channel.verify_candidate(
            report, payout_id=payout_id, salt=self.service.lots.salt()
        )
        await self.service.ledger.change(decision)
        return payout_id

    async def move(self, payout_id: str, *statuses: PayoutStatus) -> None:
        for status in statuses:
            await self.service.ledger.change(channel.change_status(payout_id, status, "operator"))

    async def play(self, *, online: bool = True) -> tuple[str, str]:
        """A round from its start to its report; the draw's id and the candidate's name."""
        await self.next_round()
        name = await self.draw()
        await self.stop_wheel()
        await self.report(name, online=online)
        return self.cycle.spin_cycle_id, name


@asynccontextmanager
async def staged(folder: Path, **settings: Any) -> AsyncIterator[Stage]:
    """A service on SQLite whose first round has begun with an empty pool."""
    chosen: dict[str, Any] = {
        "environment": "development",
        "database_url": f"sqlite:///{folder}/ledger.db",
        "twitch_broadcaster_id": ChannelId("4242"),
        "public_url": "https://gold.example",
        **settings,
    }
    stage = Stage(Settings(**chosen))
    async with serve_asgi(build_app(stage.service, jobs=())) as url:
        await spin_tick(stage.service)
        async with httpx2.AsyncClient(base_url=url, timeout=30) as stage.http:
            yield stage
