"""A service whose Twitch is simulated, and browsers that sign in there with real redirects."""

import random
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from goldomatic.accounts.sign_in import CALLBACK
from goldomatic.config import Secret
from goldomatic.simulation.faults import Fault
from goldomatic.simulation.helix_auth import Client
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.simulation.users import SimulatedUser
from support.clock import FakeClock
from support.ports import free_port
from support.service import ANNA, BORIS, CLARA, OWNER, Stage, running, viewer
from support.twitch import WatchedTwitch

APP = Client("app-client-id", "app-client-secret")
MODERATOR = viewer(9, moderator=True)
CAST = [ANNA, BORIS, CLARA, MODERATOR]

# A bare context: reading the machine's certificates takes 60 ms, and nothing here uses TLS.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass
class Web:
    """A running service, its Twitch, and browsers of people who visit both."""

    stage: Stage
    watched: WatchedTwitch
    twitch_url: str
    browsers: list["Visitor"] = field(default_factory=list)

    @property
    def twitch(self) -> FakeTwitch:
        return self.watched.twitch

    @property
    def calls(self) -> list[str]:
        """What was asked of Twitch, as `METHOD /path`."""
        return self.watched.calls

    def browser(self) -> "Visitor":
        client = httpx2.AsyncClient(timeout=30, trust_env=False, verify=PLAIN)
        self.browsers.append(Visitor(self, client))
        return self.browsers[-1]

    async def signed_in(self, user: SimulatedUser) -> "Visitor":
        """A browser that has signed in by way of Twitch."""
        browser = self.browser()
        answer = await browser.sign_in(user)
        assert answer.headers["location"] == "/", answer.headers["location"]
        return browser

    def goes_wrong(self, route: str, **fault: Any) -> None:
        """Let the next requests to a route of Twitch go wrong."""
        self.twitch.faults.add(Fault(route=route, **fault))

    async def settled(self) -> None:
        """Wait for what the service does beside its answers."""
        await self.stage.service.accounts.settled()


@dataclass
class Visitor:
    """A browser with its own cookies, which goes where it is sent step by step."""

    web: Web
    http: httpx2.AsyncClient

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie.name: cookie.value or "" for cookie in self.http.cookies.jar}

    async def get(self, path: str, **details: Any) -> httpx2.Response:
        return await self.http.get(self.web.stage.url + path, **details)

    async def post(self, path: str, **details: Any) -> httpx2.Response:
        """A form or script of our own page."""
        headers = {"Origin": self.web.stage.url} | details.pop("headers", {})
        return await self.http.post(self.web.stage.url + path, headers=headers, **details)

    async def begin(self, callback_url: str | None = None) -> str:
        """Press the button: where at Twitch it leads to."""
        form = {"callbackUrl": callback_url} if callback_url is not None else {}
        answer = await self.post("/api/auth/signin/twitch", data=form)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def decide(self, location: str, user: SimulatedUser | None) -> str:
        """At Twitch: pick somebody, or deny. Where Twitch sends the browser then."""
        page = await self.http.get(location)
        assert page.status_code == 200, page.text
        fields = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        choice = {"deny": "1"} if user is None else {"user_id": user.id}
        answer = await self.http.post(location.partition("?")[0], data={**fields, **choice})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    async def come_back(self, location: str) -> httpx2.Response:
        """Follow Twitch's redirect to the callback."""
        assert location.startswith(self.web.stage.url + CALLBACK), location
        return await self.http.get(location)

    async def sign_in(
        self, user: SimulatedUser | None, callback_url: str | None = None
    ) -> httpx2.Response:
        """The whole way, as often as it leads to Twitch: the service's last answer."""
        location = await self.begin(callback_url)
        while True:
            answer = await self.come_back(await self.decide(location, user))
            location = answer.headers["location"]
            if not location.startswith(self.web.twitch_url):
                return answer

    async def session(self) -> Any:
        """What the service says of who is signed in."""
        answer = await self.get("/api/auth/session")
        assert answer.status_code == 200, answer.text
        return answer.json()


@asynccontextmanager
async def web(
    directory: Path,
    *,
    clock: FakeClock | None = None,
    people: Iterable[SimulatedUser] = CAST,
    **changes: Any,
) -> AsyncIterator[Web]:
    """A service that was given the simulated Twitch's application."""
    clock = clock or FakeClock()
    port = free_port()
    public_url = f"http://127.0.0.1:{port}"
    twitch = FakeTwitch(OWNER, people, clients=[APP], clock=clock, rng=random.Random(7))
    twitch.register(APP.id, public_url + CALLBACK)
    watched = WatchedTwitch(twitch)
    async with serve_asgi(watched) as twitch_url:
        given: dict[str, Any] = {
            "public_url": public_url,
            "twitch_client_id": APP.id,
            "twitch_client_secret": Secret(APP.secret),
            "twitch_api_url": f"{twitch_url}/helix",
            "twitch_auth_url": f"{twitch_url}/oauth2",
            "secret_key": Secret("a secret key of the tests, long enough"),
        }
        async with running(directory, clock, port=port, **(given | changes)) as stage:
            made = Web(stage, watched, twitch_url)
            try:
                yield made
            finally:
                for browser in made.browsers:
                    await browser.http.aclose()
        await twitch.aclose()
