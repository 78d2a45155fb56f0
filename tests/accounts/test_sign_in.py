"""The way to Twitch and back, with real redirects between two servers on loopback."""

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from goldomatic.accounts import rules
from support import sign_in
from support.answers import code
from support.service import ANNA, BORIS, OWNER, viewer
from support.sign_in import APP, Web

SEED_SCOPES = (
    "openid user:read:email user:read:follows moderator:read:followers channel:read:subscriptions"
)


def asked(location: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


# R-02, I-5
async def test_the_address_at_twitch(web: Web) -> None:
    browser = web.browser()
    location = await browser.begin()
    assert location.startswith(f"{web.twitch_url}/oauth2/authorize?")
    fields = asked(location)
    assert fields["scope"] == SEED_SCOPES
    assert fields["client_id"] == APP.id
    assert fields["response_type"] == "code"
    assert fields["redirect_uri"] == f"{web.stage.url}/api/auth/callback/twitch"
    assert fields["code_challenge_method"] == "S256"
    assert len(base64.urlsafe_b64decode(fields["code_challenge"] + "=")) == 32
    claims = json.loads(fields["claims"])["id_token"]
    assert set(claims) == {"email", "email_verified", "picture", "preferred_username"}
    assert len({fields["state"], fields["nonce"], fields["code_challenge"]}) == 3
    again = asked(await web.browser().begin())
    assert not {again["state"], again["nonce"]} & {fields["state"], fields["nonce"]}


async def test_who_came_by_number_is_led_to_the_name_that_twitch_takes(web: Web) -> None:
    """Twitch takes plain http for localhost alone, and cookies of 127.0.0.1 are not sent there."""
    named = web.stage.url.replace("127.0.0.1", "localhost")
    web.stage.service.accounts.own_origin = named
    assert await web.browser().begin("/demo-portal") == f"{named}/demo-portal"
    came = {"Host": named.removeprefix("http://"), "Origin": named}
    answer = await web.browser().post("/api/auth/signin/twitch", headers=came)
    assert answer.headers["location"].startswith(web.twitch_url)


@pytest.mark.parametrize(
    ("host", "own", "expected"),
    [
        ("127.0.0.1:8000", "http://localhost:8000", True),
        ("[::1]:8000", "http://localhost:8000", True),
        ("localhost:8000", "http://127.0.0.1:8000", True),
        ("127.0.0.1:9000", "http://localhost:8000", False),
        ("localhost:8000", "http://localhost:8000", False),
        ("127.0.0.1:8000", "http://127.0.0.1:8000", False),
        ("other:8000", "http://127.0.0.1:8000", False),
        ("127.0.0.1", "https://gold.example.org", False),
        ("127.0.0.1:port", "http://localhost:8000", False),
    ],
)
def test_what_is_another_name_of_this_machine(host: str, own: str, expected: bool) -> None:
    assert rules.is_by_another_name(host, own) is expected


async def test_what_binds_a_sign_in_to_a_browser_is_not_readable_elsewhere(web: Web) -> None:
    answer = await web.browser().post("/api/auth/signin/twitch")
    (cookie,) = answer.headers.get_list("set-cookie")
    for attribute in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=600"):
        assert attribute in cookie
    value = cookie.partition("=")[2].partition(";")[0]
    assert value not in answer.headers["location"]
    rows = await web.stage.service.store.query("SELECT hash FROM sign_ins")
    assert rows == [(sha256(value.encode()).digest(),)]


async def test_somebody_signs_in(web: Web) -> None:
    browser = web.browser()
    answer = await browser.sign_in(ANNA, "/demo-portal?lang=ru")
    assert (answer.status_code, answer.headers["location"]) == (303, "/demo-portal?lang=ru")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    session = await browser.session()
    assert session["user"] == {
        "id": ANNA.id,
        "name": ANNA.display_name,
        "email": f"{ANNA.login}@example.test",
        "image": f"https://images.example.test/{ANNA.id}-300x300.png",
        "twitchId": ANNA.id,
        "isBroadcaster": False,
    }
    assert session["isBroadcaster"] is False
    assert session["expires"] == "2026-12-21T12:00:00.000Z"
    assert list(browser.cookies) == ["goldomatic_session"]


async def test_the_login_cookie(web: Web) -> None:
    answer = await web.browser().sign_in(ANNA)
    kept, gone = answer.headers.get_list("set-cookie")
    assert kept.startswith("goldomatic_session=")
    for attribute in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert attribute in kept
    assert "Domain" not in kept
    assert "Secure" not in kept
    assert gone.startswith("goldomatic_sign_in=")
    assert "Max-Age=0" in gone


async def test_over_https_the_cookies_are_for_https_alone(tmp_path: Path) -> None:
    async with sign_in.web(tmp_path, public_url="https://raffle.example") as web:
        answer = await web.stage.request("POST", "/api/auth/signin/twitch")
        (cookie,) = answer.headers.get_list("set-cookie")
        assert cookie.startswith("__Host-goldomatic_sign_in=")
        assert "Secure" in cookie
        redirect = asked(answer.headers["location"])["redirect_uri"]
        assert redirect == "https://raffle.example/api/auth/callback/twitch"


async def failed(web: Web, browser: sign_in.Visitor, location: str) -> str:
    """Come back from Twitch and fail: the error that the home page is given."""
    answer = await browser.come_back(location)
    assert answer.status_code == 303
    home = urlsplit(answer.headers["location"])
    assert home.path == "/"
    assert "goldomatic_session" not in browser.cookies
    assert await browser.session() is None
    assert await web.stage.service.store.query("SELECT 1 FROM login_sessions") == []
    return parse_qs(home.query)["error"][0]


#
@pytest.mark.parametrize("wrong", ["changed", "empty", "absent", "odd", "another's"])
async def test_a_state_that_is_not_this_browsers(web: Web, wrong: str) -> None:
    browser, other = web.browser(), web.browser()
    location = await browser.decide(await browser.begin(), ANNA)
    others = await other.decide(await other.begin(), BORIS)
    state = asked(location)["state"]
    changed = state[:-1] + ("A" if state[-1] != "A" else "B")
    instead = {
        "changed": location.replace(state, changed),
        "empty": location.replace(f"state={state}", "state="),
        "absent": location.replace(f"&state={state}", ""),
        "odd": location.replace(f"state={state}", "state=%D1%89"),
        "another's": others,
    }
    assert await failed(web, browser, instead[wrong]) == "OAuthCallback"
    assert (await other.come_back(others)).headers["location"] == "/"


async def test_a_callback_out_of_nowhere(web: Web) -> None:
    browser = web.browser()
    for query in ("", "?code=x", "?code=x&state=y", "?error=access_denied&state=y"):
        location = f"{web.stage.url}/api/auth/callback/twitch{query}"
        assert await failed(web, browser, location) == "OAuthCallback"
    assert web.calls == []


async def test_a_callback_works_once(web: Web) -> None:
    browser = web.browser()
    location = await browser.decide(await browser.begin(), ANNA)
    cookie = browser.cookies
    assert (await browser.come_back(location)).headers["location"] == "/"
    thief = web.browser()
    thief.http.cookies.update(cookie)
    answer = await thief.come_back(location)
    assert answer.headers["location"] == "/?error=OAuthCallback"
    assert await thief.session() is None


async def test_who_takes_longer_begins_anew(web: Web) -> None:
    browser = web.browser()
    location = await browser.begin()
    web.stage.clock.advance(rules.SIGN_IN_TAKES.total_seconds())
    assert await failed(web, browser, await browser.decide(location, ANNA)) == "OAuthCallback"


async def test_who_denies_is_not_signed_in(web: Web) -> None:
    browser = web.browser()
    location = await browser.decide(await browser.begin(), None)
    assert await failed(web, browser, location) == "AccessDenied"


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/demo-portal", "/demo-portal"),
        ("/demo-portal?page=2&lang=ru", "/demo-portal?page=2&lang=ru"),
        ("{own}/demo-admin", "/demo-admin"),
        ("{own}", "/"),
        ("", "/"),
        ("demo-portal", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("///evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("{own}//evil.example/", "/"),
        ("{own}.evil.example/", "/"),
        ("{own}@evil.example/", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ("/\tevil", "/"),
        ("javascript:alert(1)", "/"),
        ("/api/auth/signout", "/"),
        ("/щ", "/"),
        ("/" + "a" * 600, "/"),
    ],
)
async def test_nobody_is_led_to_another_site(web: Web, wanted: str, leads_to: str) -> None:
    own = web.stage.url
    assert rules.return_address(wanted.replace("{own}", own), own) == leads_to


async def test_the_way_back_is_the_one_that_was_asked_for(web: Web) -> None:
    browser = web.browser()
    answer = await browser.sign_in(ANNA, "https://evil.example/")
    assert answer.headers["location"] == "/"
    answer = await browser.post("/api/auth/signin/twitch", json={"callbackUrl": "/demo-portal"})
    back = await browser.come_back(await browser.decide(answer.headers["location"], ANNA))
    assert back.headers["location"] == "/demo-portal"


@pytest.mark.parametrize(
    "flaw",
    [
        "wrong_nonce",
        "expired",
        "wrong_audience",
        "wrong_issuer",
        "foreign_key",
        "unknown_key",
        "unsigned",
        "symmetric",
        "absent",
    ],
)
async def test_an_id_token_that_proves_nobody(web: Web, flaw: str) -> None:
    browser = web.browser()
    location = await browser.decide(await browser.begin(), ANNA)
    web.goes_wrong("oauth2/token", id_token=flaw)
    assert await failed(web, browser, location) == "OAuthCallback"


async def test_keys_that_twitch_has_changed(web: Web) -> None:
    await web.signed_in(ANNA)
    web.twitch.id_tokens.rotate()
    web.stage.clock.advance(10)
    await web.signed_in(BORIS)
    assert web.calls.count("GET /oauth2/keys") == 2


@pytest.mark.parametrize(
    ("route", "fault", "error"),
    [
        ("oauth2/token", {"status": 503}, "TwitchUnavailable"),
        ("oauth2/token", {"status": 429}, "TwitchUnavailable"),
        ("oauth2/token", {"close": True}, "TwitchUnavailable"),
        ("oauth2/token", {"hang": True}, "TwitchUnavailable"),
        ("oauth2/token", {"status": 200}, "TwitchUnavailable"),
        ("oauth2/token", {"status": 400, "message": "Invalid authorization code"}, "OAuthCallback"),
        ("oauth2/keys", {"status": 503}, "TwitchUnavailable"),
        ("oauth2/keys", {"close": True}, "TwitchUnavailable"),
        ("oauth2/keys", {"status": 200}, "TwitchUnavailable"),
    ],
)
async def test_twitch_down_on_the_way_back(
    web: Web, route: str, fault: dict[str, Any], error: str
) -> None:
    oauth = web.stage.service.accounts.oauth
    assert oauth is not None
    oauth._http._deadline = 0.2
    browser = web.browser()
    location = await browser.decide(await browser.begin(), ANNA)
    web.goes_wrong(route, **fault)
    assert await failed(web, browser, location) == error
    # It is over when Twitch is back.
    await browser.sign_in(ANNA)
    assert (await browser.session())["user"]["id"] == ANNA.id


#
@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 401}, {"close": True}])
async def test_helix_down_keeps_nobody_out(web: Web, fault: dict[str, Any]) -> None:
    web.stage.service.helix._sleep = lambda _: _nothing()
    web.goes_wrong("users", times=3, **fault)
    first = await web.signed_in(ANNA)
    user = (await first.session())["user"]
    assert user["name"] == ANNA.display_name
    web.twitch.faults.clear()
    await web.signed_in(ANNA)
    web.goes_wrong("users", times=3, **fault)
    again = await web.signed_in(ANNA)
    account = await web.stage.service.accounts.store.find(ANNA.id)  # type: ignore[arg-type]
    assert account is not None
    assert account.login == ANNA.login
    assert (await again.session())["user"]["email"] == ANNA.address


