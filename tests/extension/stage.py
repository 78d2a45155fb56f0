"""The real service, the simulated Twitch and the page around the panel, in Debian's Chromium.

Service and Twitch read one clock that stands still until the test moves it; the browser's timers
run by themselves, or are moved by the test where it says so.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
from playwright.async_api import Browser, BrowserContext, FrameLocator, Locator, Page, Route

from browser.axe import violations
from browser.chromium import Complaints
from goldomatic.app import build_app, build_service
from goldomatic.ledger.stores import open_store
from goldomatic.simulation.asgi import Receive, Scope, Send
from goldomatic.simulation.eventsub_deliveries import DeliveryHabits
from goldomatic.simulation.eventsub_sender import EventSubSender
from goldomatic.simulation.extension_host import ExtensionHost
from goldomatic.simulation.extension_pubsub import Extension
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.simulation.users import SimulatedUser
from support.clock import FakeClock
from support.faults import FaultyStore
from support.ports import free_port
from support.service import (
    ANNA,
    BORIS,
    CLARA,
    EVENTSUB_SECRET,
    EXTENSION_CLIENT,
    EXTENSION_SECRET,
    OWNER,
    FixedLots,
    settings,
)
from support.service import Stage as ServiceStage

PAGE_TIME = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SOON = 30_000
"""Milliseconds within which something is shown, on a busy machine too."""

COUNTED = """(() => {
    const { fetch } = window;
    const { json } = Response.prototype;
    const counted = (promise) => {
        const done = () => { window.asking -= 1; };
        window.asking += 1;
        promise.then(done, done);
        return promise;
    };
    window.asking = 0;
    window.fetch = (...given) => counted(fetch(...given));
    Response.prototype.json = function () { return counted(json.call(this)); };
})();"""
"""Counts, in every page, the questions whose answer has not been read to its end."""
HEARD = """() => new Promise((heard) => {
    const { contentWindow } = document.querySelector("iframe");
    contentWindow.addEventListener("message", heard, { once: true });
    contentWindow.postMessage({ kind: "mark" }, "*");
})"""
"""Returns when the frame has heard everything that the page around has told it before."""

Hook = Callable[[Scope, Receive, Send], Any]


@dataclass
class Request:
    """One request as it reached the service."""

    method: str
    path: str
    authorization: str


@dataclass
class Stage:
    """Everything of one test."""

    folder: Path
    clock: FakeClock
    twitch: FakeTwitch
    twitch_url: str
    changes: dict[str, Any]
    port: int = field(default_factory=free_port)
    service: ServiceStage = field(init=False)
    store: FaultyStore = field(init=False)
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)
    requests: list[Request] = field(default_factory=list)
    development: bool = False
    hook: Hook | None = None
    """Answers in place of the service while it is set: for what a real one never answers."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self, path: str) -> list[Request]:
        return [each for each in self.requests if each.path == path]

    @property
    def snapshots(self) -> int:
        """How often panels have asked."""
        return len(self.asked("/api/panel/snapshot"))

    async def start(self) -> None:
        """Start the service, on the same port and ledger each time."""
        self._running = AsyncExitStack()
        await self._running.enter_async_context(self._serving())

    async def stop(self) -> None:
        self.store.down = False
        await self._running.aclose()

    @asynccontextmanager
    async def _serving(self) -> AsyncIterator[None]:
        used = settings(self.folder, **self.changes)
        self.store = FaultyStore(open_store(used.database_url, self.clock))
        lots = FixedLots(len(self.requests))
        service = build_service(used, clock=self.clock, lots=lots, store=self.store.as_store)
        host = ExtensionHost(self.twitch, development=self.development)
        app = host.before(build_app(service, jobs=()))

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["path"].startswith("/api/"):
                headers = dict(scope["headers"])
                given = headers.get(b"authorization", b"").decode("latin-1")
                self.requests.append(Request(scope["method"], scope["path"], given))
                if self.hook and await self.hook(scope, receive, send):
                    return
            await app(scope, receive, send)

        async with (
            serve_asgi(watched, lifespan="on", port=self.port) as url,
            httpx2.AsyncClient(timeout=30, trust_env=False, verify=False) as http,
        ):
            sender = EventSubSender(
                f"{url}/api/twitch/eventsub",
                EVENTSUB_SECRET,
                http,
                self.clock,
                broadcaster=OWNER,
                habits=DeliveryHabits(attempts=1),
                # After a restart of the service other messages come, not the same.
                rng=random.Random(len(self.requests)),
            )
            self.service = ServiceStage(service, self.clock, url, http, sender, lots)
            try:
                yield
            finally:
                host.close()


