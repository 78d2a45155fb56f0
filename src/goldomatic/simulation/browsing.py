"""A person's browser on the service's pages: signs in by way of Twitch, sends what forms send."""

from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx2

from goldomatic.simulation.users import SimulatedUser
from goldomatic.tls import trusted_roots

_MOST_PASSES = 3


class SignInFailedError(Exception):
    """The service did not let somebody in; the text is where it led instead."""


class SimulatedBrowser:
    """One person's browser, with cookies and an address of its own behind a trusted proxy."""

    def __init__(self, base_url: str, user: SimulatedUser, address: str) -> None:
        self.user = user
        self._http = httpx2.AsyncClient(
            base_url=base_url,
            headers={"Origin": base_url, "X-Forwarded-For": address},
            timeout=10,
            trust_env=False,
            verify=trusted_roots(),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def sign_in(self) -> None:
        """Press the button, choose oneself at Twitch, come back; raises `SignInFailedError`."""
        answer = await self._http.post("/api/auth/signin/twitch", data={"callbackUrl": "/"})
        for _ in range(_MOST_PASSES):
            location = answer.headers.get("location", "")
            if location == "/":
                return
            if not location.startswith("http"):
                break
            answer = await self._http.get(await self._consent(location))
        raise SignInFailedError(answer.headers.get("location", str(answer.status_code)))

    async def _consent(self, location: str) -> str:
        asked, query = urlsplit(location), parse_qs(urlsplit(location).query)
        fields = {name: values[0] for name, values in query.items()} | {"user_id": self.user.id}
        url = f"{asked.scheme}://{asked.netloc}{asked.path}"
        back: str = (await self._http.post(url, data=fields)).headers["location"]
        return back

    async def get(self, path: str) -> Any:
        """The JSON of a route."""
        return (await self._http.get(path)).json()

    async def post(self, path: str, **body: Any) -> httpx2.Response:
        """What a script of a page sends."""
        return await self._http.post(path, json=body)
