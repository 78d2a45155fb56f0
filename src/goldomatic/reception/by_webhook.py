"""Reception by webhook, for a service with a public address.

Rules: what Twitch lists is compared with what should be every two minutes, at once after a
revocation, and every few seconds while something waits for its challenge; the dead are made anew,
orphans are removed.
"""

import asyncio
from datetime import datetime, timedelta

import structlog

from goldomatic import support_webhook, twitch_webhook
from goldomatic.reception.gaps import Gaps
from goldomatic.reception.status import ReceptionStatus
from goldomatic.service import Service
from goldomatic.twitch.app_token import AppToken
from goldomatic.twitch.pace import Pace
from goldomatic.twitch.subscriptions import (
    CHAT_MESSAGE,
    KINDS,
    ListingError,
    Plan,
    Wanted,
    create,
    delete,
    listed,
    plan,
)
from goldomatic.twitch.tokens import Bearer

log = structlog.get_logger()

RECONCILED_EVERY = timedelta(minutes=2)
AGAIN_AFTER = timedelta(seconds=5)
REPEATED_BY_TWITCH = timedelta(minutes=1)
"""What could not be delivered for so long, Twitch has certainly tried again."""
_SETTLED_WITHIN = 5.0


class ByWebhook:
    """The webhooks of the channel, kept as they should be."""

    transport = "webhook"

    def __init__(self, service: Service, app_token: AppToken, secret: str, pace: Pace) -> None:
        self._service = service
        self._app_token = app_token
        self._secret = secret
        self._gaps = Gaps(service, self.transport, pace)
        self._due: datetime | None = None
        self._good_at = service.clock()
        self._waits = False
        """Whether something was made, or waits for its challenge."""
        self._turn = asyncio.Lock()
        self.status = ReceptionStatus(self.transport)

    async def tend(self) -> None:
        """Compare and mend, when it is time."""
        now = self._service.clock()
        if self._due is None:
            last = await self._gaps.last_known_at()
            if last is not None and now - last > REPEATED_BY_TWITCH:
                self._gaps.lose(last, "service_was_down")
        if self._due is None or now >= self._due:
            await self.reconcile()
        if self.status.hears_chat:
            await self._gaps.note(now)

    async def stop(self) -> None:
        """Twitch goes on to deliver; only what is to be recorded is waited for."""
        await self._gaps.settle(_SETTLED_WITHIN)

    def revoked(self, kind: str, status: str) -> None:
        """Twitch ended a subscription: look at once."""
        self.status.fail(kind, status)
        self._due = self._service.clock()
        if kind == CHAT_MESSAGE:
            self._gaps.lose(self._service.clock(), status or "revoked")

    async def reconcile(self) -> None:
        """Make the subscriptions what they should be, as far as Twitch does it now."""
        async with self._turn:
            now = self._service.clock()
            self._due = now + RECONCILED_EVERY
            problem = await self._reconciled(now)
            if problem is not None:
                log.warning("webhooks_not_reconciled", reason=problem)
                self.status.problems.setdefault(CHAT_MESSAGE, problem)
            if problem is not None or self._waits:
                self._due = now + AGAIN_AFTER

    async def _reconciled(self, now: datetime) -> str | None:
        helix = self._service.helix
        token = await self._app_token.get()
        if token is None:
            return f"no_app_token: {self._app_token.problem}"
        bearer = Bearer(token, self._app_token)
        try:
            present = await listed(helix, bearer)
        except ListingError as error:
            return str(error)
        self._waits = False
        self.status.costs(present.total_cost, present.max_total_cost)
        wanted = wanted_at(self._service.settings.public_url)
        todo = plan(wanted, present.subscriptions, helix.broadcaster_id, now)
        self._note(todo, now)
        for one in todo.delete:
            failure = await delete(helix, bearer, one)
            if failure is not None:
                return failure.reason
        for each in todo.create:
            transport = {"method": "webhook", "callback": each.place, "secret": self._secret}
            failure = await create(helix, bearer, each, transport)
            if failure is None or failure.status == 0 or failure.status >= 429:
                self._waits = True
            if failure is not None:
                log.warning("subscription_not_made", type=each.kind, reason=failure.reason)
                self.status.fail(each.kind, failure.reason)
        return None

    def _note(self, todo: Plan, now: datetime) -> None:
        """Tell from the listing whether the chat is heard."""
        for kind, status in todo.standing.items():
            if status == "enabled":
                self.status.stand(kind)
            else:
                self._waits = True
                self.status.fail(kind, status)
        for one in todo.delete:
            if one.type not in todo.standing:
                reason = "not_subscribed" if one.status == "enabled" else one.status
                self.status.fail(one.type, reason)
        if self.status.hears_chat and todo.standing.get(CHAT_MESSAGE) == "enabled":
            self._good_at = now
            self._gaps.resume()
        elif CHAT_MESSAGE not in todo.standing:
            reason = self.status.problems.get(CHAT_MESSAGE, "not_subscribed")
            self.status.fail(CHAT_MESSAGE, reason)
            self._gaps.lose(self._good_at, reason)


def wanted_at(base: str) -> list[Wanted]:
    """The webhooks of a service at an address; the chat first."""
    paths = dict.fromkeys(KINDS, support_webhook.PATH) | {CHAT_MESSAGE: twitch_webhook.PATH}
    return [Wanted(kind, base + path) for kind, path in paths.items()]
