"""What the addon has to be told to do, once for each subject, and how far that has come."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from goldomatic.bridge.state import BridgeState

Kind = Literal["whisper", "queue", "withdraw", "who", "items", "gift", "giftend"]
"""`items`: list the bags; `gift`: whisper to the recipient; `giftend`: the request has ended."""
Trouble = Literal["", "undelivered", "doubt", "failed", "silent", "malformed"]
MOST_TIMES = 3
"""A command that is not answered is typed this often in all."""
FORGET_AFTER = timedelta(days=7)

_COLUMNS = "kind, subject, name, copper, wanted_at, typed_at, times, answered_at, claimed, trouble"


class Errand(msgspec.Struct, frozen=True):
    """One command to the addon about a payout, a spin cycle or a gift.

    Instants are seconds since 1970.
    """

    kind: Kind
    subject: str
    name: str
    copper: int
    wanted_at: float
    typed_at: float | None
    times: int
    answered_at: float | None
    claimed: bool
    """The addon, or another one, may have taken it before: it is told so when it is told again."""
    trouble: Trouble
    """`undelivered` whisper, mail in `doubt`, `failed` to be typed, `silent` addon,
    `malformed` answer, or nothing."""


class Errands:
    """Commands to the addon, in the file of the bridge's state."""

    def __init__(self, state: BridgeState) -> None:
        self._state = state

    def want(
        self,
        kind: Kind,
        subject: str,
        name: str,
        now: datetime,
        copper: int = 0,
        *,
        claimed: bool = False,
    ) -> bool:
        """Ask for a command once; False if it was asked for before."""
        added = self._state.execute(
            "INSERT OR IGNORE INTO errands (kind, subject, name, copper, wanted_at, claimed)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            *(kind, subject, name, copper, now.timestamp(), claimed),
        )
        return added > 0

    def find(self, kind: Kind, subject: str) -> Errand | None:
        found = self._rows("kind = ? AND subject = ?", kind, subject)
        return found[0] if found else None

    def open(self, kind: Kind) -> list[Errand]:
        """Those that are not answered or in trouble, and belong to something active."""
        return self._rows(
            "kind = ? AND gone_at IS NULL AND (answered_at IS NULL OR trouble != '')", kind
        )

    def all(self, kind: Kind) -> dict[str, Errand]:
        """Every one of a kind by its subject."""
        return {errand.subject: errand for errand in self._rows("kind = ?", kind)}

    def typing(self, kind: Kind, subject: str, now: datetime) -> None:
        """It is about to be typed. Written before, so that a crash never makes it untyped."""
        self._set(kind, subject, "typed_at = ?, times = times + 1, trouble = ''", now.timestamp())

    def untyped(self, errand: Errand, trouble: Trouble) -> None:
        """It was not typed after all: as it was before, with the reason."""
        self._set(
            *(errand.kind, errand.subject, "typed_at = ?, times = ?, trouble = ?"),
            *(errand.typed_at, errand.times, trouble),
        )

    def answered(self, kind: Kind, subject: str, now: datetime) -> bool:
        """The addon says that it was done; False if nobody asked for it."""
        change = "answered_at = ?, trouble = replace(replace(trouble, 'silent', ''), 'failed', '')"
        return self._set(kind, subject, change, now.timestamp()) > 0

    def trouble(self, kind: Kind, subject: str, what: Trouble) -> bool:
        return self._set(kind, subject, "trouble = ?", what) > 0

    def again(self, kind: Kind, subject: str) -> None:
        """Begin anew with it. What was typed, answered or not, may have been taken."""
        change = (
            "claimed = claimed OR times > 0 OR answered_at IS NOT NULL, times = 0,"
            " typed_at = NULL, answered_at = NULL, trouble = '', gone_at = NULL"
        )
        self._set(kind, subject, change)

    def claim(self, kind: Kind, subject: str) -> None:
        """Somebody else may have had it done."""
        self._set(kind, subject, "claimed = 1")

    def drop(self, kind: Kind, subject: str) -> None:
        self._state.execute("DELETE FROM errands WHERE kind = ? AND subject = ?", kind, subject)

    def left(self, active: set[str]) -> list[Errand]:
        """Mails that the addon was told of, and whose payouts are no longer active."""
        mails = self._rows("kind = 'queue' AND gone_at IS NULL AND times > 0")
        return [errand for errand in mails if errand.subject not in active]

    def close(self, active: set[str], now: datetime) -> None:
        """Whispers and mails of payouts that are no longer active are over."""
        for errand in self._rows("kind IN ('whisper', 'queue') AND gone_at IS NULL"):
            if errand.subject not in active:
                self._set(errand.kind, errand.subject, "gone_at = ?", now.timestamp())
        self._state.execute(
            "DELETE FROM errands WHERE coalesce(gone_at, wanted_at) < ?"
            " AND (gone_at IS NOT NULL OR kind IN ('who', 'withdraw', 'giftend'))",
            (now - FORGET_AFTER).timestamp(),
        )

    def told_of_gifts(self) -> list[Errand]:
        """What the addon was to do for gift requests that are not known to have ended."""
        return self._rows("kind IN ('items', 'gift') AND gone_at IS NULL")

    def end(self, errand: Errand, now: datetime) -> None:
        """Its subject has ended; it is kept for a while to be known again."""
        self._set(errand.kind, errand.subject, "gone_at = ?", now.timestamp())

    def _rows(self, where: str, *values: object) -> list[Errand]:
        found = self._state.rows(
            f"SELECT {_COLUMNS} FROM errands WHERE {where} ORDER BY number",  # noqa: S608
            *values,
        )
        return [Errand(*row) for row in found]

    def _set(self, kind: Kind, subject: str, change: str, *values: object) -> int:
        return self._state.execute(
            f"UPDATE errands SET {change} WHERE kind = ? AND subject = ?",  # noqa: S608
            *values,
            kind,
            subject,
        )
