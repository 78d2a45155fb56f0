"""The broadcaster's token: where it comes from, and whether it is good for what is needed."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from goldomatic.accounts.broadcaster import NOT_CONNECTED
from goldomatic.config import Secret
from support import sign_in
from support.service import ANNA, OWNER, viewer
from support.sign_in import APP, Web

SCOPES = ("channel:read:subscriptions", "moderator:read:followers", "bits:read")


def health_of(web: Web) -> Any:
    return web.stage.service.accounts.broadcaster.health()


async def told(web: Web) -> dict[str, Any]:
    """The health as the dashboard shows it."""
    answer: dict[str, Any] = msgspec.to_builtins(await health_of(web))
    return answer


async def test_without_the_broadcaster_there_is_no_token(web: Web) -> None:
    await web.signed_in(ANNA)
    broadcaster = web.stage.service.accounts.broadcaster
    assert await broadcaster.get() is None
    assert await broadcaster.refresh("x") is None
    assert await broadcaster.scopes() is None
    assert await told(web) == {"status": "reauth_required", "reason": NOT_CONNECTED}
    assert not await web.stage.service.helix.is_subscriber(ANNA.id)
    report = await broadcaster.report()
    assert (report.ok, report.reason, report.account_row_found) == (False, "no_account", False)


#
async def test_a_missing_scope_is_named(web: Web) -> None:
    browser = web.browser()
    location = await browser.begin()
    # At Twitch the broadcaster consents to less than was asked for.
    answer = await browser.come_back(await browser.decide(location, OWNER))
    less = answer.headers["location"].replace("bits%3Aread", "")
    assert less != answer.headers["location"]
    await browser.come_back(await browser.decide(less, OWNER))
    assert (await browser.session())["isBroadcaster"] is True
    assert await told(web) == {
        "status": "reauth_required",
        "reason": "missing_scopes",
        "missingScopes": ["bits:read"],
    }
    # Signing in again restores it.
    await web.signed_in(OWNER)
    assert await told(web) == {"status": "ok"}


async def test_health_asks_twitch_once_a_minute(web: Web) -> None:
    await web.signed_in(OWNER)
    for seconds, asked in ((0, 1), (59, 1), (1, 2)):
        web.stage.clock.advance(seconds)
        assert await told(web) == {"status": "ok"}
        assert web.calls.count("GET /oauth2/validate") == asked


async def test_a_dead_token_needs_a_new_sign_in(web: Web) -> None:
    await web.signed_in(OWNER)
    await web.twitch.disconnect(APP.id, OWNER)
    assert await told(web) == {"status": "reauth_required", "reason": "validate_401"}
    web.stage.clock.advance(60)
    assert await told(web) == {"status": "reauth_required", "reason": NOT_CONNECTED}


async def test_an_expired_token_is_renewed_and_healthy(web: Web) -> None:
    await web.signed_in(OWNER)
    web.twitch.tokens.expire_all()
    assert await told(web) == {"status": "ok"}


@pytest.mark.parametrize(
    ("fault", "reason"), [({"status": 503}, "validate_503"), ({"close": True}, None)]
)
async def test_an_outage_is_no_reason_to_sign_in_again(
    web: Web, fault: dict[str, Any], reason: str | None
) -> None:
    await web.signed_in(OWNER)
    web.goes_wrong("oauth2/validate", **fault)
    answer = await told(web)
    assert answer["status"] == "unknown"
    assert reason in (None, answer["reason"])


def static(web: Web, *scopes: str) -> str:
    return web.twitch.authorize(APP.id, OWNER, scopes).access.value


async def test_the_settings_token_serves_until_the_broadcaster_signs_in(tmp_path: Path) -> None:
    token = Secret("static-token")
    async with sign_in.web(tmp_path, twitch_broadcaster_token=token) as web:
        broadcaster = web.stage.service.accounts.broadcaster
        assert await broadcaster.get() == "static-token"
        assert await broadcaster.scopes() is None
        assert await broadcaster.refresh("static-token") is None
        broadcaster._static = static(web, *SCOPES)
        assert await broadcaster.scopes() == set(SCOPES)
        assert await told(web) == {"status": "ok"}
        await web.signed_in(OWNER)
        signed_in = await broadcaster.get()
        assert signed_in not in (None, broadcaster._static)
        # Where theirs dies, the settings' one serves again.
        await web.twitch.disconnect(APP.id, OWNER)
        assert await broadcaster.refresh(signed_in or "") == broadcaster._static


async def test_the_reward_line_goes_out_by_the_sign_in(web: Web) -> None:
    from goldomatic.twitch.helix import Sent

    await web.signed_in(OWNER)
    assert isinstance(await web.stage.service.helix.send_chat_message("Готово"), Sent)
    assert web.watched.texts == ["Готово"]


async def test_a_viewers_sign_in_is_never_taken_for_the_broadcasters(tmp_path: Path) -> None:
    impostor = viewer(7, login=OWNER.login + "_", display_name=OWNER.display_name)
    async with sign_in.web(tmp_path, people=[impostor]) as web:
        browser = await web.signed_in(impostor)
        assert (await browser.session())["isBroadcaster"] is False
        assert await web.stage.service.accounts.broadcaster.get() is None


#
async def test_the_report_holds_no_part_of_a_token(web: Web) -> None:
    await web.signed_in(OWNER)
    report = await web.stage.service.accounts.broadcaster.report()
    told = msgspec.to_builtins(report)
    assert told == {
        "ok": True,
        "reason": None,
        "expiresAtUnix": int(web.stage.clock().timestamp()) + 4 * 3600,
        "hasRefreshToken": True,
        "accountRowFound": True,
        "pathUsed": "byUserTwitchId",
    }
    web.stage.clock.advance(4 * 3600)
    report = await web.stage.service.accounts.broadcaster.report()
    assert (report.ok, report.reason) == (False, "expired")


async def test_the_schedule_keeps_the_token_fresh(web: Web) -> None:
    await web.signed_in(OWNER)
    before = await web.stage.service.accounts.broadcaster.get()
    web.stage.clock.advance(4 * 3600 - 240)
    await web.stage.service.accounts.tend()
    web.stage.service.accounts.broadcaster.forget_copy()
    assert await web.stage.service.accounts.broadcaster.get() != before
