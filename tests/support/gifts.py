"""The gift queue over real HTTP: what viewers, the operator and its clock do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from goldomatic.gifts.events import GiftState, Item
from goldomatic.simulation.users import SimulatedUser
from support.service import CHANNEL, Stage, running

REQUESTS = "/api/gift-requests"

Json = dict[str, Any]


def item(number: int = 4, **changes: Any) -> Json:
    """An item as the bridge sends it."""
    facts = {
        "name": f"Сломанный клык {number}",
        "id": 7073 + number,
        "count": 3,
        "link": f"|cff9d9d9d|Hitem:{7073 + number}:0:0:0:0:0:0:0:80|h[Сломанный клык]|h|r",
        "texture": "Interface\\Icons\\INV_Misc_Bone_07",
        "bagId": number % 5,
        "slotId": number + 1,
    }
    return facts | changes


def an_item(number: int = 4) -> Item:
    """The same item in our own words."""
    facts = item(number)
    return Item(bag_id=facts.pop("bagId"), slot_id=facts.pop("slotId"), **facts)


def code(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


@dataclass
class GiftStage:
    """A running service, as far as gifts are concerned."""

    stage: Stage

    async def ask(self, user: SimulatedUser | None, name: Any, **changes: Any) -> httpx2.Response:
        body = {"streamerId": CHANNEL, "characterName": name} | changes
        return await self.stage.as_viewer(user, "POST", REQUESTS, json=body)

    async def asked(self, user: SimulatedUser, name: str) -> str:
        """The id of a new request."""
        answer = await self.ask(user, name)
        assert answer.status_code == 201, answer.text
        request_id: str = answer.json()["id"]
        return request_id

    async def open(self, query: str = "") -> list[Json]:
        """The operator's list."""
        answer = await self.stage.operator("GET", REQUESTS + query)
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()
        return found

    async def states(self) -> dict[str, str]:
        """Who is in the queue, and in which state, in its order."""
        return {row["characterName"]: row["state"] for row in await self.open()}

    async def act(self, request_id: str, what: str, body: Any = None) -> httpx2.Response:
        """One of the operator's moves."""
        return await self.stage.operator("POST", f"{REQUESTS}/{request_id}/{what}", json=body)

    async def draw(self, request_id: str, *numbers: int) -> httpx2.Response:
        items = [item(number) for number in numbers or range(10)]
        return await self.act(request_id, "items", {"items": items})

    async def select(self, request_id: str, what: Json | None = None) -> httpx2.Response:
        return await self.act(request_id, "select-item", {"item": what or item()})

    async def confirm(self, request_id: str, *, confirmed: bool = True) -> httpx2.Response:
        return await self.act(request_id, "confirm", {"confirmed": confirmed})

    async def patch(self, request_id: str, state: Any, **more: Any) -> httpx2.Response:
        body = {"state": state} | more
        return await self.stage.operator("PATCH", f"{REQUESTS}/{request_id}", json=body)

    async def bring_to(self, request_id: str, state: GiftState) -> None:
        """Take the request that is served as far as this."""
        if state in (GiftState.WAITING_CONFIRMATION, GiftState.COMPLETED):
            assert (await self.select(request_id)).status_code == 200
        if state is GiftState.COMPLETED:
            assert (await self.confirm(request_id)).status_code == 200
        if state is GiftState.FAILED:
            assert (await self.patch(request_id, "Failed")).status_code == 200

    async def tick(self, seconds: float | None = None) -> None:
        """Let the queue's clock do its work, at so many seconds after noon."""
        if seconds is not None:
            self.stage.clock.at(seconds)
        await self.stage.service.gifts.tick()

    async def seen_by(self, user: SimulatedUser | None) -> list[Json]:
        """What a viewer sees of the queue."""
        path = f"/api/streamers/{CHANNEL}/gift-queue"
        answer = await self.stage.as_viewer(user, "GET", path)
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()
        return found

    async def snapshot(self, user: SimulatedUser | None) -> Json:
        answer = await self.stage.as_viewer(user, "GET", "/api/panel/snapshot")
        found: Json = answer.json()
        return found

    @property
    def position(self) -> int:
        """How much has been recorded."""
        return self.stage.service.ledger.position


@asynccontextmanager
async def gift_service(directory: Path, **changes: Any) -> AsyncIterator[GiftStage]:
    """A service that takes everybody's word for their subscription."""
    settings: dict[str, Any] = {
        "dev_skip_gift_subscriber_check": True,
        "writes_per_minute": 100_000,
    }
    async with running(directory, **(settings | changes)) as stage:
        yield GiftStage(stage)
