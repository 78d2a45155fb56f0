"""The simulated Helix: chat, users, subscriptions, followers, with Twitch's strictness."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest

from goldomatic.simulation.twitch import FakeTwitch
from simulation.stage import (
    APP,
    BOT,
    CAST,
    FOUNDER,
    OTHER_APP,
    OWNER,
    PANEL,
    PASSER_BY,
    SUBSCRIBER,
    HandClock,
    Helix,
    app_token,
    user_token,
)


@pytest.fixture
def reader(twitch: FakeTwitch, base_url: str, http: httpx2.AsyncClient) -> Helix:
    """The broadcaster's token for subscriptions and followers."""
    scopes = ["channel:read:subscriptions", "moderator:read:followers"]
    return Helix(http, base_url, user_token(twitch, OWNER, scopes))


def refused(answer: httpx2.Response, status: int, message: str) -> bool:
    body = answer.json()
    assert set(body) == {"error", "status", "message"}
    assert body["status"] == answer.status_code
    return answer.status_code == status and message in body["message"]


async def test_a_line_is_posted_and_listed(
    bot: Helix, twitch: FakeTwitch, base_url: str, http: httpx2.AsyncClient
) -> None:
    heard: list[str] = []
    twitch.listeners.append(lambda post: heard.append(post.text))
    answer = await bot.say("Награда отправлена персонажу Thaldor на почту, проверяй ящик!")
    (sent,) = answer.json()["data"]
    assert answer.status_code == 200
    assert sent["is_sent"] is True
    (listed,) = (await http.get(f"{base_url}/control/messages")).json()["data"]
    assert listed["message_id"] == sent["message_id"]
    assert listed["sender_id"] == BOT.id
    assert heard == [listed["text"]]


async def test_the_same_line_within_30_seconds_is_dropped(bot: Helix, clock: HandClock) -> None:
    first = (await bot.say("hello")).json()["data"][0]
    clock.advance(seconds=29)
    again = await bot.say("hello")
    assert first["is_sent"] is True
    assert again.status_code == 200
    assert again.json()["data"][0]["is_sent"] is False
    assert again.json()["data"][0]["message_id"] == ""
    assert again.json()["data"][0]["drop_reason"]["code"] == "msg_duplicate"
    clock.advance(seconds=2)
    assert (await bot.say("hello")).json()["data"][0]["is_sent"] is True


@pytest.mark.parametrize(("moderates", "most"), [(True, 100), (False, 20)])
async def test_so_many_lines_in_30_seconds_and_no_more(
    bot: Helix, twitch: FakeTwitch, clock: HandClock, moderates: bool, most: int
) -> None:
    twitch.users[BOT.id] = replace(BOT, moderator=moderates)
    answers = [(await bot.say(f"line {n}")).json()["data"][0] for n in range(most + 1)]
    assert [answer["is_sent"] for answer in answers] == [True] * most + [False]
    assert answers[-1]["drop_reason"]["code"] == "msg_ratelimit"
    assert len(twitch.messages) == most
    clock.advance(seconds=30)
    assert (await bot.say("line 21")).json()["data"][0]["is_sent"] is True


async def test_500_characters_and_no_more(bot: Helix, twitch: FakeTwitch) -> None:
    assert (await bot.say("ж" * 500)).status_code == 200
    assert refused(await bot.say("ж" * 501), 422, "too large")
    assert len(twitch.messages) == 1


@pytest.mark.parametrize("name", ["broadcaster_id", "sender_id", "message"])
async def test_every_field_of_a_line_is_required(bot: Helix, name: str) -> None:
    assert refused(await bot.say("hi", **{name: ""}), 400, name)
    assert refused(await bot.say("hi", **{name: None}), 400, name)


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff"])
async def test_a_body_that_is_no_json_object(bot: Helix, twitch: FakeTwitch, body: bytes) -> None:
    headers = {"Client-Id": APP.id}
    twitch.authorize(APP.id, BOT, ["user:read:chat", "user:bot"])
    for path, token in (
        ("chat/messages", bot.token),
        ("eventsub/subscriptions", app_token(twitch)),
    ):
        answer = await bot.http.post(
            f"{bot.base_url}/helix/{path}",
            content=body,
            headers={**headers, "Authorization": f"Bearer {token}"},
        )
        assert refused(answer, 400, "not valid JSON")


