"""EventSub over WebSocket as Twitch serves it: sessions, their welcome, their ends.

Rules: after the welcome one subscription within 10 s, else 4003; a client that sends anything is
closed with 4001; an event or a keepalive comes at least every so many seconds as agreed; who is
told to reconnect has 30 s, else 4004, and its subscriptions carry over.
"""

import asyncio
import json
import random
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from goldomatic.simulation.asgi import Receive, Scope, Send
from goldomatic.simulation.eventsub_messages import CHAT_MESSAGE, Subscription, nanosecond_timestamp
from goldomatic.twitch.pace import REAL_TIME, Pace
from goldomatic.values import Clock

UNUSED_SECONDS = 10
RECONNECT_SECONDS = 30
MAX_CONNECTIONS = 3
MAX_SUBSCRIPTIONS = 300
MAX_COST = 10
_SHORTEST, _LONGEST = 10, 600
_DEAD_SHOWN = 30

STATUS_OF_CLOSE = {
    4000: "websocket_internal_error",
    4001: "websocket_received_inbound_traffic",
    4002: "websocket_failed_ping_pong",
    4003: "websocket_connection_unused",
    4004: "websocket_failed_to_reconnect",
    4005: "websocket_network_timeout",
    4006: "websocket_network_error",
}


@dataclass(eq=False, slots=True)
class Connection:
    """One socket; a reconnect gives a session a second one."""

    send: Send
    base_url: str
    over: "asyncio.Future[int]"
    silent: bool = False
    """As if the network swallowed everything: nothing more arrives, and nobody says so."""
    sent: asyncio.Event = field(default_factory=asyncio.Event)

    async def say(self, frame: dict[str, Any]) -> bool:
        """Whether the frame went out."""
        if self.silent or self.over.done():
            return False
        with suppress(OSError, RuntimeError):
            await self.send({"type": "websocket.send", "text": json.dumps(frame)})
            self.sent.set()
            return True
        return False

    def end(self, code: int) -> None:
        if not self.over.done():
            self.over.set_result(code)


@dataclass(eq=False, slots=True)
class Session:
    """A session outlives its sockets: `connection` is the one that events go to."""

    id: str
    keepalive_seconds: int
    connected_at: str
    connection: Connection
    client_id: str = ""
    user_id: str = ""
    """Whose token made its first subscription; no other's may make more."""
    token: str = ""
    """What the address of a reconnect ends in."""


