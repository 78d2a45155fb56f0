"""The simulated device-code flow, and public clients, as Twitch has them."""

import random
from collections.abc import AsyncIterator

import httpx2
import pytest

from goldomatic.simulation.helix_auth import Client
from goldomatic.simulation.oauth_routes import DEVICE_GRANT
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.twitch.account_wire import DeviceCode, TokenAnswer
from goldomatic.twitch.oauth import OAuth, OAuthRefused, Pending
from support.clock import FakeClock
from support.service import ANNA, OWNER
from support.sign_in import APP

PUBLIC = Client("public-client-id", "", public=True)
SCOPES = ("user:read:chat", "bits:read")


@pytest.fixture
async def twitch() -> AsyncIterator[tuple[FakeTwitch, OAuth, FakeClock]]:
    clock = FakeClock()
    fake = FakeTwitch(OWNER, [ANNA], clients=[APP, PUBLIC], clock=clock, rng=random.Random(3))
    async with fake.serve() as url:
        oauth = OAuth(f"{url}/oauth2", APP.id, APP.secret)
        yield fake, oauth, clock
        await oauth.aclose()


async def begun(oauth: OAuth) -> DeviceCode:
    code = await oauth.begin_device(SCOPES)
    assert isinstance(code, DeviceCode)
    return code


async def test_a_code_waits_for_a_person_and_is_exchanged_once(
    twitch: tuple[FakeTwitch, OAuth, FakeClock],
) -> None:
    fake, oauth, clock = twitch
    code = await begun(oauth)
    assert (code.expires_in, code.interval) == (1800, 5)
    assert code.verification_uri.endswith(f"/activate?device-code={code.user_code}")
    assert await oauth.poll_device(code, SCOPES) == Pending()
    assert fake.devices.entered(code.user_code, ANNA.id, clock())
    answer = await oauth.poll_device(code, SCOPES)
    assert isinstance(answer, TokenAnswer)
    assert answer.scopes == frozenset(SCOPES)
    token = fake.tokens.find(answer.access, clock())
    assert token is not None
    assert token.user_id == ANNA.id
    again = await oauth.poll_device(code, SCOPES)
    assert again == OAuthRefused(400, "invalid device code")


async def test_a_code_ends_after_half_an_hour(twitch: tuple[FakeTwitch, OAuth, FakeClock]) -> None:
    fake, oauth, clock = twitch
    code = await begun(oauth)
    clock.advance(1800)
    assert not fake.devices.entered(code.user_code, ANNA.id, clock())
    assert await oauth.poll_device(code, SCOPES) == OAuthRefused(400, "invalid device code")


async def test_an_unknown_application_gets_no_code(
    twitch: tuple[FakeTwitch, OAuth, FakeClock],
) -> None:
    _, oauth, _ = twitch
    oauth.client_id = "nobody"
    assert await oauth.begin_device(SCOPES) == OAuthRefused(400, "invalid client")


async def test_a_public_clients_refresh_token_works_once_and_for_thirty_days(
    twitch: tuple[FakeTwitch, OAuth, FakeClock],
) -> None:
    fake, oauth, clock = twitch
    fake.tokens._rotates = False
    async with httpx2.AsyncClient(base_url=oauth.issuer, trust_env=False) as http:
        form = {"client_id": PUBLIC.id, "scopes": "bits:read"}
        begun = (await http.post("/device", data=form)).json()
        fake.devices.entered(begun["user_code"], ANNA.id, clock())
        grant = {"device_code": begun["device_code"], "grant_type": DEVICE_GRANT}
        first = (await http.post("/token", data=form | grant)).json()
        renewal = {"client_id": PUBLIC.id, "grant_type": "refresh_token"}

        async def renewed(token: str) -> httpx2.Response:
            return await http.post("/token", data=renewal | {"refresh_token": token})

        second = await renewed(first["refresh_token"])
        assert second.status_code == 200
        assert second.json()["refresh_token"] != first["refresh_token"]
        assert (await renewed(first["refresh_token"])).status_code == 400
        clock.advance(30 * 86_400)
        assert (await renewed(second.json()["refresh_token"])).status_code == 400
        confidential = renewal | {"client_id": APP.id, "refresh_token": "x"}
        refused = await http.post("/token", data=confidential)
        assert refused.json()["message"] == "missing client secret"
