"""The real service on loopback, with a clock that stands still and hands to press its timers.

No timer runs by itself unless a test asks for `jobs`: `tick` does what the roulette's clock asks
for at the time that was set.
"""

import base64
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2

from goldomatic.app import build_app, build_service
from goldomatic.channel import CODEC
from goldomatic.config import Secret, Settings
from goldomatic.ledger.event import Event, Recorded
from goldomatic.schedule import Job, spin_tick
from goldomatic.service import Service
from goldomatic.simulation.eventsub_deliveries import Delivery, DeliveryHabits, Forgery
from goldomatic.simulation.eventsub_messages import ChatLine
from goldomatic.simulation.eventsub_sender import EventSubSender
from goldomatic.simulation.extension_tokens import Role, extension_token
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.users import SimulatedUser, channel_owner
from goldomatic.values import ChannelId
from support.clock import FakeClock

API_KEY = "an-operator-key-of-the-tests"
EVENTSUB_SECRET = "an-eventsub-secret-of-the-tests"
EXTENSION_SECRET = base64.b64encode(b"an extension secret of the tests").decode()
EXTENSION_CLIENT = "extensionclient"
OWNER = channel_owner(random.Random(1))
CHANNEL = ChannelId(OWNER.id)
OPERATOR = {"X-MGM-ApiKey": API_KEY}


def viewer(number: int, **changes: Any) -> SimulatedUser:
    """A subscriber of the channel; `tier=None` makes one who is not."""
    facts: dict[str, Any] = {
        "id": str(400_000_000 + number),
        "login": f"viewer_{number}",
        "display_name": f"Viewer_{number}",
        "tier": "1000",
        "months": 5,
    }
    return SimulatedUser(**(facts | changes))


ANNA, BORIS, CLARA = viewer(1), viewer(2), viewer(3)


def settings(directory: Path, **changes: Any) -> Settings:
    """Settings of a development service that keeps its ledger in `directory`."""
    given: dict[str, Any] = {
        "database_url": f"sqlite:///{directory}/goldomatic.db",
        "environment": "development",
        "dev_skip_subscriber_check": True,
        "api_key": Secret(API_KEY),
        "twitch_broadcaster_id": CHANNEL,
        "twitch_eventsub_secret": Secret(EVENTSUB_SECRET),
        "twitch_extension_client_id": EXTENSION_CLIENT,
        "twitch_extension_secret": Secret(EXTENSION_SECRET),
        "operator_per_minute": 100_000,
        "reads_per_minute": 100_000,
    }
    return Settings(**(given | changes))


