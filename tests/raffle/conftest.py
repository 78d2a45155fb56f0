"""A running service for the tests of the raffle's routes."""

from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from goldomatic.config import Secret
from support.raffle_stage import RaffleStage, raffle_on
from support.service import running

SECRET = Secret("a secret key of the raffle's tests, long enough")


@pytest.fixture
async def raffle(tmp_path: Path) -> AsyncIterator[RaffleStage]:
    proxies = (ip_network("127.0.0.0/8"),)
    async with running(tmp_path, secret_key=SECRET, trusted_proxies=proxies) as stage:
        yield await raffle_on(stage)
