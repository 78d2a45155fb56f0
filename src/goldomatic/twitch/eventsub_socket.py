"""EventSub over WebSocket: a connection that is kept up, whatever happens to it.

Rules: silence for longer than the agreed keepalive and a margin is a loss; a move that Twitch asks
for loses nothing, since the old socket is read to its end; after a loss Twitch has forgotten the
subscriptions and does not repeat what it sent meanwhile, so the listener is told since when.
Nothing but pongs is ever sent.
"""

import asyncio
import random
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Final, NamedTuple, Protocol

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from goldomatic.twitch.eventsub_frames import (
    SHORTEST_KEEPALIVE,
    Reconnect,
    Told,
    Welcome,
    read_frame,
)
from goldomatic.twitch.pace import REAL_TIME, Pace
from goldomatic.values import Clock

KEEPALIVE_MARGIN: Final = 1.2
WELCOME_SECONDS: Final = 10.0
MOVE_SECONDS: Final = 30.0
LONGEST_PAUSE: Final = 60.0
_CLOSING_SECONDS: Final = 5.0
_REMEMBERED: Final = 10_000
_MAX_FRAME: Final = 1_048_576

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger("goldomatic.twitch.eventsub")


class Unready(NamedTuple):
    """Why a session got no subscription to the chat, and how long to leave Twitch alone for it."""

    reason: str
    wait: float = 0.0


class SocketListener(Protocol):
    """Whom a socket tells what it hears."""

    async def opened(self, session_id: str) -> Unready | None:
        """Subscribe; the first subscription has to be made within 10 s."""
        ...

    async def lost(self, since: datetime, reason: str) -> None:
        """Nothing is heard any more since an instant."""
        ...

    def heard(self, told: Told) -> None:
        """A message, each once. Must not wait."""
        ...


class _LostError(Exception):
    """The connection is gone; the text is the reason as the ledger holds it."""


class _Open(NamedTuple):
    socket: ClientConnection
    welcome: Welcome