class FixedLots:
    """Everything random, the same in every run of one seed."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)

    def uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def seed(self) -> bytes:
        return self._random.randbytes(32)

    def salt(self) -> bytes:
        return self._random.randbytes(16)


@dataclass
class Stage:
    """A running service and everybody who talks to it."""

    service: Service
    clock: FakeClock
    url: str
    http: httpx2.AsyncClient
    sender: EventSubSender
    lots: FixedLots = field(default_factory=lambda: FixedLots(7))

    async def tick(self, seconds: float | None = None) -> None:
        """Let the roulette's clock do its work, at so many seconds after noon."""
        if seconds is not None:
            self.clock.at(seconds)
        await spin_tick(self.service)

    async def chat(self, user: SimulatedUser, text: str, **changes: Any) -> Delivery:
        """A signed delivery of a chat line."""
        return await self.sender.deliver(ChatLine(chatter=user, text=text, **changes))

    async def forged(self, user: SimulatedUser, text: str, forgery: Forgery) -> Delivery:
        return await self.sender.deliver(ChatLine(chatter=user, text=text), forgery=forgery)

    async def claim(
        self, user: SimulatedUser, name: Any, request_id: Any = None
    ) -> httpx2.Response:
        body = {
            "characterName": name,
            "enrollmentRequestId": str(self.lots.uuid()) if request_id is None else request_id,
        }
        return await self.as_viewer(user, "POST", "/api/payouts/claim", json=body)

    async def request(self, method: str, path: str, **details: Any) -> httpx2.Response:
        return await self.http.request(method, self.url + path, **details)

    async def as_viewer(
        self, user: SimulatedUser | None, method: str, path: str, **details: Any
    ) -> httpx2.Response:
        return await self.with_token(self.token(user), method, path, **details)

    async def as_owner(self, method: str, path: str, **details: Any) -> httpx2.Response:
        return await self.with_token(self.token(OWNER, role="broadcaster"), method, path, **details)

    async def with_token(
        self, token: str, method: str, path: str, **details: Any
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}"} | details.pop("headers", {})
        return await self.request(method, path, headers=headers, **details)

    def token(
        self,
        user: SimulatedUser | None,
        *,
        role: Role = "viewer",
        expires_in: timedelta = timedelta(days=365),
        **claims: Any,
    ) -> str:
        return extension_token(
            EXTENSION_SECRET,
            user,
            claims.pop("channel_id", CHANNEL),
            role=role,
            expires_in=expires_in,
            now=self.clock(),
            **claims,
        )

    async def operator(self, method: str, path: str, **details: Any) -> httpx2.Response:
        headers = OPERATOR | details.pop("headers", {})
        return await self.request(method, path, headers=headers, **details)

    async def candidate(self) -> dict[str, Any]:
        """Whom the operator is told to check; fails when there is nobody."""
        answer = await self.operator("GET", "/api/roulette/candidate")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def report(
        self, candidate: dict[str, Any], *, online: bool = True, **changes: Any
    ) -> httpx2.Response:
        """The addon's report about a candidate."""
        body = {
            "schemaVersion": 1,
            "spinCycleId": candidate["spinCycleId"],
            "characterName": candidate["characterName"],
            "online": online,
            "capturedAt": "2026-11-21T12:04:01.000Z",
        }
        return await self.operator("POST", "/api/roulette/verify-candidate", json=body | changes)

    async def patch(self, payout_id: str, status: str) -> httpx2.Response:
        return await self.operator(
            "PATCH", f"/api/payouts/{payout_id}/status", json={"status": status}
        )

    async def accept(self, payout_id: str, name: str) -> httpx2.Response:
        path = f"/api/payouts/{payout_id}/confirm-acceptance"
        return await self.operator("POST", path, json={"characterName": name})

    async def win(self, start: float, *people: tuple[SimulatedUser, str]) -> str:
        """Enrol people, run the cycle that begins `start` seconds after noon: the payout's id."""
        self.clock.at(start - 1)
        for user, name in people:
            assert (await self.chat(user, f"!twgold {name}")).accepted
        await self.tick(start)
        await self.tick(start + self.service.settings.spin_interval_seconds * 0.8)
        answer = await self.report(await self.candidate())
        assert answer.json()["result"] == "pending_created", answer.text
        payout_id: str = answer.json()["payoutId"]
        return payout_id

    async def events(self) -> list[Recorded]:
        """Everything that was recorded."""
        store, channel = self.service.store, self.service.channel
        return [CODEC.decode(e) async for chunk in store.walk(channel) for e in chunk]

    async def recorded(self, kind: type[Event]) -> list[Any]:
        """Every recorded event of a class."""
        return [each.event for each in await self.events() if isinstance(each.event, kind)]

    def pool(self) -> dict[str, str]:
        """Who is in the pool, and under which name."""
        members = self.service.state.roulette.pool.durable
        return {str(key): member.character_name for key, member in members.items()}


@asynccontextmanager
async def running(
    directory: Path,
    clock: FakeClock | None = None,
    *,
    jobs: Sequence[Job] = (),
    lots: FixedLots | None = None,
    port: int = 0,
    **changes: Any,
) -> AsyncIterator[Stage]:
    """A service on loopback until the block ends; the same directory is the same ledger."""
    clock = clock or FakeClock()
    service = build_service(settings(directory, **changes), clock=clock, lots=lots or FixedLots())
    async with (
        serve_asgi(build_app(service, jobs=tuple(jobs)), port=port, lifespan="on") as url,
        httpx2.AsyncClient(timeout=30, trust_env=False, verify=False) as http,
    ):
        sender = EventSubSender(
            f"{url}/api/twitch/eventsub",
            EVENTSUB_SECRET,
            http,
            clock,
            broadcaster=OWNER,
            habits=DeliveryHabits(attempts=1),
        )
        yield Stage(service, clock, url, http, sender)


def millisecond(instant: datetime) -> str:
    """An instant as the service writes it."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"
