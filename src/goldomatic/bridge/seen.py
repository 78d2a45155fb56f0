"""Which tags have been read, and of which the addon does not know yet that they arrived."""

from collections.abc import Sequence
from datetime import datetime

from goldomatic.bridge.state import BridgeState

KEPT = 5_000


class Seen:
    """The newest 5,000 tags by their keys; the signed ones with their acknowledgements."""

    def __init__(self, state: BridgeState) -> None:
        self._state = state

    def knows(self, key: str) -> bool:
        return self._state.row("SELECT 1 FROM seen WHERE key = ?", key) is not None

    def note(self, key: str, now: datetime, *, seq: int | None = None) -> None:
        """Remember a key; `seq` None is a tag that nobody waits to have acknowledged."""
        self._state.execute(
            "INSERT OR IGNORE INTO seen (key, seq, noted_at) VALUES (?, ?, ?)",
            key,
            seq,
            now.timestamp(),
        )
        self._state.execute(
            "DELETE FROM seen WHERE number <= (SELECT max(number) FROM seen) - ?", KEPT
        )

    def repeat(self, key: str, now: datetime, before: datetime) -> bool:
        """A known tag came again: whether its acknowledgement, typed before an instant, was lost.

        It is then due once more.
        """
        changed = self._state.execute(
            "UPDATE seen SET acked_at = NULL, noted_at = ? WHERE key = ? AND acked_at < ?",
            now.timestamp(),
            key,
            before.timestamp(),
        )
        return changed > 0

    def unacknowledged(self, noted_until: datetime) -> list[int]:
        """Numbers to acknowledge, oldest first, if the oldest was read by that instant."""
        found = self._state.rows(
            "SELECT seq, noted_at FROM seen WHERE seq IS NOT NULL AND acked_at IS NULL"
            " ORDER BY number"
        )
        if not found or min(noted for _, noted in found) > noted_until.timestamp():
            return []
        return [seq for seq, _ in found]

    def acknowledged(self, numbers: Sequence[int], now: datetime) -> None:
        """The acknowledgement of these numbers has been typed."""
        for seq in numbers:
            self._state.execute("UPDATE seen SET acked_at = ? WHERE seq = ?", now.timestamp(), seq)
