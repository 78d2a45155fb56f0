"""All EventSub webhooks of the simulated Twitch: verified, delivered to, revoked."""

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx2

from goldomatic.simulation.eventsub_deliveries import Delivery, DeliveryHabits
from goldomatic.simulation.eventsub_messages import CHAT_MESSAGE, ChatLine, Subscription
from goldomatic.simulation.eventsub_sender import EventSubSender
from goldomatic.simulation.users import SimulatedUser
from goldomatic.tls import trusted_roots
from goldomatic.values import Clock

_CALLBACK_TIMEOUT = 10.0


class Webhooks:
    """Subscriptions of every client and one sender for each.

    `enqueue` and `flush` send chat lines through every enabled chat subscription there is at
    that moment, so that a crowd survives a service that subscribes anew.
    """

    def __init__(
        self,
        broadcaster: SimulatedUser,
        *,
        clock: Clock,
        habits: DeliveryHabits,
        rng: random.Random,
    ) -> None:
        self.subscriptions: dict[str, Subscription] = {}
        self._broadcaster = broadcaster
        self._clock = clock
        self._habits = habits
        self._rng = rng
        self._senders: dict[str, EventSubSender] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._enabled = asyncio.Event()
        self._http: httpx2.AsyncClient | None = None

    def add(self, subscription: Subscription) -> None:
        """Send the challenge in the background: the subscriber gets its 202 first."""
        self.subscriptions[subscription.id] = subscription
        self._spawn(self._verify(subscription))

    async def _verify(self, subscription: Subscription) -> None:
        await self.sender(subscription).verify_callback()
        if subscription.status == "enabled":
            self._enabled.set()

    def remove(self, subscription_id: str) -> None:
        """The client deletes the subscription; whoever still holds the sender sends nothing."""
        self.subscriptions.pop(subscription_id).status = "deleted"
        self._senders.pop(subscription_id, None)

    async def revoke_for(self, client_id: str, user_id: str) -> None:
        """Revoke what the user's consent carried."""
        for one in list(self.subscriptions.values()):
            concerned = one.client_id == client_id and user_id in one.condition.values()
            if concerned and one.status == "enabled":
                await self.sender(one).revoke("authorization_revoked")

    def sender(self, subscription: Subscription) -> EventSubSender:
        """The one sender of a subscription."""
        if subscription.id not in self._senders:
            self._senders[subscription.id] = EventSubSender(
                subscription.callback,
                subscription.secret,
                self._client(),
                self._clock,
                broadcaster=self._broadcaster,
                subscription=subscription,
                habits=self._habits,
                rng=self._rng,
            )
        return self._senders[subscription.id]

    async def chat_sender(self) -> EventSubSender:
        """Wait for an enabled chat subscription; the sender of the newest."""
        while not self._chat_senders():
            self._enabled.clear()
            await self._enabled.wait()
        return self._chat_senders()[-1]

    async def enqueue(self, line: ChatLine, *, copies: int = 1) -> list[Delivery]:
        """One line of chat: the same message id under every subscription."""
        line = self._identified(line)
        deliveries: list[Delivery] = []
        for sender in self._chat_senders():
            deliveries += await sender.enqueue(line, copies=copies)
        return deliveries

    async def notify(self, kind: str, event: dict[str, Any]) -> list[Delivery]:
        """An event of another type, through every enabled subscription of that type."""
        enabled = [one for one in self.subscriptions.values() if one.status == "enabled"]
        return [await self.sender(one).notify(event) for one in enabled if one.type == kind]

    async def flush(self) -> list[Delivery]:
        deliveries: list[Delivery] = []
        for sender in self._chat_senders():
            deliveries += await sender.flush()
        return deliveries

    def echo(self, line: ChatLine) -> None:
        """Deliver in the background what a client wrote to chat."""
        for sender in self._chat_senders():
            self._spawn(sender.deliver(line))

    async def aclose(self) -> None:
        """Cancel what is under way and close the connections to the callbacks."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()
            self._http = None
            self._senders.clear()

    def _chat_senders(self) -> list[EventSubSender]:
        return [
            self.sender(one)
            for one in self.subscriptions.values()
            if one.type == CHAT_MESSAGE and one.status == "enabled"
        ]

    def _identified(self, line: ChatLine) -> ChatLine:
        if line.message_id is not None:
            return line
        return replace(line, message_id=str(UUID(int=self._rng.getrandbits(128), version=4)))

    def _client(self) -> httpx2.AsyncClient:
        if self._http is None:
            self._http = httpx2.AsyncClient(
                timeout=_CALLBACK_TIMEOUT, trust_env=False, verify=trusted_roots()
            )
        return self._http

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
