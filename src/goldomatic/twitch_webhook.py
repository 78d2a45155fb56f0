"""POST /api/twitch/eventsub: Twitch's notifications, answered once they are durable.

The hottest route of the service, so it speaks ASGI itself.
"""

import structlog
from litestar import asgi
from litestar.types import Receive, Scope, Send

from goldomatic.inbox import EVENTSUB
from goldomatic.service import Service
from goldomatic.twitch.eventsub import Challenge, Revocation, parse
from goldomatic.values import Code, Refused
from goldomatic.web.errors import encode_refusal

log = structlog.get_logger()

PATH = "/api/twitch/eventsub"
MAX_BODY = 1_048_576
"""Bytes. A chat notification has about 1 to 3 KB."""

_EMPTY = [(b"content-length", b"0")]


@asgi(PATH, copy_scope=False)
async def eventsub(scope: Scope, receive: Receive, send: Send) -> None:
    """Receive one delivery: 2xx when it is handled or not wanted, 401 when it is not Twitch's."""
    service: Service = scope["litestar_app"].state.service
    try:
        if scope["method"] != "POST":  # type: ignore[typeddict-item]
            raise Refused(Code.METHOD_NOT_ALLOWED, "Method not allowed.")
        body = await read_body(receive)
        text = await _handle(service, scope, body)
    except Refused as refused:
        service.metrics.count_refusal(refused.code)
        service.metrics.eventsub_deliveries.labels(refused.code).inc()
        status, headers, content = encode_refusal(refused)
    else:
        content = text.encode()
        status, headers = 200, _EMPTY if not content else _text_headers(content)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": False})


async def _handle(service: Service, scope: Scope, body: bytes) -> str:
    """The text to answer with; empty but for a challenge."""
    if service.verifier is None:
        raise Refused(
            Code.UNAUTHORIZED, "EventSub is closed: GOLDOMATIC_TWITCH_EVENTSUB_SECRET is not set."
        )
    headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
    now = service.clock()
    service.verifier.verify(headers, body, now)
    message = parse(headers.get("twitch-eventsub-message-type", ""), body)
    service.seen.eventsub_at = now
    if isinstance(message, Challenge):
        _count(service, "challenge")
        return message.challenge
    if isinstance(message, Revocation):
        log.warning("eventsub_revoked", type=message.subscription_type, status=message.status)
        _count(service, "revocation")
        return ""
    handler = EVENTSUB.get(message.subscription_type)
    _count(service, await handler(service, message.event) if handler else "unhandled")
    return ""


def _count(service: Service, result: str) -> None:
    service.metrics.eventsub_deliveries.labels(result).inc()


async def read_body(receive: Receive) -> bytes:
    """The whole body; raises `payload_too_large` above the limit."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(Code.INVALID_PAYLOAD, "The body broke off.")
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY:
            raise Refused(Code.PAYLOAD_TOO_LARGE, f"At most {MAX_BODY} bytes are accepted.")
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _text_headers(content: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", b"text/plain"), (b"content-length", str(len(content)).encode())]
