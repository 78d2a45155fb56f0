"""What the parts of the bridge share: settings, memory, the service, the game, what is known."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from goldomatic.bridge.due_gifts import DueGifts
from goldomatic.bridge.errands import Errands
from goldomatic.bridge.event_log import EventLog
from goldomatic.bridge.gift_client import GiftClient, ServiceGift
from goldomatic.bridge.inject import GameWindow, Injector
from goldomatic.bridge.outbox import Outbox
from goldomatic.bridge.seen import Seen
from goldomatic.bridge.service_client import ServiceCandidate, ServiceClient, ServicePayout
from goldomatic.bridge.settings import BridgeSettings
from goldomatic.bridge.state import BridgeState
from goldomatic.bridge.timing import Time, Timing
from goldomatic.bridge.view import Alert, Api, Mailbox, UpdateView, Wheel


class EndedGift(NamedTuple):
    """A gift request that came to nothing, and when we learned of it."""

    gift: ServiceGift
    at: datetime


@dataclass
class Known:
    """What was learned since the start; all of it is learned anew after a restart."""

    api: Api = "unknown"
    api_text: str = ""
    payouts: dict[str, ServicePayout] = field(default_factory=dict)
    """The active payouts, oldest first."""
    gifts: dict[str, ServiceGift] = field(default_factory=dict)
    """The open gift requests in queue order."""
    ended_gifts: dict[str, EndedGift] = field(default_factory=dict)
    wheels: dict[str, Wheel] = field(default_factory=dict)
    """The last wheel, by its request."""
    candidate: ServiceCandidate | None = None
    window: GameWindow | None = None
    in_front: bool = False
    mailbox: Mailbox = "unknown"
    addon: str | None = None
    hello_wanted: bool = True
    """No line signed by this session has come yet."""
    hello_asked: bool = False
    """The addon itself has asked for it."""
    messages: list[str] = field(default_factory=list)
    """Lines for the operator's chat window."""
    typing: str | None = None
    last_inject_at: datetime | None = None
    last_read_at: datetime | None = None
    log_exists: bool = False
    log_test: str = ""
    ignored: int = 0
    busy: bool = False
    alert: Alert | None = None
    update: UpdateView = field(default_factory=UpdateView)


class Bell:
    """Wakes one loop, at once or after a time."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()

    async def wait(self, time: Time, seconds: float) -> bool:
        """Until it rings, at most so many seconds; whether it rang."""
        pausing = asyncio.ensure_future(time.sleep(seconds))
        ringing = asyncio.ensure_future(self._event.wait())
        try:
            await asyncio.wait({pausing, ringing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            pausing.cancel()
            ringing.cancel()
        rang = self._event.is_set()
        self._event.clear()
        return rang


@dataclass
class Desk:
    """Handed to every part. `settings` change when the operator changes them."""

    settings: BridgeSettings
    client: ServiceClient
    injector: Injector
    state: BridgeState
    time: Time
    timing: Timing
    events: EventLog
    nonce: str
    seen: Seen
    outbox: Outbox
    errands: Errands
    gifts: GiftClient
    due_gifts: DueGifts
    lots: random.Random
    """Decides how long a wheel spins."""
    known: Known = field(default_factory=Known)
    chosen: GameWindow | None = None
    """The window that the operator has picked; None is whichever is in front."""
    poll_bell: Bell = field(default_factory=Bell)
    delivery_bell: Bell = field(default_factory=Bell)
    gift_bell: Bell = field(default_factory=Bell)
    typing_bell: Bell = field(default_factory=Bell)
    changed: Callable[[], None] = lambda: None
    """Called when the picture is no longer true."""

    @property
    def signs(self) -> bool:
        """Whether the addon is ours: it takes the session key and answers commands."""
        return self.settings.tag_match == "signed"

    def online(self) -> None:
        """The service has answered: what waits for it need not wait longer."""
        if self.known.api == "degraded":
            self.outbox.hurry()
            self.delivery_bell.ring()
        self.known.api = "online"
        self.known.api_text = f"API: OK ({len(self.known.payouts)} in queue)"
        if self.known.alert is not None and self.known.alert.kind == "api_unreachable":
            self.known.alert = None
        self.changed()

    def offline(self) -> None:
        """The service has not answered."""
        self.known.api = "degraded"
        self.known.api_text = "API: error"
        self.changed()

    def alarm(self, alert: Alert) -> None:
        """Show an alert, unless one of its kind is shown already."""
        if self.known.alert is None or self.known.alert.kind != alert.kind:
            self.known.alert = alert
            self.changed()
