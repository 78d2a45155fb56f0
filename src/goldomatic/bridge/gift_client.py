"""The service's gift routes, as the bridge calls them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from goldomatic.bridge.service_client import ServiceClient, ServiceError

GiftState = Literal["Pending", "SelectingItem", "WaitingConfirmation", "Completed", "Failed"]
LIMIT = 20
"""So many requests are shown; the queue may hold thousands."""

_Number = Annotated[int, Meta(ge=0, lt=2**31)]
_Count = Annotated[int, Meta(ge=1, lt=2**31)]


class GiftItem(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A stack in the streamer's bags, as the addon lists it and the service keeps it."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    id: _Number
    count: _Count
    link: Annotated[str, Meta(max_length=1000)]
    texture: Annotated[str, Meta(max_length=500)]
    bag_id: Annotated[int, Meta(ge=0, le=4)]
    slot_id: _Count


class ServiceGift(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A gift request as the service tells it."""

    id: str
    viewer_display_name: str
    character_name: str
    state: GiftState
    created_at: datetime
    selected_item: GiftItem | None = None
    queue_position: int = 0
    timeout_at: datetime | None = None
    failure_reason: str | None = None


class GiftDraw(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The fair draw of an item: the frozen list and the place of the drawn one, from 0."""

    items: list[GiftItem]
    index: int

    @property
    def item(self) -> GiftItem:
        return self.items[self.index]


class GiftClient:
    """The gift routes. Nothing is repeated here: what must arrive waits in the outbox.

    Each raises `ServiceError`.
    """

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def open(self) -> list[ServiceGift]:
        """The open requests in queue order, the active one first."""
        path = f"/api/gift-requests?limit={LIMIT}"
        return await self._client.read("GET", path, list[ServiceGift], retries=0)

    async def draw(self, gift_id: str, items: Sequence[GiftItem]) -> GiftDraw | None:
        """Have one of the items drawn; the same answer again for a list that was drawn before.

        None from a service that has no draw of its own.
        """
        path, body = _path(gift_id, "items"), {"items": msgspec.to_builtins(items)}
        try:
            return _sound(await self._client.read("POST", path, GiftDraw, body=body, retries=0))
        except ServiceError as error:
            if error.code == "items_already_frozen":
                return _sound(await self._client.read("GET", path, GiftDraw, retries=0))
            if error.status in (404, 405) and not error.code:
                return None
            raise

    async def select(self, gift_id: str, item: GiftItem) -> ServiceGift:
        """The item that the wheel has stopped at."""
        return await self._post(_path(gift_id, "select-item"), {"item": msgspec.to_builtins(item)})

    async def confirm(self, gift_id: str, *, confirmed: bool) -> ServiceGift:
        """The recipient has accepted, or the operator has taken the gift back."""
        return await self._post(_path(gift_id, "confirm"), {"confirmed": confirmed})

    async def fail(self, gift_id: str, reason: str | None = None) -> ServiceGift:
        body = {"state": "Failed", "reason": reason}
        return await self._client.read("PATCH", _path(gift_id), ServiceGift, body=body, retries=0)

    async def retry(self, gift_id: str) -> ServiceGift:
        """A new request in place of a failed one, at the end of the queue."""
        return await self._post(_path(gift_id, "again"), {})

    async def _post(self, path: str, body: object) -> ServiceGift:
        return await self._client.read("POST", path, ServiceGift, body=body, retries=0)


def _path(gift_id: str, *more: str) -> str:
    return "/".join(("/api/gift-requests", gift_id, *more))


def _sound(draw: GiftDraw) -> GiftDraw:
    if not 0 <= draw.index < len(draw.items):
        raise ServiceError("draw", status=200, text="the drawn item is not in the list")
    return draw
