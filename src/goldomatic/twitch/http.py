"""One HTTP exchange with Twitch: the answer is a value, and so is that there was none."""

import asyncio
import re
from email.utils import parsedate_to_datetime
from typing import Final

import httpx2
import msgspec

from goldomatic.tls import trusted_roots
from goldomatic.twitch.wire import complaint

LONGEST_QUOTE: Final = 200

_WHOLE_SECONDS = re.compile(r"[0-9]+")

# These come before a byte of the request has left, so a repeat cannot double anything.
_BEFORE_WRITING = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
)
_AFTERWARDS = (TimeoutError, httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, UnicodeError)


class Answer(msgspec.Struct):
    """What Twitch answered, without the secrets that were sent."""

    status: int
    headers: httpx2.Headers
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def quote(self) -> str:
        """What an error says in words, shortened."""
        return complaint(self.body)[:LONGEST_QUOTE]

    @property
    def date(self) -> float | None:
        """When Twitch answered, by its own clock, as Unix time."""
        try:
            return parsedate_to_datetime(self.headers.get("date", "")).timestamp()
        except (TypeError, ValueError):
            return None

    def wait_asked(self, now: float) -> float:
        """Seconds that a 429 asks for: until Ratelimit-Reset (Unix time), else Retry-After.

        Twitch's clock is asked where it told its time, for ours may be wrong.
        """
        reset = self.headers.get("ratelimit-reset", "")
        if _WHOLE_SECONDS.fullmatch(reset):
            return float(reset) - (now if self.date is None else self.date)
        after = self.headers.get("retry-after", "")
        return float(after) if _WHOLE_SECONDS.fullmatch(after) else 0.0


class NoAnswer(msgspec.Struct):
    """Twitch gave no answer. Where `was_written` it may have acted all the same."""

    cause: str
    was_written: bool


class Http:
    """A client whose exchanges have a deadline and never raise for what the network does."""

    def __init__(self, client: httpx2.AsyncClient | None = None, timeout: float = 5.0) -> None:
        """`timeout` is in seconds and bounds one exchange, from connecting to the last byte.

        A `client` that is given stays the giver's to close.
        """
        self._client = client or httpx2.AsyncClient(verify=trusted_roots())
        self._owns_client = client is None
        self._deadline = timeout
        # TCP and TLS each get half, so that a host that never answers is seen as unreached.
        self._timeouts = httpx2.Timeout(timeout, connect=timeout / 2)

    async def aclose(self) -> None:
        """Close the connections, unless the client was given."""
        if self._owns_client:
            await self._client.aclose()

    async def exchange(
        self,
        method: str,
        url: str,
        *,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
        form: dict[str, str] | None = None,
        secrets: tuple[str, ...] = (),
    ) -> Answer | NoAnswer:
        """One request and its answer. `secrets` that a server echoes are taken out of the body."""
        if self._client.is_closed:
            return NoAnswer("ClientClosed", was_written=False)
        try:
            async with asyncio.timeout(self._deadline):
                response = await self._client.request(
                    method,
                    url,
                    params=params,
                    content=content,
                    data=form,
                    headers=headers,
                    timeout=self._timeouts,
                    follow_redirects=False,
                )
        except _BEFORE_WRITING as fault:
            return NoAnswer(type(fault).__name__, was_written=False)
        except _AFTERWARDS as fault:
            return NoAnswer(type(fault).__name__, was_written=True)
        body = response.content
        for secret in filter(None, secrets):
            body = body.replace(secret.encode(), b"[token]")
        return Answer(response.status_code, response.headers, body)


def checked_address(base_url: str, setting: str) -> str:
    """An http or https address without its last slash; raises `ValueError` naming the setting."""
    problem = f"{setting} must be an http or https URL."
    try:
        url = httpx2.URL(base_url)
    except httpx2.InvalidURL:
        raise ValueError(problem) from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(problem)
    return base_url.rstrip("/")
