"""Reception over WebSocket, for a service that Twitch cannot reach.

Rules: one session for all types, by the broadcaster's own token; first of all the chat, within ten
seconds of the welcome; the rest follows, and what fails of it is tried again every five minutes.
What else delivers to us is removed before a second subscription could count an event twice.
"""

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta

import structlog

from goldomatic.ledger.store import UnavailableError
from goldomatic.raffle import deliveries
from goldomatic.reception.gaps import Gaps
from goldomatic.reception.handling import Handling
from goldomatic.reception.status import ReceptionStatus
from goldomatic.service import Service
from goldomatic.twitch.app_token import AppToken
from goldomatic.twitch.eventsub import Revocation
from goldomatic.twitch.eventsub_frames import Told
from goldomatic.twitch.eventsub_socket import EventSubSocket, Unready
from goldomatic.twitch.pace import Pace
from goldomatic.twitch.subscriptions import (
    CHAT_MESSAGE,
    KINDS,
    Failure,
    ListingError,
    Wanted,
    create,
    delete,
    listed,
    plan,
)
from goldomatic.twitch.tokens import Bearer

log = structlog.get_logger()

RECONCILED_EVERY = timedelta(minutes=5)
AGAIN_AFTER = timedelta(seconds=15)
LEFT_ALONE_SECONDS = 30.0
"""After a refusal that only a person can change."""
_ATTEMPTS_AFTER = (0.0, 1.0, 2.0, 4.0)
_SETTLED_WITHIN = 5.0


