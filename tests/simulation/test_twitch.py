"""Two independent libraries read what the simulated Twitch sends."""

import asyncio
import warnings
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx2
import pytest
from twitchAPI.object.eventsub import ChannelChatMessageEvent
from twitchAPI.twitch import Twitch
from twitchAPI.type import AuthScope

from goldomatic.simulation.eventsub_sender import EventSubSender
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.twitch import FakeTwitch
from simulation.stage import (
    APP,
    BOT,
    CAST,
    OWNER,
    PASSER_BY,
    SECRET,
    SUBSCRIBER,
    Callback,
    HandClock,
)
from simulation.test_eventsub_messages import VARIANTS

with warnings.catch_warnings():
    # TwitchIO subclasses aiohttp's Application, which aiohttp discourages at the import.
    warnings.simplefilter("ignore", DeprecationWarning)
    import twitchio
    from twitchio.http import Route
    from twitchio.models.eventsub_ import ChatMessage

BOT_SCOPES = ["user:write:chat", "user:bot"]
OWNER_SCOPES = ["channel:read:subscriptions", "moderator:read:followers"]
SUBSCRIBERS = [user.id for user in (OWNER, *CAST) if user.is_subscriber]
FOLLOWERS = [user.id for user in CAST if user.follows]


@pytest.fixture
async def api(base_url: str) -> Twitch:
    """twitchAPI with an app token."""
    api = Twitch(
        APP.id, APP.secret, base_url=f"{base_url}/helix/", auth_base_url=f"{base_url}/oauth2/"
    )
    await api.authenticate_app([])
    return api


async def as_user(api: Twitch, twitch: FakeTwitch, user: Any, scopes: list[str]) -> None:
    authorization = twitch.authorize(APP.id, user, scopes)
    await api.set_user_authentication(
        authorization.access.value,
        [AuthScope(scope) for scope in scopes],
        authorization.refresh_token,
    )


async def test_twitchapi_reads_users(api: Twitch) -> None:
    found = [user async for user in api.get_users(user_ids=[SUBSCRIBER.id, PASSER_BY.id, "1"])]
    assert [(user.login, user.display_name) for user in found] == [
        (SUBSCRIBER.login, SUBSCRIBER.display_name),
        (PASSER_BY.login, "Прохожий"),
    ]


async def test_twitchapi_sends_chat_messages(api: Twitch, twitch: FakeTwitch) -> None:
    await as_user(api, twitch, BOT, BOT_SCOPES)
    sent = await api.send_chat_message(OWNER.id, BOT.id, "Удачи!")
    dropped = await api.send_chat_message(OWNER.id, BOT.id, "Удачи!")
    assert sent.is_sent
    assert sent.message_id == twitch.messages[0].message_id
    assert not dropped.is_sent
    assert dropped.drop_reason is not None
    assert dropped.drop_reason.code == "msg_duplicate"


async def test_twitchapi_refreshes_a_dead_token(api: Twitch, twitch: FakeTwitch) -> None:
    await as_user(api, twitch, BOT, BOT_SCOPES)
    before = api.get_user_auth_token()
    twitch.tokens.expire_all()
    assert (await api.send_chat_message(OWNER.id, BOT.id, "after the refresh")).is_sent
    assert api.get_user_auth_token() != before


async def test_twitchapi_reads_subscriptions_and_followers(api: Twitch, twitch: FakeTwitch) -> None:
    await as_user(api, twitch, OWNER, OWNER_SCOPES)
    listing = await api.get_broadcaster_subscriptions(OWNER.id, first=30)
    assert listing.total == len(SUBSCRIBERS)
    assert [entry.user_id async for entry in listing] == SUBSCRIBERS
    asked = await api.get_broadcaster_subscriptions(
        OWNER.id, user_ids=[SUBSCRIBER.id, PASSER_BY.id]
    )
    assert [entry.tier async for entry in asked] == ["1000"]
    followers = await api.get_channel_followers(OWNER.id, first=100)
    assert [entry.user_id async for entry in followers] == FOLLOWERS


