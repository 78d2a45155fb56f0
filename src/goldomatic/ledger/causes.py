"""Which causes were handled already: the newest in memory, all of them in the store."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from goldomatic.ledger.change import Command
from goldomatic.ledger.store import Batch, Store
from goldomatic.values import ChannelId

IN_MEMORY = 50_000


class KnownCauses:
    """The position of each handled cause's first event, 0 where it made none."""

    def __init__(self, channel: ChannelId, store: Store) -> None:
        self._channel = channel
        self._store = store
        self._recent: OrderedDict[str, int] = OrderedDict()

    def get(self, cause: str) -> int | None:
        """The position if memory has it; a cause that only the store knows gives `None`."""
        return self._recent.get(cause)

    def remember(self, causes: Iterable[tuple[str, int]]) -> None:
        """Keep what became durable, the newest in place of the oldest."""
        self._recent.update(causes)
        while len(self._recent) > IN_MEMORY:
            self._recent.popitem(last=False)

    async def learn(self, causes: Iterable[str]) -> bool:
        """Ask the store for causes that memory does not have; whether it knew any."""
        asked = [cause for cause in causes if cause not in self._recent]
        if not asked:
            return False
        known = await self._store.known_causes(self._channel, asked)
        self.remember(known.items())
        return bool(known)


def untold(commands: Iterable[Command[Any]], batch: Batch) -> list[str]:
    """Causes of commands that leave nothing in the batch.

    The commit tells when a cause was known; these would be answered without being part of it.
    """
    told = {cause for cause, _ in batch.causes}
    return [c.cause.key for c in commands if c.cause and c.cause.key not in told]
