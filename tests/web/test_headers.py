"""Security headers of every answer."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from litestar import Litestar, Response, get

from goldomatic.web.headers import SecurityHeaders, content_security_policy


@get("/")
async def home() -> Response[str]:
    return Response("<h1>Gold</h1>", media_type="text/html")


@get("/own-policy")
async def own_policy() -> Response[str]:
    headers = {"Content-Security-Policy": "default-src 'self'", "Referrer-Policy": "no-referrer"}
    return Response("<h1>Gold</h1>", media_type="text/html", headers=headers)


@get("/api/state")
async def state() -> dict[str, int]:
    return {"a": 1}


@get("/api/proof")
async def proof() -> Response[dict[str, int]]:
    return Response({"a": 1}, headers={"Cache-Control": "public, max-age=60"})


@get("/apiary")
async def apiary() -> dict[str, int]:
    return {"a": 1}


def client_of(frame_ancestors: str) -> httpx2.AsyncClient:
    inner: Any = Litestar([home, own_policy, state, proof, apiary], openapi_config=None)
    app: Any = SecurityHeaders(inner, frame_ancestors)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://gold")


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of("'none'") as client:
        yield client


async def test_html_has_a_strict_policy(client: httpx2.AsyncClient) -> None:
    policy = (await client.get("/")).headers["content-security-policy"]
    assert dict(each.split(" ", 1) for each in policy.split("; ")) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "font-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }


async def test_who_may_frame_a_page_is_configurable() -> None:
    async with client_of("https://twitch.tv") as client:
        answer = await client.get("/")
    expected = content_security_policy("https://twitch.tv").decode()
    assert answer.headers["content-security-policy"] == expected
    assert expected.endswith("frame-ancestors https://twitch.tv")


@pytest.mark.parametrize("path", ["/", "/api/state", "/nothing"])
async def test_every_answer_has_the_common_headers(client: httpx2.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


async def test_only_html_has_the_policy(client: httpx2.AsyncClient) -> None:
    assert "content-security-policy" not in (await client.get("/api/state")).headers


@pytest.mark.parametrize("path", ["/api/state", "//api/state", "/api/nothing"])
async def test_the_api_is_not_stored(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(f"http://gold{path}")
    assert answer.headers.get_list("cache-control") == ["no-store"]


@pytest.mark.parametrize("path", ["/", "/apiary"])
async def test_other_answers_may_be_stored(client: httpx2.AsyncClient, path: str) -> None:
    assert "cache-control" not in (await client.get(path)).headers


async def test_what_a_handler_sets_itself_stays(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/proof")
    assert answer.headers.get_list("cache-control") == ["public, max-age=60"]
    answer = await client.get("/own-policy")
    assert answer.headers.get_list("content-security-policy") == ["default-src 'self'"]
    assert answer.headers.get_list("referrer-policy") == ["no-referrer"]


async def test_other_scopes_pass_through() -> None:
    seen: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    app: Any = SecurityHeaders(inner)
    await app({"type": "lifespan"}, None, None)
    assert seen == ["lifespan"]
