"""What a running service consists of, for the edges that use it. Built in `app` alone."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from goldomatic.accounts.accounts import Accounts
from goldomatic.channel import CODEC, ChannelState
from goldomatic.config import Settings
from goldomatic.ledger.event import Recorded
from goldomatic.ledger.store import Store
from goldomatic.ledger.writer import ChannelWriter
from goldomatic.twitch.eventsub import EventSubVerifier
from goldomatic.twitch.helix import Helix
from goldomatic.values import ChannelId, Clock, Lots
from goldomatic.web.auth import Gate
from goldomatic.web.metrics import Metrics
from goldomatic.web.wire import AnyRequest

if TYPE_CHECKING:
    from goldomatic.gifts.queue import GiftQueue
    from goldomatic.live import Feed
    from goldomatic.push import Push
    from goldomatic.raffle.parts import RaffleParts
    from goldomatic.reactions import Reactions
    from goldomatic.reception.reception import Reception


@dataclass(slots=True)
class Seen:
    """When something last reached us, for the set-up page. Not kept over a restart."""

    desktop_at: datetime | None = None
    eventsub_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Service:
    """One channel's service."""

    settings: Settings
    channel: ChannelId
    clock: Clock
    lots: Lots
    store: Store
    ledger: ChannelWriter[ChannelState]
    gate: Gate
    accounts: Accounts
    helix: Helix
    verifier: EventSubVerifier | None
    metrics: Metrics
    feed: "Feed" = field(init=False)
    overlay_feed: "Feed" = field(init=False)
    reactions: "Reactions" = field(init=False)
    raffle: "RaffleParts" = field(init=False)
    reception: "Reception" = field(init=False)
    gifts: "GiftQueue" = field(init=False)
    push: "Push | None" = None
    """News through Twitch's PubSub, where the extension's owner is configured."""
    subscriber_badges: frozenset[str] = frozenset()
    seen: Seen = field(default_factory=Seen)

    @property
    def state(self) -> ChannelState:
        """The channel's state; show only its durable side."""
        return self.ledger.model

    @property
    def interval(self) -> timedelta:
        """Time from one spin to the next."""
        return timedelta(seconds=self.settings.spin_interval_seconds)

    def operator(self, scope: object) -> None:
        """Let the operator in, and remember that the bridge is alive."""
        self.gate.operator(scope)
        self.seen.desktop_at = self.clock()

    async def catch_up(self) -> None:
        """Fold what other processes have committed, so that what is read next knows of it."""
        if await self.store.position(self.channel) > self.ledger.position:
            await self.ledger.refresh()

    async def events(self, position: int, limit: int) -> list[Recorded]:
        """The events from a position on."""
        stored = await self.store.read(self.channel, position - 1, limit)
        return [CODEC.decode(event) for event in stored]


def service_of(request: AnyRequest) -> Service:
    """The service that a request reached."""
    service: Service = request.app.state.service
    return service
