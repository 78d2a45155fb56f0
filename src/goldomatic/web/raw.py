"""Handlers that speak ASGI themselves, for the routes that are asked most."""

from collections.abc import Awaitable, Callable

import msgspec
import structlog
from litestar import Litestar, asgi
from litestar.enums import ScopeType
from litestar.handlers import ASGIRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from goldomatic.service import Service
from goldomatic.values import Code, Refused
from goldomatic.web.errors import encode_refusal

Headers = list[tuple[bytes, bytes]]
Answerer = Callable[[Service, Scope, Receive, Send], Awaitable[None]]

_log = structlog.get_logger()
_encode = msgspec.json.Encoder().encode


def raw_route(method: str, path: str) -> Callable[[Answerer], ASGIRouteHandler]:
    """Route for one method; a `Refused` raised before the answer began becomes its JSON."""

    def decorate(answerer: Answerer) -> ASGIRouteHandler:
        async def handle(scope: Scope, receive: Receive, send: Send) -> None:
            service: Service = scope["litestar_app"].state.service
            try:
                if scope["method"] != method:  # type: ignore[typeddict-item]
                    raise Refused(Code.METHOD_NOT_ALLOWED, "Method not allowed.")
                await answerer(service, scope, receive, send)
            except Refused as refused:
                service.metrics.count_refusal(refused.code)
                status, headers, content = encode_refusal(refused)
                await respond(send, status, headers, content)

        return asgi(path, copy_scope=False)(handle)

    return decorate


class FrontDoor:
    """Leads the hottest route past what it does not need: routing, CORS, headers for browsers."""

    def __init__(self, app: ASGIApp, litestar: Litestar, hottest: ASGIRouteHandler) -> None:
        self._app = app
        self._litestar = litestar
        (self._path,) = hottest.paths
        self._handle = hottest.fn

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"] != self._path:
            await self._app(scope, receive, send)
            return
        scope["litestar_app"] = self._litestar
        scope["path_template"] = self._path
        try:
            await self._handle(scope, receive, send)
        except Exception:
            _log.exception("unexpected exception", route=self._path)
            refused = Refused(Code.INTERNAL_ERROR, "Something went wrong here.")
            await respond(send, *encode_refusal(refused))


async def respond(send: Send, status: int, headers: Headers, content: bytes = b"") -> None:
    """Send a whole answer."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": False})


async def respond_json(send: Send, answer: msgspec.Struct) -> None:
    """Send a struct as 200 with JSON."""
    content = _encode(answer)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
    ]
    await respond(send, 200, headers, content)
