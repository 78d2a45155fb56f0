"""What the operator does with a gift request."""

from collections.abc import Awaitable

from goldomatic.bridge.desk import Desk
from goldomatic.bridge.dispatcher import Dispatcher
from goldomatic.bridge.gift_client import ServiceGift
from goldomatic.bridge.gift_queue import GiftQueue
from goldomatic.bridge.service_client import ServiceError
from goldomatic.bridge.view import GiftAction


def allowed(gift: ServiceGift, *, whispered: bool) -> tuple[GiftAction, ...]:
    """What may be done with a request in its state."""
    match gift.state:
        case "WaitingConfirmation":
            return ("decline", "fail", *(("renotify",) if whispered else ()))
        case "Completed":
            return ("mailed",)
        case "Failed":
            return ("retry",)
        case _:
            return ("fail",)


class GiftHand:
    """The operator's hand on the gift row."""

    def __init__(self, desk: Desk, queue: GiftQueue, dispatcher: Dispatcher) -> None:
        self._desk = desk
        self._queue = queue
        self._dispatcher = dispatcher

    async def act(self, gift_id: str, action: GiftAction) -> str | None:
        """One action, confirmed by the operator; None, or the code of the refusal."""
        gift = self._find(gift_id)
        if gift is None:
            return "not_found"
        told = self._desk.errands.find("gift", gift_id)
        if action not in allowed(gift, whispered=told is not None and told.times > 0):
            return "not_allowed"
        client = self._desk.gifts
        match action:
            case "mailed":
                self._mailed(gift)
            case "renotify":
                self._renotify(gift)
            case "decline":
                return await self._tell("Decline", gift, client.confirm(gift_id, confirmed=False))
            case "fail":
                return await self._tell("Fail", gift, client.fail(gift_id))
            case "retry":
                return await self._tell("Retry", gift, client.retry(gift_id))
        return None

    def _find(self, gift_id: str) -> ServiceGift | None:
        known = self._desk.known
        ended = known.ended_gifts.get(gift_id)
        found = known.gifts.get(gift_id) or (ended.gift if ended else None)
        return found or self._desk.due_gifts.find(gift_id)

    def _mailed(self, gift: ServiceGift) -> None:
        desk = self._desk
        with desk.state.change():
            desk.due_gifts.drop(gift.id)
            desk.errands.drop("giftend", gift.id)
            desk.errands.want("giftend", gift.id, gift.character_name, desk.time.now())
        desk.events.add(f"Manual Mailed: the gift for {gift.character_name}", "done")
        self._dispatcher.release()
        desk.changed()

    def _renotify(self, gift: ServiceGift) -> None:
        self._desk.errands.again("gift", gift.id)
        self._desk.events.add(f"Manual Re-notify {gift.id} ({gift.character_name})")
        self._dispatcher.release()
        self._desk.changed()

    async def _tell(
        self, what: str, gift: ServiceGift, telling: Awaitable[ServiceGift]
    ) -> str | None:
        desk = self._desk
        try:
            answer = await telling
        except ServiceError as error:
            desk.events.add(f"Manual {what} {gift.id} failed: {error}", "error")
            if error.passing:
                desk.offline()
            else:
                self._queue.look_again()
            return error.code or str(error)
        desk.events.add(f"Manual {what} {gift.id} ({gift.character_name})", "done")
        if what == "Retry":
            desk.known.ended_gifts.pop(gift.id, None)
        self._queue.took(answer)
        return None
