"""What the raffle's pages show of following, and what they do while Twitch does not answer."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from browser.outline import Outline
from goldomatic.raffle import asking
from support import sign_in
from support.raffle_stage import RaffleStage, raffle_on
from support.service import OWNER, viewer
from support.sign_in import Visitor, Web

CHANNEL = "https://www.twitch.tv/norinn"
FAN = viewer(1)
STRANGER = viewer(2, follows=False)
BROWSER = {"accept": "text/html", "accept-language": "en"}
FOLLOWERS = "channels/followers"
ASKED = "GET /helix/channels/followers"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    people = [FAN, STRANGER]
    async with sign_in.web(
        tmp_path, people=people, channel_url=CHANNEL, channel_name="Norinn"
    ) as made:
        yield made


async def opened(web: Web) -> RaffleStage:
    """A session runs, and the broadcaster has signed in by way of Twitch."""
    await web.signed_in(OWNER)
    await web.settled()
    raffle = await raffle_on(web.stage)
    await raffle.start()
    return raffle


async def page(visitor: Visitor, path: str = "/") -> Outline:
    answer = await visitor.get(path, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return Outline(answer.text)


def has_form(found: Outline) -> bool:
    return any("data-enter" in e.attributes for e in found.all("form"))


# W-05, W-06
async def test_who_does_not_follow_is_told_and_checks_again(web: Web) -> None:
    await opened(web)
    visitor = await web.signed_in(STRANGER)
    for path in ("/", "/demo-portal"):
        found = await page(visitor, path)
        said = found.by_id("content").text
        assert "You are not following this channel" in said
        assert "Please follow the channel on Twitch and refresh this page" in said
        (link,) = (e for e in found.all("a") if e.attributes.get("href") == CHANNEL)
        assert link.text == "Follow Norinn on Twitch"
        assert not has_form(found)
    found = await page(visitor)
    assert found.all("h1")[0].text == "Follow Required ❤️"
    assert "You must follow the channel to enter the raffle" in found.by_id("welcome").text
    web.twitch.join([replace(STRANGER, follows=True)])
    answer = await visitor.post("/raffle/follow", data={"back": "/demo-portal"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/demo-portal")
    assert has_form(await page(visitor))
    answer = await visitor.post("/raffle/follow", data={"back": "https://evil.example/"})
    assert answer.headers["location"] == "/"


# W-07
@pytest.mark.parametrize(
    ("fault", "reason"),
    [({"status": 503}, "http_503"), ({"close": True}, "network_error")],
)
async def test_what_twitch_does_not_say_blocks_nobody(
    web: Web, fault: dict[str, Any], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(web)
    monkeypatch.setattr(asking, "PAGE_WAITS_SECONDS", 0.05)
    web.goes_wrong(FOLLOWERS, times=100, **fault)
    visitor = await web.signed_in(STRANGER)
    assert has_form(await page(visitor))
    await web.settled()
    found = await page(visitor)
    assert has_form(found)
    note = found.by_id("follow-note")
    assert note.text.startswith("We couldn't verify your follow status right now")
    assert f"({reason})" in note.text


async def test_without_a_broadcaster_the_form_is_there(web: Web) -> None:
    raffle = await raffle_on(web.stage)
    await raffle.start()
    visitor = await web.signed_in(STRANGER)
    await web.settled()
    found = await page(visitor)
    assert has_form(found)
    assert "(missing_broadcaster_token)" in found.by_id("follow-note").text


async def test_a_follower_does_not_wait_for_twitch(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(web)
    visitor = await web.signed_in(FAN)
    await web.settled()
    monkeypatch.setattr(asking, "PAGE_WAITS_SECONDS", 0.05)
    web.goes_wrong(FOLLOWERS, times=100, hang=True)
    web.stage.clock.advance(3_600)
    asked = web.calls.count(ASKED)
    assert has_form(await page(visitor))
    stranger = await web.signed_in(STRANGER)
    found = await page(stranger)
    assert has_form(found)
    assert "(no_answer)" in found.by_id("follow-note").text
    assert web.calls.count(ASKED) > asked


async def test_twitch_is_asked_once_in_ten_seconds_however_often_the_page_is_loaded(
    web: Web,
) -> None:
    await opened(web)
    visitor = await web.signed_in(STRANGER)
    await web.settled()
    before = web.calls.count(ASKED)
    for _ in range(5):
        await page(visitor)
    await web.settled()
    assert web.calls.count(ASKED) - before == 1
    web.stage.clock.advance(11)
    await page(visitor)
    assert web.calls.count(ASKED) - before == 2


async def test_twitch_down_at_sign_in_is_told_and_the_page_stays_usable(web: Web) -> None:
    raffle = await opened(web)
    assert raffle.state.active_id.durable
    web.goes_wrong("oauth2/token", times=100, status=503)
    visitor = web.browser()
    answer = await visitor.sign_in(FAN)
    assert answer.headers["location"] == "/?error=TwitchUnavailable"
    found = await page(visitor, answer.headers["location"])
    assert "Twitch does not answer right now." in found.by_id("sign-in-error").text
    assert found.by_id("switch").text == "🟢 SUBMISSIONS OPEN"
    assert any("data-sign-in" in e.attributes for e in found.all("form"))


async def test_twitch_down_later_keeps_everybody_signed_in_and_weighed(web: Web) -> None:
    await opened(web)
    visitor = await web.signed_in(FAN)
    await web.settled()
    entered = await visitor.post("/", data={"displayName": "Ada"}, headers=BROWSER)
    assert entered.status_code == 303
    for route in (FOLLOWERS, "subscriptions", "oauth2/token"):
        web.goes_wrong(route, times=1_000, status=503)
    web.stage.clock.advance(5 * 3_600)
    found = await page(visitor, "/demo-portal")
    await web.settled()
    assert "Following channel" in found.by_id("status").text
    assert "You have an active submission" in found.by_id("entry").text
    assert (await page(visitor, "/demo-portal")).by_id("account-heading").text == FAN.display_name


# W-55
async def test_a_page_that_is_loaded_again_and_again_posts_no_sync(web: Web) -> None:
    await opened(web)
    visitor = await web.signed_in(FAN)
    await web.settled()
    asked = len(web.calls)
    for _ in range(10):
        await page(visitor)
    await web.settled()
    assert len(web.calls) - asked <= 1