@dataclass
class Panel:
    """A panel that a viewer has opened on the simulated Twitch."""

    page: Page
    complaints: Complaints
    stage: Stage
    timers: bool = False
    """Whether the test moves the browser's time."""

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("iframe")

    def el(self, name: str) -> Locator:
        """An element or screen by its name in the specification."""
        return self.frame.locator(f"[data-el={name}],[data-ui={name}]")

    def id(self, name: str) -> Locator:
        return self.frame.locator(f"#{name}")

    async def evaluate(self, script: str, argument: Any = None) -> Any:
        """Run a script inside the frame."""
        return await self.frame.locator("html").evaluate(script, argument)

    async def choose(self, name: str, value: str | bool) -> None:
        """Set one of the switches of the page around."""
        field = self.page.locator(f'[name="{name}"]')
        if isinstance(value, bool):
            await field.set_checked(value)
        else:
            await field.select_option(value)
        if name == "visible":
            await self.page.evaluate(HEARD)

    async def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Let the browser's timers run, and what they ask be answered, if the test moves time."""
        while seconds > 0:
            await self.page.clock.run_for(int(min(step, seconds) * 1000))
            await self.settled()
            seconds -= step

    async def settled(self) -> None:
        """Let what was asked be answered, and the panel take the answer."""
        async with asyncio.timeout(SOON / 1000):
            while await self.evaluate("() => window.asking"):  # noqa: ASYNC110 - has no event
                await asyncio.sleep(0.005)

    async def violations(self) -> list[str]:
        """What axe-core finds in the frame."""
        look = asyncio.create_task(violations(self.page.frames[-1]))
        while self.timers and not look.done():
            # axe-core waits for timers, too.
            await self.page.clock.run_for(1)
        return await look


@asynccontextmanager
async def staged(
    folder: Path, *, push: bool = False, development: bool = False, **changes: Any
) -> AsyncIterator[Stage]:
    """A running service; with `push` its news go through the simulated Twitch's PubSub."""
    clock = FakeClock()
    people = [ANNA, BORIS, CLARA]
    twitch = FakeTwitch(OWNER, people, clients=[], clock=clock, rng=random.Random(7))
    twitch.extension = Extension(EXTENSION_CLIENT, EXTENSION_SECRET, OWNER.id)
    async with serve_asgi(twitch) as twitch_url:
        used = {"twitch_api_url": f"{twitch_url}/helix", **changes}
        if push:
            used["twitch_extension_owner_id"] = OWNER.id
        stage = Stage(folder, clock, twitch, twitch_url, used, development=development)
        await stage.start()
        try:
            yield stage
        finally:
            await stage.stop()
            await twitch.aclose()


@asynccontextmanager
async def opened(
    browser: Browser,
    stage: Stage,
    viewer: SimulatedUser | None = ANNA,
    *,
    shared: bool = True,
    pubsub: bool = False,
    timers: bool = False,
    theme: str = "dark",
    language: str = "en",
    role: str = "viewer",
    place: str = "panel",
    script: str | None = None,
    block: str | None = None,
    hold: tuple[str, list[Route]] | None = None,
    **options: Any,
) -> AsyncIterator[Panel]:
    """A view in a browser profile of its own; with `timers` the test moves its time.

    Requests to `block` fail; those to `hold` wait in the list that stands beside it.
    """
    context: BrowserContext = await browser.new_context(
        **{"locale": "en-US", "viewport": {"width": 700, "height": 900}, **options}
    )
    try:
        await context.add_init_script(COUNTED)
        if script:
            await context.add_init_script(script)
        page = await context.new_page()
        if block:
            await page.route(block, lambda route: route.abort())
        if hold:
            pattern, held = hold
            await page.route(pattern, lambda route: held.append(route))
        panel = Panel(page, Complaints(page), stage, timers)
        if timers:
            await page.clock.install(time=PAGE_TIME)
            await page.clock.pause_at(PAGE_TIME + timedelta(seconds=1))
        query = {
            "viewer": viewer.id if viewer else "nobody",
            "shared": "1" if shared else "0",
            "pubsub": "1" if pubsub else "0",
            "theme": theme,
            "language": language,
            "role": role,
        }
        await page.goto(f"{stage.url}/demo/{place}?{urlencode(query)}")
        yield panel
    finally:
        await context.close()
