"""The operator's picture of the gift queue."""

from goldomatic.bridge.desk import Desk
from goldomatic.bridge.gift_client import ServiceGift
from goldomatic.bridge.gift_hand import allowed
from goldomatic.bridge.view import GiftRow, GiftStep


def rows(desk: Desk) -> tuple[GiftRow, ...]:
    """The active request, those that wait, those to be mailed, those that failed of late."""
    known = desk.known
    ended = [each.gift for each in known.ended_gifts.values()]
    gifts = (*known.gifts.values(), *desk.due_gifts.all(), *ended)
    return tuple(_row(desk, gift) for gift in gifts)


def _row(desk: Desk, gift: ServiceGift) -> GiftRow:
    told = desk.errands.find("gift", gift.id)
    item = gift.selected_item
    return GiftRow(
        id=gift.id,
        recipient=gift.character_name,
        viewer=gift.viewer_display_name,
        state=gift.state,
        step=_step(desk, gift),
        item=None if item is None else item.name,
        count=0 if item is None else item.count,
        place=f"{item.bag_id}/{item.slot_id}" if item is not None else "",
        position=gift.queue_position,
        timeout_at=gift.timeout_at,
        reason=gift.failure_reason or "",
        wheel=desk.known.wheels.get(gift.id),
        actions=allowed(gift, whispered=told is not None and told.times > 0),
    )


def _step(desk: Desk, gift: ServiceGift) -> GiftStep:
    match gift.state:
        case "SelectingItem":
            return _selecting(desk, gift.id)
        case "WaitingConfirmation":
            return _confirming(desk, gift.id)
        case "Completed":
            return "to_mail"
        case "Failed":
            return "failed"
        case "Pending":
            return "waiting"


def _selecting(desk: Desk, gift_id: str) -> GiftStep:
    waiting = desk.outbox.holds(gift_id)
    if "gift_select" in waiting:
        return "spinning"
    if waiting:
        return "drawing"
    told = desk.errands.find("items", gift_id)
    if told is not None and told.trouble == "silent":
        return "silent"
    return "asked" if told is not None and told.times > 0 else "asking"


def _confirming(desk: Desk, gift_id: str) -> GiftStep:
    if desk.outbox.holds(gift_id):
        return "accepted"
    told = desk.errands.find("gift", gift_id)
    if told is None or told.times == 0:
        return "whispering"
    if told.trouble == "undelivered" or told.trouble == "silent":
        return told.trouble
    return "whispered"
