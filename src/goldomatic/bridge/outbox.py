"""What the service has yet to be told: kept on disk until it has taken it or refused it."""

import json
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from goldomatic.bridge.state import BridgeState

Kind = Literal["verify", "accept", "sent", "gift_items", "gift_none", "gift_select", "gift_accept"]


class Message(msgspec.Struct, frozen=True):
    """One thing to tell about a payout, a spin cycle or a gift; messages of one keep their order.

    `tries` counts the attempts that failed.
    """

    number: int
    kind: Kind
    subject: str
    body: dict[str, Any]
    expires_at: float | None
    tries: int


class Outbox:
    """Messages to the service, in the file of the bridge's state."""

    def __init__(self, state: BridgeState) -> None:
        self._state = state

    def put(
        self,
        kind: Kind,
        subject: str,
        body: dict[str, Any],
        now: datetime,
        *,
        lasts: timedelta | None = None,
    ) -> None:
        """Add a message, at the end of those of its subject. `lasts` None is for ever."""
        expires_at = None if lasts is None else (now + lasts).timestamp()
        text = json.dumps(body)
        self._state.execute(
            "INSERT INTO outbox (kind, subject, body, created_at, expires_at, due_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            *(kind, subject, text, now.timestamp(), expires_at, now.timestamp()),
        )

    def due(self, now: datetime) -> list[Message]:
        """The first message of every subject whose time has come, oldest first."""
        found = self._state.rows(
            "SELECT number, kind, subject, body, expires_at, tries FROM outbox"
            " WHERE number IN (SELECT min(number) FROM outbox GROUP BY subject) AND due_at <= ?"
            " ORDER BY number",
            now.timestamp(),
        )
        return [
            Message(number, kind, subject, json.loads(body), expires_at, tries)
            for number, kind, subject, body, expires_at, tries in found
        ]

    def next_due(self) -> float | None:
        """When `due` will have something, in seconds since 1970; None if nothing waits."""
        found = self._state.row(
            "SELECT min(due_at) FROM outbox"
            " WHERE number IN (SELECT min(number) FROM outbox GROUP BY subject)"
        )
        return None if found is None else found[0]

    def postpone(self, message: Message, until: datetime) -> None:
        """It failed for a passing reason."""
        self._state.execute(
            "UPDATE outbox SET tries = tries + 1, due_at = ? WHERE number = ?",
            until.timestamp(),
            message.number,
        )

    def turn(self, message: Message, kind: Kind, body: dict[str, Any], due: datetime) -> None:
        """It has arrived, and this is to be told in its place, at that time."""
        self._state.execute(
            "UPDATE outbox SET kind = ?, body = ?, tries = 0, due_at = ? WHERE number = ?",
            *(kind, json.dumps(body), due.timestamp(), message.number),
        )

    def remove(self, message: Message) -> None:
        """It has arrived, or never will. One that was turned into another stays."""
        which = (message.number, message.kind)
        self._state.execute("DELETE FROM outbox WHERE number = ? AND kind = ?", *which)

    def holds(self, subject: str) -> set[str]:
        """The kinds of what waits about a subject."""
        found = self._state.rows("SELECT kind FROM outbox WHERE subject = ?", subject)
        return {kind for (kind,) in found}

    def hurry(self) -> None:
        """The service answers again: whatever waits for its next attempt is due."""
        self._state.execute("UPDATE outbox SET due_at = 0 WHERE tries > 0")

    def __len__(self) -> int:
        found = self._state.row("SELECT count(*) FROM outbox")
        return 0 if found is None else found[0]
