"""twitchAPI and TwitchIO, which know nothing of us, go through their flows at our Twitch.

What they take for Twitch is fit to judge our own client. Each does its own device code, its own
refresh, and hears its own EventSub WebSocket through a move, a close and a revocation.
"""

import asyncio
import logging
import random
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from twitchAPI.eventsub.websocket import EventSubWebsocket
from twitchAPI.oauth import CodeFlow, refresh_access_token, validate_token
from twitchAPI.object.eventsub import ChannelChatMessageEvent
from twitchAPI.twitch import Twitch
from twitchAPI.type import AuthScope, EventSubSubscriptionError

from goldomatic.simulation.eventsub_messages import ChatLine
from goldomatic.simulation.twitch import FakeTwitch
from simulation.stage import APP, CAST, OWNER
from support.twitch import until

with warnings.catch_warnings():
    # TwitchIO subclasses aiohttp's Application, which aiohttp discourages at the import.
    warnings.simplefilter("ignore", DeprecationWarning)
    import twitchio
    from twitchio.eventsub import websockets as twitchio_websockets
    from twitchio.http import Route

SCOPES = [AuthScope.USER_READ_CHAT, AuthScope.BITS_READ]
READER = OWNER

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Both complain about what is done to them here."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
async def served() -> AsyncIterator[tuple[FakeTwitch, str]]:
    fake = FakeTwitch(OWNER, CAST, clients=[APP], rng=random.Random(11))
    fake.device_interval = 1
    async with fake.serve() as url:
        yield fake, url


async def say(fake: FakeTwitch, text: str) -> None:
    await fake.say(ChatLine(chatter=CAST[-1], text=text))


async def say_until(fake: FakeTwitch, text: str, heard: list[str]) -> None:
    """Say it until it is heard: both drop what comes before they have read that they subscribed."""
    async with asyncio.timeout(60):
        while text not in heard:
            await say(fake, text)
            await asyncio.sleep(0.1)


@asynccontextmanager
async def twitch_api(fake: FakeTwitch, url: str) -> AsyncIterator[Twitch]:
    """twitchAPI with a token from its own device-code flow."""
    auth = f"{url}/oauth2/"
    client = await Twitch(APP.id, APP.secret, base_url=f"{url}/helix/", auth_base_url=auth)
    flow = CodeFlow(client, SCOPES, auth_base_url=auth)
    code, address = await flow.get_code()
    assert address.endswith(code)
    assert fake.devices.entered(code, READER.id, fake.clock())
    token, refresh = await flow.wait_for_auth_complete()
    await client.set_user_authentication(token, SCOPES, refresh)
    try:
        yield client
    finally:
        await client.close()


async def test_twitch_api_signs_in_by_code_validates_and_refreshes(
    served: tuple[FakeTwitch, str],
) -> None:
    fake, url = served
    async with twitch_api(fake, url) as client:
        auth = f"{url}/oauth2/"
        seen = await validate_token(client._user_auth_token, auth_base_url=auth)
        assert (seen["user_id"], seen["client_id"]) == (READER.id, APP.id)
        access, refresh = await refresh_access_token(
            client._user_auth_refresh_token, APP.id, APP.secret, auth_base_url=auth
        )
        assert access != client._user_auth_token
        assert refresh != client._user_auth_refresh_token
        # A token that ends is refreshed on the way to an answer.
        await client.set_user_authentication(access, SCOPES, refresh)
        fake.tokens.expire_all()
        users = [user async for user in client.get_users(user_ids=[READER.id])]
        assert [user.login for user in users] == [READER.login]


async def test_twitch_api_hears_the_chat_over_a_move_and_a_close(
    served: tuple[FakeTwitch, str],
) -> None:
    fake, url = served
    heard: list[str] = []

    async def on_message(event: ChannelChatMessageEvent) -> None:
        heard.append(event.event.message.text)

    async with twitch_api(fake, url) as client:
        socket = EventSubWebsocket(client, connection_url=f"{url.replace('http', 'ws', 1)}/ws")
        socket.reconnect_delay_steps = [0, 1, 2]
        await asyncio.to_thread(socket.start)
        try:
            await socket.listen_channel_chat_message(OWNER.id, READER.id, on_message)
            await say(fake, "one")
            await until(lambda: heard == ["one"])
            [session] = fake.sessions.sessions.values()
            before = session.connection
            await fake.sessions.reconnect(session)
            await until(lambda: session.connection is not before)
            await until(lambda: before.over.done())
            # It notices a close by the missing keepalive: let that be sooner than 20 s.
            socket.active_session.keepalive_timeout_seconds = 1
            await say(fake, "two")
            await until(lambda: heard == ["one", "two"])
            fake.sessions.close(session, 4000)
            await until(
                lambda: any(one.session_id != session.id for one in fake.sessions.enabled()), 10
            )
            await say_until(fake, "three", heard)
            with pytest.raises(EventSubSubscriptionError, match="authorization"):
                await socket.listen_channel_subscribe(OWNER.id, on_message)  # type: ignore[arg-type]
        finally:
            await socket.stop()


@asynccontextmanager
async def twitch_io(url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[twitchio.Client]:
    monkeypatch.setattr(Route, "BASE", f"{url}/helix/")
    monkeypatch.setattr(Route, "ID_BASE", f"{url}/")
    monkeypatch.setattr(twitchio_websockets, "WSS", f"{url.replace('http', 'ws', 1)}/ws")
    client = twitchio.Client(client_id=APP.id, client_secret=APP.secret, bot_id=READER.id)
    await client.login(load_tokens=False, save_tokens=False)
    try:
        yield client
    finally:
        await client.close(save_tokens=False)


async def test_twitchio_signs_in_by_code_and_hears_the_chat_over_a_move_and_a_close(
    served: tuple[FakeTwitch, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, url = served
    heard: list[str] = []
    async with twitch_io(url, monkeypatch) as client:

        async def on_message(message: twitchio.ChatMessage) -> None:
            heard.append(message.text)

        client.add_listener(on_message, event="event_message")
        oauth = client._http
        scopes = twitchio.Scopes(["user:read:chat", "bits:read"])
        begun = await oauth.device_code_flow(scopes=scopes)
        assert fake.devices.entered(begun["user_code"], READER.id, fake.clock())
        given = await oauth.device_code_authorization(
            scopes=scopes, device_code=begun["device_code"]
        )
        payload = await client.add_token(given["access_token"], given["refresh_token"])
        assert payload.user_id == READER.id
        wanted = twitchio.eventsub.ChatMessageSubscription(
            broadcaster_user_id=OWNER.id, user_id=READER.id
        )
        await client.subscribe_websocket(wanted, token_for=READER.id)
        await say(fake, "one")
        await until(lambda: heard == ["one"])
        [session] = fake.sessions.sessions.values()
        before = session.connection
        await fake.sessions.reconnect(session)
        await until(lambda: before.over.done())
        await say(fake, "two")
        await until(lambda: heard == ["one", "two"])
        fake.sessions.close(session, 4000)
        await until(
            lambda: any(one.session_id != session.id for one in fake.sessions.enabled()), 10
        )
        await say_until(fake, "three", heard)
