"""Managing EventSub subscriptions: who may, what is refused, the challenge handshake."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from goldomatic.simulation.asgi import Answer, Request
from goldomatic.simulation.eventsub_messages import ChatLine
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.twitch import FakeTwitch
from simulation.stage import (
    APP,
    BOT,
    OTHER_APP,
    OWNER,
    SECRET,
    SUBSCRIBER,
    Callback,
    Helix,
    app_token,
    user_token,
)
from support.twitch import until

CHAT = {"broadcaster_user_id": OWNER.id, "user_id": BOT.id}


def answers_challenge(request: Request) -> Answer:
    challenge = request.json_object().get("challenge")
    return Answer(204) if challenge is None else plain(challenge)


def plain(text: str, content_type: str = "text/plain", status: int = 200) -> Answer:
    return Answer(status, text.encode(), {"Content-Type": content_type})


@pytest.fixture
def callback() -> Callback:
    return Callback(answers_challenge)


@pytest.fixture
async def callback_url(callback: Callback) -> AsyncIterator[str]:
    async with serve_asgi(callback) as url:
        yield f"{url}/api/twitch/eventsub"


@pytest.fixture
def app(twitch: FakeTwitch, base_url: str, http: httpx2.AsyncClient) -> Helix:
    twitch.authorize(APP.id, BOT, ["user:read:chat", "user:bot"])
    return Helix(http, base_url, app_token(twitch))


async def subscribe(helix: Helix, callback_url: str, **changes: Any) -> httpx2.Response:
    transport = {"method": "webhook", "callback": callback_url, "secret": SECRET}
    body = {
        "type": "channel.chat.message",
        "version": "1",
        "condition": CHAT,
        "transport": transport | changes.pop("transport", {}),
    }
    return await helix.call("POST", "eventsub/subscriptions", body=body | changes)


async def test_a_subscription_is_pending_and_then_enabled(
    app: Helix, twitch: FakeTwitch, callback: Callback, callback_url: str
) -> None:
    answer = await subscribe(app, callback_url)
    body = answer.json()
    assert answer.status_code == 202
    (created,) = body.pop("data")
    assert body == {"total": 1, "total_cost": 0, "max_total_cost": 10_000}
    assert created["status"] == "webhook_callback_verification_pending"
    assert created["transport"] == {"method": "webhook", "callback": callback_url}
    assert created["cost"] == 0
    sender = await asyncio.wait_for(twitch.webhooks.chat_sender(), 30)
    assert sender.subscription.id == created["id"]
    (challenge,) = callback.requests
    kind = challenge.headers["twitch-eventsub-message-type"]
    assert kind == "webhook_callback_verification"
    listed = (await app.call("GET", "eventsub/subscriptions")).json()
    assert [one["status"] for one in listed["data"]] == ["enabled"]
    assert SECRET not in str(listed)
    assert SECRET not in str(answer.json())


@pytest.mark.parametrize(
    ("status", "text", "content_type"),
    [
        (200, "something else", "text/plain"),
        (200, "", "text/plain"),
        (202, "CHALLENGE", "text/plain"),
        (301, "CHALLENGE", "text/plain"),
        (200, "CHALLENGE", "application/json"),
        (200, "CHALLENGE\n", "text/plain"),
        (200, '"CHALLENGE"', "text/plain"),
    ],
)
async def test_a_wrong_answer_to_the_challenge_fails(
    app: Helix,
    twitch: FakeTwitch,
    callback: Callback,
    callback_url: str,
    status: int,
    text: str,
    content_type: str,
) -> None:
    def wrongly(request: Request) -> Answer:
        challenge = request.json_object()["challenge"]
        return plain(text.replace("CHALLENGE", challenge), content_type, status)

    callback.answer = wrongly
    await subscribe(app, callback_url)
    (one,) = twitch.webhooks.subscriptions.values()
    await until(lambda: not one.status.endswith("pending"))
    assert len(callback.requests) == 1
    assert one.status == "webhook_callback_verification_failed"


async def test_a_callback_that_is_not_there_fails(app: Helix, twitch: FakeTwitch) -> None:
    await subscribe(app, "http://127.0.0.1:1/eventsub")
    (one,) = twitch.webhooks.subscriptions.values()
    await until(lambda: not one.status.endswith("pending"))
    assert one.status == "webhook_callback_verification_failed"


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "channel.chat.massage"},
        {"version": "2"},
        {"condition": {"broadcaster_user_id": OWNER.id}},
        {"condition": {"broadcaster_user_id": OWNER.id, "user_id": 900}},
        {"condition": {"broadcaster_user_id": OWNER.id, "user_id": "1"}},
        {"condition": None},
        {"transport": {"method": "websocket"}},
        {"transport": {"secret": "too short"}},
        {"transport": {"secret": "x" * 101}},
        {"transport": {"secret": "не-ASCII-секрет"}},
        {"transport": {"callback": "http://giveaway.example.test/eventsub"}},
        {"transport": {"callback": "https://giveaway.example.test:8443/eventsub"}},
        {"transport": {"callback": "nonsense"}},
    ],
)
async def test_bad_input_is_a_400(
    app: Helix, twitch: FakeTwitch, callback_url: str, changes: dict[str, Any]
) -> None:
    answer = await subscribe(app, callback_url, **changes)
    assert answer.status_code == 400
    assert answer.json()["error"] == "Bad Request"
    assert twitch.webhooks.subscriptions == {}


async def test_webhooks_are_made_with_an_app_token(
    app: Helix, twitch: FakeTwitch, callback_url: str
) -> None:
    app.token = user_token(twitch, BOT, ["user:read:chat", "user:bot"])
    assert (await subscribe(app, callback_url)).status_code == 400
    app.token = "unknown"
    assert (await subscribe(app, callback_url)).status_code == 401


async def test_chat_needs_the_grants_of_reader_and_channel(
    app: Helix, twitch: FakeTwitch, callback_url: str
) -> None:
    reads = {"condition": {"broadcaster_user_id": OWNER.id, "user_id": SUBSCRIBER.id}}
    for user, scope, status in (
        (SUBSCRIBER, "user:bot", 403),
        (SUBSCRIBER, "user:read:chat", 403),
        (OWNER, "channel:bot", 202),
    ):
        twitch.authorize(APP.id, user, [scope])
        assert (await subscribe(app, callback_url, **reads)).status_code == status


async def test_the_broadcaster_as_the_reader_grants_everything(
    app: Helix, twitch: FakeTwitch, callback_url: str
) -> None:
    reads = {"condition": {"broadcaster_user_id": OWNER.id, "user_id": OWNER.id}}
    for scope, status in (("user:read:chat", 403), ("channel:bot", 403), ("user:bot", 202)):
        twitch.authorize(APP.id, OWNER, [scope])
        assert (await subscribe(app, callback_url, **reads)).status_code == status


async def test_paid_events_need_the_broadcasters_scope(
    app: Helix, twitch: FakeTwitch, callback_url: str
) -> None:
    wanted = {"type": "channel.subscribe", "condition": {"broadcaster_user_id": OWNER.id}}
    assert (await subscribe(app, callback_url, **wanted)).status_code == 403
    twitch.authorize(APP.id, OWNER, ["channel:read:subscriptions"])
    assert (await subscribe(app, callback_url, **wanted)).status_code == 202


async def test_the_same_twice_is_a_conflict_and_four_alike_are_too_many(
    app: Helix, callback_url: str
) -> None:
    statuses = [
        (await subscribe(app, f"{callback_url}{ending}")).status_code
        for ending in ("", "", "/b", "/c", "/d")
    ]
    assert statuses == [202, 409, 202, 202, 429]


async def test_the_list_takes_one_filter_and_pages(app: Helix, callback_url: str) -> None:
    for ending in ("/a", "/b", "/c"):
        await subscribe(app, callback_url + ending)

    async def listed(**query: Any) -> httpx2.Response:
        return await app.call("GET", "eventsub/subscriptions", query=query)

    first = (await listed(first=2)).json()
    rest = (await listed(first=2, after=first["pagination"]["cursor"])).json()
    ids = [one["id"] for one in first["data"] + rest["data"]]
    assert len(set(ids)) == 3
    assert rest["pagination"] == {}
    assert (await listed(type="channel.chat.message", status="enabled")).status_code == 400
    for query, count in (
        ({"subscription_id": ids[1]}, 1),
        ({"user_id": BOT.id}, 3),
        ({"user_id": SUBSCRIBER.id}, 0),
        ({"type": "channel.cheer"}, 0),
        ({"conduit_id": "x"}, 0),
    ):
        assert len((await listed(**query)).json()["data"]) == count, query


async def test_deleting_ends_the_deliveries(
    app: Helix, twitch: FakeTwitch, callback_url: str
) -> None:
    await subscribe(app, callback_url)
    sender = await asyncio.wait_for(twitch.webhooks.chat_sender(), 30)
    wanted = {"id": sender.subscription.id}
    foreign = Helix(app.http, app.base_url, app_token(twitch, OTHER_APP), OTHER_APP.id)
    path = "eventsub/subscriptions"
    assert (await foreign.call("DELETE", path, query=wanted)).status_code == 404
    assert (await app.call("DELETE", path)).status_code == 400
    assert (await app.call("DELETE", path, query=wanted)).status_code == 204
    assert (await app.call("DELETE", path, query=wanted)).status_code == 404
    assert (await sender.deliver(ChatLine(chatter=SUBSCRIBER, text="hi"))).attempts == []
    assert (await app.call("GET", path)).json()["total"] == 0


async def test_what_the_bot_says_comes_back(
    app: Helix, twitch: FakeTwitch, callback: Callback, callback_url: str
) -> None:
    await subscribe(app, callback_url)
    await asyncio.wait_for(twitch.webhooks.chat_sender(), 30)
    twitch.authorize(APP.id, BOT, ["user:write:chat"])
    sent = (await app.say("Entered: Thaldor")).json()["data"][0]
    await until(lambda: len(callback.requests) == 2)
    event = callback.requests[1].json_object()["event"]
    assert event["message_id"] == sent["message_id"]
    assert event["chatter_user_id"] == BOT.id
    assert event["message"]["text"] == "Entered: Thaldor"
    assert "bot-badge" in [badge["set_id"] for badge in event["badges"]]


async def test_withdrawn_consent_revokes_the_subscription(
    app: Helix, twitch: FakeTwitch, callback: Callback, callback_url: str
) -> None:
    await subscribe(app, callback_url)
    await asyncio.wait_for(twitch.webhooks.chat_sender(), 30)
    await twitch.disconnect(APP.id, BOT)
    revocation = callback.requests[-1]
    assert revocation.headers["twitch-eventsub-message-type"] == "revocation"
    assert revocation.json_object()["subscription"]["status"] == "authorization_revoked"
    assert "event" not in revocation.json_object()
    listed = (await app.call("GET", "eventsub/subscriptions")).json()["data"]
    assert [one["status"] for one in listed] == ["authorization_revoked"]
