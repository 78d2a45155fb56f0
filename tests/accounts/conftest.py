"""Fixtures of the accounts' tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support import sign_in
from support.sign_in import Web


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    """A service with a simulated Twitch to sign in at."""
    async with sign_in.web(tmp_path) as made:
        yield made
