"""Helix routes that manage EventSub subscriptions, over webhook and over WebSocket."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from goldomatic.simulation.asgi import Answer, NotJsonObject, Request
from goldomatic.simulation.eventsub_messages import CHAT_MESSAGE, Subscription, nanosecond_timestamp
from goldomatic.simulation.eventsub_sessions import MAX_CONNECTIONS, MAX_COST, MAX_SUBSCRIPTIONS
from goldomatic.simulation.helix_auth import HelixRefusal, authenticated
from goldomatic.simulation.helix_pages import page
from goldomatic.simulation.tokens import Token

if TYPE_CHECKING:
    from goldomatic.simulation.twitch import FakeTwitch

MAX_TOTAL_COST = 10_000
_SAME_CONDITION = 3
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_ALIVE = frozenset({"enabled", "webhook_callback_verification_pending"})
_FILTERS = ("status", "type", "user_id", "conduit_id", "subscription_id")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a type asks for; the user under the last key of the condition grants `scope`.

    Without a scope anybody may subscribe, and it costs 1 where that user has not authorized.
    """

    condition: tuple[str, ...]
    scope: str = ""


_PAID = _Kind(("broadcaster_user_id",), "channel:read:subscriptions")
_TYPES = {
    (CHAT_MESSAGE, "1"): _Kind(("broadcaster_user_id", "user_id"), "user:read:chat"),
    ("channel.subscribe", "1"): _PAID,
    ("channel.subscription.end", "1"): _PAID,
    ("channel.subscription.gift", "1"): _PAID,
    ("channel.subscription.message", "1"): _PAID,
    ("channel.cheer", "1"): _Kind(("broadcaster_user_id",), "bits:read"),
    ("channel.follow", "2"): _Kind(
        ("broadcaster_user_id", "moderator_user_id"), "moderator:read:followers"
    ),
    ("stream.online", "1"): _Kind(("broadcaster_user_id",)),
}