class EventSubSocket:
    """One session after another, each with its listener's subscriptions. For one event loop."""

    def __init__(
        self,
        url: str,
        listener: SocketListener,
        clock: Clock,
        *,
        pace: Pace = REAL_TIME,
        keepalive_seconds: int = SHORTEST_KEEPALIVE,
        rng: random.Random | None = None,
    ) -> None:
        """`keepalive_seconds` is what Twitch is asked for: 10 to 600."""
        self._url = f"{url}?keepalive_timeout_seconds={keepalive_seconds}"
        self._listener = listener
        self._clock = clock
        self._pace = pace
        self._random = rng or random.SystemRandom()
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._ending: dict[ClientConnection, asyncio.Task[None]] = {}
        self._closing: asyncio.Task[None] | None = None
        self._heard_at = clock()
        self._failures = 0

    @property
    def heard_at(self) -> datetime:
        """When the last frame came, be it a keepalive."""
        return self._heard_at

    async def run(self) -> None:
        """Keep a connection until cancelled; then what has arrived is still heard."""
        try:
            while True:
                wait = await self._one_session()
                pause = min(LONGEST_PAUSE, 2.0**self._failures) * self._random.uniform(0.5, 1.0)
                self._failures = min(self._failures + 1, 10)
                await self._pace.sleep(max(wait, pause))
        finally:
            beside = [*self._ending.values(), *([self._closing] if self._closing else [])]
            await asyncio.gather(*beside, return_exceptions=True)

    async def _one_session(self) -> float:
        """A session from its first socket to its loss; how long to wait at least afterwards."""
        refusal: Unready | None = None
        try:
            async with self._opened(self._url, WELCOME_SECONDS) as first:
                opening = asyncio.create_task(self._open_session(first))
                try:
                    await self._converse(first)
                finally:
                    opening.cancel()
                    await asyncio.gather(opening, return_exceptions=True)
                    refusal = _refusal(opening)
        except _LostError as lost:
            reason = refusal.reason if refusal else str(lost)
            _log.warning("eventsub_connection_lost", reason=reason)
            await self._listener.lost(self._heard_at, reason)
        return refusal.wait if refusal else 0.0

    async def _open_session(self, opened: _Open) -> Unready | None:
        """Have the listener subscribe; without a subscription the session is of no use."""
        refusal = await self._listener.opened(opened.welcome.session_id)
        if refusal is None:
            self._failures = 0
        else:
            # The conversation that reads it ends by that.
            self._closing = asyncio.create_task(opened.socket.close())
        return refusal

    @asynccontextmanager
    async def _opened(self, url: str, seconds: float) -> AsyncIterator[_Open]:
        opened = await self._open(url, seconds)
        try:
            yield opened
        finally:
            self._end(opened.socket)

    async def _open(self, url: str, seconds: float) -> _Open:
        """A socket and its welcome; raises `_LostError` where either does not come."""
        socket = None
        try:
            async with self._pace.timeout(seconds):
                # Pings are Twitch's to send: whatever else we send ends the connection.
                socket = await connect(
                    url, ping_interval=None, close_timeout=_CLOSING_SECONDS, max_size=_MAX_FRAME
                )
                while True:
                    frame = read_frame(await socket.recv())
                    if isinstance(frame, Welcome):
                        self._heard_at = self._clock()
                        return _Open(socket, frame)
        except TimeoutError:
            reason = "no_welcome"
        except ConnectionClosed as closed:
            reason = _reason(closed)
        except (OSError, WebSocketException, ValueError) as fault:
            reason = f"connect_failed_{type(fault).__name__}"
        if socket is not None:
            self._end(socket)
        raise _LostError(reason)

    async def _converse(self, opened: _Open) -> None:
        """Hear what is said, from socket to socket; ends with `_LostError`."""
        socket, welcome = opened
        successor: ClientConnection | None = None
        try:
            while True:
                frame = self._take(await self._next(socket, welcome.keepalive_seconds))
                if isinstance(frame, Reconnect):
                    moved = await self._moved(socket, frame.url)
                    socket, welcome = moved
                    successor = socket
        finally:
            if successor is not None:
                self._end(successor)

    async def _next(self, socket: ClientConnection, keepalive_seconds: float) -> str | bytes:
        try:
            async with self._pace.timeout(keepalive_seconds * KEEPALIVE_MARGIN):
                return await socket.recv()
        except TimeoutError:
            raise _LostError("keepalive_missed") from None
        except ConnectionClosed as closed:
            raise _LostError(_reason(closed)) from None

    def _take(self, data: str | bytes) -> object:
        """Hear a frame; what it was. Each message is passed on once."""
        self._heard_at = self._clock()
        frame = read_frame(data)
        if isinstance(frame, Told) and frame.message_id not in self._seen:
            self._seen[frame.message_id] = None
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
            self._listener.heard(frame)
        return frame

    async def _moved(self, old: ClientConnection, url: str) -> _Open:
        """The socket that follows on `old`, which is read until the new one has its welcome."""
        opening = asyncio.create_task(self._open(url, MOVE_SECONDS))
        try:
            await self._read_until(opening, old)
            return await opening
        finally:
            if not opening.done():
                opening.cancel()
                await asyncio.gather(opening, return_exceptions=True)
            self._end(old)

    async def _read_until(self, opening: "asyncio.Task[_Open]", old: ClientConnection) -> None:
        while not opening.done():
            reading = asyncio.create_task(old.recv())
            try:
                await asyncio.wait({reading, opening}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                # A reading that is cancelled leaves its message where it was.
                reading.cancel()
                [read] = await asyncio.gather(reading, return_exceptions=True)
                if isinstance(read, str | bytes):
                    self._take(read)
            if isinstance(read, ConnectionClosed):
                return

    def _end(self, socket: ClientConnection) -> None:
        """Close a socket beside everything else, and hear what it still holds."""
        if socket in self._ending:
            return
        self._ending[socket] = task = asyncio.create_task(self._drained(socket))
        task.add_done_callback(lambda _: self._ending.pop(socket, None))

    async def _drained(self, socket: ClientConnection) -> None:
        closing = asyncio.create_task(socket.close())
        with suppress(ConnectionClosed):
            while True:
                self._take(await socket.recv())
        await asyncio.gather(closing, return_exceptions=True)


async def greets(url: str, seconds: float = WELCOME_SECONDS) -> bool:
    """Whether EventSub answers with a welcome; the session that this makes is closed at once."""
    try:
        async with asyncio.timeout(seconds), connect(url, ping_interval=None) as socket:
            return isinstance(read_frame(await socket.recv()), Welcome)
    except (TimeoutError, OSError, WebSocketException, ValueError):
        return False


def _refusal(opening: "asyncio.Task[Unready | None]") -> Unready | None:
    if opening.cancelled():
        return None
    if (fault := opening.exception()) is not None:
        _log.error("eventsub_session_not_opened", fault=repr(fault))
        return Unready("not_opened")
    return opening.result()


def _reason(closed: ConnectionClosed) -> str:
    """The close code, which for Twitch's own (4000 to 4007) says why."""
    return f"closed_{closed.rcvd.code if closed.rcvd else 1006}"
