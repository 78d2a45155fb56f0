"""Fixtures of the Twitch edge."""

from collections.abc import AsyncIterator, Callable

import pytest

from twitch.helix_stage import Stage, Staging
from twitch.scripted_http import Call, Reply


@pytest.fixture
async def stage() -> AsyncIterator[Staging]:
    stages: list[Stage] = []

    async def up(*script: Reply | Callable[[Call], Reply]) -> Stage:
        made = Stage(*script)
        stages.append(made)
        await made.http.start()
        return made

    yield up
    for made in stages:
        await made.client.aclose()
        await made.http.stop()