class EventSubRoutes:
    """`/helix/eventsub/subscriptions`; every answer lists costs.

    Webhooks belong to app tokens, sessions to user tokens; neither sees the other's.
    """

    def __init__(self, twitch: "FakeTwitch") -> None:
        self._twitch = twitch

    async def create(self, request: Request) -> Answer:
        """202: a webhook waits for its challenge, a session has its subscription at once."""
        token = authenticated(request, self._twitch.tokens, self._twitch.clock)
        wanted = self._wanted(request, token)
        self._require_authorization(token, wanted)
        self._require_room(wanted, token)
        shown = wanted.as_json()
        if wanted.session_id:
            self._twitch.sessions.subscriptions[wanted.id] = wanted
        else:
            self._twitch.webhooks.add(wanted)
        return Answer(202, {"data": [shown], **self._totals(token)})

    async def listing(self, request: Request) -> Answer:
        token = authenticated(request, self._twitch.tokens, self._twitch.clock)
        filters = [name for name in _FILTERS if request.one(name) is not None]
        if len(filters) > 1:
            raise HelixRefusal(400, "Only one filter may be given: " + ", ".join(filters))
        found = [one.as_json() for one in self._own(token) if _fits(one, request)]
        found_page = page(request, found, short=self._twitch.short_pages)
        return Answer(200, {**found_page, **self._totals(token)})

    async def delete(self, request: Request) -> Answer:
        token = authenticated(request, self._twitch.tokens, self._twitch.clock)
        wanted = request.one("id")
        if wanted is None:
            raise HelixRefusal(400, 'The parameter "id" is required')
        if all(one.id != wanted for one in self._own(token)):
            raise HelixRefusal(404, "subscription not found")
        if token.is_app:
            self._twitch.webhooks.remove(wanted)
        else:
            del self._twitch.sessions.subscriptions[wanted]
        return Answer(204)

    def _everything(self, token: Token) -> list[Subscription]:
        kept = self._twitch.webhooks if token.is_app else self._twitch.sessions
        return list(kept.subscriptions.values())

    def _own(self, token: Token) -> list[Subscription]:
        owner = token.user_id or ""
        return [
            one
            for one in self._everything(token)
            if (one.client_id, one.owner_id) == (token.client_id, owner)
        ]

    def _totals(self, token: Token) -> dict[str, int]:
        own = self._own(token)
        cost = sum(one.cost for one in own if one.status in _ALIVE)
        most = MAX_TOTAL_COST if token.is_app else MAX_COST
        return {"total": len(own), "total_cost": cost, "max_total_cost": most}

    def _wanted(self, request: Request, token: Token) -> Subscription:
        try:
            fields = request.json_object()
        except NotJsonObject as error:
            raise HelixRefusal(400, "The request body is not valid JSON") from error
        kind, version = str(fields.get("type")), str(fields.get("version"))
        if (kind, version) not in _TYPES:
            raise HelixRefusal(400, "invalid subscription type and version")
        condition = _condition(fields.get("condition"), _TYPES[kind, version].condition)
        granted = self._twitch.tokens.granted(token.client_id, list(condition.values())[-1])
        return Subscription(
            id=self._twitch.new_id(),
            type=kind,
            version=version,
            condition=condition,
            client_id=token.client_id,
            created_at=nanosecond_timestamp(self._twitch.clock(), 9),
            cost=0 if granted or _TYPES[kind, version].scope else 1,
            owner_id=token.user_id or "",
            **self._transport(fields.get("transport"), token),
        )

    def _transport(self, given: Any, token: Token) -> dict[str, str]:
        """The fields of a subscription that say how it is delivered."""
        method = given.get("method") if isinstance(given, dict) else None
        if method not in ("webhook", "websocket"):
            raise HelixRefusal(400, "this Twitch delivers over webhook and websocket only")
        if token.is_app != (method == "webhook"):
            raise HelixRefusal(400, "invalid transport and auth combination")
        if method == "webhook":
            callback, secret = _webhook(given)
            return {"callback": callback, "secret": secret}
        session = self._twitch.sessions.sessions.get(str(given.get("session_id")))
        if session is None:
            raise HelixRefusal(
                400, "websocket transport session does not exist or has already disconnected"
            )
        owner = (session.client_id, session.user_id)
        if owner not in (("", ""), (token.client_id, token.user_id)):
            raise HelixRefusal(
                400, "websocket transport cannot have subscriptions created by different users"
            )
        session.client_id, session.user_id = token.client_id, token.user_id or ""
        return {"session_id": session.id, "status": "enabled"}

    def _require_authorization(self, token: Token, wanted: Subscription) -> None:
        if any(person not in self._twitch.users for person in wanted.condition.values()):
            raise HelixRefusal(400, "the condition names an unknown user")
        kind = _TYPES[wanted.type, wanted.version]
        granting = wanted.condition[kind.condition[-1]]
        if token.is_app:
            allowed = kind.scope in {"", *self._twitch.tokens.granted(token.client_id, granting)}
            if allowed and wanted.type == CHAT_MESSAGE:
                allowed = self._may_join_chat(token, wanted.condition)
        else:
            allowed = not kind.scope or (token.user_id == granting and kind.scope in token.scopes)
        if not allowed:
            raise HelixRefusal(403, "subscription missing proper authorization")

    def _may_join_chat(self, token: Token, condition: dict[str, str]) -> bool:
        reader = self._twitch.users[condition["user_id"]]
        granted = self._twitch.tokens.granted(token.client_id, reader.id)
        own_channel = condition["broadcaster_user_id"] == self._twitch.broadcaster.id
        as_bot = self._twitch.may_act_as_bot(token.client_id, reader)
        return own_channel and "user:bot" in granted and as_bot

    def _require_room(self, wanted: Subscription, token: Token) -> None:
        alike = [
            one
            for one in self._everything(token)
            if one.status in _ALIVE
            and (one.client_id, one.type, one.condition)
            == (wanted.client_id, wanted.type, wanted.condition)
        ]
        places = [(one.callback, one.session_id) for one in alike]
        if (wanted.callback, wanted.session_id) in places:
            raise HelixRefusal(409, "subscription already exists")
        if len(alike) >= _SAME_CONDITION:
            raise HelixRefusal(429, "maximum subscriptions with type and condition exceeded")
        totals = self._totals(token)
        if totals["total_cost"] + wanted.cost > totals["max_total_cost"]:
            raise HelixRefusal(429, "the total cost of the subscriptions would be exceeded")
        if wanted.session_id:
            self._require_connection(wanted)

    def _require_connection(self, wanted: Subscription) -> None:
        sessions = self._twitch.sessions
        alike = sessions.on(sessions.sessions[wanted.session_id])
        if len(alike) >= MAX_SUBSCRIPTIONS:
            raise HelixRefusal(429, "maximum subscriptions of a connection exceeded")
        in_use = sessions.in_use(wanted.client_id, wanted.owner_id)
        if not alike and in_use >= MAX_CONNECTIONS:
            raise HelixRefusal(429, "number of websocket transports limit exceeded")


def _condition(given: Any, names: tuple[str, ...]) -> dict[str, str]:
    if not isinstance(given, dict):
        raise HelixRefusal(400, "the condition is missing")
    values = {name: given.get(name) for name in names}
    if not all(isinstance(value, str) and value for value in values.values()):
        raise HelixRefusal(400, "the condition needs " + " and ".join(names))
    return {name: str(value) for name, value in values.items()}


def _webhook(given: dict[str, Any]) -> tuple[str, str]:
    """Callback and secret of a webhook; raises `HelixRefusal` 400."""
    callback, secret = str(given.get("callback")), str(given.get("secret"))
    if not secret.isascii() or not 10 <= len(secret) <= 100:
        raise HelixRefusal(400, "the secret must be 10 to 100 ASCII characters")
    address = urlsplit(callback)
    public = address.scheme == "https" and address.port in (None, 443)
    # The simulation never leaves the machine, so plain HTTP to loopback stands for public HTTPS.
    loopback = address.scheme == "http" and address.hostname in _LOOPBACK
    if not (public or loopback):
        raise HelixRefusal(400, "the callback must be HTTPS on port 443")
    return callback, secret


def _fits(one: Subscription, request: Request) -> bool:
    checks = {
        "status": one.status,
        "type": one.type,
        "subscription_id": one.id,
        "conduit_id": "",
    }
    for name, value in checks.items():
        if request.one(name) not in (None, value):
            return False
    return request.one("user_id") in (None, *one.condition.values())
