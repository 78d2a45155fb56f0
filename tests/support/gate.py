"""A way to a service over HTTP that loses requests, refuses them or shuts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx2

from goldomatic.simulation.asgi import (
    Answer,
    Receive,
    Scope,
    Send,
    drop_connection,
    read_request,
    send_answer,
)
from goldomatic.simulation.serving import serve_asgi


class Call(NamedTuple):
    """A request that reached the gate, and the status it got; 0 where it was lost."""

    method: str
    path: str
    body: bytes
    status: int


class Gate:
    """Hands requests on to a service, unless told otherwise."""

    def __init__(self, target: str, http: httpx2.AsyncClient) -> None:
        self._target = target
        self._http = http
        self.url = ""
        self.calls: list[Call] = []
        self.down = False
        """Every connection is dropped."""
        self.drop = 0
        """So many requests are lost, each with its connection."""
        self.lose_answers = 0
        """So many requests arrive, but their answers are lost."""
        self.answers: list[Answer] = []
        """Given to the next requests instead of the service's."""
        self.arrived = asyncio.Event()

    def to(self, ending: str, method: str = "") -> list[Call]:
        """The calls whose path ends so."""
        return [c for c in self.calls if c.path.endswith(ending) and c.method.startswith(method)]

    def changes(self) -> list[tuple[str, str]]:
        """What the service was told, in order: method and path, without what was only asked."""
        return [(c.method, c.path) for c in self.calls if c.method != "GET" and c.status]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await read_request(scope, receive)
        self.arrived.set()
        answer = await self._answer(request.method, request.path, scope, request.body)
        status = 0 if answer is None else answer.status
        self.calls.append(Call(request.method, request.path, request.body, status))
        if answer is None:
            await drop_connection(send)
        else:
            await send_answer(send, answer)

    async def _answer(self, method: str, path: str, scope: Scope, body: bytes) -> Answer | None:
        if self.down or self.drop:
            self.drop = max(0, self.drop - 1)
            return None
        if self.answers:
            return self.answers.pop(0)
        query = scope["query_string"].decode()
        headers: dict[str, Any] = dict(scope["headers"])
        kept = {k: v for k, v in headers.items() if k not in (b"host", b"content-length")}
        found = await self._http.request(
            method, f"{self._target}{path}?{query}", content=body, headers=kept
        )
        if self.lose_answers:
            self.lose_answers -= 1
            return None
        names = ("retry-after", "x-mgm-changed")
        more = {name: found.headers[name] for name in names if name in found.headers}
        return Answer(found.status_code, found.content, more)


@asynccontextmanager
async def gate(url: str) -> AsyncIterator[Gate]:
    """A running gate before the service of an address."""
    async with httpx2.AsyncClient(timeout=30, trust_env=False, verify=False) as http:
        made = Gate(url, http)
        async with serve_asgi(made, lifespan="off") as own:
            made.url = own
            yield made
