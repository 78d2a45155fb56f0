"""Deliveries: signed bytes, repetitions, disorder, forgeries, handshake, revocation."""

import hashlib
import hmac
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from goldomatic.simulation.asgi import Answer, Request
from goldomatic.simulation.eventsub_deliveries import DeliveryHabits, Forgery
from goldomatic.simulation.eventsub_messages import ChatLine
from goldomatic.simulation.eventsub_sender import EventSubSender
from goldomatic.simulation.serving import serve_asgi
from goldomatic.values import parse_rfc3339
from simulation.stage import BOT, OWNER, PASSER_BY, SECRET, SUBSCRIBER, Callback, HandClock

LINE = ChatLine(chatter=SUBSCRIBER, text="!twgold Тихомир")
ID = "twitch-eventsub-message-id"
RETRY = "twitch-eventsub-message-retry"
TIMESTAMP = "twitch-eventsub-message-timestamp"
SIGNATURE = "twitch-eventsub-message-signature"


@pytest.fixture
def callback() -> Callback:
    return Callback()


@pytest.fixture
async def url(callback: Callback) -> AsyncIterator[str]:
    async with serve_asgi(callback) as base:
        yield f"{base}/api/twitch/eventsub"


@pytest.fixture
def make(url: str, http: httpx2.AsyncClient, clock: HandClock) -> Any:
    def sender(**habits: Any) -> EventSubSender:
        return EventSubSender(
            url,
            SECRET,
            http,
            clock,
            broadcaster=OWNER,
            reader=BOT,
            habits=DeliveryHabits(backoff=0.001, **habits),
            rng=random.Random(5),
        )

    return sender


def genuine(request: Request) -> bool:
    headers = request.headers
    message = headers[ID].encode() + headers[TIMESTAMP].encode() + request.body
    expected = "sha256=" + hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, headers.get(SIGNATURE, ""))


async def test_a_notification_is_signed_and_complete(
    make: Any, callback: Callback, clock: HandClock
) -> None:
    delivery = await make().deliver(LINE)
    (request,) = callback.requests
    assert delivery.accepted
    assert delivery.statuses == [204]
    assert genuine(request)
    assert request.method == "POST"
    assert request.body == delivery.body
    assert request.headers[ID] == delivery.message_id
    assert request.headers[RETRY] == "0"
    assert request.headers["twitch-eventsub-message-type"] == "notification"
    assert request.headers["twitch-eventsub-subscription-type"] == "channel.chat.message"
    assert request.headers["twitch-eventsub-subscription-version"] == "1"
    assert request.headers["content-type"] == "application/json"
    body = request.json_object()
    assert body["event"]["message_id"] == delivery.event_message_id
    assert body["event"]["message_id"] != delivery.message_id
    assert body["subscription"]["status"] == "enabled"
    assert body["subscription"]["condition"] == {
        "broadcaster_user_id": OWNER.id,
        "user_id": BOT.id,
    }
    sent_at = parse_rfc3339(request.headers[TIMESTAMP])
    assert abs(sent_at - clock()) < timedelta(seconds=1)


async def test_timestamps_and_escapes_vary_and_are_still_signed(
    make: Any, callback: Callback
) -> None:
    sender = make(escaped_rate=0.5)
    for _ in range(40):
        await sender.deliver(LINE)
    assert all(map(genuine, callback.requests))
    lengths = {len(request.headers[TIMESTAMP]) for request in callback.requests}
    assert {20, 24, 27, 28, 30} <= lengths
    assert {request.body.isascii() for request in callback.requests} == {True, False}
    assert len({request.headers[ID] for request in callback.requests}) == 40


async def test_a_failed_delivery_is_repeated_with_the_same_id(
    make: Any, callback: Callback
) -> None:
    answers = iter([500, 302, 200])
    callback.answer = lambda request: Answer(next(answers), headers={"Location": "/elsewhere"})
    delivery = await make().deliver(LINE)
    assert delivery.statuses == [500, 302, 200]
    assert delivery.accepted
    assert [request.headers[RETRY] for request in callback.requests] == ["0", "1", "2"]
    assert len({request.headers[ID] for request in callback.requests}) == 1
    assert len({request.body for request in callback.requests}) == 1
    assert len({request.headers[TIMESTAMP] for request in callback.requests}) == 1
    assert all(map(genuine, callback.requests))


async def test_repetitions_end(make: Any, callback: Callback) -> None:
    callback.answer = lambda request: Answer(401)
    delivery = await make(attempts=4).deliver(LINE)
    assert delivery.statuses == [401] * 4
    assert not delivery.accepted


async def test_a_renewed_timestamp_is_signed_anew(
    make: Any, callback: Callback, clock: HandClock
) -> None:
    def slow_failure(request: Request) -> Answer:
        clock.advance(seconds=90)
        return Answer(503)

    callback.answer = slow_failure
    await make(renews_timestamp=True).deliver(LINE)
    instants = [parse_rfc3339(request.headers[TIMESTAMP]) for request in callback.requests]
    assert instants[2] - instants[0] > timedelta(seconds=170)
    assert all(map(genuine, callback.requests))