@pytest.fixture
async def client(base_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[twitchio.Client]:
    """TwitchIO, logged in with an app token of its own."""
    monkeypatch.setattr(Route, "BASE", f"{base_url}/helix/")
    monkeypatch.setattr(Route, "ID_BASE", f"{base_url}/")
    client = twitchio.Client(client_id=APP.id, client_secret=APP.secret, bot_id=BOT.id)
    await client.login(load_tokens=False, save_tokens=False)
    yield client
    await client.close()


async def add_token(
    client: twitchio.Client, twitch: FakeTwitch, user: Any, scopes: list[str]
) -> None:
    authorization = twitch.authorize(APP.id, user, scopes)
    await client.add_token(authorization.access.value, authorization.refresh_token)


async def test_twitchio_reads_users(client: twitchio.Client) -> None:
    found = await client.fetch_users(ids=[SUBSCRIBER.id], logins=[PASSER_BY.login])
    assert [(user.id, user.display_name) for user in found] == [
        (SUBSCRIBER.id, SUBSCRIBER.display_name),
        (PASSER_BY.id, PASSER_BY.display_name),
    ]


async def test_twitchio_sends_chat_messages(client: twitchio.Client, twitch: FakeTwitch) -> None:
    await add_token(client, twitch, BOT, BOT_SCOPES)
    channel = client.create_partialuser(OWNER.id)
    sent = await channel.send_message("good luck", sender=BOT.id, token_for=BOT.id)
    assert sent.sent
    with pytest.raises(twitchio.MessageRejectedError, match="msg_duplicate"):
        await channel.send_message("good luck", sender=BOT.id, token_for=BOT.id)
    assert [post.text for post in twitch.messages] == ["good luck"]


async def test_twitchio_refreshes_a_dead_token(client: twitchio.Client, twitch: FakeTwitch) -> None:
    await add_token(client, twitch, BOT, BOT_SCOPES)
    twitch.tokens.expire_all()
    channel = client.create_partialuser(OWNER.id)
    assert (await channel.send_message("refreshed", sender=BOT.id, token_for=BOT.id)).sent


async def test_twitchio_reads_subscriptions_and_followers(
    client: twitchio.Client, twitch: FakeTwitch
) -> None:
    await add_token(client, twitch, OWNER, OWNER_SCOPES)
    channel = client.create_partialuser(OWNER.id)
    listing = await channel.fetch_broadcaster_subscriptions(first=30, max_results=1000)
    assert listing.total == len(SUBSCRIBERS)
    assert [entry.user.id async for entry in listing.subscriptions] == SUBSCRIBERS
    followers = await channel.fetch_followers(first=100, max_results=1000)
    assert followers.total == len(FOLLOWERS)
    assert [entry.user.id async for entry in followers.followers] == FOLLOWERS


async def test_twitchio_lists_eventsub_subscriptions(
    client: twitchio.Client, twitch: FakeTwitch
) -> None:
    twitch.authorize(APP.id, BOT, ["user:read:chat", "user:bot"])
    subscription = twitchio.eventsub.ChatMessageSubscription(
        broadcaster_user_id=OWNER.id, user_id=BOT.id
    )
    async with serve_asgi(Callback()) as url:
        answer = await client.subscribe_webhook(
            subscription, callback_url=url, eventsub_secret=SECRET
        )
        assert answer is not None
        assert answer["data"][0]["cost"] == 0
        listed = await client.fetch_eventsub_subscriptions()
        assert listed.max_total_cost == 10_000
        assert [one.type async for one in listed.subscriptions] == ["channel.chat.message"]


async def delivered(name: str, clock: HandClock) -> dict[str, Any]:
    """What really arrives over HTTP for a variant of a chat line."""
    callback = Callback()
    async with serve_asgi(callback) as url, httpx2.AsyncClient(trust_env=False) as http:
        sender = EventSubSender(url, SECRET, http, clock, broadcaster=OWNER, reader=BOT)
        await sender.deliver(VARIANTS[name])
    (request,) = callback.requests
    return request.json_object()


@pytest.mark.parametrize("name", VARIANTS)
async def test_both_libraries_parse_every_kind_of_line(name: str, clock: HandClock) -> None:
    line, body = VARIANTS[name], await delivered(name, clock)
    expected = [badge["set_id"] for badge in line.chatter.badges]

    event_class: Any = ChannelChatMessageEvent
    parsed = event_class(**body, metadata=None).event
    assert parsed.chatter_user_id == line.chatter.id
    assert parsed.message.text.count(line.text) == 1
    assert [badge.set_id for badge in parsed.badges] == expected
    assert (parsed.cheer is None) is (line.bits == 0)
    assert (parsed.reply is None) is (line.reply_to is None)
    source = line.source.broadcaster.id if line.source else None
    assert parsed.source_broadcaster_user_id == source

    message = ChatMessage(body["event"], http=cast("Any", None))
    assert message.chatter.id == line.chatter.id
    assert [badge.set_id for badge in message.badges] == expected
    assert message.chatter.subscriber is ("subscriber" in expected)
    assert (message.source_broadcaster and message.source_broadcaster.id) == source
    assert (message.cheer and message.cheer.bits) == (line.bits or None)
    assert (message.reply is None) is (line.reply_to is None)


async def test_closing_twice_is_harmless(twitch: FakeTwitch) -> None:
    async with twitch.serve():
        pass
    await asyncio.wait_for(twitch.aclose(), 30)
