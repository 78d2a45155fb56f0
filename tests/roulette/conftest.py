"""A running service for the tests of the roulette's routes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.service import Stage, running


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(tmp_path) as running_stage:
        yield running_stage
