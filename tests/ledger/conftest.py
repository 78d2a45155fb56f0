"""Fixtures of the ledger's tests."""

from collections.abc import AsyncIterator

import pytest_asyncio

from goldomatic.ledger.store import Store
from support.ledger import opened


@pytest_asyncio.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An open, empty store, once of each kind."""
    async with opened(database_url) as ready:
        yield ready
