"""A service that listens to a simulated Twitch, over WebSocket or webhook."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from goldomatic.accounts.records import Tokens
from goldomatic.accounts.rules import BROADCASTER_SCOPES
from goldomatic.config import Secret
from goldomatic.reception.events import ReceptionLost, ReceptionResumed
from goldomatic.reception.reception import Reception
from goldomatic.reception.rules import Gap
from goldomatic.reception.status import ReceptionStatus
from goldomatic.simulation.eventsub_messages import ChatLine
from goldomatic.simulation.eventsub_sessions import Session
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.simulation.users import SimulatedUser
from goldomatic.twitch.pace import Pace
from goldomatic.values import ViewerId
from support.clock import FakeClock
from support.ports import free_port
from support.service import ANNA, BORIS, CLARA, OWNER, Stage, running
from support.sign_in import APP
from support.twitch import WatchedTwitch, until

SPEED = 20.0
SHORTEST = 2.0
"""Real seconds that every time limit leaves a busy machine."""


@dataclass
class Listening:
    """A running service, its Twitch, and how the one hears the other."""

    stage: Stage
    watched: WatchedTwitch

    @property
    def twitch(self) -> FakeTwitch:
        return self.watched.twitch

    @property
    def status(self) -> ReceptionStatus:
        status = self.stage.service.reception.status
        assert status is not None
        return status

    @property
    def gaps(self) -> tuple[Gap, ...]:
        return self.stage.service.state.reception.gaps.durable

    @property
    def session(self) -> Session:
        [session] = self.twitch.sessions.sessions.values()
        return session

    async def begin(self) -> None:
        """Listen, until everything is subscribed to."""
        await self.stage.service.reception.tend()
        await self.complete()

    async def begin_webhooks(self) -> None:
        """Listen by webhook: Twitch has its challenges answered, and the service looks again."""
        await self.stage.service.reception.tend()
        webhooks = self.twitch.webhooks.subscriptions
        await until(lambda: all(one.status == "enabled" for one in webhooks.values()))
        self.stage.clock.advance(5)
        await self.stage.service.reception.tend()
        assert self.status.is_complete

    async def complete(self) -> None:
        await until(lambda: self.status.is_complete)

    async def enrolled(self, user: SimulatedUser, name: str) -> None:
        """The user enters by chat."""
        await self.twitch.say(ChatLine(chatter=user, text=f"!twgold {name}"))
        await until(lambda: self.stage.pool().get(user.id) == name)

    async def recorded(self) -> list[str]:
        """What the ledger says of the reception."""
        kinds = (ReceptionLost, ReceptionResumed)
        return [
            getattr(each.event, "reason", "resumed")
            for each in await self.stage.events()
            if isinstance(each.event, kinds)
        ]


async def connect(stage: Stage, twitch: FakeTwitch, user: SimulatedUser, *scopes: str) -> None:
    """The service has tokens of an account, as after the set-up."""
    given = twitch.authorize(APP.id, user, scopes or BROADCASTER_SCOPES)
    now = stage.clock()
    tokens = Tokens(
        given.access.value, given.refresh_token, given.access.scopes, given.access.expires_at
    )
    accounts = stage.service.accounts
    await accounts.store.write([accounts.token_store.put(ViewerId(user.id), tokens, now)])


@asynccontextmanager
async def listening(
    directory: Path,
    transport: str = "websocket",
    *,
    clock: FakeClock | None = None,
    watched: WatchedTwitch | None = None,
    connected: bool = True,
    port: int | None = None,
    keepalive_seconds: int = 120,
    shortest: float = SHORTEST,
    **changes: Any,
) -> AsyncIterator[Listening]:
    """A service with a simulated Twitch of its own, or with one that was there before.

    A keepalive is missed after 7 real seconds, so that a busy machine makes no gaps.
    """
    clock = clock or FakeClock()
    if watched is None:
        twitch = FakeTwitch(
            OWNER, [ANNA, BORIS, CLARA], clients=[APP], clock=clock, rng=random.Random(7),
            pace=Pace(SPEED, shortest), user_token_lifetime=timedelta(hours=4),
        )  # fmt: skip
        watched = WatchedTwitch(twitch)
    port = port or free_port()
    async with serve_asgi(watched) as url:
        given = {
            "public_url": f"http://127.0.0.1:{port}",
            "twitch_client_id": APP.id,
            "twitch_client_secret": Secret(APP.secret),
            "twitch_api_url": f"{url}/helix",
            "twitch_auth_url": f"{url}/oauth2",
            "twitch_eventsub_ws_url": f"{url.replace('http', 'ws', 1)}/ws",
            "twitch_eventsub_transport": transport,
            "secret_key": Secret("a secret key of the tests, long enough"),
        }
        async with running(directory, clock, port=port, **(given | changes)) as stage:
            stage.service.reception = Reception(
                stage.service, pace=Pace(SPEED, shortest), keepalive_seconds=keepalive_seconds
            )
            if connected:
                await connect(stage, watched.twitch, OWNER)
            yield Listening(stage, watched)
        await watched.twitch.aclose()