async def test_helix_that_hangs_holds_nobody_up(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldomatic.accounts.accounts.PROFILE_SECONDS", 0.1)
    web.goes_wrong("users", hang=True)
    assert (await (await web.signed_in(ANNA)).session())["user"]["name"] == ANNA.display_name


async def _nothing() -> None:
    return


async def test_the_broadcaster_is_asked_for_all_that_the_channel_needs(web: Web) -> None:
    browser = web.browser()
    first = await browser.begin("/demo-admin")
    answer = await browser.come_back(await browser.decide(first, OWNER))
    second = answer.headers["location"]
    assert second.startswith(f"{web.twitch_url}/oauth2/authorize?")
    assert await browser.session() is None
    scopes = asked(second)["scope"].split()
    assert set(scopes) >= {*SEED_SCOPES.split(), "bits:read", "user:write:chat"}
    answer = await browser.come_back(await browser.decide(second, OWNER))
    assert answer.headers["location"] == "/demo-admin"
    assert (await browser.session())["isBroadcaster"] is True


async def test_signing_in_changes_the_cookie_and_ends_the_old_session(web: Web) -> None:
    browser = await web.signed_in(ANNA)
    old = browser.cookies
    await browser.sign_in(BORIS)
    assert (await browser.session())["user"]["id"] == BORIS.id
    assert browser.cookies != old
    former = web.browser()
    former.http.cookies.update(old)
    assert await former.session() is None


async def test_a_cookie_that_was_planted_is_not_taken_over(web: Web) -> None:
    browser = web.browser()
    browser.http.cookies.set("goldomatic_session", "planted", domain="127.0.0.1")
    await browser.sign_in(ANNA)
    assert browser.cookies["goldomatic_session"] != "planted"
    planted = web.browser()
    planted.http.cookies.set("goldomatic_session", "planted", domain="127.0.0.1")
    assert await planted.session() is None


#
async def test_one_address_two_accounts(tmp_path: Path) -> None:
    people = [
        viewer(1, email="Same@Example.test"),
        viewer(2, email="same@example.test"),
        viewer(3, email="same@example.test", email_verified=False),
    ]
    async with sign_in.web(tmp_path, people=people) as web:
        sessions = [await (await web.signed_in(user)).session() for user in people]
        assert [each["user"]["id"] for each in sessions] == [user.id for user in people]
        emails = [each["user"]["email"] for each in sessions]
        assert emails == ["same@example.test", "same@example.test", None]
        store = web.stage.service.accounts.store
        first, second, third = (user.id for user in people)
        assert await store.sharing_email(first) == {second}  # type: ignore[arg-type]
        assert await store.sharing_email(third) == set()  # type: ignore[arg-type]


async def test_without_stored_addresses_none_is_asked_for(tmp_path: Path) -> None:
    async with sign_in.web(tmp_path, store_email=False) as web:
        fields = asked(await web.browser().begin())
        assert "user:read:email" not in fields["scope"]
        assert "email" not in fields["claims"]
        browser = await web.signed_in(ANNA)
        assert (await browser.session())["user"]["email"] is None
        rows = await web.stage.service.store.query("SELECT email FROM accounts")
        assert rows == [(None,)]


async def test_sign_in_is_limited_by_address(web: Web) -> None:
    for _ in range(20):
        await web.browser().begin()
    answer = await web.browser().post("/api/auth/signin/twitch")
    assert code(answer) == (429, "rate_limited")
    assert int(answer.headers["retry-after"]) >= 1
    page = await web.browser().post("/api/auth/signin/twitch", headers={"Accept": "text/html"})
    assert page.headers["location"] == "/?error=RateLimited"


#
async def test_another_site_cannot_sign_anybody_in(web: Web) -> None:
    browser = web.browser()
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await browser.post("/api/auth/signin/twitch", headers=headers)
        assert code(answer) == (403, "csrf_failed")
    token = (await browser.get("/api/auth/csrf")).json()["csrfToken"]
    odd = {"Origin": "null"}
    form = {"csrfToken": token}
    answer = await browser.post("/api/auth/signin/twitch", headers=odd, data=form)
    assert answer.status_code == 303
    answer = await web.browser().post("/api/auth/signin/twitch", headers=odd, data=form)
    assert code(answer) == (403, "csrf_failed")


@pytest.mark.parametrize("missing", ["twitch_client_id", "twitch_client_secret"])
async def test_without_an_application_sign_in_is_closed(tmp_path: Path, missing: str) -> None:
    async with sign_in.web(tmp_path, **{missing: None}) as web:
        browser = web.browser()
        answer = await browser.post("/api/auth/signin/twitch")
        assert code(answer) == (403, "sign_in_closed")
        answer = await browser.post("/api/auth/signin/twitch", headers={"Accept": "text/html"})
        assert answer.headers["location"] == "/?error=SignInClosed"
        answer = await browser.get("/api/auth/callback/twitch?code=x&state=y")
        assert answer.headers["location"] == "/?error=SignInClosed"
        assert await browser.session() is None
        closed = {each.setting for each in web.stage.service.settings.closed()}
        assert f"GOLDOMATIC_{missing.upper()}" in closed


async def test_a_database_that_is_down(web: Web) -> None:
    browser = web.browser()
    location = await browser.decide(await browser.begin(), ANNA)
    await web.stage.service.store.close()
    answer = await browser.come_back(location)
    assert answer.headers["location"] == "/?error=TwitchUnavailable"
    assert code(await browser.post("/api/auth/signin/twitch")) == (503, "service_unavailable")
    answer = await browser.post("/api/auth/signin/twitch", headers={"Accept": "text/html"})
    assert answer.headers["location"] == "/?error=TwitchUnavailable"
