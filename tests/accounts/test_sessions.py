"""Login sessions: how long they last, how they end, and what is given back to Twitch then."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from goldomatic.accounts import rules
from goldomatic.config import Secret
from support import sign_in
from support.accounts import nobody, signed_in
from support.answers import code
from support.service import ANNA, BORIS, OWNER, running
from support.sign_in import Visitor, Web

SILENT = {"Origin": None, "Sec-Fetch-Site": None}


async def test_a_session_that_is_used_goes_on_and_ends_after_ninety_days(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        anna = await signed_in(stage, ANNA)
        for day in range(1, 90, 29):
            stage.clock.advance(timedelta(days=29).total_seconds() if day > 1 else 0)
            assert (await anna.get("/api/auth/session")).json()["user"]["id"] == ANNA.id
        stage.clock.at(timedelta(days=90).total_seconds() - 1)
        assert (await anna.get("/api/auth/session")).json() is not None
        stage.clock.advance(1)
        assert (await anna.get("/api/auth/session")).json() is None


async def test_a_session_that_nobody_uses_ends_after_thirty_days(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        anna, boris = await signed_in(stage, ANNA), await signed_in(stage, BORIS)
        stage.clock.advance(timedelta(days=30).total_seconds() - 1)
        assert (await anna.get("/api/auth/session")).json() is not None
        stage.clock.advance(1)
        assert (await anna.get("/api/auth/session")).json() is not None
        assert (await boris.get("/api/auth/session")).json() is None


async def test_the_last_use_is_written_once_an_hour(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        anna = await signed_in(stage, ANNA)
        rows = "SELECT seen_at - created_at FROM login_sessions"
        for minutes, seen in ((0, 0), (59, 0), (1, 60), (30, 60), (30, 120)):
            stage.clock.advance(minutes * 60)
            await anna.get("/api/auth/session")
            assert await stage.service.store.query(rows) == [(seen * 60_000_000,)]


async def test_sessions_survive_a_restart_and_a_new_secret(tmp_path: Path) -> None:
    async with running(tmp_path, secret_key=Secret("a" * 40)) as stage:
        anna = await signed_in(stage, ANNA)
    async with running(tmp_path, secret_key=Secret("b" * 40)) as stage:
        anna.stage = stage
        assert (await anna.get("/api/auth/session")).json()["user"]["id"] == ANNA.id
        # The CSRF token followed from the old secret; the page that held it is loaded again.
        headers = SILENT | {"X-CSRF-Token": anna.csrf}
        assert code(await anna.post("/api/auth/signout", headers=headers)) == (403, "csrf_failed")


async def test_ended_sessions_and_sign_ins_are_removed(web: Web) -> None:
    service = web.stage.service
    await web.signed_in(ANNA)
    await web.browser().begin()
    await service.accounts.tend()
    count = "SELECT (SELECT count(*) FROM login_sessions), (SELECT count(*) FROM sign_ins)"
    assert await service.store.query(count) == [(1, 1)]
    web.stage.clock.advance(rules.SIGN_IN_TAKES.total_seconds())
    await service.accounts.tend()
    assert await service.store.query(count) == [(1, 0)]
    web.stage.clock.advance(rules.SESSION_IDLE.total_seconds())
    await service.accounts.tend()
    assert await service.store.query(count) == [(0, 0)]


async def test_signing_out(web: Web) -> None:
    here, there = await web.signed_in(ANNA), await web.signed_in(ANNA)
    cookies = here.cookies
    answer = await here.post("/api/auth/signout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert here.cookies == {}
    assert await here.session() is None
    thief = web.browser()
    thief.http.cookies.update(cookies)
    assert await thief.session() is None
    assert await there.session() is not None
    await web.settled()
    # Another session still stands on the tokens.
    assert "POST /oauth2/revoke" not in web.calls


async def test_signing_out_everywhere(web: Web) -> None:
    browsers = [await web.signed_in(ANNA) for _ in range(3)]
    other = await web.signed_in(BORIS)
    await browsers[0].post("/api/auth/signout", data={"everywhere": "true"})
    assert [await each.session() for each in browsers] == [None] * 3
    assert await other.session() is not None
    await web.settled()
    assert await tokens_of(web) == {BORIS.id}
    assert "POST /oauth2/revoke" in web.calls


async def tokens_of(web: Web) -> set[str]:
    rows = await web.stage.service.store.query("SELECT viewer_id FROM account_tokens")
    return {row[0] for row in rows}


async def test_with_the_last_session_a_viewers_tokens_are_given_back(web: Web) -> None:
    anna = await web.signed_in(ANNA)
    live = set(web.twitch.tokens._access)
    await anna.post("/api/auth/signout")
    await web.settled()
    assert await tokens_of(web) == set()
    assert live - set(web.twitch.tokens._access) != set()


async def test_the_broadcasters_tokens_stay_until_they_sign_out_everywhere(web: Web) -> None:
    here, there = await web.signed_in(OWNER), await web.signed_in(OWNER)
    await here.post("/api/auth/signout")
    await web.settled()
    assert await web.stage.service.accounts.broadcaster.get() is not None
    await there.post("/api/auth/signout", json={"everywhere": True})
    await web.settled()
    assert await web.stage.service.accounts.broadcaster.get() is None


async def test_twitch_down_keeps_nobody_from_signing_out(web: Web) -> None:
    anna = await web.signed_in(ANNA)
    web.goes_wrong("oauth2/revoke", status=503)
    assert (await anna.post("/api/auth/signout")).status_code == 303
    await web.settled()
    assert await tokens_of(web) == set()


#
async def test_another_site_cannot_sign_anybody_out(web: Web) -> None:
    anna = await web.signed_in(ANNA)
    answer = await anna.post("/api/auth/signout", headers={"Origin": "https://evil.example"})
    assert code(answer) == (403, "csrf_failed")
    assert await anna.session() is not None


async def test_who_is_not_signed_in_signs_out_all_the_same(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        answer = await nobody(stage).post("/api/auth/signout")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_token_for_forms(web: Web) -> None:
    anna, boris = await web.signed_in(ANNA), await web.signed_in(BORIS)
    tokens = [await csrf(anna), await csrf(anna), await csrf(boris)]
    assert tokens[0] == tokens[1] != tokens[2]
    assert "goldomatic_visitor" not in anna.cookies
    stranger = web.browser()
    assert await csrf(stranger) == await csrf(stranger)
    assert "goldomatic_visitor" in stranger.cookies
    assert await csrf(web.browser()) != await csrf(stranger)


async def csrf(browser: Visitor) -> str:
    token: str = (await browser.get("/api/auth/csrf")).json()["csrfToken"]
    assert len(token) == 43
    return token


#
async def test_the_heartbeat_answers_everybody(web: Web) -> None:
    anna, owner = await web.signed_in(ANNA), await web.signed_in(OWNER)
    heartbeat = "/api/admin/auth"
    assert (await web.browser().get(heartbeat)).json() == {"authenticated": False, "user": None}
    told = (await anna.get(heartbeat)).json()
    user = {"id": ANNA.id, "name": ANNA.display_name, "isBroadcaster": False}
    assert told == {"authenticated": False, "user": user}
    told = (await owner.get(heartbeat)).json()
    assert (told["authenticated"], told["user"]["isBroadcaster"]) == (True, True)
    assert (await owner.post(heartbeat)).status_code == 405


async def test_what_the_raffle_knows_of_a_viewer_is_told(web: Web) -> None:
    anna = await web.signed_in(ANNA)
    assert (await anna.session())["isFollower"] is False
    web.stage.service.accounts.is_follower = lambda viewer_id: viewer_id == ANNA.id
    assert (await anna.session())["isFollower"] is True


async def test_listeners_hear_who_has_signed_in(web: Web) -> None:
    heard: list[str] = []

    async def listen(account: object) -> None:
        heard.append(account.viewer_id)  # type: ignore[attr-defined]
        raise RuntimeError("a listener that fails keeps nobody out")

    web.stage.service.accounts.listeners.append(listen)
    assert await (await web.signed_in(ANNA)).session() is not None
    browser = web.browser()
    await browser.sign_in(None)
    await web.settled()
    assert heard == [ANNA.id]


#
async def test_there_is_no_debug_route(web: Web) -> None:
    owner = await web.signed_in(OWNER)
    for path in ("/api/auth/debug", "/api/auth", "/api/auth/providers"):
        assert code(await owner.get(path)) == (404, "not_found")


async def test_nothing_secret_in_answers_log_or_files(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    logged = io.StringIO()
    async with sign_in.web(tmp_path, log_level="debug", log_format="json") as web:
        service = web.stage.service
        # Without the masking of a running service: nothing of it must even be tried.
        structlog.configure(
            processors=[structlog.processors.JSONRenderer(default=repr)],
            logger_factory=structlog.PrintLoggerFactory(logged),
        )
        try:
            anna, owner = await web.signed_in(ANNA), await web.signed_in(OWNER)
            web.goes_wrong("oauth2/token", status=400, message="Invalid refresh token")
            web.stage.clock.advance(4 * 3600)
            pages = ("/api/auth/session", "/api/admin/auth", "/api/auth/csrf", "/roulette")
            texts = [(await each.get(path)).text for each in (anna, owner) for path in pages]
            await web.settled()
        finally:
            structlog.reset_defaults()
        secrets = {*web.twitch.tokens._access, *web.twitch.tokens._renewals}
        cookies = {*anna.cookies.values(), *owner.cookies.values()}
        events = [event async for chunk in service.store.walk(service.channel) for event in chunk]
    written = everything_in(tmp_path)
    assert "consent_withdrawn" in logged.getvalue()
    assert ANNA.login.encode() in written
    assert len(secrets) >= 4
    for secret in secrets | cookies:
        assert secret.encode() not in written
        assert not [text for text in (*texts, logged.getvalue(), caplog.text) if secret in text]
    for viewer in (ANNA, OWNER):
        assert viewer.id not in logged.getvalue()
        assert viewer.address not in logged.getvalue() + caplog.text
    assert not [each for each in events if b"@" in each.data + (each.personal or b"")]


def everything_in(directory: Path) -> bytes:
    return b"".join(file.read_bytes() for file in directory.rglob("*") if file.is_file())
