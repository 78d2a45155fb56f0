"""Calls to Twitch's Helix API: say a line in chat, ask whether a viewer subscribes.

Nothing of the HTTP client escapes: an answer is a value, and what went wrong is one too. Tokens
are never logged.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final, TypeAlias

import httpx2
import msgspec
import structlog

from goldomatic.twitch.tokens import Bearer, TokenSource
from goldomatic.twitch.wire import complaint, delivery, has_rows
from goldomatic.values import Clock, utc_now

MAX_CHAT_CHARACTERS: Final = 500

_PAUSES: Final = (0.5, 1.0)
_LONGEST_WAIT: Final = 10.0
_PASSING_DROPS: Final = frozenset({"msg_ratelimit", "msg_slowmode"})
_LONGEST_QUOTE: Final = 200
_WHOLE_SECONDS = re.compile(r"[0-9]+")

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger("goldomatic.twitch.helix")


class WhyNotSent(StrEnum):
    """Why a line is not known to stand in chat."""

    NOT_CONFIGURED = "not_configured"
    UNAUTHORIZED = "unauthorized"
    REJECTED = "rejected"
    DROPPED = "dropped"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    UNREACHABLE = "unreachable"
    UNCLEAR = "unclear"
    """Twitch may have posted it: asking again could post it twice."""


class Sent(msgspec.Struct, frozen=True):
    """The line stands in chat; Twitch's id of it, when the answer named one."""

    message_id: str | None = None


class NotSent(msgspec.Struct, frozen=True):
    """The line is not known to stand in chat, and every attempt that is safe was made."""

    reason: str
    code: WhyNotSent
    retryable: bool = False


class _Answer(msgspec.Struct):
    status: int
    headers: httpx2.Headers
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class _NoAnswer(msgspec.Struct):
    cause: str
    was_written: bool


class _Again(msgspec.Struct):
    """An attempt that may be repeated after `wait` seconds; `outcome` if it is not."""

    outcome: NotSent
    wait: float = 0.0


_Attempt: TypeAlias = Sent | NotSent | _Again

# These come before a byte of the request has left, so a repeat cannot double anything.
_BEFORE_WRITING = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
)
_AFTERWARDS = (TimeoutError, httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, UnicodeError)


