"""The simulated token service: issue, refresh, validate, revoke."""

import random
from typing import Any

import httpx2
import pytest

from goldomatic.simulation.twitch import FakeTwitch
from simulation.stage import APP, BOT, CAST, OTHER_APP, OWNER, HandClock, app_token, user_token

SCOPES = ["user:write:chat", "user:bot"]
SECRETS = {"client_id": APP.id, "client_secret": APP.secret}


@pytest.fixture
def oauth(base_url: str) -> str:
    return f"{base_url}/oauth2"


async def validated(http: httpx2.AsyncClient, oauth: str, token: str) -> httpx2.Response:
    return await http.get(f"{oauth}/validate", headers={"Authorization": f"OAuth {token}"})


@pytest.mark.parametrize("place", ["data", "params"])
async def test_an_app_token_for_client_credentials(
    http: httpx2.AsyncClient, oauth: str, place: str
) -> None:
    fields: Any = {place: {**SECRETS, "grant_type": "client_credentials"}}
    issued = (await http.post(f"{oauth}/token", **fields)).json()
    assert issued["token_type"] == "bearer"
    assert issued["expires_in"] == 60 * 24 * 3600
    body = (await validated(http, oauth, issued["access_token"])).json()
    assert body["client_id"] == APP.id
    assert "user_id" not in body
    assert "login" not in body


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({}, 400, "invalid client"),
        ({"client_id": "nobody", "client_secret": "x"}, 400, "invalid client"),
        ({"client_id": APP.id}, 400, "missing client secret"),
        ({"client_id": APP.id, "client_secret": "wrong"}, 403, "invalid client secret"),
        ({**SECRETS, "grant_type": "password"}, 400, "unsupported"),
        ({**SECRETS, "grant_type": "refresh_token"}, 400, "Invalid refresh token"),
    ],
)
async def test_what_the_token_route_refuses(
    http: httpx2.AsyncClient, oauth: str, fields: dict[str, str], status: int, message: str
) -> None:
    answer = await http.post(f"{oauth}/token", data=fields)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "status", "message"}
    assert message in answer.json()["message"]


async def refresh(http: httpx2.AsyncClient, oauth: str, token: str) -> httpx2.Response:
    fields = {**SECRETS, "grant_type": "refresh_token", "refresh_token": token}
    return await http.post(f"{oauth}/token", data=fields)


async def test_a_refresh_token_works_once(
    http: httpx2.AsyncClient, oauth: str, twitch: FakeTwitch
) -> None:
    first = twitch.authorize(APP.id, BOT, SCOPES).refresh_token
    renewed = (await refresh(http, oauth, first)).json()
    assert renewed["scope"] == sorted(SCOPES)
    assert renewed["refresh_token"] != first
    assert (await refresh(http, oauth, first)).status_code == 400
    assert (await refresh(http, oauth, renewed["refresh_token"])).status_code == 200
    body = (await validated(http, oauth, renewed["access_token"])).json()
    assert (body["user_id"], body["login"]) == (BOT.id, BOT.login)
    assert body["scopes"] == sorted(SCOPES)


async def test_a_lasting_refresh_token(http: httpx2.AsyncClient, clock: HandClock) -> None:
    twitch = FakeTwitch(
        OWNER,
        CAST,
        clients=[APP],
        clock=clock,
        rng=random.Random(7),
        rotates_refresh_tokens=False,
    )
    lasting = twitch.authorize(APP.id, BOT, SCOPES).refresh_token
    async with twitch.serve() as url:
        answers = [(await refresh(http, f"{url}/oauth2", lasting)).json() for _ in range(2)]
    assert [answer["refresh_token"] for answer in answers] == [lasting, lasting]
    assert answers[0]["access_token"] != answers[1]["access_token"]


async def test_a_refresh_token_belongs_to_its_client(
    http: httpx2.AsyncClient, oauth: str, twitch: FakeTwitch
) -> None:
    foreign = twitch.authorize(OTHER_APP.id, BOT, SCOPES).refresh_token
    assert (await refresh(http, oauth, foreign)).status_code == 400


async def test_tokens_end(
    http: httpx2.AsyncClient, oauth: str, twitch: FakeTwitch, clock: HandClock
) -> None:
    token = user_token(twitch, BOT, SCOPES)
    clock.advance(hours=3, minutes=59)
    assert (await validated(http, oauth, token)).json()["expires_in"] == 60
    clock.advance(minutes=1)
    assert (await validated(http, oauth, token)).status_code == 401
    token = user_token(twitch, BOT, SCOPES)
    twitch.tokens.expire_all()
    assert (await validated(http, oauth, token)).status_code == 401


async def test_a_revoked_token_is_dead(
    http: httpx2.AsyncClient, oauth: str, twitch: FakeTwitch
) -> None:
    token = app_token(twitch)
    foreign = {"client_id": OTHER_APP.id, "token": token}
    assert (await http.post(f"{oauth}/revoke", data=foreign)).status_code == 400
    nobody = {"client_id": "nobody", "token": token}
    assert (await http.post(f"{oauth}/revoke", data=nobody)).status_code == 404
    assert (await validated(http, oauth, token)).status_code == 200
    own = {"client_id": APP.id, "token": token}
    answer = await http.post(f"{oauth}/revoke", data=own)
    assert (answer.status_code, answer.content) == (200, b"")
    assert (await validated(http, oauth, token)).status_code == 401
    assert (await http.post(f"{oauth}/revoke", data=own)).status_code == 400


async def test_disconnecting_kills_every_token_of_the_user(
    http: httpx2.AsyncClient, oauth: str, twitch: FakeTwitch
) -> None:
    authorization = twitch.authorize(APP.id, BOT, SCOPES)
    kept = user_token(twitch, OWNER, SCOPES)
    await twitch.disconnect(APP.id, BOT)
    assert (await validated(http, oauth, authorization.access.value)).status_code == 401
    assert (await refresh(http, oauth, authorization.refresh_token)).status_code == 400
    assert twitch.tokens.granted(APP.id, BOT.id) == frozenset()
    assert (await validated(http, oauth, kept)).status_code == 200


async def test_validate_wants_a_known_scheme(
    http: httpx2.AsyncClient, oauth: str, twitch: FakeTwitch
) -> None:
    token = user_token(twitch, BOT, SCOPES)
    statuses = [
        (await http.get(f"{oauth}/validate", headers={"Authorization": value})).status_code
        for value in (f"OAuth {token}", f"Bearer {token}", f"Basic {token}", token, "")
    ]
    assert statuses == [200, 200, 401, 401, 401]
