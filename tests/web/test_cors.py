"""Which pages of other origins may call the API."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from litestar import Litestar, get, patch, post

from goldomatic.config import Settings
from goldomatic.web.cors import Cors, allowed_origins
from goldomatic.web.errors import exception_handlers

PANEL = "https://abc123.ext-twitch.tv"
DEV_RIG = "https://localhost:8080"
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
}


@get("/api/roulette/state")
async def state() -> dict[str, int]:
    return {"poolParticipantCount": 1}


@post("/api/payouts/claim")
async def claim() -> None: ...


@get("/api/payouts/pending")
async def pending() -> list[str]:
    return []


@patch("/api/payouts/one/status")
async def status() -> None: ...


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    settings = Settings(
        environment="development",
        twitch_extension_client_id="ABC123",
        cors_origins=(DEV_RIG,),
    )
    inner: Any = Litestar(
        [state, claim, pending, status],
        openapi_config=None,
        exception_handlers=exception_handlers(),
    )
    app: Any = Cors(
        inner, allowed_origins(settings), ["/api/payouts"], viewer_paths=["/api/payouts/claim"]
    )
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gold") as client:
        yield client


def cors_headers(answer: httpx2.Response) -> dict[str, str]:
    return {k: v for k, v in answer.headers.items() if k.startswith("access-control-")}


# G-49: preflight of the extension passes.
@pytest.mark.parametrize("origin", [PANEL, DEV_RIG])
async def test_the_preflight_of_an_allowed_origin_passes(
    client: httpx2.AsyncClient, origin: str
) -> None:
    answer = await client.options("/api/payouts/claim", headers={"origin": origin, **PREFLIGHT})
    assert answer.status_code == 204
    assert cors_headers(answer) == {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": "Authorization, Content-Type",
        "access-control-max-age": "600",
        "access-control-expose-headers": "Retry-After",
    }
    assert answer.headers["vary"] == "Origin"


# G-49: another origin gets no CORS header.
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://other.ext-twitch.tv",
        f"{PANEL}.evil.example",
        "http://abc123.ext-twitch.tv",
        "null",
    ],
)
async def test_another_origin_gets_no_cors_header(client: httpx2.AsyncClient, origin: str) -> None:
    for answer in (
        await client.options("/api/payouts/claim", headers={"origin": origin, **PREFLIGHT}),
        await client.get("/api/roulette/state", headers={"origin": origin}),
    ):
        assert cors_headers(answer) == {}
        assert answer.headers["vary"] == "Origin"


async def test_an_answer_may_be_read_by_the_panel_without_credentials(
    client: httpx2.AsyncClient,
) -> None:
    answer = await client.get("/api/roulette/state", headers={"origin": PANEL})
    assert answer.json() == {"poolParticipantCount": 1}
    assert cors_headers(answer) == {
        "access-control-allow-origin": PANEL,
        "access-control-expose-headers": "Retry-After",
    }
    assert answer.headers["vary"] == "Origin"


async def test_a_refusal_may_be_read_by_the_panel(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/nothing", headers={"origin": PANEL})
    assert answer.json()["code"] == "not_found"
    assert answer.headers["access-control-allow-origin"] == PANEL


async def test_caches_are_told_that_the_answer_depends_on_the_origin(
    client: httpx2.AsyncClient,
) -> None:
    answer = await client.get("/api/roulette/state")
    assert cors_headers(answer) == {}
    assert answer.headers["vary"] == "Origin"


# G-49: operator routes are closed to every page.
@pytest.mark.parametrize(
    "path", ["/api/payouts", "/api/payouts/pending", "/api//payouts/pending", "//api/payouts/"]
)
async def test_operator_routes_get_no_cors_headers(client: httpx2.AsyncClient, path: str) -> None:
    url = f"http://gold{path}"
    for answer in (
        await client.get(url, headers={"origin": PANEL}),
        await client.options(url, headers={"origin": PANEL, **PREFLIGHT}),
    ):
        assert cors_headers(answer) == {}
        assert "vary" not in answer.headers


async def test_a_path_that_only_begins_like_an_operators_is_not_one(
    client: httpx2.AsyncClient,
) -> None:
    answer = await client.get("/api/payouts-of-mine", headers={"origin": PANEL})
    assert answer.headers["access-control-allow-origin"] == PANEL


def test_without_an_extension_only_configured_origins_are_allowed() -> None:
    assert allowed_origins(Settings(environment="development")) == frozenset()
    only = Settings(environment="development", cors_origins=(DEV_RIG,))
    assert allowed_origins(only) == {DEV_RIG.encode()}


async def test_other_scopes_pass_through() -> None:
    seen: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    app: Any = Cors(inner, [], [])
    await app({"type": "lifespan"}, None, None)
    assert seen == ["lifespan"]
