"""When the folded state is kept, so that the next start need not fold the whole log."""

import asyncio
from collections.abc import Callable

import structlog

from goldomatic.ledger.store import Snapshot, Store, UnavailableError
from goldomatic.values import ChannelId

log = structlog.get_logger()

SNAPSHOT_EVERY = 100_000
"""Events between two snapshots; so many are folded at a start at most."""


class Snapshots:
    """The snapshots of one channel, written beside the work of its writer, one at a time."""

    def __init__(self, channel: ChannelId, store: Store, version: int) -> None:
        self._channel = channel
        self._store = store
        self._version = version
        self.position = 0
        """Where the newest snapshot stands, or will when it is written."""
        self._saving: asyncio.Task[None] | None = None

    async def load(self) -> Snapshot | None:
        """The newest usable snapshot."""
        snapshot = await self._store.load_snapshot(self._channel, self._version)
        self.position = snapshot.position if snapshot else 0
        return snapshot

    def due(self, position: int) -> bool:
        """Whether a log that ends at `position` should have a new snapshot."""
        return self._saving is None and position - self.position >= SNAPSHOT_EVERY

    def save(self, position: int, head: bytes, made: Callable[[], bytes]) -> None:
        """Begin to write a snapshot, whose bytes are `made` in a thread: it may take a while."""
        self.position = position
        self._saving = asyncio.create_task(self._save(position, head, made))

    async def saved(self) -> None:
        """Wait for a snapshot that is being written."""
        if self._saving is not None:
            await self._saving

    def erased(self) -> None:
        """The database has dropped all snapshots, because a viewer was forgotten."""
        self.position = 0

    async def _save(self, position: int, head: bytes, made: Callable[[], bytes]) -> None:
        try:
            snapshot = Snapshot(position, head, await asyncio.to_thread(made))
            await self._store.save_snapshot(self._channel, self._version, snapshot)
        except UnavailableError as error:
            log.warning("snapshot_failed", channel=self._channel, reason=str(error))
        finally:
            self._saving = None
