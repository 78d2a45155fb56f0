"""All subscriptions together: a crowd in chat, one service that may subscribe anew."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from goldomatic.simulation.asgi import Answer, Request
from goldomatic.simulation.chatters import Chatters
from goldomatic.simulation.eventsub_deliveries import DeliveryHabits
from goldomatic.simulation.eventsub_messages import CHAT_MESSAGE, ChatLine, Subscription
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.webhooks import Webhooks
from simulation.stage import APP, BOT, OWNER, PEOPLE, SECRET, SUBSCRIBER, Callback, HandClock
from support.twitch import until

LINE = ChatLine(chatter=SUBSCRIBER, text="!twgold Thaldor")
ID = "twitch-eventsub-message-id"


def answering(request: Request) -> Answer:
    challenge = request.json_object().get("challenge", "")
    return Answer(200, challenge.encode(), {"Content-Type": "text/plain"})


@pytest.fixture
def callback() -> Callback:
    return Callback(answering)


@pytest.fixture
async def url(callback: Callback) -> AsyncIterator[str]:
    async with serve_asgi(callback) as base:
        yield base


@pytest.fixture
async def webhooks(clock: HandClock) -> AsyncIterator[Webhooks]:
    habits = DeliveryHabits(backoff=0.001, duplicate_rate=0.1, reorder_window=4)
    webhooks = Webhooks(OWNER, clock=clock, habits=habits, rng=random.Random(3))
    yield webhooks
    await webhooks.aclose()


def subscription(callback_url: str, number: int = 1) -> Subscription:
    return Subscription(
        id=f"subscription-{number}",
        type=CHAT_MESSAGE,
        version="1",
        condition={"broadcaster_user_id": OWNER.id, "user_id": BOT.id},
        callback=callback_url,
        secret=SECRET,
        client_id=APP.id,
        created_at="2026-11-20T17:05:41.120934557Z",
    )


def events(callback: Callback) -> list[Request]:
    return [request for request in callback.requests if b'"event"' in request.body]


def heard(callback: Callback, path: str) -> int:
    return sum(request.path == path for request in events(callback))


def times(callback: Callback) -> Counter[str]:
    """How often each message came."""
    return Counter(request.headers[ID] for request in events(callback))


def enabled(webhooks: Webhooks) -> int:
    return sum(one.status == "enabled" for one in webhooks.subscriptions.values())


async def test_the_sender_is_there_once_the_challenge_is_passed(
    webhooks: Webhooks, url: str
) -> None:
    waiting = asyncio.create_task(webhooks.chat_sender())
    await asyncio.sleep(0.05)
    assert not waiting.done()
    webhooks.add(subscription("http://127.0.0.1:1/", 1))
    webhooks.add(subscription(url, 2))
    sender = await asyncio.wait_for(waiting, 30)
    assert sender.subscription.id == "subscription-2"


async def test_a_line_has_one_message_id_under_every_subscription(
    webhooks: Webhooks, url: str, callback: Callback
) -> None:
    for number in (1, 2):
        webhooks.add(subscription(f"{url}/{number}", number))
    await until(lambda: enabled(webhooks) == 2)
    await webhooks.enqueue(LINE)
    await webhooks.flush()
    first, second = {request.path: request for request in events(callback)}.values()
    assert first.headers[ID] != second.headers[ID]
    ids = {request.json_object()["event"]["message_id"] for request in (first, second)}
    assert len(ids) == 1


async def test_a_crowd_chats_through_the_newest_subscription(
    webhooks: Webhooks, url: str, callback: Callback
) -> None:
    chatters = Chatters(BOT, PEOPLE, rng=random.Random(4))
    stop = asyncio.Event()
    webhooks.add(subscription(f"{url}/old", 1))
    await asyncio.wait_for(webhooks.chat_sender(), 30)
    running = asyncio.create_task(chatters.run(webhooks, 200, stop))
    await until(lambda: heard(callback, "/old") > 10)
    webhooks.remove("subscription-1")
    webhooks.add(subscription(f"{url}/new", 2))
    await until(lambda: heard(callback, "/new") > 10)
    await until(lambda: 2 in times(callback).values())
    stop.set()
    await asyncio.wait_for(running, 30)
    last_old = max(i for i, one in enumerate(callback.requests) if one.path == "/old")
    assert {request.path for request in callback.requests[last_old + 1 :]} == {"/new"}


async def test_closing_ends_a_delivery_under_way(
    webhooks: Webhooks, url: str, callback: Callback
) -> None:
    webhooks.add(subscription(url))
    await asyncio.wait_for(webhooks.chat_sender(), 30)
    callback.answer = lambda request: Answer(500)
    patient = DeliveryHabits(backoff=60)
    webhooks.sender(webhooks.subscriptions["subscription-1"]).habits = patient
    webhooks.echo(LINE)
    await until(lambda: events(callback))
    await asyncio.wait_for(webhooks.aclose(), 10)
    assert len(events(callback)) == 1
