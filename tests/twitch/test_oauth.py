"""The OAuth client: what Twitch refuses for good, and what only went wrong."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from goldomatic.twitch.account_wire import TokenAnswer, Validity
from goldomatic.twitch.oauth import OAuth, OAuthFailed, OAuthRefused
from twitch.scripted_http import Call, Reply, ScriptedHttp, reply

ID, SECRET = "clientid", "client+secret&more"
GIVEN = {
    "access_token": "fresh-access",
    "refresh_token": "fresh-refresh",
    "expires_in": 14124,
    "scope": ["openid", "bits:read"],
    "token_type": "bearer",
    "id_token": "a.b.c",
}
EXPECTED = TokenAnswer(
    "fresh-access", "fresh-refresh", frozenset({"openid", "bits:read"}), 14124, "a.b.c"
)


@asynccontextmanager
async def twitch(
    *script: Reply | Callable[[Call], Reply], patience: float = 5.0
) -> AsyncIterator[tuple[OAuth, ScriptedHttp]]:
    async with ScriptedHttp(*script) as http, httpx2.AsyncClient(verify=False) as client:
        yield OAuth(f"{http.url}/oauth2/", ID, SECRET, client=client, timeout=patience), http


def form(call: Call) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(call.body.decode()).items()}


async def test_a_code_is_exchanged() -> None:
    async with twitch(reply(200, GIVEN)) as (oauth, http):
        assert await oauth.exchange("the code", "verifier", "https://x.test/back") == EXPECTED
    (call,) = http.calls
    assert (call.method, call.path) == ("POST", "/oauth2/token")
    assert form(call) == {
        "client_id": ID,
        "client_secret": SECRET,
        "grant_type": "authorization_code",
        "code": "the code",
        "code_verifier": "verifier",
        "redirect_uri": "https://x.test/back",
    }


async def test_a_refresh_token_is_sent_as_it_is() -> None:
    token = "re+fresh/tok=en &"
    async with twitch(reply(200, GIVEN)) as (oauth, http):
        assert await oauth.refresh(token) == EXPECTED
    (call,) = http.calls
    assert form(call)["refresh_token"] == token
    assert form(call)["grant_type"] == "refresh_token"


# I-5
@pytest.mark.parametrize(
    ("scope", "read"),
    [
        (["a", "b"], {"a", "b"}),
        ("a b", {"a", "b"}),
        ([], set()),
        ("", set()),
        (None, set()),
        ([1, "a"], {"a"}),
        (7, set()),
    ],
)
async def test_scopes_come_as_a_list_or_as_words(scope: Any, read: set[str]) -> None:
    async with twitch(reply(200, {**GIVEN, "scope": scope})) as (oauth, _):
        answer = await oauth.refresh("x")
    assert isinstance(answer, TokenAnswer)
    assert answer.scopes == read


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (
            reply(400, {"status": 400, "message": "Invalid refresh token"}),
            OAuthRefused(400, "Invalid refresh token"),
        ),
        (reply(401, {"message": "invalid"}), OAuthRefused(401, "invalid")),
        (
            reply(403, {"message": "invalid client secret"}),
            OAuthRefused(403, "invalid client secret"),
        ),
        (reply(400, {"message": "invalid client"}), OAuthRefused(400, "invalid client")),
        (reply(429), OAuthFailed("http_429")),
        (reply(408), OAuthFailed("http_408")),
        (reply(500), OAuthFailed("http_500")),
        (reply(503), OAuthFailed("http_503")),
        (reply(302, location="https://x.test"), OAuthRefused(302, "")),
        (Reply(200), OAuthFailed("invalid_json")),
        (Reply(200, b"[]"), OAuthFailed("invalid_json")),
        (reply(200, {"access_token": ""}), OAuthFailed("invalid_json")),
        (reply(200, {"access_token": "two words"}), OAuthFailed("invalid_json")),
        (reply(200, {"access_token": "line\nbreak"}), OAuthFailed("invalid_json")),
        (reply(200, {"access_token": "x", "expires_in": "soon"}), OAuthFailed("invalid_json")),
        (Reply(breaks=True), OAuthFailed("RemoteProtocolError")),
    ],
)
async def test_what_is_no_token(told: Reply, outcome: OAuthRefused | OAuthFailed) -> None:
    async with twitch(told) as (oauth, http):
        answer = await oauth.refresh("x")
    if isinstance(outcome, OAuthFailed) and outcome.reason.endswith("Error"):
        assert isinstance(answer, OAuthFailed)
    else:
        assert answer == outcome
    assert len(http.calls) == 1


@pytest.mark.parametrize(
    ("status", "reason", "dead"),
    [
        (400, "Invalid refresh token", True),
        (401, "", True),
        (400, "invalid client", False),
        (403, "invalid client secret", False),
        (404, "", False),
    ],
)
def test_only_a_dead_token_is_dead(status: int, reason: str, dead: bool) -> None:
    assert OAuthRefused(status, reason).is_dead_token is dead


async def test_twitch_that_hangs_is_given_up() -> None:
    async with twitch(Reply(hangs=True), patience=0.1) as (oauth, _):
        assert await oauth.refresh("x") == OAuthFailed("TimeoutError")


async def test_nobody_there() -> None:
    async with twitch() as (oauth, http):
        await http.stop()
        assert await oauth.refresh("x") == OAuthFailed("ConnectError")
        assert await oauth.revoke("x") is False
        assert await oauth.keys() == OAuthFailed("ConnectError")


async def test_validation() -> None:
    live = {"client_id": ID, "login": "x", "scopes": ["bits:read"], "user_id": "1", "expires_in": 9}
    async with twitch(reply(200, live), reply(401), reply(503), reply(200, [])) as (oauth, http):
        assert await oauth.validate("tok") == Validity(frozenset({"bits:read"}), 9, "1", "x")
        assert http.calls[0].headers["authorization"] == "OAuth tok"
        assert await oauth.validate("tok") == OAuthRefused(401, "")
        assert await oauth.validate("tok") == OAuthFailed("http_503")
        assert await oauth.validate("tok") == OAuthFailed("invalid_json")


async def test_giving_a_token_back() -> None:
    async with twitch(Reply(200), reply(400, {"message": "Invalid token"})) as (oauth, http):
        assert await oauth.revoke("tok") is True
        assert await oauth.revoke("tok") is False
    assert form(http.calls[0]) == {"client_id": ID, "token": "tok"}


async def test_an_echo_brings_no_secret_into_a_reason() -> None:
    def echo(call: Call) -> Reply:
        fields = form(call)
        text = f"refused {fields['client_secret']} {fields.get('refresh_token')}"
        return reply(400, {"message": text})

    async with twitch(echo) as (oauth, _):
        answer = await oauth.refresh("my-refresh-token")
    assert isinstance(answer, OAuthRefused)
    assert SECRET not in answer.reason
    assert "my-refresh-token" not in answer.reason
    assert "fresh" not in repr(EXPECTED)


def test_the_address_to_sign_in_at() -> None:
    oauth = OAuth("https://id.twitch.tv/oauth2/", ID, SECRET)
    url = urlsplit(oauth.authorize_url(scope="a b", state="s&t"))
    assert url.geturl().startswith("https://id.twitch.tv/oauth2/authorize?")
    assert parse_qs(url.query) == {
        "response_type": ["code"],
        "client_id": [ID],
        "scope": ["a b"],
        "state": ["s&t"],
    }


@pytest.mark.parametrize("url", ["", "id.twitch.tv", "ftp://x.test", "http://"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ValueError, match="GOLDOMATIC_TWITCH_AUTH_URL"):
        OAuth(url, ID, SECRET)
