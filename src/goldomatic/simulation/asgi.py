"""The few lines of HTTP that the simulated services need on top of bare ASGI.

Bare, because a judge must be able to answer wrongly: to hang, to drop a connection, to send a
body that does not fit its status.
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_MAX_BODY = 1_000_000


class NotJsonObject(ValueError):  # noqa: N818 - says what is wrong
    """The body is not a JSON object."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, read to its end."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    receive: Receive

    def one(self, name: str) -> str | None:
        """The first value of a query parameter, if it was given and is not empty."""
        return next(iter(self.query.get(name, [])), None) or None

    def many(self, name: str) -> list[str]:
        return self.query.get(name, [])

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object, `{}` when it is empty; raises `NotJsonObject`."""
        try:
            payload = json.loads(self.body or b"{}")
        except ValueError as error:
            raise NotJsonObject("the body is not JSON") from error
        if not isinstance(payload, dict):
            raise NotJsonObject("the body is not a JSON object")
        return payload

    def form(self) -> dict[str, str]:
        """Form fields of the body over those of the query."""
        fields = {**self.query, **parse_qs(self.body.decode("utf-8", "replace"))}
        return {name: values[0] for name, values in fields.items()}

    async def gone(self) -> None:
        """Return when the client has closed the connection."""
        while (await self.receive())["type"] != "http.disconnect":
            continue


@dataclass(slots=True)
class Answer:
    """`payload` is sent as JSON, bytes as they are, None as an empty body."""

    status: int = 200
    payload: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Awaitable[Answer]]


def twitch_error(status: int, message: str, **headers: str) -> Answer:
    """The error body of Helix and of the token service."""
    payload = {"error": HTTPStatus(status).phrase, "status": status, "message": message}
    return Answer(status, payload, dict(headers))


async def read_request(scope: Scope, receive: Receive) -> Request:
    body = bytearray()
    more = True
    while more and len(body) <= _MAX_BODY:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=parse_qs(scope["query_string"].decode("ascii", "replace")),
        headers={
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        },
        body=bytes(body),
        receive=receive,
    )


async def send_answer(send: Send, answer: Answer) -> None:
    body = _body(answer.payload)
    headers = {"Content-Length": str(len(body)), **answer.headers}
    if body:
        headers.setdefault("Content-Type", "application/json; charset=utf-8")
    if answer.status == HTTPStatus.NO_CONTENT:
        del headers["Content-Length"]
    await send({"type": "http.response.start", "status": answer.status, "headers": _raw(headers)})
    await send({"type": "http.response.body", "body": body})


def _body(payload: Any) -> bytes:
    if isinstance(payload, bytes):
        return payload
    return b"" if payload is None else json.dumps(payload).encode()


async def drop_connection(send: Send) -> None:
    """Promise a body and never send it: the server then closes the connection."""
    headers = _raw({"Content-Length": "1"})
    await send({"type": "http.response.start", "status": 200, "headers": headers})


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()
    ]


async def run_lifespan(receive: Receive, send: Send, close: Callable[[], Awaitable[None]]) -> None:
    """Answer the server's start and stop; `close` runs at the stop."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await close()
    await send({"type": "lifespan.shutdown.complete"})