class Helix:
    """Twitch's API on behalf of one broadcaster. Close it with `aclose`."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        tokens: TokenSource,
        broadcaster_id: str,
        *,
        client: httpx2.AsyncClient | None = None,
        clock: Clock = utc_now,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        timeout: float = 5.0,
    ) -> None:
        """`timeout` is in seconds and bounds one attempt, from connecting to the last byte.

        A `client` that is given stays the giver's to close. Raises `ValueError` when `base_url`
        is not an http or https address.
        """
        self._base_url = _address(base_url)
        self._client_id = client_id
        self._tokens = tokens
        self._broadcaster_id = broadcaster_id
        self._client = client or httpx2.AsyncClient()
        self._owns_client = client is None
        self._clock = clock
        self._sleep = sleep
        self._deadline = timeout
        # TCP and TLS each get half, so that a host that never answers is seen as unreached.
        self._timeouts = httpx2.Timeout(timeout, connect=timeout / 2)

    @property
    def configured(self) -> bool:
        """Whether there is a client id, a broadcaster and a source that may have a token."""
        return bool(self._client_id and self._broadcaster_id and bool(self._tokens))

    async def aclose(self) -> None:
        """Close the connections, unless the client was given."""
        if self._owns_client:
            await self._client.aclose()

    async def send_chat_message(self, text: str) -> Sent | NotSent:
        """Say `text` in the broadcaster's chat, as the broadcaster.

        Up to 3 attempts, 0.5 s and 1 s apart, as long as Twitch certainly did not post the line;
        never again after a time-out or a connection that broke, since Twitch keeps no key by
        which it would know a repeat. Raises `ValueError` when `text` is empty or longer than 500
        characters.
        """
        if not 1 <= len(text) <= MAX_CHAT_CHARACTERS:
            raise ValueError(f"A chat message has 1 to {MAX_CHAT_CHARACTERS} characters.")
        sender = self._broadcaster_id
        line = {"broadcaster_id": sender, "sender_id": sender, "message": text}
        content = msgspec.json.encode(line)
        bearer = await self._bearer()
        if bearer is None:
            outcome: Sent | NotSent = NotSent(
                "Helix has no client id, broadcaster or token.", WhyNotSent.NOT_CONFIGURED
            )
        else:
            outcome = await self._send(bearer, content)
        if isinstance(outcome, NotSent):
            _log.error("chat_message_not_sent", code=outcome.code, reason=outcome.reason)
        return outcome

    async def is_subscriber(self, viewer_id: str) -> bool:
        """Whether Twitch confirms that the viewer subscribes to the channel now.

        One attempt. False whenever it is not confirmed: not configured, refused, unreachable.
        """
        # An empty filter would list everybody's subscriptions.
        bearer = await self._bearer() if viewer_id else None
        if bearer is None:
            return False
        params = {"broadcaster_id": self._broadcaster_id, "user_id": viewer_id}
        answer = await self._ask(bearer, "GET", "/subscriptions", params=params)
        if isinstance(answer, _NoAnswer):
            _log.warning("subscription_not_confirmed", cause=answer.cause)
            return False
        if not answer.is_success:
            _log.warning("subscription_not_confirmed", status=answer.status, said=_quote(answer))
        return answer.is_success and has_rows(answer.body)

    async def _send(self, bearer: Bearer, content: bytes) -> Sent | NotSent:
        pauses = iter(_PAUSES)
        while True:
            answer = await self._ask(bearer, "POST", "/chat/messages", content=content)
            attempt = _judged(answer, self._clock().timestamp())
            if not isinstance(attempt, _Again):
                return attempt
            pause = next(pauses, None)
            if pause is None or attempt.wait > _LONGEST_WAIT:
                return attempt.outcome
            _log.warning("chat_message_retried", code=attempt.outcome.code)
            await self._sleep(max(pause, attempt.wait))

    async def _bearer(self) -> Bearer | None:
        token = await self._tokens.get() if self.configured else None
        return Bearer(token, self._tokens) if token else None

    async def _ask(
        self,
        bearer: Bearer,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> _Answer | _NoAnswer:
        """One attempt; a 401 is asked once more at once, with a fresh token if there is one."""
        request = (method, self._base_url + path, params, content)
        answer = await self._exchange(bearer.token, *request)
        if isinstance(answer, _Answer) and answer.status == 401 and await bearer.renew():
            answer = await self._exchange(bearer.token, *request)
        return answer

    async def _exchange(
        self,
        token: str,
        method: str,
        url: str,
        params: dict[str, str] | None,
        content: bytes | None,
    ) -> _Answer | _NoAnswer:
        headers = {"Authorization": f"Bearer {token}", "Client-Id": self._client_id}
        if content is not None:
            headers["Content-Type"] = "application/json"
        if self._client.is_closed:
            return _NoAnswer("ClientClosed", was_written=False)
        try:
            async with asyncio.timeout(self._deadline):
                response = await self._client.request(
                    method,
                    url,
                    params=params,
                    content=content,
                    headers=headers,
                    timeout=self._timeouts,
                    follow_redirects=False,
                )
        except _BEFORE_WRITING as fault:
            return _NoAnswer(type(fault).__name__, was_written=False)
        except _AFTERWARDS as fault:
            return _NoAnswer(type(fault).__name__, was_written=True)
        # A server that echoes the token must not bring it into a reason or a log.
        body = response.content.replace(token.encode(), b"[token]")
        return _Answer(response.status_code, response.headers, body)


def _judged(answer: _Answer | _NoAnswer, now: float) -> _Attempt:
    if isinstance(answer, _NoAnswer):
        if answer.was_written:
            reason = f"The connection gave no answer ({answer.cause})."
            return NotSent(reason, WhyNotSent.UNCLEAR)
        reason = f"Twitch could not be reached ({answer.cause})."
        return _Again(NotSent(reason, WhyNotSent.UNREACHABLE))
    if answer.is_success:
        return _judged_success(answer.body)
    reason = f"Twitch answered {answer.status}. {_quote(answer)}".rstrip()
    if answer.status == 429:
        limited = NotSent(reason, WhyNotSent.RATE_LIMITED)
        return _Again(limited, _wait_asked(answer.headers, now))
    if answer.status >= 500:
        return _Again(NotSent(reason, WhyNotSent.SERVER_ERROR))
    refused = WhyNotSent.UNAUTHORIZED if answer.status == 401 else WhyNotSent.REJECTED
    return NotSent(reason, refused)


def _judged_success(body: bytes) -> _Attempt:
    if not body.strip():
        return Sent()
    told = delivery(body)
    if told is None:
        return NotSent("Twitch's answer does not say whether it was sent.", WhyNotSent.UNCLEAR)
    if told.is_sent:
        return Sent(told.message_id)
    reason = f"Twitch dropped the line: {told.drop_code} {told.drop_text}"[:_LONGEST_QUOTE].rstrip()
    dropped = NotSent(reason, WhyNotSent.DROPPED)
    return _Again(dropped) if told.drop_code in _PASSING_DROPS else dropped


def _quote(answer: _Answer) -> str:
    return complaint(answer.body)[:_LONGEST_QUOTE]


def _wait_asked(headers: httpx2.Headers, now: float) -> float:
    """Seconds that a 429 asks for: until Ratelimit-Reset (Unix time), else Retry-After."""
    reset = headers.get("ratelimit-reset", "")
    if _WHOLE_SECONDS.fullmatch(reset):
        return float(reset) - now
    after = headers.get("retry-after", "")
    return float(after) if _WHOLE_SECONDS.fullmatch(after) else 0.0


def _address(base_url: str) -> str:
    problem = "The Helix address (GOLDOMATIC_TWITCH_API_URL) must be an http or https URL."
    try:
        url = httpx2.URL(base_url)
    except httpx2.InvalidURL:
        raise ValueError(problem) from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(problem)
    return base_url.rstrip("/")
