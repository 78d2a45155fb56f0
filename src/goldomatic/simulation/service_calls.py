"""HTTP calls of the streamer's side, which wait and repeat when the service cannot answer."""

import asyncio
import random
from typing import Any

import httpx2
import structlog

_log = structlog.get_logger()

_BUSY = frozenset({429, 500, 502, 503, 504})
_MAX_PAUSE = 10.0


class ServiceUnreachable(Exception):  # noqa: N818 - says what happened
    """The service gave no usable answer in all attempts."""


class ApiKeyRefused(Exception):  # noqa: N818 - says what happened
    """The service does not know the operator's key; repeating would not help."""


class ServiceCalls:
    """Calls with `X-MGM-ApiKey`; every call made here may be repeated without harm.

    429 and 503 wait as long as `Retry-After` says (whole seconds), everything else that is no
    answer waits `backoff` seconds, doubled each time up to ten, with jitter.
    """

    def __init__(
        self,
        http: httpx2.AsyncClient,
        base_url: str,
        api_key: str,
        *,
        rng: random.Random,
        backoff: float = 0.5,
        attempts: int = 8,
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._headers = {"X-MGM-ApiKey": api_key}
        self._rng = rng
        self._backoff = backoff
        self._attempts = attempts

    async def call(
        self, method: str, path: str, *, query: Any = None, body: Any = None
    ) -> httpx2.Response:
        """The first answer that is not 429 or 5xx; redirects are not followed.

        Raises `ApiKeyRefused` on 401 and 403, `ServiceUnreachable` after the last attempt.
        """
        for attempt in range(self._attempts):
            answer = await self._try(method, path, query, body)
            if answer is not None and answer.status_code in (401, 403):
                raise ApiKeyRefused(f"{method} {path}: {answer.status_code}")
            if answer is not None and answer.status_code not in _BUSY:
                return answer
            await asyncio.sleep(self._pause(answer, attempt))
        raise ServiceUnreachable(f"{method} {path}: no answer in {self._attempts} attempts")

    async def _try(self, method: str, path: str, query: Any, body: Any) -> httpx2.Response | None:
        try:
            answer = await self._http.request(
                method, self._base_url + path, params=query, json=body, headers=self._headers
            )
        except httpx2.TransportError as error:
            _log.warning("service_connection_lost", path=path, error=type(error).__name__)
            return None
        if answer.status_code in _BUSY:
            _log.warning("service_busy", path=path, status=answer.status_code)
        return answer

    def _pause(self, answer: httpx2.Response | None, attempt: int) -> float:
        growing: float = min(_MAX_PAUSE, self._backoff * 2**attempt)
        asked = "" if answer is None else answer.headers.get("retry-after", "")
        if asked.isdecimal():
            return float(asked)
        return growing * self._rng.uniform(0.5, 1.0)
