"""The simulated Twitch's sign-in: the page, the code, and what the code is exchanged for."""

import base64
import re
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from goldomatic.simulation.twitch import FakeTwitch
from simulation.stage import APP, OTHER_APP, OWNER, SUBSCRIBER, HandClock

BACK = "http://127.0.0.1:9/back"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
FIELDS = {
    "client_id": APP.id,
    "redirect_uri": BACK,
    "response_type": "code",
    "scope": "openid user:read:email",
    "state": "s&t=1",
    "nonce": "the nonce",
    "claims": '{"id_token":{"email":null,"email_verified":null,"preferred_username":null}}',
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@pytest.fixture
def oauth(base_url: str, twitch: FakeTwitch) -> str:
    twitch.register(APP.id, BACK)
    return f"{base_url}/oauth2"


async def decided(http: httpx2.AsyncClient, oauth: str, **fields: str) -> httpx2.Response:
    return await http.post(f"{oauth}/authorize", data=FIELDS | fields)


async def code_for(http: httpx2.AsyncClient, oauth: str, **fields: str) -> str:
    answer = await decided(http, oauth, user_id=SUBSCRIBER.id, **fields)
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


async def exchanged(http: httpx2.AsyncClient, oauth: str, code: str, **changes: Any) -> Any:
    form = {
        "client_id": APP.id,
        "client_secret": APP.secret,
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }
    given = {name: text for name, text in (form | changes).items() if text is not None}
    return await http.post(f"{oauth}/token", data=given)


async def test_the_page_offers_everybody(http: httpx2.AsyncClient, oauth: str) -> None:
    page = await http.get(f"{oauth}/authorize?{urlencode(FIELDS)}")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    users = re.findall(r'name="user_id" value="(\d+)"', page.text)
    assert users[0] == OWNER.id
    assert SUBSCRIBER.id in users
    assert len(users) == len(set(users)) > 100
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    assert hidden["state"] == "s&amp;t=1"
    assert set(hidden) == set(FIELDS)
    assert "<script" not in page.text
    assert "style=" not in page.text
    style = await http.get(f"{oauth}/sign-in.css")
    assert style.headers["content-type"].startswith("text/css")


async def test_the_page_finds_people(http: httpx2.AsyncClient, oauth: str) -> None:
    async def found(text: str) -> list[str]:
        page = await http.get(f"{oauth}/authorize?{urlencode(FIELDS | {'find': text})}")
        return re.findall(r'name="user_id" value="(\d+)"', page.text)[1:]

    assert await found("STONEB") == [SUBSCRIBER.id]
    assert await found("<script>") == []


async def test_consent_sends_the_browser_back(http: httpx2.AsyncClient, oauth: str) -> None:
    answer = await decided(http, oauth, user_id=SUBSCRIBER.id)
    location = urlsplit(answer.headers["location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == BACK
    query = parse_qs(location.query)
    assert query["state"] == ["s&t=1"]
    assert query["scope"] == ["openid user:read:email"]
    denied = parse_qs(urlsplit((await decided(http, oauth, deny="1")).headers["location"]).query)
    assert (denied["error"], denied["state"]) == (["access_denied"], ["s&t=1"])
    assert "code" not in denied


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"client_id": "nobody"}, "invalid client"),
        ({"redirect_uri": BACK + "/"}, "redirect_mismatch"),
        ({"redirect_uri": "https://evil.test"}, "redirect_mismatch"),
        ({"client_id": OTHER_APP.id}, "redirect_mismatch"),
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(
    http: httpx2.AsyncClient, oauth: str, changes: dict[str, str], message: str
) -> None:
    for answer in (
        await http.get(f"{oauth}/authorize?{urlencode(FIELDS | changes)}"),
        await decided(http, oauth, user_id=SUBSCRIBER.id, **changes),
    ):
        assert (answer.status_code, answer.json()["message"]) == (400, message)


@pytest.mark.parametrize(
    "changes", [{"response_type": "token"}, {"code_challenge_method": "plain"}]
)
async def test_a_request_that_is_wrong_is_told_to_the_application(
    http: httpx2.AsyncClient, oauth: str, changes: dict[str, str]
) -> None:
    answer = await http.get(f"{oauth}/authorize?{urlencode(FIELDS | changes)}")
    assert answer.status_code == 302
    assert "error=invalid_request" in answer.headers["location"]
    unknown = await decided(http, oauth, user_id="1")
    assert unknown.status_code == 400


async def test_a_code_is_exchanged_once(
    http: httpx2.AsyncClient, oauth: str, clock: HandClock
) -> None:
    code = await code_for(http, oauth)
    answer = (await exchanged(http, oauth, code)).json()
    assert answer["scope"] == ["openid", "user:read:email"]
    assert answer["expires_in"] == 4 * 3600
    keys = KeySet.import_key_set((await http.get(f"{oauth}/keys")).json())
    token = jwt.decode(answer["id_token"], keys, algorithms=["RS256"])
    now = int(clock().timestamp())
    assert token.claims == {
        "iss": oauth,
        "aud": APP.id,
        "azp": APP.id,
        "sub": SUBSCRIBER.id,
        "iat": now,
        "exp": now + 900,
        "nonce": "the nonce",
        "preferred_username": SUBSCRIBER.display_name,
        "email": SUBSCRIBER.address,
        "email_verified": True,
    }
    about = await http.get(
        f"{oauth}/userinfo", headers={"Authorization": f"Bearer {answer['access_token']}"}
    )
    assert about.json()["sub"] == SUBSCRIBER.id
    again = await exchanged(http, oauth, code)
    assert (again.status_code, again.json()["message"]) == (400, "Invalid authorization code")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code_verifier": "w" * 43}, "invalid code verifier"),
        ({"code_verifier": None}, "invalid code verifier"),
        ({"redirect_uri": BACK + "2"}, "redirect_uri"),
        ({"client_secret": "wrong"}, "invalid client secret"),
        ({"client_secret": None}, "missing client secret"),
        ({"code": "x"}, "Invalid authorization code"),
        ({"client_id": OTHER_APP.id, "client_secret": OTHER_APP.secret}, "Invalid authorization"),
    ],
)
async def test_what_a_code_is_not_exchanged_for(
    http: httpx2.AsyncClient, oauth: str, changes: dict[str, Any], message: str
) -> None:
    code = changes.pop("code", None) or await code_for(http, oauth)
    answer = await exchanged(http, oauth, code, **changes)
    assert answer.status_code in (400, 403)
    assert message in answer.json()["message"]