async def test_a_user_token_speaks_for_its_user_only(bot: Helix, twitch: FakeTwitch) -> None:
    assert refused(await bot.say("hi", sender_id=OWNER.id), 401, "sender_id")
    assert refused(await bot.say("hi", for_source_only=True), 400, "for_source_only")
    bot.token = user_token(twitch, BOT, ["user:read:chat"])
    assert refused(await bot.say("hi"), 401, "Missing scope: user:write:chat")
    assert twitch.messages == []


async def test_an_app_token_needs_the_consent_of_bot_and_channel(
    bot: Helix, twitch: FakeTwitch
) -> None:
    bot.token = app_token(twitch)
    say = {"sender_id": SUBSCRIBER.id}
    assert refused(await bot.say("hi", **say), 401, "Missing scope: user:bot user:write:chat")
    twitch.authorize(APP.id, SUBSCRIBER, ["user:write:chat", "user:bot"])
    assert refused(await bot.say("hi", **say), 403, "may not write")
    twitch.authorize(APP.id, OWNER, ["channel:bot"])
    assert (await bot.say("hi", for_source_only=True, **say)).status_code == 200
    assert twitch.messages[0].by_app_token


async def test_a_moderator_needs_no_consent_of_the_channel(bot: Helix, twitch: FakeTwitch) -> None:
    bot.token = app_token(twitch)
    twitch.authorize(APP.id, BOT, ["user:write:chat", "user:bot"])
    assert (await bot.say("hi")).status_code == 200


async def test_who_may_not_call_at_all(
    bot: Helix, twitch: FakeTwitch, http: httpx2.AsyncClient, clock: HandClock
) -> None:
    url = f"{bot.base_url}/helix/users"
    good = {"Authorization": f"Bearer {bot.token}", "Client-Id": APP.id}
    assert refused(await http.get(url, headers={"Client-Id": APP.id}), 401, "token is missing")
    assert refused(await http.get(url, headers={**good, "Client-Id": ""}), 401, "Client ID")
    mixed = {**good, "Client-Id": OTHER_APP.id}
    assert refused(await http.get(url, headers=mixed), 401, "do not match")
    unknown = {**good, "Authorization": "Bearer abc"}
    assert refused(await http.get(url, headers=unknown), 401, "Invalid OAuth token")
    assert (await http.get(url, headers=good)).status_code == 200
    clock.advance(hours=4)
    assert refused(await http.get(url, headers=good), 401, "Invalid OAuth token")


async def test_users_by_id_and_login_and_by_token(bot: Helix) -> None:
    query = [("id", SUBSCRIBER.id), ("id", "1"), ("login", FOUNDER.login.upper())]
    found = (await bot.call("GET", "users", query=query)).json()["data"]
    assert [user["id"] for user in found] == [SUBSCRIBER.id, FOUNDER.id]
    (own,) = (await bot.call("GET", "users")).json()["data"]
    assert own["id"] == BOT.id
    assert "email" not in own


async def test_users_refuses_what_twitch_refuses(bot: Helix, twitch: FakeTwitch) -> None:
    many = [("id", str(number)) for number in range(101)]
    assert refused(await bot.call("GET", "users", query=many), 400, "100")
    assert refused(await bot.call("GET", "users", query={"id": "abc"}), 400, "Bad Identifiers")
    bot.token = app_token(twitch)
    assert refused(await bot.call("GET", "users"), 400, "Must provide")


async def subscriptions(helix: Helix, **query: Any) -> httpx2.Response:
    query = {"broadcaster_id": OWNER.id, **query}
    return await helix.call("GET", "subscriptions", query=query)


