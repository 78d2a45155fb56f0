"""What Twitch is asked about viewers, with a simulated Twitch behind the real service."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from goldomatic.raffle.state import Member
from goldomatic.values import ViewerId
from support import sign_in
from support.service import ANNA, OWNER, viewer
from support.sign_in import Visitor, Web

FOLLOWERS = "channels/followers"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    """A service with a simulated Twitch, where the broadcaster has signed in."""
    async with sign_in.web(tmp_path) as made:
        owner = await made.signed_in(OWNER)
        await made.settled()
        answer = await owner.post("/api/admin/session/start", json={})
        assert answer.status_code == 200, answer.text
        yield made


def member(web: Web, viewer_id: str = ANNA.id) -> Member:
    found: Member = web.stage.service.state.raffle.members.durable[ViewerId(viewer_id)]
    return found


async def comes(web: Web, user: Any = ANNA) -> Visitor:
    """Somebody signs in, and what the service asks of Twitch then is done."""
    browser = await web.signed_in(user)
    await web.settled()
    return browser


def asked(web: Web) -> int:
    """How often Helix was asked about viewers."""
    return sum("/channels/followers" in call or "/subscriptions" in call for call in web.calls)


async def post(browser: Visitor, path: str) -> dict[str, Any]:
    answer = await browser.post(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_who_signs_in_is_known_with_follow_and_subscription(web: Web) -> None:
    browser = await comes(web)
    found = member(web)
    assert (found.login, found.is_follower, found.is_subscriber) == (ANNA.login, True, True)
    assert found.synced_at is not None
    session = await browser.get("/api/auth/session")
    assert session.json()["isFollower"] is True
    assert (await browser.post("/api/enter", json={})).status_code == 200


#
async def test_an_outage_at_sign_in_changes_nothing_that_is_known(web: Web) -> None:
    await comes(web)
    for route in (FOLLOWERS, "subscriptions"):
        web.goes_wrong(route, status=503, times=20)
    web.stage.clock.advance(3600)
    browser = await comes(web)
    found = member(web)
    assert (found.is_follower, found.is_subscriber) == (True, True)
    assert (await browser.get("/api/weight/me")).status_code == 200


#
async def test_a_live_check_refuses_only_a_clear_no(tmp_path: Path) -> None:
    stranger = viewer(9, moderator=True)
    async with sign_in.web(tmp_path, follow_check="live") as web:
        owner = await web.signed_in(OWNER)
        await owner.post("/api/admin/session/start", json={})
        browser = await comes(web, stranger)
        assert member(web, stranger.id).is_follower
        web.goes_wrong(FOLLOWERS, status=503, times=20)
        assert (await browser.post("/api/enter", json={})).status_code == 200


#
async def test_a_sync_pauses_for_a_minute(web: Web) -> None:
    browser = await comes(web)
    before = asked(web)
    web.stage.clock.advance(30)
    told = await post(browser, "/api/twitch/sync")
    assert (told["updated"], told["skipped"], told["reason"]) == (False, True, "cooldown")
    assert told["message"] == "Sync skipped due to cooldown"
    assert asked(web) == before
    web.stage.clock.advance(30)
    told = await post(browser, "/api/twitch/sync")
    assert (told["updated"], told["reason"]) == (True, None)
    assert "skipped" not in told
    assert told["user"]["isSubscriber"] is True
    assert asked(web) == before + 2


async def test_without_the_broadcasters_token_a_sync_says_so(tmp_path: Path) -> None:
    async with sign_in.web(tmp_path) as web:
        browser = await comes(web)
        told = await post(browser, "/api/twitch/sync")
        assert (told["updated"], told["reason"]) == (False, "missing_broadcaster_token")
        told = await post(browser, "/api/twitch/check-follow")
        assert (told["status"], told["reason"]) == ("unknown", "missing_broadcaster_token")


#
async def test_months_survive_an_answer_without_months(web: Web) -> None:
    browser = await comes(web)
    from goldomatic.raffle import acting, support
    from goldomatic.raffle.support import SupportNews

    news = SupportNews(viewer_id=ViewerId(ANNA.id), effect="resub", months=14)
    rules = acting.options(web.stage.service)
    await web.stage.service.ledger.change(
        lambda state, now: support.count(state.raffle, news, rules)
    )
    web.stage.clock.advance(61)
    await post(browser, "/api/twitch/sync")
    assert member(web).sub_months == 14


async def test_check_follow_asks_and_keeps_a_definite_answer(web: Web) -> None:
    browser = await comes(web)
    web.stage.clock.advance(11)
    told = await post(browser, "/api/twitch/check-follow")
    assert told == {
        "success": True,
        "isFollower": True,
        "status": "following",
        "reason": None,
        "source": "live",
    }
    before = asked(web)
    assert (await post(browser, "/api/twitch/check-follow"))["source"] == "cache"
    assert asked(web) == before


#
async def test_what_twitch_does_not_say_is_unknown_and_keeps_the_flag(web: Web) -> None:
    browser = await comes(web)
    for fault, reason in (
        ({"status": 503, "times": 3}, "http_503"),
        ({"status": 403, "times": 3}, "http_403"),
        ({"close": True, "times": 3}, "network_error"),
    ):
        web.stage.clock.advance(11)
        web.twitch.faults = type(web.twitch.faults)()
        web.goes_wrong(FOLLOWERS, **fault)
        told = await post(browser, "/api/twitch/check-follow")
        assert (told["status"], told["reason"], told["source"]) == ("unknown", reason, "cache")
        assert told["isFollower"] is True
    assert member(web).is_follower


async def test_own_weight_asks_after_ten_minutes_only(web: Web) -> None:
    browser = await comes(web)
    before = asked(web)
    web.stage.clock.advance(599)
    await browser.get("/api/weight/me")
    assert asked(web) == before
    web.stage.clock.advance(1)
    await browser.get("/api/weight/me")
    assert asked(web) == before + 2
    web.goes_wrong(FOLLOWERS, status=503, times=20)
    web.goes_wrong("subscriptions", status=503, times=20)
    web.stage.clock.advance(600)
    assert (await browser.get("/api/weight/me")).status_code == 200


#
async def test_the_dashboard_tells_of_a_missing_scope(web: Web) -> None:
    owner = web.browsers[0]
    board = (await owner.get("/api/admin/dashboard")).json()
    assert board["twitchAuth"] == {"status": "ok"}


#
async def test_nobody_asks_for_a_submitted_link(web: Web) -> None:
    browser = await comes(web)
    before = list(web.calls)
    link = "https://soundcloud.com/norinn/demo"
    answer = await browser.post("/api/enter", json={"demoLink": link})
    assert answer.status_code == 200
    await web.settled()
    assert web.calls == before
