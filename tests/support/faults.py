"""A store that can be made slow, made to fail, or to fail after it has committed."""

import asyncio
from typing import Any, cast

from goldomatic.ledger.store import Batch, Store, UnavailableError


class FaultyStore:
    """Passes everything on to a real store, and disturbs `append` as it is told."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.batches: list[Batch] = []
        """Every batch that was appended, as it was handed over."""
        self.arrived = asyncio.Event()
        """Set when `append` has been called."""
        self.gate = asyncio.Event()
        """`append` waits here before it does anything."""
        self.gate.set()
        self.fail_before: list[Exception] = []
        """Raised by the next appends instead of writing."""
        self.fail_after: list[Exception] = []
        """Raised by the next appends although they have written."""
        self.down = False
        """Nothing is answered."""

    def __getattr__(self, name: str) -> Any:
        if self.down:
            raise UnavailableError("down")
        return getattr(self._store, name)

    @property
    def as_store(self) -> Store:
        """This, as what it stands in for."""
        return cast("Store", self)

    async def append(self, batch: Batch) -> None:
        self.arrived.set()
        await self.gate.wait()
        if self.down:
            raise UnavailableError("down")
        if self.fail_before:
            raise self.fail_before.pop(0)
        self.batches.append(batch)
        await self._store.append(batch)
        if self.fail_after:
            raise self.fail_after.pop(0)
