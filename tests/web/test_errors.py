"""Every refusal has one shape on the wire, whoever raised it."""

import io
import json
import uuid
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx2
import msgspec
import pytest
import structlog
from litestar import Litestar, Request, Response, get, post
from litestar.exceptions import (
    HTTPException,
    NotAuthorizedException,
    PermissionDeniedException,
    ServiceUnavailableException,
    TooManyRequestsException,
)
from litestar.params import FromPath, FromQuery, JSONBody

from goldomatic.values import Code, Refused
from goldomatic.web.errors import STATUS, encode_refusal, exception_handlers

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Claim(msgspec.Struct):
    name: str
    amount: Annotated[int, msgspec.Meta(ge=1)]


class Opaque:
    """Nothing that could be encoded."""


FAILURES: dict[str, Exception] = {
    "refused": Refused(Code.DUPLICATE_ENROLLMENT, "No.", details={"id": 1}),
    "limited": Refused(Code.RATE_LIMITED, "Slowly.", details={"retryAfter": 12.2}),
    "busy": Refused(Code.SERVICE_UNAVAILABLE, "Busy."),
    "unauthorized": Refused(Code.UNAUTHORIZED, "Who?"),
    "bug": RuntimeError("secret detail"),
    "framework-401": NotAuthorizedException("inner sentence"),
    "framework-403": PermissionDeniedException("inner sentence"),
    "framework-415": HTTPException("inner sentence", status_code=415),
    "framework-429": TooManyRequestsException("inner sentence"),
    "framework-500": HTTPException("inner sentence", status_code=500),
    "framework-503": ServiceUnavailableException("inner sentence"),
}


@get("/api/fail/{name:str}")
async def fail(name: FromPath[str]) -> None:
    raise FAILURES[name]


@get("/page/{name:str}")
async def page(name: FromPath[str]) -> None:
    raise FAILURES[name]


@get("/api/by-id/{id_:uuid}")
async def by_id(id_: FromPath[uuid.UUID], limit: FromQuery[int] = 1) -> str:
    return f"{id_} {limit}"


@post("/api/claim")
async def claim(data: JSONBody[Claim]) -> dict[str, str]:
    return {"name": data.name}


@post("/api/raw")
async def raw(request: Request[Any, Any, Any]) -> Any:
    return await request.json()


@get("/api/broken-answer")
async def broken_answer() -> Any:
    return {"x": Opaque()}


def render(request: Request[Any, Any, Any], status: int, refused: Refused) -> Response[str]:
    if "render-fails" in request.headers:
        raise RuntimeError("no template")
    return Response(f"<h1>{status} {refused.code}</h1>", media_type="text/html")


counted: list[Code] = []


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    counted.clear()
    app: Any = Litestar(
        [fail, page, by_id, claim, raw, broken_answer],
        exception_handlers=exception_handlers(render, counted.append),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=1000,
    )
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gold") as client:
        yield client


@pytest.fixture
def log() -> Any:
    with structlog.testing.capture_logs() as entries:
        yield entries


def code_of(answer: httpx2.Response) -> str:
    """The code, having checked the shape."""
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert list(body) == ["code", "message", "details"]
    assert isinstance(body["message"], str)
    assert isinstance(body["details"], dict)
    return str(body["code"])


def test_every_code_has_a_status() -> None:
    assert set(STATUS) == set(Code)


# G-10, G-14, G-16, G-17, G-36, G-39: conflicts are 409, never 500.
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("invalid_payload", 400),
        ("invalid_character_name", 400),
        ("out_of_sequence", 400),
        ("unauthorized", 401),
        ("unauthenticated", 401),
        ("csrf_failed", 403),
        ("sign_in_closed", 403),
        ("forbidden_apikey", 403),
        ("not_subscriber", 403),
        ("wrong_channel", 403),
        ("forbidden_role", 403),
        ("not_found", 404),
        ("duplicate_enrollment", 409),
        ("active_payout_exists", 409),
        ("lifetime_cap_reached", 409),
        ("character_name_taken_in_pool", 409),
        ("terminal_status_change_not_allowed", 409),
        ("rate_limited", 429),
        ("service_unavailable", 503),
    ],
)
def test_the_codes_of_the_contract_have_their_status(code: str, status: int) -> None:
    assert STATUS[Code(code)] == status


