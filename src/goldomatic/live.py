"""The live feed: server-sent events whose id is the ledger position, so nothing is missed.

A client that reconnects with Last-Event-ID is told what it missed, if that is not too old or too
much; else it is told to `reset`. The state itself is not replayed: the newest is sent on
connecting and after changes, at most four times a second however fast the ledger grows.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from litestar.connection import ASGIConnection
from litestar.types import Receive, Scope, Send

from goldomatic.channel import ChannelState
from goldomatic.ledger.event import Recorded
from goldomatic.ledger.store import UnavailableError
from goldomatic.live_messages import Message, encode, messages
from goldomatic.roulette.api import state_answer
from goldomatic.service import Service
from goldomatic.values import Code, Refused, ViewerId
from goldomatic.web.auth import header
from goldomatic.web.raw import raw_route

PATH = "/api/live"
MAX_CLIENTS = 10_000
MAX_WAITING = 200
"""Messages that a slow client may lag behind before its connection is closed."""
MAX_REPLAY = 1_000
MAX_REPLAY_AGE = timedelta(minutes=10)
MAX_CONNECTION_SECONDS = 1_800.0
HEARTBEAT_SECONDS = 15.0
SEND_SECONDS = 10.0
"""How long a client may take nothing of what is sent before its connection is given up."""
STATE_EVERY_SECONDS = 0.25

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_HELLO = b"retry: 2000\n\n"
_HEARTBEAT = b": still here\n\n"


State = Callable[[Service], Message]
Told = Callable[[Recorded, ChannelState], Iterable[Message]]


class Client:
    """One open connection: what waits to be sent to it."""

    __slots__ = ("ended", "newest", "overrun", "viewer_id", "waiting", "wake")

    def __init__(self, viewer_id: ViewerId | None) -> None:
        self.viewer_id = viewer_id
        self.waiting: deque[bytes] = deque()
        self.newest: dict[str, bytes] = {}
        self.wake = asyncio.Event()
        self.overrun = False
        self.ended = False

    def put(self, message: bytes) -> None:
        """Queue a message; a client that is too slow is marked to be closed."""
        if len(self.waiting) >= MAX_WAITING:
            self.overrun = True
        else:
            self.waiting.append(message)
        self.wake.set()

    def put_newest(self, name: str, message: bytes) -> None:
        """Replace the message of that name that waits: only the newest matters."""
        self.newest[name] = message
        self.wake.set()

    def take(self) -> bytes:
        """Everything that waits, and nothing waits any more."""
        taken = b"".join((*self.waiting, *self.newest.values()))
        self.waiting.clear()
        self.newest.clear()
        self.wake.clear()
        return taken


class Feed:
    """Hands what is committed to everybody who watches.

    `state` is what watchers see whole on connecting and after changes; `told` is what an event
    tells them besides.
    """

    def __init__(self, service: Service, state: State, told: Told = messages) -> None:
        self._service = service
        self._shown = state
        self._told = told
        self._clients: set[Client] = set()
        self._flush: asyncio.TimerHandle | None = None
        self._announced: dict[str, bytes] = {}
        self.closing = False

    @property
    def watchers(self) -> int:
        """How many connections are open."""
        return len(self._clients)

    def after_commit(self, recorded: Sequence[Recorded], own: bool) -> None:
        """Queue the messages of committed events for those whom they concern."""
        if not self._clients:
            return
        for each in recorded:
            for message in self._told(each, self._service.state):
                self._broadcast(message, each.position)
        if self._flush is None:
            loop = asyncio.get_running_loop()
            self._flush = loop.call_later(STATE_EVERY_SECONDS, self._send_state)

    def _broadcast(self, message: Message, position: int) -> None:
        encoded = encode(message.name, message.data, position)
        for client in self._clients:
            if message.viewer_id is None or message.viewer_id == client.viewer_id:
                client.put(encoded)

    def _send_state(self) -> None:
        self._flush = None
        encoded = self.state()
        for client in self._clients:
            client.put_newest("state", encoded)

    def announce(self, name: str, data: Any) -> None:
        """Tell everybody something of which only the newest matters; newcomers are told as well."""
        encoded = self._announced[name] = encode(name, data)
        for client in self._clients:
            client.put_newest(name, encoded)

    def heartbeat(self) -> bytes:
        """What is sent when there was nothing to send for a while."""
        return _HEARTBEAT

    def state(self) -> bytes:
        """The newest state as a message."""
        shown = self._shown(self._service)
        return encode(shown.name, shown.data, self._service.ledger.position)

    async def open(self, viewer_id: ViewerId | None, last_event_id: int | None) -> Client:
        """A client that already has what it missed and the state waiting for it."""
        if len(self._clients) >= MAX_CLIENTS or self.closing:
            raise Refused(Code.SERVICE_UNAVAILABLE, "Too many watchers.", details={"retryAfter": 5})
        client = Client(viewer_id)
        self._clients.add(client)
        self._service.metrics.live_clients.inc()
        try:
            missed = b"" if last_event_id is None else await self._missed(client, last_event_id)
        except BaseException:
            self.leave(client)
            raise
        client.waiting.extendleft((missed, _HELLO))
        client.put_newest("state", self.state())
        for name, message in self._announced.items():
            client.put_newest(name, message)
        return client

    def leave(self, client: Client) -> None:
        """Forget a connection that has ended."""
        self._clients.discard(client)
        self._service.metrics.live_clients.dec()
        if client.overrun:
            self._service.metrics.live_dropped.inc()

    async def _missed(self, client: Client, after: int) -> bytes:
        """What lies between the last message that a client had and the present commit."""
        until = self._service.ledger.position
        reset = encode("reset", {}, until)
        if not 0 <= until - after <= MAX_REPLAY:
            return reset
        recorded = await self._service.events(after + 1, until - after) if until > after else []
        if recorded and recorded[0].at < self._service.clock() - MAX_REPLAY_AGE:
            return reset
        return b"".join(self._replay(recorded, client.viewer_id))

    def _replay(self, recorded: Sequence[Recorded], viewer: ViewerId | None) -> Iterator[bytes]:
        for each in recorded:
            for message in self._told(each, self._service.state):
                if message.viewer_id in (None, viewer):
                    yield encode(message.name, message.data, each.position)

    def disconnect(self) -> None:
        """End every connection; whoever may still watch comes back."""
        for client in self._clients:
            client.ended = True
            client.wake.set()

    def close(self) -> None:
        """End every connection, so that the service can stop."""
        self.closing = True
        if self._flush is not None:
            self._flush.cancel()
        self.disconnect()


def live_state(service: Service) -> Message:
    """The durable state as watchers see it: the roulette, and the draw of the running cycle."""
    cycle = service.state.roulette.current.durable
    draw = cycle and {
        "drawId": cycle.spin_cycle_id,
        "commitment": cycle.commitment,
        "frozen": cycle.frozen,
        "revealed": cycle.revealed,
    }
    return Message("state", {"roulette": state_answer(service, service.clock()), "draw": draw})


@raw_route("GET", PATH)
async def live(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Stream the feed: public messages to anybody, a viewer's own to a token or a login."""
    caller = service.gate.optional_reader(scope)
    viewer_id = caller.viewer_id if caller else await _signed_in(service, scope)
    client = await service.feed.open(viewer_id, _last_event_id(scope))
    seconds = _seconds_to_live(service.clock(), caller.expires_at if caller else None)
    await serve_client(service.feed, client, receive, send, seconds)