class EventSubSessions:
    """Every session of the simulated Twitch, and the subscriptions on them."""

    def __init__(self, clock: Clock, rng: random.Random, pace: Pace = REAL_TIME) -> None:
        self.subscriptions: dict[str, Subscription] = {}
        self.sessions: dict[str, Session] = {}
        self._clock = clock
        self._rng = rng
        self._pace = pace
        self._tasks: set[asyncio.Task[None]] = set()

    async def connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until one of both sides ends it."""
        await receive()
        await send({"type": "websocket.accept"})
        query = parse_qs(scope["query_string"].decode("ascii", "replace"))
        host = dict(scope["headers"]).get(b"host", b"127.0.0.1").decode("latin-1")
        over = asyncio.get_running_loop().create_future()
        connection = Connection(send, f"ws://{host}{scope['path']}", over)
        if "reconnect" in query:
            session = self._resumed(query["reconnect"][0], connection)
        else:
            session = self._begun(query, connection)
        if session is None:
            await send({"type": "websocket.close", "code": 4007})
            return
        await self._converse(session, connection, receive)

    async def _converse(self, session: Session, connection: Connection, receive: Receive) -> None:
        predecessor = session.connection
        await connection.say(self._welcome(session))
        session.connection = connection
        beside = [
            asyncio.create_task(self._listen(connection, receive)),
            asyncio.create_task(self._keep_alive(session, connection)),
        ]
        if predecessor is connection:
            beside.append(asyncio.create_task(self._end_if_unused(session, connection)))
        try:
            code = await connection.over
            if code and not connection.silent:
                with suppress(OSError, RuntimeError):
                    await connection.send({"type": "websocket.close", "code": code})
        finally:
            connection.end(0)
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            if session.connection is connection:
                self._ended(session, connection.over.result())

    def _begun(self, query: dict[str, list[str]], connection: Connection) -> Session:
        asked = query.get("keepalive_timeout_seconds", ["10"])[0]
        seconds = int(asked) if asked.lstrip("-").isdecimal() else _SHORTEST
        now = nanosecond_timestamp(self._clock(), 9)
        keepalive = min(_LONGEST, max(_SHORTEST, seconds))
        session = Session(self._uuid(), keepalive, now, connection)
        self.sessions[session.id] = session
        return session

    def _resumed(self, token: str, connection: Connection) -> Session | None:
        """The session that was told to come back by this address; it works once."""
        for session in self.sessions.values():
            if session.token and session.token == token:
                session.token = ""
                return session
        return None

    async def _listen(self, connection: Connection, receive: Receive) -> None:
        message = await receive()
        connection.end(4001 if message["type"] == "websocket.receive" else 0)

    async def _keep_alive(self, session: Session, connection: Connection) -> None:
        while True:
            connection.sent.clear()
            try:
                async with asyncio.timeout(self._pace.real(session.keepalive_seconds)):
                    await connection.sent.wait()
            except TimeoutError:
                await connection.say(self._frame("session_keepalive", {}))

    async def _end_if_unused(self, session: Session, connection: Connection) -> None:
        await asyncio.sleep(self._pace.limit(UNUSED_SECONDS))
        if not self.on(session):
            connection.end(4003)

    def _ended(self, session: Session, code: int) -> None:
        self.sessions.pop(session.id, None)
        for one in self.on(session):
            one.status = STATUS_OF_CLOSE.get(code, "websocket_disconnected")
        dead = [one.id for one in self.subscriptions.values() if one.status != "enabled"]
        for forgotten in dead[:-_DEAD_SHOWN]:
            del self.subscriptions[forgotten]

    # What a test or a day at Twitch does to sessions

    async def reconnect(self, session: Session) -> None:
        """Tell the client to come to another address; after 30 s the old socket is closed."""
        old = session.connection
        session.token = f"{self._rng.getrandbits(128):032x}"
        shown = {
            "id": session.id,
            "status": "reconnecting",
            "keepalive_timeout_seconds": None,
            "reconnect_url": f"{old.base_url}?reconnect={session.token}",
            "connected_at": session.connected_at,
        }
        await old.say(self._frame("session_reconnect", {"session": shown}))
        self._spawn(self._end_late(old))

    async def _end_late(self, old: Connection) -> None:
        await asyncio.sleep(self._pace.limit(RECONNECT_SECONDS))
        old.end(4004)

    def close(self, session: Session, code: int = 4000) -> None:
        session.connection.end(code)

    def silence(self, session: Session) -> None:
        """The network dies without a word."""
        session.connection.silent = True

    async def revoke(self, subscription: Subscription, status: str) -> None:
        """End one subscription and say so."""
        subscription.status = status
        session = self.sessions.get(subscription.session_id)
        if session is not None:
            shown = {"subscription": subscription.as_json()}
            await session.connection.say(self._frame("revocation", shown, of=subscription))

    async def revoke_for(self, client_id: str, user_id: str) -> None:
        """Revoke what the user's consent carried."""
        for one in self.enabled():
            if one.client_id == client_id and user_id in one.condition.values():
                await self.revoke(one, "authorization_revoked")

    async def notify(self, kind: str, event: dict[str, Any], *, copies: int = 1) -> int:
        """Send an event through every enabled subscription of a type: how many got it."""
        reached = 0
        for one in [each for each in self.enabled() if each.type == kind]:
            session = self.sessions.get(one.session_id)
            if session is None:
                continue
            told = {"subscription": one.as_json(), "event": event}
            frame = self._frame("notification", told, of=one)
            heard = [await session.connection.say(frame) for _ in range(copies)]
            reached += heard[0]
        return reached

    def echo(self, event: dict[str, Any]) -> None:
        """Deliver in the background what a client wrote to chat."""
        self._spawn(self._told(event))

    async def _told(self, event: dict[str, Any]) -> None:
        await self.notify(CHAT_MESSAGE, event)

    def enabled(self) -> list[Subscription]:
        return [one for one in self.subscriptions.values() if one.status == "enabled"]

    def on(self, session: Session) -> list[Subscription]:
        """The enabled subscriptions of a session."""
        return [one for one in self.enabled() if one.session_id == session.id]

    def in_use(self, client_id: str, user_id: str) -> int:
        """How many connections of a client and user have subscriptions."""
        return len(
            {
                one.session_id
                for one in self.enabled()
                if (one.client_id, one.owner_id) == (client_id, user_id)
            }
        )

    async def aclose(self) -> None:
        """End every session and what waits."""
        for session in list(self.sessions.values()):
            session.connection.end(4000)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _welcome(self, session: Session) -> dict[str, Any]:
        shown = {
            "id": session.id,
            "status": "connected",
            "connected_at": session.connected_at,
            "keepalive_timeout_seconds": session.keepalive_seconds,
            "reconnect_url": None,
        }
        return self._frame("session_welcome", {"session": shown})

    def _frame(
        self, kind: str, payload: dict[str, Any], *, of: Subscription | None = None
    ) -> dict[str, Any]:
        metadata = {
            "message_id": self._uuid(),
            "message_type": kind,
            "message_timestamp": nanosecond_timestamp(self._clock(), 9),
        }
        if of is not None:
            metadata |= {"subscription_type": of.type, "subscription_version": of.version}
        return {"metadata": metadata, "payload": payload}

    def _uuid(self) -> str:
        return str(UUID(int=self._rng.getrandbits(128), version=4))

    def _spawn(self, work: "Awaitable[None]") -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
