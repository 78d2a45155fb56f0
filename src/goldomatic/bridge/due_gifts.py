"""Gifts that were accepted and that the operator has yet to mail by hand."""

from datetime import datetime, timedelta

import msgspec

from goldomatic.bridge.gift_client import ServiceGift
from goldomatic.bridge.state import BridgeState

KEPT = timedelta(days=7)


class DueGifts:
    """In the file of the bridge's state, because the service does not list them any more."""

    def __init__(self, state: BridgeState) -> None:
        self._state = state

    def add(self, gift: ServiceGift, now: datetime) -> None:
        """Remember a completed request, and forget those that nobody has mailed for a week."""
        told = msgspec.json.encode(gift).decode()
        values = (gift.id, told, now.timestamp())
        self._state.execute("INSERT OR REPLACE INTO due_gifts VALUES (?, ?, ?)", *values)
        old = (now - KEPT).timestamp()
        self._state.execute("DELETE FROM due_gifts WHERE accepted_at < ?", old)

    def find(self, gift_id: str) -> ServiceGift | None:
        found = self._state.row("SELECT told FROM due_gifts WHERE id = ?", gift_id)
        return None if found is None else msgspec.json.decode(found[0], type=ServiceGift)

    def all(self) -> list[ServiceGift]:
        """Oldest first."""
        found = self._state.rows("SELECT told FROM due_gifts ORDER BY accepted_at, id")
        return [msgspec.json.decode(told, type=ServiceGift) for (told,) in found]

    def drop(self, gift_id: str) -> bool:
        """The operator has mailed it; False if it was not there."""
        return self._state.execute("DELETE FROM due_gifts WHERE id = ?", gift_id) > 0
