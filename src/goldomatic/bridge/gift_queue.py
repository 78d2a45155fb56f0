"""The gift requests, as the service last told them, and what follows from them."""

from datetime import datetime, timedelta

import msgspec

from goldomatic.bridge.desk import Desk, EndedGift
from goldomatic.bridge.errands import Errand
from goldomatic.bridge.gift_client import ServiceGift
from goldomatic.bridge.service_client import ServiceError

WITHOUT_GIFTS = 300.0
"""Seconds until a service that has no gift queue is asked again."""
SHOWN_AFTER = timedelta(minutes=15)
"""A request that has failed is shown for so long."""


class GiftQueue:
    """Polls the queue, wants a listing for the active request and a whisper for the drawn item.

    Every answer about a request counts as a look at the queue, so that all that is asked stays
    below 15 requests a minute.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._asked_at: datetime | None = None
        self._missing = False

    def seconds_left(self) -> float:
        """Until the next look is due."""
        if self._asked_at is None:
            return 0.0
        return max(0.0, self._period() - (self._desk.time.now() - self._asked_at).total_seconds())

    def _period(self) -> float:
        timing = self._desk.timing
        if self._missing:
            return WITHOUT_GIFTS
        if self._desk.known.gifts:
            return timing.gifts
        return min(float(self._desk.settings.poll_seconds), timing.gifts_idle)

    def look_again(self) -> None:
        """The service may be another one."""
        self._asked_at, self._missing = None, False
        self._desk.gift_bell.ring()

    async def step(self) -> None:
        """Ask for the open requests, if it is time."""
        desk = self._desk
        if self.seconds_left() > 0:
            return
        asked_at = self._asked_at = desk.time.now()
        try:
            found = await desk.gifts.open()
        except ServiceError as error:
            self._missing = error.status == 404
            if error.passing:
                desk.offline()
            return
        self._missing = False
        if self._asked_at is asked_at:
            self._take(found)
        # Otherwise an answer about one request has overtaken this one, which is older.

    def _take(self, found: list[ServiceGift]) -> None:
        desk, now = self._desk, self._desk.time.now()
        before = desk.known.gifts
        desk.known.gifts = {gift.id: gift for gift in found}
        with desk.state.change():
            for gift in found:
                self._want(gift, now)
            for errand in desk.errands.told_of_gifts():
                subject = errand.subject
                if subject not in desk.known.gifts and not desk.outbox.holds(subject):
                    self._end(errand, now)
        for gift_id in before.keys() - desk.known.gifts.keys():
            if not desk.outbox.holds(gift_id):
                self._show_ended(before[gift_id], now)
        if before != desk.known.gifts:
            desk.typing_bell.ring()
            desk.changed()

    def took(self, gift: ServiceGift) -> None:
        """The service has answered about one request."""
        desk, now = self._desk, self._desk.time.now()
        self._asked_at = now
        is_open = gift.state not in ("Completed", "Failed")
        with desk.state.change():
            if gift.state == "Completed":
                self._complete(gift, now)
            if is_open:
                self._want(gift, now)
            else:
                for errand in desk.errands.told_of_gifts():
                    if errand.subject == gift.id:
                        self._end(errand, now)
        if is_open:
            desk.known.gifts[gift.id] = gift
        else:
            desk.known.gifts.pop(gift.id, None)
        if gift.state == "Failed":
            self._show_ended(gift, now)
        desk.typing_bell.ring()
        desk.gift_bell.ring()
        desk.changed()

    def _want(self, gift: ServiceGift, now: datetime) -> None:
        errands, name = self._desk.errands, gift.character_name
        if gift.state == "SelectingItem" and errands.want("items", gift.id, name, now):
            self._desk.events.add(f"Gift for {name}: asking the game for items")
        elif gift.state == "WaitingConfirmation":
            errands.want("gift", gift.id, name, now)

    def _complete(self, gift: ServiceGift, now: datetime) -> None:
        self._desk.due_gifts.add(gift, now)
        self._desk.errands.want("giftend", gift.id, gift.character_name, now)

    def _end(self, errand: Errand, now: datetime) -> None:
        """The addon is told that a whispered gift is over, so that a late answer means nothing."""
        errands = self._desk.errands
        errands.end(errand, now)
        if errand.kind == "gift" and errand.times > 0:
            errands.want("giftend", errand.subject, errand.name, now)

    def _show_ended(self, gift: ServiceGift, now: datetime) -> None:
        if self._desk.due_gifts.find(gift.id) is not None:
            return
        ended = self._desk.known.ended_gifts
        for old in [each for each, (_, at) in ended.items() if now - at > SHOWN_AFTER]:
            del ended[old]
        if gift.id not in ended:
            why = gift.failure_reason
            ended[gift.id] = EndedGift(msgspec.structs.replace(gift, state="Failed"), now)
            text = f"Gift for {gift.character_name} has ended without an item"
            self._desk.events.add(f"{text}: {why}" if why else text, "warning")