async def test_nobody_there_is_no_answer(http: httpx2.AsyncClient, clock: HandClock) -> None:
    habits = DeliveryHabits(attempts=2, backoff=0.001)
    sender = EventSubSender(
        "http://127.0.0.1:1/", SECRET, http, clock, broadcaster=OWNER, habits=habits
    )
    delivery = await sender.deliver(LINE)
    assert delivery.statuses == [None, None]
    assert "ConnectError" in delivery.attempts[0].error


async def test_redelivery_keeps_id_and_body_and_counts_on(make: Any, callback: Callback) -> None:
    sender = make()
    delivery = await sender.deliver(LINE)
    again = await sender.redeliver(delivery.message_id)
    await sender.redeliver(delivery.message_id)
    assert again.message_id == delivery.message_id
    assert len({request.body for request in callback.requests}) == 1
    assert [request.headers[RETRY] for request in callback.requests] == ["0", "1", "2"]
    assert all(map(genuine, callback.requests))


@pytest.mark.parametrize("forgery", list(Forgery))
async def test_a_forgery_never_carries_a_good_signature(
    make: Any, callback: Callback, forgery: Forgery
) -> None:
    callback.answer = lambda request: Answer(401)
    delivery = await make().deliver(LINE, forgery=forgery)
    (request,) = callback.requests
    assert delivery.statuses == [401]
    assert not genuine(request)
    assert (SIGNATURE in request.headers) is (forgery is not Forgery.NO_HEADER)


async def test_a_stale_message_is_signed_with_its_old_timestamp(
    make: Any, callback: Callback, clock: HandClock
) -> None:
    await make().deliver(LINE, age=timedelta(minutes=11))
    (request,) = callback.requests
    assert genuine(request)
    assert clock() - parse_rfc3339(request.headers[TIMESTAMP]) >= timedelta(minutes=11)


async def test_the_buffer_changes_the_order_and_loses_nothing(
    make: Any, callback: Callback
) -> None:
    sender = make(reorder_window=5)
    texts = [f"line {number}" for number in range(30)]
    for text in texts:
        await sender.enqueue(ChatLine(chatter=PASSER_BY, text=text))
    assert len(callback.requests) == 25
    await sender.flush()
    arrived = [request.json_object()["event"]["message"]["text"] for request in callback.requests]
    assert arrived != texts
    assert sorted(arrived) == sorted(texts)


async def test_duplicates_come_at_their_rate_and_on_request(make: Any, callback: Callback) -> None:
    sender = make(duplicate_rate=0.5)
    for _ in range(60):
        await sender.enqueue(LINE)
    distinct = {request.headers[ID] for request in callback.requests}
    assert len(distinct) == 60
    assert 75 <= len(callback.requests) <= 105
    callback.requests.clear()
    deliveries = await make().enqueue(LINE, copies=2)
    assert len({delivery.message_id for delivery in deliveries}) == 1
    assert [request.headers[RETRY] for request in callback.requests] == ["0", "1"]


async def test_the_challenge_is_passed_with_the_bare_text_only(
    make: Any, callback: Callback
) -> None:
    def rightly(request: Request) -> Answer:
        challenge = request.json_object()["challenge"].encode()
        return Answer(200, challenge, {"Content-Type": "text/plain; charset=utf-8"})

    sender = make()
    callback.answer = rightly
    assert (await sender.verify_callback()).accepted
    assert sender.subscription.status == "enabled"
    assert genuine(callback.requests[0])
    callback.answer = lambda request: Answer(200, request.json_object()["challenge"])
    await sender.verify_callback()
    assert sender.subscription.status == "webhook_callback_verification_failed"


async def test_a_revocation_is_told_once_and_ends_the_deliveries(
    make: Any, callback: Callback
) -> None:
    sender = make()
    await sender.revoke("chat_user_banned")
    assert (await sender.deliver(LINE)).attempts == []
    (request,) = callback.requests
    assert genuine(request)
    assert request.headers["twitch-eventsub-message-type"] == "revocation"
    assert request.json_object().keys() == {"subscription"}
    assert request.json_object()["subscription"]["status"] == "chat_user_banned"


async def test_too_many_failures_revoke_the_subscription(make: Any, callback: Callback) -> None:
    callback.answer = lambda request: Answer(500)
    sender = make(attempts=1, failure_limit=3)
    for _ in range(5):
        await sender.deliver(LINE)
    kinds = [request.headers["twitch-eventsub-message-type"] for request in callback.requests]
    assert kinds == ["notification"] * 3 + ["revocation"]
    assert sender.subscription.status == "notification_failures_exceeded"
