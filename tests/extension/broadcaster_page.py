"""The broadcaster's views in Chromium: the files as they are, the real service, Twitch's helper.

The files are served from the service's own origin, under Twitch's kind of policy; the helper is a
stand-in that hands out tokens when a test says so.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Route

from browser.chromium import Complaints
from support.service import OWNER, Stage

EXTENSION = Path(__file__).parents[2] / "extension"
POLICY = (
    "default-src 'none'; script-src 'self' https://extension-files.twitch.tv; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
)
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
HELPER = """
(() => {
  const listeners = { auth: [], context: [], visible: [] };
  const told = {};
  const listen = (name) => (listener) => {
    listeners[name].push(listener);
    if (name in told) listener(...told[name]);
  };
  window.Twitch = { ext: {
    onAuthorized: listen("auth"),
    onContext: listen("context"),
    onVisibilityChanged: listen("visible"),
  } };
  window.tell = (name, ...values) => {
    told[name] = values;
    for (const listener of listeners[name]) listener(...values);
  };
})();
"""


class BroadcasterPage:
    """An open view, and everything that it asked and complained about."""

    def __init__(self, page: Page, stage: Stage) -> None:
        self.page = page
        self.stage = stage
        self.complaints = Complaints(page)
        self.asked: list[str] = []
        page.on(
            "request", lambda r: self.asked.append(f"{r.method} {r.url.removeprefix(stage.url)}")
        )

    async def open(self, view: str = "config", language: str = "en") -> None:
        await self.page.goto(f"{self.stage.url}/extension/{view}.html?language={language}")

    async def authorize(self, token: str | None = None, role: Any = "broadcaster") -> None:
        """Twitch hands the page a token."""
        token = token or self.stage.token(OWNER, role=role)
        auth = {"channelId": OWNER.id, "clientId": "x", "token": token, "userId": f"U{OWNER.id}"}
        await self.page.evaluate("auth => tell('auth', auth)", auth)

    async def authorize_expired(self) -> None:
        await self.authorize(
            self.stage.token(OWNER, role="broadcaster", expires_in=timedelta(hours=-1))
        )

    async def tell(self, name: str, value: Any) -> None:
        await self.page.evaluate("([name, value]) => tell(name, value)", [name, value])

    async def tab(self, name: str) -> None:
        await self.page.get_by_role("tab", name=name).click()

    def el(self, name: str) -> Any:
        return self.page.locator(f'[data-el="{name}"]')

    def ui(self, name: str) -> Any:
        return self.page.locator(f'[data-ui="{name}"]')

    def api_calls(self) -> list[str]:
        return [each for each in self.asked if " /api/" in each]


async def _file(route: Route) -> None:
    path = EXTENSION / route.request.url.split("/extension/", 1)[1].partition("?")[0]
    if not path.is_file():
        await route.fulfill(status=404, body="")
        return
    headers = {"content-type": TYPES[path.suffix], "content-security-policy": POLICY}
    await route.fulfill(status=200, body=path.read_bytes(), headers=headers)


async def _helper(route: Route) -> None:
    await route.fulfill(status=200, body=HELPER, headers={"content-type": "text/javascript"})


async def prepare(context: BrowserContext, stage: Stage) -> None:
    """Serve the files and the helper to every page of a context."""
    await context.route(f"{stage.url}/extension/**", _file)
    await context.route("https://extension-files.twitch.tv/**", _helper)


@asynccontextmanager
async def broadcaster_page(
    browser: Browser, stage: Stage, **options: Any
) -> AsyncIterator[BroadcasterPage]:
    """A blank page in a browser profile of its own."""
    context = await browser.new_context(**{"locale": "en-US", "timezone_id": "UTC", **options})
    try:
        await prepare(context, stage)
        yield BroadcasterPage(await context.new_page(), stage)
    finally:
        await context.close()
