"""Sends EventSub webhooks as Twitch does: signed, at least once, not always in order."""

import asyncio
import random
from collections import OrderedDict
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2

from goldomatic.simulation.eventsub_deliveries import (
    SIGNATURE,
    Attempt,
    Delivery,
    DeliveryHabits,
    Forgery,
    Message,
    forged_headers,
)
from goldomatic.simulation.eventsub_messages import (
    CHAT_MESSAGE,
    ChatLine,
    Subscription,
    chat_event,
    message_body,
    nanosecond_timestamp,
    signature,
)
from goldomatic.simulation.users import SimulatedUser
from goldomatic.values import Clock, utc_now

_REMEMBERED = 1000
_TIMESTAMP_DIGITS = (0, 3, 6, 7, 8, 9, 9, 9)


class EventSubSender:
    """The webhook transport of one subscription.

    Without `subscription` it holds an enabled `channel.chat.message` subscription of its own,
    so that a test needs no Helix call first. Redirects are failures, as they are for Twitch.
    """

    def __init__(
        self,
        callback_url: str,
        secret: str,
        http: httpx2.AsyncClient,
        clock: Clock = utc_now,
        *,
        broadcaster: SimulatedUser,
        reader: SimulatedUser | None = None,
        subscription: Subscription | None = None,
        habits: DeliveryHabits | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._http = http
        self._clock = clock
        self._rng = rng or random.Random(0)
        self._broadcaster = broadcaster
        self._sent: OrderedDict[str, tuple[Message, int]] = OrderedDict()
        self._held_back: list[tuple[Message, int]] = []
        self._failures = 0
        self.habits = habits or DeliveryHabits()
        self.subscription = subscription or Subscription(
            id=self._uuid(),
            type=CHAT_MESSAGE,
            version="1",
            condition={
                "broadcaster_user_id": broadcaster.id,
                "user_id": (reader or broadcaster).id,
            },
            callback=callback_url,
            secret=secret,
            client_id="",
            created_at=nanosecond_timestamp(clock(), 9),
            status="enabled",
        )

    async def deliver(
        self,
        line: ChatLine,
        *,
        forgery: Forgery | None = None,
        age: timedelta = timedelta(0),
    ) -> Delivery:
        """Send one chat line now. `age` makes the message's timestamp that much older; a
        forged message is sent once, for nobody would repeat it."""
        message = self._chat_message(line, age)
        if forgery is not None:
            headers = forged_headers(
                self._headers(message, 0), forgery, self.subscription.secret, message
            )
            body = message.body + b" " if forgery is Forgery.TAMPERED_BODY else message.body
            attempt = await self._post(headers, body)
            return Delivery(message.id, message.event_message_id, message.body, [attempt])
        return await self._send(message, retry=0)

    async def notify(self, event: dict[str, Any]) -> Delivery:
        """Send one event of the subscription's type now."""
        content = {"subscription": self.subscription.as_json(), "event": event}
        return await self._send(self._message("notification", content), retry=0)

    async def redeliver(self, message_id: str) -> Delivery:
        """Send a remembered message again: same id and body, next retry number."""
        message, retries = self._sent[message_id]
        return await self._send(message, retry=retries)

    async def enqueue(self, line: ChatLine, *, copies: int = 1) -> list[Delivery]:
        """Send through the reordering buffer; returns what went out, duplicates included.

        `copies` 2 has the line delivered a second time whatever the answer to the first.
        """
        self._held_back.append((self._chat_message(line, timedelta(0)), copies))
        if len(self._held_back) <= self.habits.reorder_window:
            return []
        return await self._release()

    async def flush(self) -> list[Delivery]:
        """Send all that the reordering buffer still holds."""
        deliveries: list[Delivery] = []
        while self._held_back:
            deliveries += await self._release()
        return deliveries

    async def _release(self) -> list[Delivery]:
        message, copies = self._held_back.pop(self._rng.randrange(len(self._held_back)))
        copies += self._rng.random() < self.habits.duplicate_rate
        return [await self._send(message, retry=copy) for copy in range(copies)]

    async def verify_callback(self) -> Delivery:
        """The challenge handshake; afterwards the subscription is enabled or failed.

        Passes only on 200, `text/plain` and exactly the challenge as body.
        """
        challenge = f"{self._rng.getrandbits(160):040x}"
        content = {"challenge": challenge, "subscription": self.subscription.as_json()}
        message = self._message("webhook_callback_verification", content)
        attempt = await self._post(self._headers(message, 0), message.body)
        media_type = attempt.content_type.partition(";")[0].strip().lower()
        passed = (attempt.status, media_type) == (200, "text/plain")
        if passed and attempt.body == challenge.encode():
            self.subscription.status = "enabled"
        else:
            self.subscription.status = "webhook_callback_verification_failed"
        return Delivery(message.id, None, message.body, [attempt])

    async def revoke(self, status: str = "authorization_revoked") -> Delivery:
        """End the subscription and tell the callback, once."""
        self.subscription.status = status
        message = self._message("revocation", {"subscription": self.subscription.as_json()})
        attempt = await self._post(self._headers(message, 0), message.body)
        return Delivery(message.id, None, message.body, [attempt])

    def _chat_message(self, line: ChatLine, age: timedelta) -> Message:
        event_message_id = line.message_id or self._uuid()
        event = chat_event(line, self._broadcaster, event_message_id)
        content = {"subscription": self.subscription.as_json(), "event": event}
        return self._message("notification", content, age, event_message_id)

    def _message(
        self,
        kind: str,
        content: dict[str, Any],
        age: timedelta = timedelta(0),
        event_message_id: str | None = None,
    ) -> Message:
        escaped = self._rng.random() < self.habits.escaped_rate
        body = message_body(content, escaped=escaped)
        return Message(kind, self._uuid(), self._timestamp(age), body, event_message_id)

    def _timestamp(self, age: timedelta = timedelta(0)) -> str:
        digits = self._rng.choice(_TIMESTAMP_DIGITS)
        return nanosecond_timestamp(self._clock() - age, digits, self._rng.randrange(1000))

    def _uuid(self) -> str:
        return str(UUID(int=self._rng.getrandbits(128), version=4))

    async def _send(self, message: Message, *, retry: int) -> Delivery:
        delivery = Delivery(message.id, message.event_message_id, message.body)
        if self.subscription.status != "enabled":
            return delivery
        for attempt in range(self.habits.attempts):
            if attempt:
                await asyncio.sleep(self.habits.backoff * 2 ** (attempt - 1))
            answer = await self._post(self._headers(message, retry + attempt), message.body)
            delivery.attempts.append(answer)
            if answer.accepted:
                break
        self._remember(message, retry + len(delivery.attempts))
        await self._count(delivery)
        return delivery

    def _remember(self, message: Message, attempts: int) -> None:
        self._sent[message.id] = (message, attempts)
        if len(self._sent) > _REMEMBERED:
            self._sent.popitem(last=False)

    async def _count(self, delivery: Delivery) -> None:
        self._failures = 0 if delivery.accepted else self._failures + 1
        limit = self.habits.failure_limit
        if limit is not None and self._failures >= limit:
            await self.revoke("notification_failures_exceeded")

    def _headers(self, message: Message, retry: int) -> dict[str, str]:
        renewed = retry and self.habits.renews_timestamp
        timestamp = self._timestamp() if renewed else message.timestamp
        secret = self.subscription.secret
        return {
            "Content-Type": "application/json",
            "Twitch-Eventsub-Message-Id": message.id,
            "Twitch-Eventsub-Message-Retry": str(retry),
            "Twitch-Eventsub-Message-Type": message.kind,
            SIGNATURE: signature(secret, message.id, timestamp, message.body),
            "Twitch-Eventsub-Message-Timestamp": timestamp,
            "Twitch-Eventsub-Subscription-Type": self.subscription.type,
            "Twitch-Eventsub-Subscription-Version": self.subscription.version,
        }

    async def _post(self, headers: dict[str, str], body: bytes) -> Attempt:
        try:
            answer = await self._http.post(
                self.subscription.callback, content=body, headers=headers, follow_redirects=False
            )
        except httpx2.TransportError as error:
            return Attempt(None, error=repr(error))
        return Attempt(answer.status_code, answer.headers.get("content-type", ""), answer.content)
