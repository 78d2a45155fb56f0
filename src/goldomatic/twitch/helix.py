"""Calls to Twitch's Helix API: say a line in chat, ask whether a viewer subscribes.

Nothing of the HTTP client escapes: an answer is a value, and what went wrong is one too. Tokens
are never logged. Further questions are in `goldomatic.twitch.standing`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final, TypeAlias

import httpx2
import msgspec
import structlog

from goldomatic.twitch.http import LONGEST_QUOTE, Answer, Http, NoAnswer, checked_address
from goldomatic.twitch.tokens import Bearer, TokenSource
from goldomatic.twitch.wire import delivery, has_rows
from goldomatic.values import Clock, utc_now

MAX_CHAT_CHARACTERS: Final = 500

_PAUSES: Final = (0.5, 1.0)
_LONGEST_WAIT: Final = 10.0
_PASSING_DROPS: Final = frozenset({"msg_ratelimit", "msg_slowmode"})

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


class _Again(msgspec.Struct):
    """An attempt that may be repeated after `wait` seconds; `outcome` if it is not."""

    outcome: NotSent
    wait: float = 0.0


_Attempt: TypeAlias = Sent | NotSent | _Again


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
        setting = "The Helix address (GOLDOMATIC_TWITCH_API_URL)"
        self._base_url = checked_address(base_url, setting)
        self._client_id = client_id
        self._tokens = tokens
        self._http = Http(client, timeout)
        self._clock = clock
        self._sleep = sleep
        self.broadcaster_id = broadcaster_id

    @property
    def configured(self) -> bool:
        """Whether there is a client id, a broadcaster and a source that may have a token."""
        return bool(self._client_id and self.broadcaster_id and bool(self._tokens))

    async def aclose(self) -> None:
        """Close the connections, unless the client was given."""
        await self._http.aclose()

    async def send_chat_message(self, text: str) -> Sent | NotSent:
        """Say `text` in the broadcaster's chat, as the broadcaster.

        Up to 3 attempts, 0.5 s and 1 s apart, as long as Twitch certainly did not post the line;
        never again after a time-out or a connection that broke, since Twitch keeps no key by
        which it would know a repeat. Raises `ValueError` when `text` is empty or longer than 500
        characters.
        """
        if not 1 <= len(text) <= MAX_CHAT_CHARACTERS:
            raise ValueError(f"A chat message has 1 to {MAX_CHAT_CHARACTERS} characters.")
        sender = self.broadcaster_id
        line = {"broadcaster_id": sender, "sender_id": sender, "message": text}
        content = msgspec.json.encode(line)
        bearer = await self.bearer()
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
        bearer = await self.bearer() if viewer_id else None
        if bearer is None:
            return False
        params = {"broadcaster_id": self.broadcaster_id, "user_id": viewer_id}
        answer = await self._ask(bearer, "GET", "/subscriptions", params=params)
        if isinstance(answer, NoAnswer):
            _log.warning("subscription_not_confirmed", cause=answer.cause)
            return False
        if not answer.is_success:
            _log.warning("subscription_not_confirmed", status=answer.status, said=answer.quote)
        return answer.is_success and has_rows(answer.body)

    async def bearer(self) -> Bearer | None:
        """The token for one call, or None when there is none."""
        token = await self._tokens.get() if self.configured else None
        return Bearer(token, self._tokens) if token else None

    async def read(
        self, bearer: Bearer, path: str, params: dict[str, str] | None = None
    ) -> Answer | NoAnswer:
        """Ask a question that changes nothing: up to 3 attempts while Twitch cannot answer."""
        pauses = iter(_PAUSES)
        while True:
            answer = await self._ask(bearer, "GET", path, params=params)
            wait = _wait_of_reading(answer, self._clock().timestamp())
            pause = next(pauses, None)
            if wait is None or pause is None or wait > _LONGEST_WAIT:
                return answer
            await self._sleep(max(pause, wait))

    async def create(self, bearer: Bearer, path: str, content: bytes) -> Answer | NoAnswer:
        """Ask for something to be made. Once: a repeat could make it twice."""
        return await self._ask(bearer, "POST", path, content=content)

    async def remove(self, bearer: Bearer, path: str, params: dict[str, str]) -> Answer | NoAnswer:
        """Ask for something to be removed. Once."""
        return await self._ask(bearer, "DELETE", path, params=params)

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

    async def _ask(
        self,
        bearer: Bearer,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer | NoAnswer:
        """One attempt; a 401 is asked once more at once, with a fresh token if there is one."""
        answer = await self._exchange(bearer.token, method, path, params, content)
        if isinstance(answer, Answer) and answer.status == 401 and await bearer.renew():
            answer = await self._exchange(bearer.token, method, path, params, content)
        return answer

    async def _exchange(
        self,
        token: str,
        method: str,
        path: str,
        params: dict[str, str] | None,
        content: bytes | None,
    ) -> Answer | NoAnswer:
        headers = {"Authorization": f"Bearer {token}", "Client-Id": self._client_id}
        if content is not None:
            headers["Content-Type"] = "application/json"
        return await self._http.exchange(
            method,
            self._base_url + path,
            params=params,
            content=content,
            headers=headers,
            secrets=(token,),
        )


def _wait_of_reading(answer: Answer | NoAnswer, now: float) -> float | None:
    """Seconds after which asking again may help; None where it will not."""
    if isinstance(answer, NoAnswer):
        # Who was silent until the deadline would let the reader wait for another one.
        return None if answer.was_written else 0.0
    if answer.status == 429:
        return answer.wait_asked(now)
    return 0.0 if answer.status >= 500 else None


def _judged(answer: Answer | NoAnswer, now: float) -> _Attempt:
    if isinstance(answer, NoAnswer):
        if answer.was_written:
            reason = f"The connection gave no answer ({answer.cause})."
            return NotSent(reason, WhyNotSent.UNCLEAR)
        reason = f"Twitch could not be reached ({answer.cause})."
        return _Again(NotSent(reason, WhyNotSent.UNREACHABLE))
    if answer.is_success:
        return _judged_success(answer.body)
    reason = f"Twitch answered {answer.status}. {answer.quote}".rstrip()
    if answer.status == 429:
        limited = NotSent(reason, WhyNotSent.RATE_LIMITED)
        return _Again(limited, answer.wait_asked(now))
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
    reason = f"Twitch dropped the line: {told.drop_code} {told.drop_text}"[:LONGEST_QUOTE].rstrip()
    dropped = NotSent(reason, WhyNotSent.DROPPED)
    return _Again(dropped) if told.drop_code in _PASSING_DROPS else dropped
