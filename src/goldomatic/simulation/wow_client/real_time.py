"""Lets a client live by the wall clock, as a task beside others."""

import asyncio
import time

from goldomatic.simulation.wow_client.client import WowClient

LONGEST_FRAME = 0.25


async def live(client: WowClient, stop: asyncio.Event, *, speed: float = 1.0) -> None:
    """Step the client until `stop` is set; `speed` is how many of its seconds one real one holds.

    A machine that is too slow makes the game slower, never its frames longer than a quarter second.
    """
    before = time.monotonic()
    while not stop.is_set():
        await asyncio.sleep(client.settings.frame_seconds / speed)
        now = time.monotonic()
        client.step(min((now - before) * speed, LONGEST_FRAME))
        before = now
