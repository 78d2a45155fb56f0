"""A running service for the tests of the gift queue."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.gifts import GiftStage, gift_service


@pytest.fixture
async def gifts(tmp_path: Path) -> AsyncIterator[GiftStage]:
    async with gift_service(tmp_path) as running:
        yield running
