"""What the ledger asks of the folded state of a channel."""

from collections.abc import Callable, Iterable
from typing import Protocol

from goldomatic.ledger.event import Recorded
from goldomatic.ledger.store import RowChange


class Model(Protocol):
    """The state of a channel, its fold and its read tables."""

    version: int
    """Raised when `dump` changes its form: older snapshots are then left aside."""

    def evolve(self, recorded: Recorded) -> None:
        """Fold one event into the draft. Never decides, never refuses."""
        ...

    def project(self, recorded: Recorded) -> Iterable[RowChange]:
        """What the event changes in the read tables, asked right after `evolve`."""
        ...

    def commit(self) -> None:
        """Make the draft the state."""
        ...

    def rollback(self) -> None:
        """Throw the draft away."""
        ...

    def dump(self) -> bytes:
        """The committed state as bytes."""
        ...

    def dumping(self) -> Callable[[], bytes]:
        """What makes these bytes later, in another thread, whatever happens meanwhile."""
        ...

    def load(self, state: bytes) -> None:
        """Take the state from the bytes of `dump`."""
        ...
