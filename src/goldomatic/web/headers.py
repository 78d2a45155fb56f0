"""Security headers on every answer. Written as plain ASGI: it sits on the hottest routes."""

from collections.abc import Sequence

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]

_EVERYWHERE: Headers = [
    (b"x-content-type-options", b"nosniff"),
    # Not `no-referrer`: with it a browser sends `Origin: null` with our own forms.
    (b"referrer-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
]
_NO_STORE = (b"cache-control", b"no-store")


def content_security_policy(
    frame_ancestors: str = "'none'",
    form_targets: Sequence[str] = (),
    image_hosts: Sequence[str] = (),
) -> bytes:
    """Policy of our pages: everything from this origin, nothing inline.

    `frame_ancestors` names who may show a page in a frame, in CSP's own words; `form_targets` are
    further origins that a form of ours may end at, by way of a redirect, `image_hosts` those that
    pictures may come from.
    """
    forms = " ".join(["'self'", *form_targets])
    images = " ".join(["'self'", "data:", *image_hosts])
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {images}; "
        "connect-src 'self'; font-src 'self'; base-uri 'none'; "
        f"form-action {forms}; "
        f"frame-ancestors {frame_ancestors}"
    ).encode()


def is_api_path(path: str) -> bool:
    """Whether a route of the API answers `path`; the router takes `//api` for `/api`."""
    return f"{path.lstrip('/')}/".startswith("api/")


class SecurityHeaders:
    """ASGI middleware that adds what a handler has not set itself.

    HTML gets the content security policy; what lies under /api is not to be stored.
    """

    def __init__(
        self,
        app: ASGIApp,
        frame_ancestors: str = "'none'",
        form_targets: Sequence[str] = (),
    ) -> None:
        self._app = app
        policy = content_security_policy(frame_ancestors, form_targets)
        self._policy = (b"content-security-policy", policy)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        is_api = is_api_path(scope["path"])

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._complete(list(message.get("headers", ())), is_api)
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _complete(self, headers: Headers, is_api: bool) -> Headers:
        present = {name.lower(): value for name, value in headers}
        headers += [each for each in _EVERYWHERE if each[0] not in present]
        if is_api and b"cache-control" not in present:
            headers.append(_NO_STORE)
        is_html = present.get(b"content-type", b"").startswith(b"text/html")
        if is_html and self._policy[0] not in present:
            headers.append(self._policy)
        return headers