async def test_a_code_ends(http: httpx2.AsyncClient, oauth: str, clock: HandClock) -> None:
    code = await code_for(http, oauth)
    clock.advance(minutes=10)
    assert (await exchanged(http, oauth, code)).status_code == 400


async def test_without_openid_there_is_no_id_token(http: httpx2.AsyncClient, oauth: str) -> None:
    code = await code_for(http, oauth, scope="bits:read")
    answer = (await exchanged(http, oauth, code)).json()
    assert "id_token" not in answer
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    assert (await http.get(f"{oauth}/userinfo", headers=headers)).status_code == 401


async def test_discovery(http: httpx2.AsyncClient, oauth: str) -> None:
    told = (await http.get(f"{oauth}/.well-known/openid-configuration")).json()
    assert told["issuer"] == oauth
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
        assert told[name].startswith(oauth)


async def test_a_flaw_on_demand_is_one_tokens(http: httpx2.AsyncClient, oauth: str) -> None:
    base_url = oauth.removesuffix("/oauth2")
    fault = {"route": "oauth2/token", "id_token": "absent"}
    assert (await http.post(f"{base_url}/control/faults", json=fault)).status_code == 204
    answers = [(await exchanged(http, oauth, await code_for(http, oauth))).json() for _ in range(2)]
    assert ["id_token" in answer for answer in answers] == [False, True]
    assert (
        await http.post(f"{base_url}/control/faults", json={**fault, "id_token": "odd"})
    ).status_code == 400