async def test_subscriptions_are_paged_to_the_end(reader: Helix, twitch: FakeTwitch) -> None:
    expected = [user.id for user in (OWNER, *CAST) if user.is_subscriber]
    found: list[str] = []
    cursor: str | None = None
    pages = 0
    while cursor is not None or pages == 0:
        query: dict[str, Any] = {"first": 25} | ({"after": cursor} if cursor else {})
        body = (await subscriptions(reader, **query)).json()
        assert body["total"] == len(expected)
        found += [entry["user_id"] for entry in body["data"]]
        cursor, pages = body["pagination"].get("cursor"), pages + 1
    assert found == expected
    assert pages == -(-len(expected) // 25)
    assert len(expected) < 100
    exactly_full = (await subscriptions(reader, first=len(expected))).json()
    assert exactly_full["pagination"] == {}


async def test_short_pages_end_only_where_the_cursor_ends(
    reader: Helix, twitch: FakeTwitch
) -> None:
    twitch.short_pages = True
    body = (await subscriptions(reader, first=20)).json()
    assert len(body["data"]) == 19
    rest = (await subscriptions(reader, first=100, after=body["pagination"]["cursor"])).json()
    assert len(rest["data"]) == body["total"] - 19
    assert rest["pagination"] == {}


async def test_a_subscription_tells_tier_and_gift_but_no_months(reader: Helix) -> None:
    query = {"user_id": [SUBSCRIBER.id, PASSER_BY.id, FOUNDER.id]}
    body = (await subscriptions(reader, **query)).json()
    assert [entry["user_id"] for entry in body["data"]] == [SUBSCRIBER.id, FOUNDER.id]
    assert body["pagination"] == {}
    assert set(body["data"][0]) == {
        "broadcaster_id", "broadcaster_login", "broadcaster_name",
        "gifter_id", "gifter_login", "gifter_name", "is_gift", "plan_name", "tier",
        "user_id", "user_login", "user_name",
    }  # fmt: skip
    assert (await subscriptions(reader, user_id=PASSER_BY.id)).json()["data"] == []


async def test_gifts_name_the_giver(reader: Helix) -> None:
    body = (await subscriptions(reader, first=100)).json()
    gifts = [entry for entry in body["data"] if entry["is_gift"]]
    assert gifts
    assert all(entry["gifter_id"] == OWNER.id for entry in gifts)
    assert all(entry["gifter_id"] == "" for entry in body["data"] if not entry["is_gift"])


async def test_only_the_broadcaster_reads_subscriptions(reader: Helix, twitch: FakeTwitch) -> None:
    missing = await reader.call("GET", "subscriptions")
    assert refused(missing, 400, "broadcaster_id")
    assert refused(await subscriptions(reader, first=101), 400, "first")
    assert refused(await subscriptions(reader, after="!!"), 400, "cursor")
    many = [str(number) for number in range(101)]
    assert refused(await subscriptions(reader, user_id=many), 400, "user_id")
    reader.token = user_token(twitch, BOT, ["channel:read:subscriptions"])
    assert refused(await subscriptions(reader), 401, "must match")
    reader.token = user_token(twitch, OWNER, ["channel:bot"])
    assert refused(await subscriptions(reader), 401, "Missing scope: channel:read:subscriptions")
    reader.token = app_token(twitch)
    assert refused(await subscriptions(reader), 401, "User OAUTH")


async def test_an_extension_reads_subscriptions_once_the_broadcaster_allowed_it(
    reader: Helix, twitch: FakeTwitch
) -> None:
    panel = Helix(reader.http, reader.base_url, app_token(twitch, PANEL), PANEL.id)
    assert refused(await subscriptions(panel), 401, "User OAUTH")
    twitch.authorize(PANEL.id, OWNER, ["channel:read:subscriptions"])
    assert (await subscriptions(panel)).status_code == 200


async def followers(helix: Helix, **query: Any) -> httpx2.Response:
    query = {"broadcaster_id": OWNER.id, **query}
    return await helix.call("GET", "channels/followers", query=query)


async def test_followers_for_the_broadcaster(reader: Helix) -> None:
    expected = [user.id for user in CAST if user.follows]
    body = (await followers(reader, first=100)).json()
    assert body["total"] == len(expected)
    assert [entry["user_id"] for entry in body["data"]] == expected[:100]
    (one,) = (await followers(reader, user_id=SUBSCRIBER.id)).json()["data"]
    assert one["user_login"] == SUBSCRIBER.login
    assert (await followers(reader, user_id="1")).json()["data"] == []


async def test_others_see_only_how_many_followers(reader: Helix, twitch: FakeTwitch) -> None:
    total = (await followers(reader)).json()["total"]
    reader.token = user_token(twitch, PASSER_BY, ["moderator:read:followers"])
    assert (await followers(reader)).json() == {"data": [], "pagination": {}, "total": total}
    assert refused(await followers(reader, user_id=SUBSCRIBER.id), 401, "followers")
    reader.token = user_token(twitch, BOT, ["moderator:read:followers"])
    assert len((await followers(reader)).json()["data"]) == 20


async def test_unknown_routes_are_refused_in_twitchs_shape(bot: Helix) -> None:
    assert refused(await bot.call("GET", "streams"), 404, "Not Found")
    assert refused(await bot.call("GET", "chat/messages"), 404, "Not Found")
