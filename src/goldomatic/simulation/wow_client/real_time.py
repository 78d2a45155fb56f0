"""Lets a client live at the speed of the wall clock, as a task beside others."""

import asyncio
import time

from goldomatic.simulation.wow_client.client import WowClient


async def live(client: WowClient, stop: asyncio.Event, *, speed: float = 1.0) -> None:
    """Step the client until `stop` is set; `speed` is how many of its seconds one real one holds.

    Frames that the machine was too slow for are made up in one longer frame, as in the game.
    """
    before = time.monotonic()
    while not stop.is_set():
        await asyncio.sleep(client.settings.frame_seconds)
        now = time.monotonic()
        client.step((now - before) * speed)
        before = now
