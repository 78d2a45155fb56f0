"""Helix routes that manage EventSub subscriptions over webhook."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from goldomatic.simulation.asgi import Answer, NotJsonObject, Request
from goldomatic.simulation.eventsub_messages import CHAT_MESSAGE, Subscription, nanosecond_timestamp
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
    """What a type asks for; the user under the last key of the condition grants `scope`."""

    condition: tuple[str, ...]
    scope: str


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
}


class EventSubRoutes:
    """`/helix/eventsub/subscriptions`; every answer lists costs."""

    def __init__(self, twitch: "FakeTwitch") -> None:
        self._twitch = twitch

    async def create(self, request: Request) -> Answer:
        """202 with a pending subscription; the challenge goes out afterwards."""
        token = authenticated(request, self._twitch.tokens, self._twitch.clock)
        wanted = self._wanted(request, token)
        self._require_authorization(token, wanted)
        self._require_room(wanted)
        shown = wanted.as_json()
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
        self._twitch.webhooks.remove(wanted)
        return Answer(204)

    def _own(self, token: Token) -> list[Subscription]:
        """Webhook subscriptions belong to app tokens; a user token sees none of them."""
        everything = self._twitch.webhooks.subscriptions.values()
        return [one for one in everything if token.is_app and one.client_id == token.client_id]

    def _totals(self, token: Token) -> dict[str, int]:
        own = self._own(token)
        cost = sum(one.cost for one in own)
        return {"total": len(own), "total_cost": cost, "max_total_cost": MAX_TOTAL_COST}

    def _wanted(self, request: Request, token: Token) -> Subscription:
        try:
            fields = request.json_object()
        except NotJsonObject as error:
            raise HelixRefusal(400, "The request body is not valid JSON") from error
        if not token.is_app:
            raise HelixRefusal(400, "invalid transport and auth combination")
        kind, version = str(fields.get("type")), str(fields.get("version"))
        if (kind, version) not in _TYPES:
            raise HelixRefusal(400, "invalid subscription type and version")
        callback, secret = _transport(fields.get("transport"))
        return Subscription(
            id=self._twitch.new_id(),
            type=kind,
            version=version,
            condition=_condition(fields.get("condition"), _TYPES[kind, version].condition),
            callback=callback,
            secret=secret,
            client_id=token.client_id,
            created_at=nanosecond_timestamp(self._twitch.clock(), 9),
        )

    def _require_authorization(self, token: Token, wanted: Subscription) -> None:
        if any(person not in self._twitch.users for person in wanted.condition.values()):
            raise HelixRefusal(400, "the condition names an unknown user")
        kind = _TYPES[wanted.type, wanted.version]
        granting = wanted.condition[kind.condition[-1]]
        allowed = kind.scope in self._twitch.tokens.granted(token.client_id, granting)
        if wanted.type == CHAT_MESSAGE:
            allowed = allowed and self._may_join_chat(token, wanted.condition)
        if not allowed:
            raise HelixRefusal(403, "subscription missing proper authorization")

    def _may_join_chat(self, token: Token, condition: dict[str, str]) -> bool:
        reader = self._twitch.users[condition["user_id"]]
        granted = self._twitch.tokens.granted(token.client_id, reader.id)
        own_channel = condition["broadcaster_user_id"] == self._twitch.broadcaster.id
        as_bot = self._twitch.may_act_as_bot(token.client_id, reader)
        return own_channel and "user:bot" in granted and as_bot

    def _require_room(self, wanted: Subscription) -> None:
        alike = [
            one
            for one in self._twitch.webhooks.subscriptions.values()
            if one.status in _ALIVE
            and (one.client_id, one.type, one.condition)
            == (wanted.client_id, wanted.type, wanted.condition)
        ]
        if any(one.callback == wanted.callback for one in alike):
            raise HelixRefusal(409, "subscription already exists")
        if len(alike) >= _SAME_CONDITION:
            raise HelixRefusal(429, "maximum subscriptions with type and condition exceeded")


def _condition(given: Any, names: tuple[str, ...]) -> dict[str, str]:
    if not isinstance(given, dict):
        raise HelixRefusal(400, "the condition is missing")
    values = {name: given.get(name) for name in names}
    if not all(isinstance(value, str) and value for value in values.values()):
        raise HelixRefusal(400, "the condition needs " + " and ".join(names))
    return {name: str(value) for name, value in values.items()}


def _transport(given: Any) -> tuple[str, str]:
    """Callback and secret of a webhook; raises `HelixRefusal` 400."""
    if not isinstance(given, dict) or given.get("method") != "webhook":
        raise HelixRefusal(400, "this Twitch delivers over webhook only")
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