async def serve_client(
    feed: Feed,
    client: Client,
    receive: Receive,
    send: Send,
    seconds: float = MAX_CONNECTION_SECONDS,
) -> None:
    """Send a client what waits for it, until it goes, is too slow or its time is up."""
    gone = asyncio.ensure_future(_disconnected(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await _stream(feed, client, gone, send, monotonic() + seconds)
    finally:
        feed.leave(client)
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone


async def _signed_in(service: Service, scope: Scope) -> ViewerId | None:
    """Whose login the connection came with; nobody's while the database does not answer."""
    cookies = ASGIConnection[Any, Any, Any, Any](scope).cookies
    try:
        signed_in = await service.accounts.sessions.find(cookies) if cookies else None
    except UnavailableError:
        return None
    return signed_in.account.viewer_id if signed_in else None


async def _stream(
    feed: Feed, client: Client, gone: "asyncio.Future[None]", send: Send, until: float
) -> None:
    gone.add_done_callback(lambda _: client.wake.set())
    while not (gone.done() or client.overrun or client.ended or monotonic() >= until):
        try:
            async with asyncio.timeout(min(HEARTBEAT_SECONDS, max(0.0, until - monotonic()))):
                await client.wake.wait()
        except TimeoutError:
            body = feed.heartbeat()
        else:
            body = client.take()
        if body and not await _is_taken(send, body, more=True):
            client.overrun = True
            return
    if not gone.done():
        await _is_taken(send, b"", more=False)


async def _is_taken(send: Send, body: bytes, *, more: bool) -> bool:
    """Send a part; False when the client has not made room for it in time."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await send({"type": "http.response.body", "body": body, "more_body": more})
    except TimeoutError:
        return False
    return True


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _last_event_id(scope: Scope) -> int | None:
    given = (header(scope, b"last-event-id") or b"").decode("latin-1")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None


def _seconds_to_live(now: datetime, expires_at: datetime | None) -> float:
    if expires_at is None:
        return MAX_CONNECTION_SECONDS
    return min(MAX_CONNECTION_SECONDS, max(0.0, (expires_at - now).total_seconds()))
