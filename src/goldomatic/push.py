"""News to the panels through Twitch: what everybody may see, and a word to whom it concerns.

A broadcast holds the whole public state, so that a panel which missed some needs only the newest.
A viewer's own affairs are never sent: a whisper says that there is something to ask for.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic

import msgspec
import structlog

from goldomatic.ledger.event import Recorded
from goldomatic.live_messages import messages
from goldomatic.panel import PublicState, public_state
from goldomatic.service import Service
from goldomatic.twitch.extension_jwt import Caller
from goldomatic.twitch.pubsub import BROADCAST, ExtensionPubSub
from goldomatic.values import ViewerId
from goldomatic.web.wire import Answer

FORMAT = 1
EVERY_SECONDS = 1.0
KEEP_ALIVE_SECONDS = 15.0
WATCHED_FOR = timedelta(minutes=10)
"""How long after a panel asked something it is taken for open."""
MOST_VIEWERS = 10_000

_OWN = msgspec.json.encode({"v": FORMAT, "me": True}).decode()
_log = structlog.get_logger()


class News(Answer):
    """A broadcast."""

    v: int
    news: PublicState


class Push:
    """Publishes the state of the channel as it changes, newest only, while somebody watches."""

    def __init__(self, service: Service, pubsub: ExtensionPubSub) -> None:
        self._service = service
        self._pubsub = pubsub
        self._opaque: OrderedDict[ViewerId, str] = OrderedDict()
        self._asked_at: datetime | None = None
        self._published_at = -KEEP_ALIVE_SECONDS
        self._flush: asyncio.TimerHandle | None = None
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send."""
        self._running = asyncio.create_task(self._pubsub.run(), name="pubsub")

    async def stop(self) -> None:
        """End; what waits is not sent, as panels ask anew when the service is back."""
        if self._flush is not None:
            self._flush.cancel()
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
        await self._pubsub.aclose()

    def seen(self, caller: Caller) -> None:
        """A panel has asked: it is open, and this is how its viewer is reached."""
        self._asked_at = self._service.clock()
        if caller.viewer_id and caller.opaque_id:
            self._opaque[caller.viewer_id] = caller.opaque_id
            self._opaque.move_to_end(caller.viewer_id)
            if len(self._opaque) > MOST_VIEWERS:
                self._opaque.popitem(last=False)

    def after_commit(self, recorded: Sequence[Recorded], own: bool) -> None:
        """Publish what this process committed."""
        if not own or not self._is_watched():
            return
        for each in recorded:
            for message in messages(each, self._service.state):
                self._whisper(message.viewer_id)
        self._publish_soon()

    def keep_alive(self) -> None:
        """Say that news still come, when there were none for a while: a panel then asks less."""
        is_silent = monotonic() - self._published_at >= KEEP_ALIVE_SECONDS
        if is_silent and self._is_watched():
            self._publish_soon()

    def _is_watched(self) -> bool:
        asked_at = self._asked_at
        return asked_at is not None and self._service.clock() - asked_at < WATCHED_FOR

    def _whisper(self, viewer_id: ViewerId | None) -> None:
        opaque_id = self._opaque.get(viewer_id) if viewer_id else None
        if opaque_id:
            self._pubsub.offer(f"whisper-{opaque_id}", _OWN)

    def _publish_soon(self) -> None:
        """At the end of this turn of the loop, or a second after the last time."""
        if self._flush is not None:
            return
        wait = max(0.0, self._published_at + EVERY_SECONDS - monotonic())
        self._flush = asyncio.get_running_loop().call_later(wait, self._publish)

    def _publish(self) -> None:
        self._flush = None
        self._published_at = monotonic()
        message = msgspec.json.encode(News(v=FORMAT, news=public_state(self._service)))
        try:
            self._pubsub.offer(BROADCAST, message.decode())
        except ValueError:
            _log.error("news_too_long", bytes=len(message))
