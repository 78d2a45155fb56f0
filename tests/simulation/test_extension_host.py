"""The page that imitates Twitch: the same files, strict policies, tokens and news."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from goldomatic.extension_build.files import HELPER, Build, published
from goldomatic.simulation.extension_host import ExtensionHost
from goldomatic.simulation.extension_pubsub import Extension
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.simulation.users import SimulatedUser
from goldomatic.twitch.extension_jwt import ExtensionTokens
from goldomatic.values import utc_now
from support.service import ANNA, EXTENSION_CLIENT, EXTENSION_SECRET, OWNER
from support.twitch import until


async def nothing_else(scope: Any, receive: Any, send: Any) -> None:
    """Stands for the service behind the page."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def twitch() -> FakeTwitch:
    made = FakeTwitch(OWNER, [ANNA], clients=[], rng=random.Random(1))
    made.extension = Extension(EXTENSION_CLIENT, EXTENSION_SECRET, OWNER.id)
    return made


@pytest.fixture
async def http(twitch: FakeTwitch) -> AsyncIterator[httpx2.AsyncClient]:
    host = ExtensionHost(twitch)
    async with (
        serve_asgi(host.before(nothing_else), lifespan="off") as url,
        httpx2.AsyncClient(base_url=url, verify=False, trust_env=False) as client,
    ):
        yield client
        host.close()


async def test_the_files_are_those_of_a_build_but_for_the_helper(http: httpx2.AsyncClient) -> None:
    from goldomatic import __version__

    for name, data in published(Build(version=__version__)).items():
        answer = await http.get(f"/demo/extension/{name}")
        assert answer.status_code == 200, name
        if name.endswith(".html"):
            data = data.replace(HELPER.encode(), b"/demo/host/helper.js")
        assert answer.content == data, name


@pytest.mark.parametrize("path", ["/demo/panel", "/demo/extension/panel.html"])
async def test_pages_are_under_a_strict_policy(http: httpx2.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    own = "'self'" if "extension" in path else "'none'"
    assert policy.endswith(f"frame-ancestors {own}")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("role", ["viewer", "moderator", "broadcaster"])
async def test_a_token_is_one_that_the_service_takes(http: httpx2.AsyncClient, role: str) -> None:
    query = {"viewer": ANNA.id, "role": role, "shared": "1"}
    auth = (await http.get("/demo/authorize", params=query)).json()
    tokens = ExtensionTokens(EXTENSION_SECRET, EXTENSION_CLIENT, OWNER.id)
    caller = tokens.verify(auth["token"], utc_now())
    assert caller.role == role
    assert caller.viewer_id == (OWNER.id if role == "broadcaster" else ANNA.id)
    assert caller.opaque_id == auth["userId"]


async def test_who_is_signed_out_or_shares_nothing(http: httpx2.AsyncClient) -> None:
    nobody = (await http.get("/demo/authorize", params={"viewer": "nobody"})).json()
    assert nobody["userId"].startswith("A")
    unshared = (await http.get("/demo/authorize", params={"viewer": ANNA.id})).json()
    assert unshared["userId"].startswith("U")
    tokens = ExtensionTokens(EXTENSION_SECRET, EXTENSION_CLIENT, OWNER.id)
    assert tokens.verify(unshared["token"], utc_now()).viewer_id is None


async def test_subscribers_are_offered_first_and_the_broadcaster_is_no_viewer(
    http: httpx2.AsyncClient, twitch: FakeTwitch
) -> None:
    guest = SimulatedUser(id="9", login="guest", display_name="Guest")
    twitch.users = {guest.id: guest, **twitch.users}
    people = (await http.get("/demo/people")).json()
    offered = [(each["name"], each["subscribes"]) for each in people]
    assert offered == [(ANNA.display_name, True), ("Guest", False)]


async def test_news_reach_only_their_listeners(
    http: httpx2.AsyncClient, twitch: FakeTwitch
) -> None:
    async with http.stream("GET", "/demo/pubsub", params={"opaque": "Uanna"}) as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == ": open"
        for target in ("broadcast", "whisper-Uboris", "whisper-Uanna"):
            twitch.broker.publish(target, f"for {target}")
        heard = []
        async with asyncio.timeout(5):
            while len(heard) < 2:
                line = await anext(lines)
                if line.startswith("data: "):
                    heard.append(json.loads(line.removeprefix("data: "))["message"])
        assert heard == ["for broadcast", "for whisper-Uanna"]
    await until(lambda: not any(twitch.broker._listeners.values()))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/demo/extension/../host.html", 418),
        ("GET", "/demo/extension/panel/claim.js", 404),
        ("GET", "/demo/host/extension_host.py", 404),
        ("GET", "/demo/panel/more", 404),
        ("POST", "/demo/panel", 405),
        ("GET", "/demo/other", 418),
        ("GET", "/", 418),
    ],
)
async def test_what_is_not_there(
    http: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    assert (await http.request(method, path)).status_code == status


def test_the_static_files_are_packaged() -> None:
    from goldomatic.simulation import extension_host

    for name in ("host.html", "host.css", "host.js", "helper.js"):
        assert (Path(extension_host.__file__).parent / "static" / name).is_file()
