"""POST /api/twitch/eventsub: Twitch's notifications, answered once they are durable.

The hottest route of the service, so it speaks ASGI itself.
"""

import structlog
from litestar.types import Receive, Scope, Send

from goldomatic.inbox import EVENTSUB, Delivered
from goldomatic.raffle import deliveries
from goldomatic.service import Service
from goldomatic.twitch.eventsub import Challenge, Revocation, parse
from goldomatic.values import Code, Refused
from goldomatic.web.raw import raw_route, respond

log = structlog.get_logger()

PATH = "/api/twitch/eventsub"
MAX_BODY = 1_048_576
"""Bytes. A chat notification has about 1 to 3 KB."""

_TWITCHS = {
    f"twitch-eventsub-message-{name}".encode(): f"twitch-eventsub-message-{name}"
    for name in ("id", "timestamp", "signature", "type")
}
_EMPTY = [(b"content-length", b"0")]


@raw_route("POST", PATH)
async def eventsub(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Receive one delivery: 2xx when it is handled or not wanted, 401 when it is not Twitch's."""
    try:
        text = await _handle(service, scope, await read_body(receive))
    except Refused as refused:
        _count(service, refused.code)
        raise
    content = text.encode()
    await respond(send, 200, _text_headers(content) if content else _EMPTY, content)


async def _handle(service: Service, scope: Scope, body: bytes) -> str:
    """The text to answer with; empty but for a challenge."""
    if service.verifier is None:
        raise Refused(
            Code.UNAUTHORIZED, "EventSub is closed: GOLDOMATIC_TWITCH_EVENTSUB_SECRET is not set."
        )
    headers = twitch_headers(scope)
    now = service.clock()
    service.verifier.verify(headers, body, now)
    message = parse(headers.get("twitch-eventsub-message-type", ""), body)
    service.seen.eventsub_at = now
    if isinstance(message, Challenge):
        _count(service, "challenge")
        return message.challenge
    if isinstance(message, Revocation):
        log.warning("eventsub_revoked", type=message.subscription_type, status=message.status)
        service.reception.revoked(message.subscription_type, message.status)
        await deliveries.revoked(service, message.subscription_type, message.status)
        _count(service, "revocation")
        return ""
    kind, message_id = message.subscription_type, headers["twitch-eventsub-message-id"]
    handler = EVENTSUB.get(kind)
    delivered = Delivered(kind, message_id, message.event)
    _count(service, await handler(service, delivered) if handler else "unhandled")
    return ""


def twitch_headers(scope: Scope) -> dict[str, str]:
    """What Twitch says about a delivery: its headers by their names in lower case."""
    return {
        _TWITCHS[key]: value.decode("latin-1") for key, value in scope["headers"] if key in _TWITCHS
    }


def _count(service: Service, result: str) -> None:
    service.metrics.count_delivery(result)


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
