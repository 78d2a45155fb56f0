"""Cross-origin calls: the extension's panel on Twitch's servers may call the API, others not.

Operator routes never carry CORS headers, so no page in a browser can read them. Tokens travel in
the Authorization header, hence no credentials mode.
"""

import re
from collections.abc import Iterable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from goldomatic.config import Settings

Headers = list[tuple[bytes, bytes]]

_SLASHES = re.compile("//+")  # the router takes several for one

_VARY = (b"vary", b"Origin")
_PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", b"Authorization, Content-Type"),
    (b"access-control-max-age", b"600"),
]
# The panel must see how long to wait when it is told to.
_EXPOSE = (b"access-control-expose-headers", b"Retry-After")


def allowed_origins(settings: Settings) -> frozenset[bytes]:
    """The origin that Twitch serves the extension from, and the configured ones."""
    origins = set(settings.cors_origins)
    if settings.twitch_extension_client_id:
        origins.add(f"https://{settings.twitch_extension_client_id.lower()}.ext-twitch.tv")
    return frozenset(origin.encode() for origin in origins)


class Cors:
    """ASGI middleware around the whole application.

    `operator_paths` and what lies below them get no CORS headers, except `viewer_paths`, which
    may lie below: `/api/payouts` is the operator's, `/api/payouts/claim` a viewer's.
    """

    def __init__(
        self,
        app: ASGIApp,
        origins: Iterable[bytes],
        operator_paths: Iterable[str],
        viewer_paths: Iterable[str] = (),
    ) -> None:
        self._app = app
        self._origins = frozenset(origins)
        self._operator_paths = tuple(operator_paths)
        self._viewer_paths = frozenset(viewer_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or self._is_operators(scope["path"]):
            await self._app(scope, receive, send)
            return
        origin = _header(scope, b"origin")
        added = [_VARY]
        if origin in self._origins:
            added += [(b"access-control-allow-origin", origin), _EXPOSE]
            if scope["method"] == "OPTIONS" and _header(scope, b"access-control-request-method"):
                await _answer_preflight(send, added)
                return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _is_operators(self, path: str) -> bool:
        path = _SLASHES.sub("/", path).rstrip("/")
        if path in self._viewer_paths:
            return False
        return any(path == own or path.startswith(f"{own}/") for own in self._operator_paths)


async def _answer_preflight(send: Send, added: Headers) -> None:
    headers = [*added, *_PREFLIGHT, (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _header(scope: Scope, name: bytes) -> bytes:
    return next((value for key, value in scope["headers"] if key == name), b"")
