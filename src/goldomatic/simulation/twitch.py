"""A simulated Twitch: Helix, OAuth and EventSub over webhook and WebSocket, on loopback."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Self
from uuid import UUID

from goldomatic.simulation import channel_page
from goldomatic.simulation.asgi import (
    Answer,
    Handler,
    Receive,
    Request,
    Scope,
    Send,
    drop_connection,
    read_request,
    run_lifespan,
    send_answer,
    twitch_error,
)
from goldomatic.simulation.channel_page import ChannelPage
from goldomatic.simulation.control_routes import ControlRoutes
from goldomatic.simulation.eventsub_deliveries import DeliveryHabits
from goldomatic.simulation.eventsub_messages import CHAT_MESSAGE, ChatLine, chat_event
from goldomatic.simulation.eventsub_routes import EventSubRoutes
from goldomatic.simulation.eventsub_sessions import EventSubSessions
from goldomatic.simulation.extension_pubsub import Broker, Extension, ExtensionPubSubRoutes
from goldomatic.simulation.faults import Faults, answer_with_fault
from goldomatic.simulation.helix_auth import Client, HelixRefusal, bearer
from goldomatic.simulation.helix_routes import ChatPost, HelixRoutes
from goldomatic.simulation.id_tokens import IdTokenSigner
from goldomatic.simulation.oauth_routes import OAuthRoutes
from goldomatic.simulation.rate_limits import POINTS_PER_MINUTE, PointBucket
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.sign_in_page import SignInPage
from goldomatic.simulation.tokens import USER_LIFETIME, Codes, Devices, Tokens, UserAuthorization
from goldomatic.simulation.users import Badge, SimulatedUser
from goldomatic.simulation.webhooks import Webhooks
from goldomatic.twitch.pace import REAL_TIME, Pace
from goldomatic.values import Clock, utc_now

_BOT_BADGE: Badge = {"set_id": "bot-badge", "id": "1", "info": ""}


class FakeTwitch:
    """One channel of a simulated Twitch; the instance is the ASGI application.

    API root: `<base>/helix`, auth root: `<base>/oauth2`, EventSub `ws://…/ws`. State may be read
    and changed from Python at any time. `short_pages` makes pages hold fewer entries than asked;
    `listeners` hear every line that is posted over Helix; the PubSub of an `extension` hands its
    messages to `broker`.
    """

    def __init__(
        self,
        broadcaster: SimulatedUser,
        people: Iterable[SimulatedUser] = (),
        *,
        clients: Iterable[Client],
        clock: Clock = utc_now,
        rng: random.Random | None = None,
        habits: DeliveryHabits | None = None,
        rotates_refresh_tokens: bool = True,
        points_per_minute: int = POINTS_PER_MINUTE,
        user_token_lifetime: timedelta = USER_LIFETIME,
        pace: Pace = REAL_TIME,
    ) -> None:
        self.broadcaster = broadcaster
        self.users = {user.id: user for user in (broadcaster, *people)}
        self.clients = {client.id: client for client in clients}
        self.clock = clock
        self.rng = rng or random.Random(0)
        self.tokens = Tokens(
            self.rng, rotates=rotates_refresh_tokens, user_lifetime=user_token_lifetime
        )
        self.webhooks = Webhooks(
            broadcaster, clock=clock, habits=habits or DeliveryHabits(), rng=self.rng
        )
        self.sessions = EventSubSessions(clock, self.rng, pace)
        self.faults = Faults()
        self.codes = Codes(self.rng)
        self.devices = Devices(self.rng)
        self.device_interval = 5
        """Seconds between two questions of a device."""
        self.id_tokens = IdTokenSigner()
        self.redirects: dict[str, set[str]] = {}
        self.messages: list[ChatPost] = []
        self.listeners: list[Callable[[ChatPost], None]] = []
        self.short_pages = False
        self.extension: Extension | None = None
        self.broker = Broker()
        self._points_per_minute = points_per_minute
        self._buckets: dict[tuple[str, str | None], PointBucket] = {}
        self._closing = asyncio.Event()
        self._routes = self._wire()

    def _wire(self) -> dict[tuple[str, str], Handler]:
        helix, eventsub = HelixRoutes(self), EventSubRoutes(self)
        oauth, control = OAuthRoutes(self), ControlRoutes(self)
        signing, channel = SignInPage(self), ChannelPage(self)
        return {
            ("POST", "/helix/chat/messages"): helix.send_chat_message,
            ("GET", "/helix/users"): helix.users,
            ("GET", "/helix/subscriptions"): helix.subscriptions,
            ("GET", "/helix/channels/followers"): helix.followers,
            ("POST", "/helix/eventsub/subscriptions"): eventsub.create,
            ("GET", "/helix/eventsub/subscriptions"): eventsub.listing,
            ("DELETE", "/helix/eventsub/subscriptions"): eventsub.delete,
            ("GET", "/oauth2/authorize"): signing.page,
            ("POST", "/oauth2/authorize"): signing.decide,
            ("GET", "/oauth2/sign-in.css"): signing.style,
            ("GET", channel_page.PATH): channel.page,
            ("POST", channel_page.PATH): channel.follow,
            ("GET", "/oauth2/keys"): oauth.keys,
            ("GET", "/oauth2/.well-known/openid-configuration"): oauth.discovery,
            ("GET", "/oauth2/userinfo"): oauth.userinfo,
            ("POST", "/helix/extensions/pubsub"): ExtensionPubSubRoutes(self).send,
            ("POST", "/oauth2/token"): oauth.token,
            ("POST", "/oauth2/device"): oauth.device,
            ("GET", "/oauth2/validate"): oauth.validate,
            ("POST", "/oauth2/revoke"): oauth.revoke,
            ("POST", "/control/faults"): control.add_fault,
            ("DELETE", "/control/faults"): control.clear_faults,
            ("GET", "/control/messages"): control.messages,
        }

    @asynccontextmanager
    async def serve(self, *, port: int = 0) -> AsyncIterator[str]:
        """Yield the base URL while the simulated Twitch answers on loopback."""
        async with serve_asgi(self, port=port) as base_url:
            try:
                yield base_url
            finally:
                await self.aclose()

    async def aclose(self) -> None:
        """End hanging answers, deliveries under way and the connection to the callback."""
        self._closing.set()
        await self.sessions.aclose()
        await self.webhooks.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await run_lifespan(receive, send, self.aclose)
            return
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
            return
        request = await read_request(scope, receive)
        answer = await self._answer(request)
        if answer is None:
            await drop_connection(send)
        else:
            answer.headers.setdefault("Date", format_datetime(self.clock(), usegmt=True))
            await send_answer(send, answer)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self.faults.take_socket() if scope["path"] == "/ws" else None
        if scope["path"] != "/ws" or fault is not None:
            await receive()
            await send({"type": "websocket.close", "code": 1000})
            return
        await self.sessions.connect(scope, receive, send)

    async def _answer(self, request: Request) -> Answer | None:
        if not request.path.startswith("/helix/"):
            return await self._faulty(request)
        bucket = self._bucket(request)
        if bucket.spend(self.clock()):
            answer = await self._faulty(request)
        else:
            answer = twitch_error(429, "Too Many Requests")
        if answer is not None:
            bucket.mark(answer, self.clock())
        return answer

    async def _faulty(self, request: Request) -> Answer | None:
        fault = self.faults.take(request)
        if fault is None:
            return await self._handle(request)
        if fault.id_token is not None:
            self.id_tokens.flaws.append(fault.id_token)
        return await answer_with_fault(fault, request, self._handle, self._closing)

    async def _handle(self, request: Request) -> Answer:
        handler = self._routes.get((request.method, request.path))
        if handler is None:
            return twitch_error(404, "Not Found")
        try:
            return await handler(request)
        except HelixRefusal as refusal:
            return refusal.answer

    def _bucket(self, request: Request) -> PointBucket:
        """Points count per app token, and per client and user for user tokens."""
        now = self.clock()
        token = self.tokens.find(bearer(request), now)
        owner = ("", None) if token is None else (token.client_id, token.user_id)
        if owner not in self._buckets:
            self._buckets[owner] = PointBucket(now, points_per_minute=self._points_per_minute)
        return self._buckets[owner]

    def new_id(self) -> str:
        return str(UUID(int=self.rng.getrandbits(128), version=4))

    def authorize(
        self, client_id: str, user: SimulatedUser, scopes: Iterable[str]
    ) -> UserAuthorization:
        """`user` signs in to the client and consents to `scopes`."""
        return self.tokens.authorize(client_id, user.id, scopes, self.clock())

    def register(self, client_id: str, redirect_uri: str) -> None:
        """Allow sign-in for the client to send browsers back to exactly this address."""
        self.redirects.setdefault(client_id, set()).add(redirect_uri)

    async def disconnect(self, client_id: str, user: SimulatedUser) -> None:
        """`user` withdraws all consent: tokens die, subscriptions that name them are revoked."""
        self.tokens.disconnect(client_id, user.id)
        await self.sessions.revoke_for(client_id, user.id)
        await self.webhooks.revoke_for(client_id, user.id)

    def may_act_as_bot(self, client_id: str, user: SimulatedUser) -> bool:
        """An app token's account needs the channel's consent, or to be its moderator."""
        if user.moderator:
            return True
        return "channel:bot" in self.tokens.granted(client_id, self.broadcaster.id)

    def subscribers(self) -> list[SimulatedUser]:
        return [user for user in self.users.values() if user.is_subscriber]

    def followers(self) -> list[SimulatedUser]:
        owner = self.broadcaster
        return [user for user in self.users.values() if user.follows and user is not owner]

    def posted(self, post: ChatPost) -> None:
        """Record a line; as on Twitch it comes back through every chat subscription."""
        self.messages.append(post)
        for listener in self.listeners:
            listener(post)
        line = ChatLine(
            chatter=self.users[post.sender_id],
            text=post.text,
            message_id=post.message_id,
            extra_badges=(_BOT_BADGE,) if post.by_app_token else (),
        )
        self.webhooks.echo(line)
        self.sessions.echo(chat_event(line, self.broadcaster, post.message_id))

    async def say(self, line: ChatLine, *, copies: int = 1) -> str:
        """Somebody types a line: it goes out over every subscription; its message id."""
        message_id = line.message_id or self.new_id()
        event = chat_event(line, self.broadcaster, message_id)
        await self.sessions.notify(CHAT_MESSAGE, event, copies=copies)
        await self.webhooks.enqueue(replace(line, message_id=message_id), copies=copies)
        return message_id

    def join(self, people: Iterable[SimulatedUser]) -> Self:
        """New accounts appear on Twitch."""
        self.users |= {user.id: user for user in people}
        return self
