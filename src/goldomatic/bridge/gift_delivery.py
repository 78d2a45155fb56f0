"""Tells the service about gifts: the list, the drawn item, the recipient's word."""

from datetime import timedelta

import msgspec

from goldomatic.bridge.desk import Desk
from goldomatic.bridge.gift_client import GiftDraw, GiftItem
from goldomatic.bridge.gift_queue import GiftQueue
from goldomatic.bridge.outbox import Message
from goldomatic.bridge.view import Wheel

NOTHING_TO_GIVE = "no_items_available"


class GiftDelivery:
    """One attempt for each message; what it tells the operator is the answer.

    All raise `ServiceError`.
    """

    def __init__(self, desk: Desk, queue: GiftQueue) -> None:
        self._desk = desk
        self._queue = queue

    async def items(self, message: Message) -> str:
        """Have an item drawn, spin the wheel, and only then say what was drawn."""
        desk, gift_id = self._desk, message.subject
        items = msgspec.convert(message.body["items"], list[GiftItem])
        draw = await desk.gifts.draw(gift_id, items)
        if draw is None:
            draw = GiftDraw(items=items, index=desk.lots.randrange(len(items)))
        now, seconds = desk.time.now(), desk.lots.uniform(*desk.timing.wheel)
        body = {"item": msgspec.to_builtins(draw.item)}
        desk.outbox.turn(message, "gift_select", body, now + timedelta(seconds=seconds))
        names = tuple(item.name for item in draw.items)
        desk.known.wheels.clear()
        desk.known.wheels[gift_id] = Wheel(
            items=names, index=draw.index, started_at=now, seconds=seconds
        )
        desk.changed()
        return f"[MGM_ITEMS] the wheel spins over {len(items)} item(s) for {self._name(gift_id)}"

    async def nothing(self, message: Message) -> str:
        """There is nothing to give."""
        self._queue.took(await self._desk.gifts.fail(message.subject, NOTHING_TO_GIVE))
        return f"[MGM_ITEMS] nothing to give for {message.subject}: {NOTHING_TO_GIVE}"

    async def select(self, message: Message) -> str:
        """The wheel has stopped."""
        item = msgspec.convert(message.body["item"], GiftItem)
        self._queue.took(await self._desk.gifts.select(message.subject, item))
        return f"[MGM_ITEMS] selected item '{item.name}' for {message.subject}"

    async def accept(self, message: Message) -> str:
        """The recipient has accepted."""
        self._queue.took(await self._desk.gifts.confirm(message.subject, confirmed=True))
        return f"[MGM_GIFT_ACCEPT] confirm OK {message.subject}"

    def _name(self, gift_id: str) -> str:
        gift = self._desk.known.gifts.get(gift_id)
        return gift_id if gift is None else gift.character_name
