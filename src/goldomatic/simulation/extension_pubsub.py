"""The simulated Extension PubSub: Helix's route for the service, and who listens in browsers."""

import asyncio
import base64
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from goldomatic.simulation.asgi import Answer, NotJsonObject, Request
from goldomatic.simulation.helix_auth import HelixRefusal, bearer

if TYPE_CHECKING:
    from goldomatic.simulation.twitch import FakeTwitch

MAX_MESSAGE = 5 * 1024
BURST = 100
MAX_WAITING = 1_000


@dataclass(frozen=True, slots=True)
class Extension:
    """An Extension registered at Twitch; `secret` is base64, as the console shows it."""

    client_id: str
    secret: str
    owner_id: str


class Broker:
    """Hands messages to open panels. Nothing is kept for those who come later."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Queue[tuple[str, str]]]] = defaultdict(set)
        self.sent: list[tuple[str, str]] = []
        """Every message that was accepted, with its target."""

    def listen(self, *targets: str) -> "asyncio.Queue[tuple[str, str]]":
        """A queue that gets what is sent to the targets from now on."""
        queue: asyncio.Queue[tuple[str, str]] = asyncio.Queue(MAX_WAITING)
        for target in targets:
            self._listeners[target].add(queue)
        return queue

    def leave(self, queue: "asyncio.Queue[tuple[str, str]]") -> None:
        for listeners in self._listeners.values():
            listeners.discard(queue)

    def publish(self, target: str, message: str) -> None:
        self.sent.append((target, message))
        del self.sent[:-MAX_WAITING]
        for queue in self._listeners[target]:
            if not queue.full():
                queue.put_nowait((target, message))


class ExtensionPubSubRoutes:
    """`POST /helix/extensions/pubsub`, with Twitch's checks and its bucket of calls."""

    def __init__(self, twitch: "FakeTwitch") -> None:
        self._twitch = twitch
        self._level = float(BURST)
        self._filled_at: datetime | None = None

    async def send(self, request: Request) -> Answer:
        """204, or a refusal: 401 for the token, 400 for the message, 429 for too many."""
        claims = self._claims(request)
        try:
            body = request.json_object()
        except NotJsonObject as error:
            raise HelixRefusal(400, "The request body is not valid JSON") from error
        targets, message = body.get("target"), body.get("message")
        if not isinstance(message, str) or not isinstance(targets, list) or not targets:
            raise HelixRefusal(400, "target and message are required")
        if len(message.encode()) > MAX_MESSAGE:
            raise HelixRefusal(400, "The message is larger than 5 KB")
        owner = self._twitch.broadcaster.id
        if body.get("broadcaster_id") != owner or claims.get("channel_id") != owner:
            raise HelixRefusal(401, "The JWT is not for the channel of broadcaster_id")
        allowed = (claims.get("pubsub_perms") or {}).get("send") or []
        if not all(target in allowed or "*" in allowed for target in targets):
            raise HelixRefusal(401, "The JWT does not allow to send to the target")
        self._spend()
        for target in targets:
            self._twitch.broker.publish(target, message)
        return Answer(204)

    def _claims(self, request: Request) -> dict[str, Any]:
        extension = self._twitch.extension
        if extension is None or request.headers.get("client-id") != extension.client_id:
            raise HelixRefusal(401, "The Client-Id is no Extension's")
        key = OctKey.import_key(base64.b64decode(extension.secret))
        try:
            claims = dict(jwt.decode(bearer(request), key, algorithms=["HS256"]).claims)
        except (JoseError, ValueError) as error:
            raise HelixRefusal(401, "JWT could not be verified") from error
        if float(claims.get("exp", 0)) <= self._twitch.clock().timestamp():
            raise HelixRefusal(401, "The JWT has expired")
        if claims.get("role") != "external" or claims.get("user_id") != extension.owner_id:
            raise HelixRefusal(401, "The JWT is not one of the Extension's owner")
        return claims

    def _spend(self) -> None:
        """One call from a bucket of 100 that a call a second drips into."""
        now = self._twitch.clock()
        passed = (now - self._filled_at).total_seconds() if self._filled_at else 0.0
        self._level, self._filled_at = min(BURST, self._level + passed), now
        if self._level < 1:
            raise HelixRefusal(429, "Too Many Requests")
        self._level -= 1
