"""The one interface of the reception: which transport, and who may listen.

Rules: of several processes on one database, one listens; which transport, one setting says, or the
public address: only HTTPS on port 443 under a name can be reached by Twitch.
"""

from ipaddress import ip_address
from typing import Literal, Protocol
from urllib.parse import urlsplit

import structlog

from goldomatic.config import Settings
from goldomatic.reception.by_webhook import ByWebhook
from goldomatic.reception.by_websocket import ByWebSocket
from goldomatic.reception.status import ReceptionStatus
from goldomatic.service import Service
from goldomatic.twitch.app_token import AppToken
from goldomatic.twitch.pace import REAL_TIME, Pace

log = structlog.get_logger()

Transport = Literal["webhook", "websocket"]


class Channel(Protocol):
    """A way for events to come in."""

    status: ReceptionStatus

    async def tend(self) -> None:
        """Do what is due now; to be called again and again."""
        ...

    async def stop(self) -> None:
        """End."""
        ...

    def revoked(self, kind: str, status: str) -> None:
        """A webhook told that Twitch ended a subscription."""
        ...


def is_reachable(public_url: str) -> bool:
    """Whether Twitch could deliver to an address, as far as the address tells."""
    url = urlsplit(public_url)
    host = url.hostname or ""
    if url.scheme != "https" or url.port not in (None, 443) or "." not in host:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return not host.endswith((".local", ".localhost", ".internal", ".lan", ".home.arpa"))


def transport_of(settings: Settings) -> Transport | None:
    """How events come in; None while the settings do not allow either way."""
    if not settings.twitch_client_id or not settings.twitch_broadcaster_id:
        return None
    can_webhook = settings.twitch_client_secret is not None and (
        settings.twitch_eventsub_secret is not None
    )
    chosen = settings.twitch_eventsub_transport
    if chosen is None:
        chosen = "webhook" if can_webhook and is_reachable(settings.public_url) else "websocket"
    return None if chosen == "webhook" and not can_webhook else chosen


class Reception:
    """The reception of one service; the process that leads the channel listens."""

    def __init__(
        self, service: Service, *, pace: Pace = REAL_TIME, keepalive_seconds: int = 10
    ) -> None:
        self._service = service
        self._pace = pace
        self._keepalive_seconds = keepalive_seconds
        self.transport = transport_of(service.settings)
        self._way: Channel | None = None

    @property
    def status(self) -> ReceptionStatus | None:
        """How it stands here; None where this process does not listen."""
        return self._way.status if self._way is not None else None

    async def tend(self) -> None:
        """Listen while this process leads; to be called every second or two."""
        if self.transport is None:
            return
        if not await self._service.store.lead(self._service.channel):
            await self.stop()
            return
        if self._way is None:
            self._way = self._made(self.transport)
        await self._way.tend()
        self._service.metrics.hears_chat.set(self._way.status.hears_chat)

    async def stop(self) -> None:
        """Listen no more."""
        way, self._way = self._way, None
        if way is not None:
            await way.stop()
            self._service.metrics.hears_chat.set(0)

    def revoked(self, kind: str, status: str) -> None:
        """A webhook told that Twitch ended a subscription."""
        if self._way is not None:
            self._way.revoked(kind, status)

    def _made(self, transport: Transport) -> Channel:
        oauth, secret = self._service.accounts.oauth, self._service.settings.twitch_eventsub_secret
        app_token = AppToken(oauth, self._service.clock) if oauth else None
        log.info("reception_begins", transport=transport)
        if transport == "webhook" and app_token is not None and secret is not None:
            return ByWebhook(self._service, app_token, secret.reveal(), self._pace)
        return ByWebSocket(
            self._service, app_token, self._pace, keepalive_seconds=self._keepalive_seconds
        )