async def test_a_refusal_is_answered_with_its_code(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/fail/refused")
    assert answer.status_code == 409
    assert answer.json() == {
        "code": "duplicate_enrollment",
        "message": "No.",
        "details": {"id": 1},
    }
    assert counted == [Code.DUPLICATE_ENROLLMENT]


# G-18: 401 says which scheme is wanted.
async def test_401_names_the_scheme(client: httpx2.AsyncClient) -> None:
    for name in ("unauthorized", "framework-401"):
        answer = await client.get(f"/api/fail/{name}")
        assert (answer.status_code, code_of(answer)) == (401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"


# G-23: a limited client is told how long to wait.
async def test_429_and_503_say_when_to_come_back(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/fail/limited")
    assert (answer.status_code, code_of(answer)) == (429, "rate_limited")
    assert answer.headers["retry-after"] == "13"
    for name, status, code in (
        ("busy", 503, "service_unavailable"),
        ("framework-429", 429, "rate_limited"),
        ("framework-503", 503, "service_unavailable"),
    ):
        answer = await client.get(f"/api/fail/{name}")
        assert (answer.status_code, code_of(answer)) == (status, code)
        assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not_found"),
        ("GET", "/api/by-id/not-a-uuid", 404, "not_found"),
        ("DELETE", "/api/claim", 405, "method_not_allowed"),
        ("GET", f"/api/by-id/{uuid.UUID(int=1)}?limit=many", 400, "invalid_payload"),
        ("GET", "/api/fail/framework-403", 403, "forbidden_role"),
        ("GET", "/api/fail/framework-415", 400, "invalid_payload"),
    ],
)
async def test_what_the_framework_refuses_has_our_shape(
    client: httpx2.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert "inner sentence" not in answer.text


async def test_405_says_what_is_allowed(client: httpx2.AsyncClient) -> None:
    answer = await client.delete("/api/claim")
    assert "POST" in answer.headers["allow"]


CLAIMS = [b"", b"{", b"[]", b'{"name": "A"}', b'{"name": 1, "amount": 1}', b"\xff"]


@pytest.mark.parametrize(
    ("path", "body"),
    [*(("/api/claim", body) for body in CLAIMS), ("/api/raw", b"{"), ("/api/raw", b"\xff")],
)
async def test_an_unreadable_body_is_400(
    client: httpx2.AsyncClient, path: str, body: bytes
) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post(path, content=body, headers=headers)
    assert (answer.status_code, code_of(answer)) == (400, "invalid_payload")


async def test_an_invalid_field_is_named(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/claim", json={"name": "A", "amount": 0})
    assert answer.status_code == 400
    [error] = answer.json()["details"]["errors"]
    assert error["field"] == "amount"
    assert ">= 1" in error["message"]


async def test_a_large_body_is_413(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/raw", content=b'"' + b"x" * 2000 + b'"')
    assert (answer.status_code, code_of(answer)) == (413, "payload_too_large")


@pytest.mark.parametrize("path", ["/api/fail/bug", "/api/fail/framework-500", "/api/broken-answer"])
async def test_a_fault_of_ours_is_500_without_detail_and_logged(
    client: httpx2.AsyncClient, log: list[dict[str, Any]], path: str
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, code_of(answer)) == (500, "internal_error")
    assert answer.json()["details"] == {}
    for leak in ("secret detail", "inner sentence", "Opaque", "Traceback"):
        assert leak not in answer.text
    [entry] = log
    assert entry["log_level"] == "error"
    assert isinstance(entry["exc_info"], Exception)
    assert counted == [Code.INTERNAL_ERROR]


async def test_the_log_of_a_fault_has_its_traceback(client: httpx2.AsyncClient) -> None:
    output = io.StringIO()
    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(output),
    )
    try:
        await client.get("/api/fail/bug")
    finally:
        structlog.configure(**before)
    entry = json.loads(output.getvalue())
    assert "RuntimeError: secret detail" in entry["exception"]
    assert "in fail" in entry["exception"]
    assert (entry["method"], entry["route"]) == ("GET", "/api/fail/{name}")


async def test_a_browser_gets_a_page_and_the_same_headers(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/page/limited", headers=BROWSER)
    assert (answer.status_code, answer.text) == (429, "<h1>429 rate_limited</h1>")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["retry-after"] == "13"
    answer = await client.get("/nowhere", headers=BROWSER)
    assert (answer.status_code, answer.text) == (404, "<h1>404 not_found</h1>")


async def test_the_api_and_other_clients_get_no_page(client: httpx2.AsyncClient) -> None:
    for path, headers in (
        ("/api/fail/refused", BROWSER),
        ("//api/fail/refused", BROWSER),
        ("/page/refused", {"accept": "*/*"}),
    ):
        answer = await client.get(f"http://gold{path}", headers=headers)
        assert (answer.status_code, code_of(answer)) == (409, "duplicate_enrollment")


async def test_a_page_that_cannot_be_rendered_falls_back(
    client: httpx2.AsyncClient, log: list[dict[str, Any]]
) -> None:
    answer = await client.get("/page/refused", headers={**BROWSER, "render-fails": "1"})
    assert (answer.status_code, code_of(answer)) == (409, "duplicate_enrollment")
    assert [entry["event"] for entry in log] == ["error page failed"]


def test_a_refusal_can_be_encoded_for_plain_asgi() -> None:
    refused = Refused(Code.RATE_LIMITED, "Slowly.", details={"retryAfter": 3})
    status, headers, body = encode_refusal(refused)
    assert status == 429
    assert json.loads(body) == {
        "code": "rate_limited",
        "message": "Slowly.",
        "details": {"retryAfter": 3},
    }
    assert dict(headers) == {
        b"content-type": b"application/json",
        b"content-length": str(len(body)).encode(),
        b"retry-after": b"3",
    }
    assert dict(encode_refusal(Refused(Code.UNAUTHORIZED, "Who?"))[1])[b"www-authenticate"] == (
        b"Bearer"
    )