class ByWebSocket:
    """One EventSub session, kept up while this process is the one that listens."""

    transport = "websocket"

    def __init__(
        self,
        service: Service,
        app_token: AppToken | None,
        pace: Pace,
        *,
        keepalive_seconds: int = 10,
    ) -> None:
        self._service = service
        self._app_token = app_token
        self._pace = pace
        self._gaps = Gaps(service, self.transport, pace)
        self._handling = Handling(service, pace)
        self._socket = EventSubSocket(
            service.settings.twitch_eventsub_ws_url,
            self,
            service.clock,
            pace=pace,
            keepalive_seconds=keepalive_seconds,
        )
        self._running: asyncio.Task[None] | None = None
        self._beside: set[asyncio.Task[None]] = set()
        self._session: str | None = None
        self._are_webhooks_gone = app_token is None
        self._due = service.clock()
        self._turn = asyncio.Lock()
        self.status = ReceptionStatus(self.transport)

    async def tend(self) -> None:
        """Begin, if it has not begun; make what is missing when it is time."""
        if self._running is not None and self._running.done():
            log.error("eventsub_socket_ended", fault=repr(self._running.exception()))
            self._running = None
        if self._running is None:
            if await self._service.helix.bearer() is None:
                self.status.fail(CHAT_MESSAGE, "no_token")
                return
            if (last := await self._gaps.last_known_at()) is not None:
                self._gaps.lose(last, "service_was_down")
            self._running = asyncio.create_task(self._socket.run())
        elif self._session is not None:
            if self._handling.is_idle:
                await self._gaps.note(self._socket.heard_at)
            if self._service.clock() >= self._due:
                await self._reconcile(self._session)

    async def stop(self) -> None:
        """Listen no more; what was heard is handled, and the gap that begins is recorded."""
        if self._running is None:
            return
        self._running.cancel()
        for task in self._beside:
            task.cancel()
        await asyncio.gather(self._running, *self._beside, return_exceptions=True)
        self._running = self._session = None
        await self._handling.settle(_SETTLED_WITHIN)
        self._gaps.lose(self._service.clock(), "service_stopped")
        await self._gaps.settle(_SETTLED_WITHIN)

    def revoked(self, kind: str, status: str) -> None:
        """A webhook of ours was revoked: nothing that concerns this transport."""

    # What the socket tells

    async def opened(self, session_id: str) -> Unready | None:
        if not await self._leads():
            return Unready("another_process_listens", LEFT_ALONE_SECONDS)
        bearer = await self._service.helix.bearer()
        if bearer is None:
            self.status.fail(CHAT_MESSAGE, "no_token")
            return Unready("no_token", LEFT_ALONE_SECONDS)
        failure = await self._subscribe_to_chat(bearer, session_id)
        if failure is not None:
            self.status.fail(CHAT_MESSAGE, failure.reason)
            is_final = failure.status in (400, 401, 403)
            reason = f"not_subscribed_{failure.status}"
            return Unready(reason, LEFT_ALONE_SECONDS if is_final else 0.0)
        self.status.stand(CHAT_MESSAGE)
        self._session = session_id
        self._due = self._service.clock()
        self._gaps.resume()
        self._start(self._reconcile(session_id))
        return None

    async def lost(self, since: datetime, reason: str) -> None:
        self._session = None
        self.status.lose(reason)
        self._gaps.lose(since, reason)

    def heard(self, told: Told) -> None:
        self._service.seen.eventsub_at = self._service.clock()
        if isinstance(told.message, Revocation):
            self._start(self._note_revocation(told.message))
        else:
            self._handling.take(told.message_id, told.message)

    async def _note_revocation(self, revoked: Revocation) -> None:
        kind, status = revoked.subscription_type, revoked.status
        log.warning("eventsub_revoked", type=kind, status=status)
        self._service.metrics.count_delivery("revocation")
        self.status.fail(kind, status)
        if kind == CHAT_MESSAGE:
            self._gaps.lose(self._service.clock(), status or "revoked")
        await deliveries.revoked(self._service, kind, status)
        if self._session is not None:
            await self._reconcile(self._session)

    async def _leads(self) -> bool:
        """Whether no other process listens: its subscriptions must be left alone.

        While the database is away nobody can have taken over.
        """
        try:
            return await self._service.store.lead(self._service.channel)
        except UnavailableError:
            return True

    # Subscriptions

    async def _subscribe_to_chat(self, bearer: Bearer, session_id: str) -> Failure | None:
        """Subscribe to the chat before Twitch closes the unused session."""
        failure: Failure | None = None
        for pause in _ATTEMPTS_AFTER:
            await self._pace.sleep(pause)
            failure = await self._create(bearer, Wanted(CHAT_MESSAGE, session_id))
            if failure is None or (400 <= failure.status < 500 and failure.status != 429):
                return failure
            if failure.status == 429:
                # A session that has just died may still be counted.
                await self._remove_others(bearer, session_id)
        return failure

    async def _reconcile(self, session_id: str) -> None:
        """Make what the session lacks; again soon where something failed."""
        async with self._turn:
            bearer = await self._service.helix.bearer()
            if bearer is None or session_id != self._session or not await self._leads():
                return
            self._due = self._service.clock() + RECONCILED_EVERY
            self._are_webhooks_gone = self._are_webhooks_gone or await self._remove_webhooks()
            kinds = KINDS if self._are_webhooks_gone else (CHAT_MESSAGE,)
            wanted = [Wanted(kind, session_id) for kind in kinds]
            broadcaster_id = self._service.helix.broadcaster_id
            try:
                present = await listed(self._service.helix, bearer)
            except ListingError as error:
                log.warning("subscriptions_not_listed", reason=str(error))
                self._due = self._service.clock() + AGAIN_AFTER
                return
            self.status.costs(present.total_cost, present.max_total_cost)
            todo = plan(wanted, present.subscriptions, broadcaster_id, self._service.clock())
            for one in todo.delete:
                await delete(self._service.helix, bearer, one)
            for kind in todo.standing:
                self._stands(kind)
            for each in todo.create:
                await self._make(bearer, each)

    async def _make(self, bearer: Bearer, wanted: Wanted) -> None:
        failure = await self._create(bearer, wanted)
        if failure is None:
            self._stands(wanted.kind)
            return
        log.warning("subscription_not_made", type=wanted.kind, reason=failure.reason)
        self.status.fail(wanted.kind, failure.reason)
        if failure.status == 0 or failure.status >= 429:
            self._due = self._service.clock() + AGAIN_AFTER

    def _stands(self, kind: str) -> None:
        self.status.stand(kind)
        if kind == CHAT_MESSAGE:
            self._gaps.resume()

    async def _create(self, bearer: Bearer, wanted: Wanted) -> Failure | None:
        transport = {"method": "websocket", "session_id": wanted.place}
        return await create(self._service.helix, bearer, wanted, transport)

    async def _remove_others(self, bearer: Bearer, session_id: str) -> None:
        try:
            present = await listed(self._service.helix, bearer)
        except ListingError:
            return
        for one in present.subscriptions:
            if one.type in KINDS and one.transport.session_id not in ("", session_id):
                await delete(self._service.helix, bearer, one)

    async def _remove_webhooks(self) -> bool:
        """Whether no webhook delivers to this channel's service any more."""
        helix, source = self._service.helix, self._app_token
        if source is None or (token := await source.get()) is None:
            return False
        bearer = Bearer(token, source)
        try:
            present = await listed(helix, bearer)
        except ListingError as error:
            log.warning("webhooks_not_listed", reason=str(error))
            return False
        orphans = plan((), present.subscriptions, helix.broadcaster_id, self._service.clock())
        failures = [await delete(helix, bearer, one) for one in orphans.delete]
        return not any(failures)

    def _start(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            try:
                await work
            except Exception:
                log.exception("reception_failed")

        task = asyncio.create_task(run())
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
