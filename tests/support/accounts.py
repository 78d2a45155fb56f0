"""People who are signed in to a running service, and how their browser asks."""

from dataclasses import dataclass
from typing import Any

import httpx2

from goldomatic.accounts.records import Account
from goldomatic.service import Service
from goldomatic.simulation.users import SimulatedUser
from goldomatic.values import ViewerId
from support.service import Stage


@dataclass
class Browser:
    """Somebody's browser on a page of ours: it sends the login cookie, and where the page is from.

    Changes of `headers` (None removes one) make another site's page, or no browser at all.
    """

    stage: Stage
    cookies: dict[str, str]
    csrf: str = ""

    async def request(self, method: str, path: str, **details: Any) -> httpx2.Response:
        own: dict[str, Any] = {"Origin": self.stage.url, "Sec-Fetch-Site": "same-origin"}
        if self.cookies:
            pairs = (f"{name}={value}" for name, value in self.cookies.items())
            own["Cookie"] = "; ".join(pairs).encode()
        headers = own | details.pop("headers", {})
        sent = {name: value for name, value in headers.items() if value is not None}
        return await self.stage.request(method, path, headers=sent, **details)

    async def get(self, path: str, **details: Any) -> httpx2.Response:
        return await self.request("GET", path, **details)

    async def post(self, path: str, **details: Any) -> httpx2.Response:
        return await self.request("POST", path, **details)


async def signed_in(stage: Stage, user: SimulatedUser, *, email: str | None = None) -> Browser:
    """`user` has signed in, as if back from Twitch; the broadcaster is `support.service.OWNER`."""
    cookies, csrf = await sign_in_directly(stage.service, user, email=email)
    return Browser(stage, cookies, csrf)


async def sign_in_directly(
    service: Service, user: SimulatedUser, *, email: str | None = None
) -> tuple[dict[str, str], str]:
    """Write an account with a login session: the browser's cookies, and its CSRF token."""
    accounts, now = service.accounts, service.clock()
    account = Account(ViewerId(user.id), user.login, user.display_name)
    cookie, changes = accounts.sessions.begin(account.viewer_id, {})
    await accounts.store.write([accounts.store.put_account(account, email, now), *changes])
    cookies = {cookie.key: str(cookie.value)}
    found = await accounts.sessions.find(cookies)
    assert found is not None
    return cookies, accounts.sessions.csrf_token(found)


def nobody(stage: Stage) -> Browser:
    """A browser that nobody has signed in with."""
    return Browser(stage, {})
