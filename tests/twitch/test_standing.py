"""What Twitch's answers say of a viewer, and what they do not say."""

import pytest

from goldomatic.twitch.account_wire import Profile
from goldomatic.twitch.standing import (
    Follow,
    FollowStatus,
    Subscribed,
    follow_of,
    own_profile,
    subscribed,
)
from goldomatic.twitch.tokens import StaticToken
from twitch.helix_stage import CHANNEL, VIEWER, Staging
from twitch.scripted_http import Reply, reply

SCOPES = frozenset({"moderator:read:followers", "channel:read:subscriptions"})
FOLLOWS = reply(200, {"total": 1, "data": [{"user_id": VIEWER}]})
EMPTY = reply(200, {"total": 5, "data": []})
SUBSCRIBES = reply(200, {"data": [{"user_id": VIEWER, "tier": "2000", "is_gift": True}]})


def unknown(reason: str) -> Follow:
    return Follow(FollowStatus.UNKNOWN, reason)


#
@pytest.mark.parametrize(
    ("told", "follow"),
    [
        (FOLLOWS, Follow(FollowStatus.FOLLOWING)),
        (EMPTY, Follow(FollowStatus.NOT_FOLLOWING)),
        (reply(404), Follow(FollowStatus.NOT_FOLLOWING)),
        (reply(400, {"message": "bad"}), unknown("http_400")),
        (reply(401, {"message": "Missing scope"}), unknown("unauthorized")),
        (reply(403), unknown("http_403")),
        (reply(418), unknown("http_418")),
        (Reply(200), unknown("empty_response")),
        (Reply(200, b"{"), unknown("invalid_json")),
        (Reply(200, b"[]"), unknown("invalid_json")),
        (Reply(200, b'{"data": 1}'), unknown("invalid_json")),
        (Reply(breaks=True), unknown("network_error")),
    ],
)
async def test_a_follow(stage: Staging, told: Reply, follow: Follow) -> None:
    made = await stage(told)
    assert await follow_of(made.helix(), VIEWER, SCOPES) == follow
    (call,) = made.calls
    assert (call.method, call.path) == ("GET", "/helix/channels/followers")
    assert call.query == {"broadcaster_id": [CHANNEL], "user_id": [VIEWER]}


#
async def test_without_the_scope_an_empty_list_says_nothing(stage: Staging) -> None:
    made = await stage(EMPTY, EMPTY, FOLLOWS)
    assert await follow_of(made.helix(), VIEWER, frozenset()) == unknown("missing_scope")
    assert await follow_of(made.helix(), VIEWER, None) == Follow(FollowStatus.NOT_FOLLOWING)
    assert await follow_of(made.helix(), VIEWER, frozenset()) == Follow(FollowStatus.FOLLOWING)


#
@pytest.mark.parametrize(
    ("told", "subscription"),
    [
        (SUBSCRIBES, Subscribed(True, "2000", True)),
        (reply(200, {"data": [{}]}), Subscribed(True, None, False)),
        (EMPTY, Subscribed(False)),
        (reply(404), Subscribed(False)),
        (reply(400, {"message": "user is not subscribed"}), Subscribed(False)),
        (reply(400, {"message": "bad id"}), Subscribed(None, reason="http_400")),
        (reply(401), Subscribed(None, reason="unauthorized")),
        (reply(403), Subscribed(None, reason="http_403")),
        (Reply(200), Subscribed(None, reason="empty_response")),
        (Reply(200, b"no"), Subscribed(None, reason="invalid_json")),
        (Reply(breaks=True), Subscribed(None, reason="network_error")),
    ],
)
async def test_a_subscription(stage: Staging, told: Reply, subscription: Subscribed) -> None:
    made = await stage(told)
    assert await subscribed(made.helix(), VIEWER) == subscription


#
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_reads_are_repeated_twice_and_no_more(stage: Staging, status: int) -> None:
    made = await stage(reply(status), reply(status), FOLLOWS)
    assert await follow_of(made.helix(), VIEWER, SCOPES) == Follow(FollowStatus.FOLLOWING)
    assert made.pauses == [0.5, 1.0]
    made = await stage(*[reply(status)] * 4)
    assert await follow_of(made.helix(), VIEWER, SCOPES) == unknown(f"http_{status}")
    assert len(made.calls) == 3


async def test_a_wait_that_is_too_long_is_not_waited_for(stage: Staging) -> None:
    made = await stage(reply(429, retry_after="11"), FOLLOWS)
    assert await follow_of(made.helix(), VIEWER, SCOPES) == unknown("http_429")
    assert made.pauses == []


async def test_a_silent_twitch_is_asked_once(stage: Staging) -> None:
    made = await stage(Reply(hangs=True), FOLLOWS)
    answer = await follow_of(made.helix(timeout=0.1), VIEWER, SCOPES)
    assert answer == unknown("network_error")
    assert made.pauses == []


async def test_without_a_token_or_an_id_nothing_is_asked(stage: Staging) -> None:
    made = await stage()
    helix = made.helix(StaticToken(None))
    assert await follow_of(helix, VIEWER, SCOPES) == unknown("missing_broadcaster_token")
    assert await follow_of(made.helix(), "", SCOPES) == unknown("missing_twitch_id")
    assert (await subscribed(made.helix(), "")).reason == "missing_twitch_id"
    assert made.calls == []


async def test_the_profile_of_a_tokens_owner(stage: Staging) -> None:
    user = {
        "id": VIEWER,
        "login": "stonebelly",
        "display_name": "StoneBelly",
        "profile_image_url": "https://static-cdn.jtvnw.net/a.png",
        "email": "Stone@Example.test",
    }
    made = await stage(reply(200, {"data": [user]}))
    image = "https://static-cdn.jtvnw.net/a.png"
    told = await own_profile(made.helix(), "a-viewers-token")
    assert told == Profile(VIEWER, "stonebelly", "StoneBelly", image, "stone@example.test")
    assert "stonebelly" not in repr(told)
    (call,) = made.calls
    assert (call.path, call.query) == ("/helix/users", {})
    assert call.headers["authorization"] == "Bearer a-viewers-token"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (reply(200, {"data": []}), "invalid_json"),
        (reply(200, {"data": [{"id": 1}]}), "invalid_json"),
        (reply(401), "unauthorized"),
        (reply(404), "http_404"),
        (Reply(breaks=True), "network_error"),
    ],
)
async def test_a_profile_that_is_not_told(stage: Staging, told: Reply, reason: str) -> None:
    made = await stage(told)
    assert await own_profile(made.helix(), "a-viewers-token") == reason


@pytest.mark.parametrize(
    "url",
    ["http://x.test/a.png", "javascript:alert(1)", 'https://x.test/"><b>', "https://x.test/щ"],
)
async def test_a_picture_that_could_be_more_than_one(stage: Staging, url: str) -> None:
    user = {"id": VIEWER, "login": "x", "profile_image_url": url, "email": 5, "display_name": None}
    nobody = Profile(VIEWER, "x", "", None, None)
    made = await stage(reply(200, {"data": [user]}))
    assert await own_profile(made.helix(), "a-viewers-token") == nobody
