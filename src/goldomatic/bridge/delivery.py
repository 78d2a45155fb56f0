"""Tells the service what is in the outbox, until it has taken or refused each message."""

from datetime import timedelta

from goldomatic.bridge.desk import Desk
from goldomatic.bridge.event_log import Level
from goldomatic.bridge.gift_delivery import GiftDelivery
from goldomatic.bridge.gift_queue import GiftQueue
from goldomatic.bridge.outbox import Kind, Message
from goldomatic.bridge.service_client import ServiceError, pause
from goldomatic.bridge.view import Alert

_LABELS: dict[Kind, str] = {
    "verify": "[MGM_WHO] verify-candidate",
    "accept": "[MGM_ACCEPT] confirm-acceptance",
    "sent": "[MGM_CONFIRM] PATCH Sent",
    "gift_items": "[MGM_ITEMS] draw",
    "gift_none": "[MGM_ITEMS] PATCH Failed",
    "gift_select": "[MGM_ITEMS] select-item",
    "gift_accept": "[MGM_GIFT_ACCEPT] confirm",
}


_OF_PAYOUTS: frozenset[Kind] = frozenset({"verify", "accept", "sent"})


class _Closed(Exception):  # noqa: N818 - says what was found
    """The payout of a confirmed mail was closed otherwise."""


class Delivery:
    """Delivers in the order of each subject; a subject that waits does not hold up others."""

    def __init__(self, desk: Desk, gifts: GiftQueue) -> None:
        self._desk = desk
        self._gifts = GiftDelivery(desk, gifts)

    async def deliver(self) -> None:
        """One attempt for everything that is due, as long as the service answers at all."""
        for message in self._desk.outbox.due(self._desk.time.now()):
            if not await self._attempt(message):
                return

    def seconds_left(self) -> float:
        """Until the next attempt is due; a long time if nothing waits."""
        due = self._desk.outbox.next_due()
        now = self._desk.time.now().timestamp()
        return 3600.0 if due is None else max(0.0, due - now)

    async def _attempt(self, message: Message) -> bool:
        """Whether the service can be talked to."""
        desk = self._desk
        label = _LABELS[message.kind]
        if message.expires_at is not None and desk.time.now().timestamp() > message.expires_at:
            self._done(message, f"{label} dropped: too late for spin {message.subject}", "warning")
            return True
        try:
            told = await self._tell(message)
        except _Closed as closed:
            self._done(message, f"{label} failed: {closed}", "error")
            body = f"The game confirmed the mail of a payout that is {closed}: {message.subject}"
            title = "Mail confirmed for a closed payout"
            desk.alarm(Alert(kind="closed_payout", title=title, body=body, retry=False))
        except ServiceError as error:
            return self._failed(message, error)
        else:
            self._done(message, told, "done")
            desk.online()
        if message.kind in _OF_PAYOUTS:
            desk.poll_bell.ring()
        return True

    def _failed(self, message: Message, error: ServiceError) -> bool:
        label = _LABELS[message.kind]
        if error.final:
            self._done(message, f"{label} failed: {error}", "error")
            if message.kind in _OF_PAYOUTS:
                self._desk.poll_bell.ring()
            return True
        if message.tries == 0:
            self._desk.events.add(f"{label} failed: {error}; it is kept and tried again", "warning")
        wait = min(pause(message.tries + 1), float(self._desk.settings.poll_seconds))
        until = self._desk.time.now() + timedelta(seconds=error.retry_after or wait)
        self._desk.outbox.postpone(message, until)
        self._desk.offline()
        return error.status != 0

    def _done(self, message: Message, text: str, level: Level) -> None:
        self._desk.outbox.remove(message)
        self._desk.events.add(text, level)

    async def _tell(self, message: Message) -> str:
        match message.kind:
            case "verify":
                await self._desk.client.verify(message.body, retries=0)
                online = str(message.body.get("online")).lower()
                return f"{_LABELS['verify']} OK spin={message.subject} online={online}"
            case "accept":
                return await self._accept(message.subject)
            case "sent":
                await self._sent(message.subject)
                return f"{_LABELS['sent']} OK {message.subject}"
            case "gift_items":
                return await self._gifts.items(message)
            case "gift_none":
                return await self._gifts.nothing(message)
            case "gift_select":
                return await self._gifts.select(message)
            case "gift_accept":
                return await self._gifts.accept(message)

    async def _accept(self, payout_id: str) -> str:
        known = self._desk.known.payouts.get(payout_id)
        if known is None:
            try:
                known = await self._desk.client.payout(payout_id, retries=0)
            except ServiceError as error:
                if error.code != "not_found":
                    raise
                return f"[MGM_ACCEPT] unknown payout {payout_id} — refresh pending list"
        name = known.character_name
        await self._desk.client.accept(payout_id, name, retries=0)
        return f"{_LABELS['accept']} OK {payout_id} ({name})"

    async def _sent(self, payout_id: str) -> None:
        """Move to `Sent`. The mail is out: a payout that was put back meanwhile goes there too."""
        client = self._desk.client
        try:
            await client.set_status(payout_id, "Sent", retries=0)
        except ServiceError as error:
            if error.status != 409:
                raise
            payout = await client.payout(payout_id, retries=0)
            if payout.status == "Sent":
                return
            if payout.status != "Pending":
                raise _Closed(payout.status) from None
            await client.set_status(payout_id, "InProgress", retries=0)
            await client.set_status(payout_id, "Sent", retries=0)
