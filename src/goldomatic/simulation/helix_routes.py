"""The simulated Helix routes for chat, users, subscriptions and followers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from goldomatic.simulation.asgi import Answer, NotJsonObject, Request
from goldomatic.simulation.faults import dropped_message
from goldomatic.simulation.helix_auth import HelixRefusal, authenticated, require_scope
from goldomatic.simulation.helix_pages import MAX_PAGE, limited, page
from goldomatic.simulation.rate_limits import (
    MESSAGES_OF_MODERATORS,
    MESSAGES_PER_WINDOW,
    SenderLimit,
)
from goldomatic.simulation.tokens import Token
from goldomatic.simulation.users import SimulatedUser
from goldomatic.values import rfc3339

if TYPE_CHECKING:
    from goldomatic.simulation.twitch import FakeTwitch

MAX_MESSAGE = 500
_POINTS = {"1000": 1, "2000": 2, "3000": 6}


@dataclass(frozen=True, slots=True)
class ChatPost:
    """A line that Helix accepted and posted to the broadcaster's chat."""

    message_id: str
    sender_id: str
    text: str
    reply_parent_message_id: str | None
    by_app_token: bool
    at: datetime


class HelixRoutes:
    """Routes of `/helix` that do not manage EventSub."""

    def __init__(self, twitch: "FakeTwitch") -> None:
        self._twitch = twitch
        self._limits: dict[str, SenderLimit] = {}

    async def send_chat_message(self, request: Request) -> Answer:
        """`POST /chat/messages`: a 200 may still say `is_sent: false`."""
        token = authenticated(request, self._twitch.tokens, self._twitch.clock)
        fields = _chat_fields(request)
        text = fields["message"]
        sender = self._sender(token, fields["broadcaster_id"], fields["sender_id"])
        if "for_source_only" in fields and not token.is_app:
            raise HelixRefusal(400, "for_source_only may only be set with an app access token")
        if len(text) > MAX_MESSAGE:
            raise HelixRefusal(422, "The message is too large")
        now = self._twitch.clock()
        dropped = self._limit(sender).refusal(text, now)
        if dropped is not None:
            return dropped_message(dropped)
        parent = fields.get("reply_parent_message_id")
        message_id = self._twitch.new_id()
        self._twitch.posted(ChatPost(message_id, sender.id, text, parent, token.is_app, now))
        sent = {"message_id": message_id, "is_sent": True, "drop_reason": None}
        return Answer(200, {"data": [sent]})

    def _limit(self, sender: SimulatedUser) -> SenderLimit:
        privileged = sender.moderator or sender.broadcaster
        lines = MESSAGES_OF_MODERATORS if privileged else MESSAGES_PER_WINDOW
        return self._limits.setdefault(sender.id, SenderLimit(lines))

    def _sender(self, token: Token, broadcaster_id: str, sender_id: str) -> SimulatedUser:
        sender = self._twitch.users.get(sender_id)
        if broadcaster_id != self._twitch.broadcaster.id or sender is None:
            raise HelixRefusal(400, "The broadcaster_id or sender_id names no user of this chat")
        if not token.is_app:
            require_scope(token, "user:write:chat")
            if token.user_id != sender_id:
                raise HelixRefusal(401, "sender_id must match the user ID in the access token")
            return sender
        granted = self._twitch.tokens.granted(token.client_id, sender_id)
        missing = {"user:write:chat", "user:bot"} - granted
        if missing:
            raise HelixRefusal(401, f"Missing scope: {' '.join(sorted(missing))}")
        if not self._twitch.may_act_as_bot(token.client_id, sender):
            raise HelixRefusal(403, "The sender may not write to the broadcaster's chat room")
        return sender

    async def users(self, request: Request) -> Answer:
        """`GET /users`: unknown ids are simply missing; without parameters the token's user."""
        token = authenticated(request, self._twitch.tokens, self._twitch.clock)
        ids, logins = request.many("id"), request.many("login")
        limited(ids + logins, MAX_PAGE, "id or login")
        if not all(one.isascii() and one.isdecimal() for one in ids):
            raise HelixRefusal(400, "Invalid username(s), email(s), or ID(s). Bad Identifiers.")
        if not ids and not logins:
            if token.user_id is None:
                raise HelixRefusal(400, "Must provide an ID, Login or OAuth Token.")
            ids = [token.user_id]
        wanted = {login.lower() for login in logins}
        found = [
            user for user in self._twitch.users.values() if user.id in ids or user.login in wanted
        ]
        return Answer(200, {"data": [_user(user, token) for user in found]})

    async def subscriptions(self, request: Request) -> Answer:
        """`GET /subscriptions`: tier and gift, no months and no dates."""
        token = authenticated(request, self._twitch.tokens, self._twitch.clock)
        self._require_broadcaster(token, request.one("broadcaster_id"))
        subscribers = self._twitch.subscribers()
        asked = limited(request.many("user_id"), MAX_PAGE, "user_id")
        if asked:
            found = [self._subscription(user) for user in subscribers if user.id in asked]
            listing: dict[str, Any] = {"data": found, "pagination": {}}
        else:
            entries = [self._subscription(user) for user in subscribers]
            listing = page(request, entries, short=self._twitch.short_pages)
        points = sum(_POINTS[user.tier] for user in subscribers if user.tier is not None)
        return Answer(200, {**listing, "total": len(subscribers), "points": points})

    def _require_broadcaster(self, token: Token, broadcaster_id: str | None) -> None:
        if broadcaster_id is None:
            raise HelixRefusal(400, 'Missing required parameter "broadcaster_id"')
        scope = "channel:read:subscriptions"
        if token.is_app:
            client = self._twitch.clients[token.client_id]
            if client.extension and scope in self._twitch.tokens.granted(client.id, broadcaster_id):
                return
            raise HelixRefusal(401, "Missing User OAUTH Token")
        require_scope(token, scope)
        if token.user_id != broadcaster_id:
            raise HelixRefusal(
                401, "The ID in broadcaster_id must match the user ID found in the OAuth token"
            )

    def _subscription(self, user: SimulatedUser) -> dict[str, Any]:
        owner = self._twitch.broadcaster
        giver = owner if user.gifted else None
        return {
            "broadcaster_id": owner.id,
            "broadcaster_login": owner.login,
            "broadcaster_name": owner.display_name,
            "gifter_id": giver.id if giver else "",
            "gifter_login": giver.login if giver else "",
            "gifter_name": giver.display_name if giver else "",
            "is_gift": user.gifted,
            "plan_name": f"Channel Subscription ({owner.login})",
            "tier": user.tier,
            "user_id": user.id,
            "user_login": user.login,
            "user_name": user.display_name,
        }

    async def followers(self, request: Request) -> Answer:
        """`GET /channels/followers`: without the right token only the total."""
        token = authenticated(request, self._twitch.tokens, self._twitch.clock)
        broadcaster_id = request.one("broadcaster_id")
        if broadcaster_id is None:
            raise HelixRefusal(400, 'Missing required parameter "broadcaster_id"')
        followers = (
            self._twitch.followers() if broadcaster_id == self._twitch.broadcaster.id else []
        )
        user_id = request.one("user_id")
        allowed = self._may_read_followers(token, broadcaster_id)
        if not allowed and user_id is not None:
            raise HelixRefusal(401, "Missing scope: moderator:read:followers")
        shown = [user for user in followers if allowed and user_id in (None, user.id)]
        listing = page(
            request, [self._follower(user) for user in shown], short=self._twitch.short_pages
        )
        return Answer(200, {**listing, "total": len(followers)})

    def _may_read_followers(self, token: Token, broadcaster_id: str) -> bool:
        reader = self._twitch.users.get(token.user_id or "")
        moderates = reader is not None and (reader.moderator or reader.id == broadcaster_id)
        return moderates and "moderator:read:followers" in token.scopes

    def _follower(self, user: SimulatedUser) -> dict[str, str]:
        return {
            "user_id": user.id,
            "user_login": user.login,
            "user_name": user.display_name,
            "followed_at": _whole_seconds(self._twitch.clock() - timedelta(days=30 + user.months)),
        }


