"""Calls to Twitch's Helix API: say a line in chat, ask whether a viewer subscribes.

Nothing of the HTTP client escapes: an answer is a value, and what went wrong is one too. Tokens
are never logged. Further questions are in `goldomatic.twitch.standing`.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Final

import httpx2
import msgspec
import structlog

from goldomatic.twitch.chat_queue import OTHER_LINES, OWN_LINES, ChatQueue
from goldomatic.twitch.http import Answer, Http, NoAnswer, checked_address
from goldomatic.twitch.rate import Buckets
from goldomatic.twitch.said import Again, NotSent, Sent, WhyNotSent, judged
from goldomatic.twitch.tokens import Bearer, TokenSource
from goldomatic.twitch.wire import has_rows
from goldomatic.values import Clock, utc_now

__all__ = ["MAX_CHAT_CHARACTERS", "Bot", "Helix", "NotSent", "Sent", "WhyNotSent"]

MAX_CHAT_CHARACTERS: Final = 500

_PAUSES: Final = (0.5, 1.0)
_LONGEST_WAIT: Final = 10.0

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger("goldomatic.twitch.helix")


class Bot(msgspec.Struct, frozen=True):
    """Another account than the broadcaster's, which writes to the chat."""

    viewer_id: str
    tokens: TokenSource


class Helix:
    """Twitch's API on behalf of one broadcaster. Close it with `aclose`."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        tokens: TokenSource,
        broadcaster_id: str,
        *,
        bot: Bot | None = None,
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
        self._bot = bot
        self._buckets = Buckets()
        self._own_turns = ChatQueue(OWN_LINES, clock, self._pause)
        self._bots_turns = ChatQueue(OTHER_LINES, clock, self._pause)
        self.broadcaster_id = broadcaster_id

    @property
    def configured(self) -> bool:
        """Whether there is a client id, a broadcaster and a source that may have a token."""
        return bool(self._client_id and self.broadcaster_id and bool(self._tokens))

    async def aclose(self) -> None:
        """Close the connections, unless the client was given."""
        await self._http.aclose()

    async def send_chat_message(self, text: str, *, urgent: bool = False) -> Sent | NotSent:
        """Say `text` in the broadcaster's chat, as the bot or, where there is none, as broadcaster.

        Waits for its turn, which `urgent` lines have before all others. Up to 3 attempts, 0.5 s
        and 1 s apart, as long as Twitch certainly did not post the line; never again after a
        time-out or a connection that broke, since Twitch keeps no key by which it would know a
        repeat. Raises `ValueError` when `text` is empty or longer than 500 characters.
        """
        if not 1 <= len(text) <= MAX_CHAT_CHARACTERS:
            raise ValueError(f"A chat message has 1 to {MAX_CHAT_CHARACTERS} characters.")
        outcome = await self._said_by_bot(text, urgent)
        if outcome is None:
            bearer = await self.bearer()
            outcome = NotSent(
                "Helix has no client id, broadcaster or token.", WhyNotSent.NOT_CONFIGURED
            )
            if bearer is not None:
                outcome = await self._say(
                    bearer, self.broadcaster_id, text, self._own_turns, urgent
                )
        if isinstance(outcome, NotSent):
            _log.error("chat_message_not_sent", code=outcome.code, reason=outcome.reason)
        return outcome

    async def _said_by_bot(self, text: str, urgent: bool) -> Sent | NotSent | None:
        """None where there is no bot, or where it may not write any more."""
        token = await self._bot.tokens.get() if self._bot and self.configured else None
        if self._bot is None or token is None:
            return None
        bearer = Bearer(token, self._bot.tokens)
        outcome = await self._say(bearer, self._bot.viewer_id, text, self._bots_turns, urgent)
        is_out = isinstance(outcome, NotSent) and outcome.code is WhyNotSent.UNAUTHORIZED
        return None if is_out else outcome

    async def _say(
        self, bearer: Bearer, sender_id: str, text: str, turns: ChatQueue, urgent: bool
    ) -> Sent | NotSent:
        line = {"broadcaster_id": self.broadcaster_id, "sender_id": sender_id, "message": text}
        if not await turns.turn(urgent=urgent):
            return NotSent("Too many lines wait for the chat.", WhyNotSent.RATE_LIMITED)
        return await self._send(bearer, msgspec.json.encode(line))

    async def _pause(self, seconds: float) -> None:
        await self._sleep(seconds)

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
            attempt = judged(answer, self._clock().timestamp())
            if not isinstance(attempt, Again):
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
        bucket = self._buckets.of(token)
        if wait := bucket.wait(self._clock().timestamp()):
            if wait > _LONGEST_WAIT:
                return _held_back(wait)
            await self._sleep(wait)
        answer = await self._http.exchange(
            method,
            self._base_url + path,
            params=params,
            content=content,
            headers=headers,
            secrets=(token,),
        )
        if isinstance(answer, Answer):
            bucket.note(answer, self._clock().timestamp())
        return answer


def _held_back(wait: float) -> Answer:
    """What Twitch would answer to a token without points; it need not be asked."""
    headers = httpx2.Headers({"Retry-After": str(math.ceil(wait))})
    return Answer(429, headers, b'{"message":"this token has no points left"}')


def _wait_of_reading(answer: Answer | NoAnswer, now: float) -> float | None:
    """Seconds after which asking again may help; None where it will not."""
    if isinstance(answer, NoAnswer):
        # Who was silent until the deadline would let the reader wait for another one.
        return None if answer.was_written else 0.0
    if answer.status == 429:
        return answer.wait_asked(now)
    return 0.0 if answer.status >= 500 else None
