"""Fixtures of the simulation's tests: one fake Twitch on loopback."""

import random
import ssl
from collections.abc import AsyncIterator

import httpx2
import pytest

from goldomatic.simulation.twitch import FakeTwitch
from simulation.stage import APP, BOT, CAST, OTHER_APP, OWNER, PANEL, HandClock, Helix, user_token


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def twitch(clock: HandClock) -> FakeTwitch:
    return FakeTwitch(
        OWNER, CAST, clients=[APP, OTHER_APP, PANEL], clock=clock, rng=random.Random(7)
    )


@pytest.fixture
async def base_url(twitch: FakeTwitch) -> AsyncIterator[str]:
    async with twitch.serve() as url:
        yield url


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    # A bare context: reading the machine's certificates takes 60 ms, and nothing here uses TLS.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with httpx2.AsyncClient(timeout=30, trust_env=False, verify=context) as client:
        yield client


@pytest.fixture
def bot(twitch: FakeTwitch, base_url: str, http: httpx2.AsyncClient) -> Helix:
    """The bot's user token with the scope to write to chat."""
    return Helix(http, base_url, user_token(twitch, BOT, ["user:write:chat"]))