def _chat_fields(request: Request) -> dict[str, Any]:
    """Fields of the JSON body; where there is none, of the query, which Helix takes as well."""
    try:
        fields = request.json_object()
    except NotJsonObject as error:
        raise HelixRefusal(400, "The request body is not valid JSON") from error
    fields = fields or {name: values[0] for name, values in request.query.items()}
    fields = {name: value for name, value in fields.items() if value is not None}
    for name in ("broadcaster_id", "sender_id", "message"):
        if not isinstance(fields.get(name), str) or not fields[name]:
            raise HelixRefusal(400, f"The {name} field is required and must be a string")
    return fields


def _user(user: SimulatedUser, token: Token) -> dict[str, Any]:
    shown = {
        "id": user.id,
        "login": user.login,
        "display_name": user.display_name,
        "type": "",
        "broadcaster_type": "affiliate" if user.broadcaster else "",
        "description": "",
        "profile_image_url": f"https://images.example.test/{user.id}-300x300.png",
        "offline_image_url": "",
        "view_count": 0,
        "created_at": "2019-03-14T09:26:53Z",
    }
    if token.user_id == user.id and "user:read:email" in token.scopes and user.email_verified:
        shown["email"] = user.address
    return shown


def _whole_seconds(instant: datetime) -> str:
    return rfc3339(instant)[:19] + "Z"
