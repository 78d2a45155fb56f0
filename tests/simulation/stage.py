"""What the tests of the simulation share: a clock, a cast, a callback that keeps what it gets."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from goldomatic.simulation.asgi import (
    Answer,
    Receive,
    Request,
    Scope,
    Send,
    read_request,
    run_lifespan,
    send_answer,
)
from goldomatic.simulation.helix_auth import Client
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.simulation.users import SimulatedUser, bot_account, channel_owner, population

APP = Client("app-client-id", "app-client-secret")
OTHER_APP = Client("other-client-id", "other-client-secret")
PANEL = Client("panel-client-id", "panel-client-secret", extension=True)
SECRET = "a-webhook-secret-of-the-tests"

OWNER = channel_owner(random.Random(1))
BOT = bot_account(random.Random(2))
PEOPLE = population(random.Random(3), 120)
SUBSCRIBER = SimulatedUser(
    id="410000001", login="stonebelly", display_name="StoneBelly", tier="1000", months=5
)
FOUNDER = SimulatedUser(
    id="410000002",
    login="first_one",
    display_name="First_One",
    tier="1000",
    months=41,
    founder=True,
)
PASSER_BY = SimulatedUser(id="410000003", login="passerby_77", display_name="Прохожий")
CAST = [BOT, SUBSCRIBER, FOUNDER, PASSER_BY, *PEOPLE]


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 11, 21, 6, 41, 7, 634234, UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Callback:
    """A webhook callback over ASGI; `answer` decides, and every request is kept."""

    answer: Callable[[Request], Answer] = lambda request: Answer(204)
    requests: list[Request] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await run_lifespan(receive, send, _nothing)
            return
        request = await read_request(scope, receive)
        self.requests.append(request)
        await send_answer(send, self.answer(request))


async def _nothing() -> None:
    return


@dataclass
class Helix:
    """Calls one route of a running fake with one token."""

    http: httpx2.AsyncClient
    base_url: str
    token: str
    client_id: str = APP.id

    async def call(
        self, method: str, path: str, *, query: Any = None, body: Any = None
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Client-Id": self.client_id}
        return await self.http.request(
            method, f"{self.base_url}/helix/{path}", params=query, json=body, headers=headers
        )

    async def say(self, text: str, **more: Any) -> httpx2.Response:
        body = {"broadcaster_id": OWNER.id, "sender_id": BOT.id, "message": text, **more}
        return await self.call("POST", "chat/messages", body=body)


def user_token(twitch: FakeTwitch, user: SimulatedUser, scopes: Iterable[str]) -> str:
    return twitch.authorize(APP.id, user, scopes).access.value


def app_token(twitch: FakeTwitch, client: Client = APP) -> str:
    return twitch.tokens.issue_app(client.id, twitch.clock()).value
