"""Extension PubSub: one call carries a message to every panel of the channel that is open.

Twitch takes messages of 5 KB, and for each extension and channel as many calls as a bucket of 100
holds that one a second drips into. What waits for a target is replaced by what is offered later,
so that the newest message always gets through, however fast they are made.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import httpx2
import msgspec
import structlog
from joserfc import jwt
from joserfc.jwk import OctKey

from goldomatic.tls import trusted_roots
from goldomatic.twitch.wire import complaint
from goldomatic.values import Clock, utc_now

BROADCAST: Final = "broadcast"
MAX_BYTES: Final = 5_000
BURST: Final = 100.0
CALLS_PER_SECOND: Final = 1.0
KEPT_FOR_BROADCASTS: Final = 20.0
"""Calls that whispers leave in the bucket: what everybody sees comes first."""
MAX_WHISPERS: Final = 1_000

_TOKEN_LIFETIME = timedelta(seconds=60)
_BROADCAST_EVERY = 1.0
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_LONGEST_QUOTE = 200
_FAULTS = (TimeoutError, httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL)

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger("goldomatic.twitch.pubsub")


class Bucket:
    """How many calls may be made now, by a monotonic clock in seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._level = BURST
        self._filled_at = now()

    @property
    def level(self) -> float:
        """Calls that may be made at once."""
        now = self._now()
        filled = self._level + (now - self._filled_at) * CALLS_PER_SECOND
        self._level, self._filled_at = min(BURST, filled), now
        return self._level

    def wait(self, needed: float) -> float:
        """Seconds until so many calls may be made at once."""
        return max(0.0, (needed - self.level) / CALLS_PER_SECOND)

    def take(self) -> None:
        """Count one call."""
        self._level = self.level - 1.0

    def empty(self) -> None:
        """Twitch counted differently: nothing is left."""
        self._level = min(self.level, 0.0)


class Address(NamedTuple):
    """Where and as whom messages are sent: `owner_id` is the user who owns the extension."""

    api_url: str
    client_id: str
    key: bytes
    owner_id: str
    channel_id: str


class _Failure(NamedTuple):
    """A call that did not arrive; `again` when the same message may be sent once more."""

    reason: str
    again: bool
    wait: float = 0.0


class ExtensionPubSub:
    """The messages of one channel. `run` sends what `offer` has left; `counted` hears results."""

    def __init__(
        self,
        address: Address,
        *,
        client: httpx2.AsyncClient | None = None,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        counted: Callable[[str], None] = lambda result: None,
        timeout: float = 5.0,
    ) -> None:
        """`timeout` is in seconds for one call. A `client` that is given stays the giver's."""
        self._address = address
        self._key = OctKey.import_key(address.key)
        self._client = client or httpx2.AsyncClient(timeout=timeout, verify=trusted_roots())
        self._owns_client = client is None
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._counted = counted
        self._bucket = Bucket(monotonic)
        self._waiting: OrderedDict[str, str] = OrderedDict()
        self._changed = asyncio.Event()
        self._next_broadcast_at = 0.0
        self._pause = 0.0

    async def aclose(self) -> None:
        """Close the connections, unless the client was given."""
        if self._owns_client:
            await self._client.aclose()

    def offer(self, target: str, message: str) -> None:
        """Send `message` as soon as may be, unless a newer one for `target` comes first.

        `target` is `broadcast` or `whisper-<opaque id>`. Raises `ValueError` for a message of
        more than 5 KB, which Twitch would refuse.
        """
        if len(message.encode()) > MAX_BYTES:
            raise ValueError(f"A PubSub message has at most {MAX_BYTES} bytes.")
        if self._waiting.pop(target, None) is not None:
            self._counted("replaced")
        self._waiting[target] = message
        if len(self._waiting) > MAX_WHISPERS:
            self._waiting.pop(next(each for each in self._waiting if each != BROADCAST))
            self._counted("dropped")
        self._changed.set()

    async def run(self) -> None:
        """Send what waits, for ever; a fault delays, and never ends, the sending."""
        while True:
            target, wait = self._next()
            if target is None:
                self._changed.clear()
                await self._changed.wait()
            elif wait > 0:
                # What is sent is chosen after the wait: then it is the newest.
                await self._sleep(wait)
            else:
                await self._deliver(target)

    def _next(self) -> tuple[str | None, float]:
        """The target whose turn is next, and the seconds until then."""
        turns = []
        if BROADCAST in self._waiting:
            pace = self._next_broadcast_at - self._monotonic()
            turns.append((max(pace, self._bucket.wait(1.0)), BROADCAST))
        whisper = next((each for each in self._waiting if each != BROADCAST), None)
        if whisper is not None:
            turns.append((self._bucket.wait(KEPT_FOR_BROADCASTS + 1.0), whisper))
        if not turns:
            return None, 0.0
        wait, target = min(turns, key=lambda turn: turn[0])
        # In short steps, as a broadcast may be offered while a whisper waits for its turn.
        return target, min(max(wait, 0.0), _BROADCAST_EVERY)

    async def _deliver(self, target: str) -> None:
        message = self._waiting.pop(target)
        self._bucket.take()
        failure = await self._send(target, message)
        if target == BROADCAST:
            self._next_broadcast_at = self._monotonic() + _BROADCAST_EVERY
        if failure is None:
            self._pause = 0.0
            self._counted("sent")
            return
        self._counted("failed")
        _log.warning("pubsub_message_not_sent", reason=failure.reason, again=failure.again)
        if failure.again and target not in self._waiting:
            self._waiting[target] = message
        self._pause = min(_LONGEST_PAUSE, self._pause * 2 or _FIRST_PAUSE)
        await self._sleep(max(self._pause, failure.wait))

    async def _send(self, target: str, message: str) -> _Failure | None:
        body = {
            "target": [target],
            "broadcaster_id": self._address.channel_id,
            "message": message,
        }
        headers = {
            "Authorization": f"Bearer {self._token(target)}",
            "Client-Id": self._address.client_id,
            "Content-Type": "application/json",
        }
        url = f"{self._address.api_url.rstrip('/')}/extensions/pubsub"
        try:
            answer = await self._client.post(
                url, content=msgspec.json.encode(body), headers=headers, follow_redirects=False
            )
        except _FAULTS as fault:
            return _Failure(type(fault).__name__, again=True)
        return self._judged(answer)

    def _judged(self, answer: httpx2.Response) -> _Failure | None:
        if answer.is_success:
            return None
        status = answer.status_code
        reason = f"Twitch answered {status}. {complaint(answer.content)[:_LONGEST_QUOTE]}".rstrip()
        if status == 429:
            self._bucket.empty()
            return _Failure(reason, again=True, wait=_seconds_asked(answer, self._clock()))
        return _Failure(reason, again=status >= 500)

    def _token(self, target: str) -> str:
        """A token that the service makes itself: for one target of one channel, for a minute."""
        claims: dict[str, Any] = {
            "exp": int((self._clock() + _TOKEN_LIFETIME).timestamp()),
            "user_id": self._address.owner_id,
            "role": "external",
            "channel_id": self._address.channel_id,
            "pubsub_perms": {"send": [target]},
        }
        return jwt.encode({"alg": "HS256"}, claims, self._key)


def _seconds_asked(answer: httpx2.Response, now: datetime) -> float:
    """Seconds that a 429 asks for: until Ratelimit-Reset (Unix time), at most half a minute."""
    reset = answer.headers.get("ratelimit-reset", "")
    wait = float(reset) - now.timestamp() if reset.isascii() and reset.isdecimal() else 0.0
    return min(_LONGEST_PAUSE, max(0.0, wait))
