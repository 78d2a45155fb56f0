"""A simulated Twitch behind a running service, and what arrives there."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goldomatic.config import Secret
from goldomatic.simulation.asgi import Receive, Scope, Send
from goldomatic.simulation.helix_auth import Client
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.twitch import FakeTwitch
from support.clock import FakeClock
from support.service import OWNER, Stage, running

APP = Client("app-client-id", "app-client-secret")
SCOPES = ["user:write:chat", "channel:read:subscriptions"]


@dataclass
class WatchedTwitch:
    """The simulated Twitch, with a list of everything that is asked of it."""

    twitch: FakeTwitch
    calls: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.calls.append(f"{scope['method']} {scope['path']}")
        await self.twitch(scope, receive, send)

    @property
    def texts(self) -> list[str]:
        """What stands in chat."""
        return [post.text for post in self.twitch.messages]


@asynccontextmanager
async def watched_twitch() -> AsyncIterator[tuple[WatchedTwitch, dict[str, Any]]]:
    """A simulated Twitch on loopback, and the settings of a service that talks to it."""
    twitch = FakeTwitch(OWNER, clients=[APP], rng=random.Random(7))
    watched = WatchedTwitch(twitch)
    token = twitch.authorize(APP.id, OWNER, SCOPES).access.value
    async with serve_asgi(watched) as url:
        try:
            yield (
                watched,
                {
                    "twitch_api_url": f"{url}/helix",
                    "twitch_client_id": APP.id,
                    "twitch_broadcaster_token": Secret(token),
                },
            )
        finally:
            await twitch.aclose()


@asynccontextmanager
async def running_with(
    directory: Path, settings: dict[str, Any], clock: FakeClock | None = None, **changes: Any
) -> AsyncIterator[Stage]:
    """A service that talks to that Twitch and does not wait between its attempts."""
    async with running(directory, clock, **(settings | changes)) as stage:
        stage.service.helix._sleep = lambda seconds: asyncio.sleep(0)
        yield stage


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for something that happens by itself; fails when it does not, on a busy machine too."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event to give
            await asyncio.sleep(0.005)
