"""POST /api/twitch/webhook: the raffle's address for EventSub, with the original's answers.

What is authentic is always answered 2xx once it is recorded; the same handlers as behind
/api/twitch/eventsub do the work.
"""

import msgspec
import structlog
from litestar.types import Receive, Scope, Send

from goldomatic.inbox import EVENTSUB, Delivered
from goldomatic.raffle import deliveries
from goldomatic.service import Service
from goldomatic.twitch.eventsub import Challenge, Message, Revocation, age_of, is_object, parse
from goldomatic.twitch_webhook import read_body, twitch_headers
from goldomatic.web.raw import raw_route, respond

log = structlog.get_logger()

PATH = "/api/twitch/webhook"
MOST_SECONDS_OLD = 600
MOST_SECONDS_AHEAD = 60

_NEEDED = ("id", "timestamp", "signature", "type")
_JSON = b"application/json"


@raw_route("POST", PATH)
async def webhook(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Receive one delivery: 204 when it is handled, 4xx when it is not Twitch's or not readable."""
    body = await read_body(receive)
    headers = twitch_headers(scope)
    fault = _fault(service, headers, body)
    if fault is not None:
        status, error, code = fault
        service.metrics.count_delivery(code)
        content = msgspec.json.encode({"error": error, "errorCode": code})
        await _respond(send, status, content, _JSON)
        return
    service.seen.eventsub_at = service.clock()
    message_type = headers["twitch-eventsub-message-type"]
    message = parse(message_type, body)
    if message_type == "webhook_callback_verification":
        if not isinstance(message, Challenge):
            content = b'{"error":"Missing challenge","errorCode":"missing_challenge"}'
            await _respond(send, 400, content, _JSON)
            return
        await _respond(send, 200, message.challenge.encode(), b"text/plain")
        return
    message_id = headers["twitch-eventsub-message-id"]
    service.metrics.count_delivery(await _handle(service, message, message_id))
    await _respond(send, 204)


async def _handle(service: Service, message: Message, message_id: str) -> str:
    """One word for the metrics about what became of a message."""
    if isinstance(message, Challenge):
        return "unhandled"
    kind = message.subscription_type
    if isinstance(message, Revocation):
        log.warning("eventsub_revoked", type=kind, status=message.status)
        service.reception.revoked(kind, message.status)
        await deliveries.revoked(service, kind, message.status)
        return "revocation"
    handler = EVENTSUB.get(kind)
    if handler is None:
        return "unhandled"
    return await handler(service, Delivered(kind, message_id, message.event))


def _fault(service: Service, headers: dict[str, str], body: bytes) -> tuple[int, str, str] | None:
    """Why a delivery is not taken, in the order of the contract."""
    if not all(headers.get(f"twitch-eventsub-message-{name}") for name in _NEEDED):
        return 400, "Missing required headers", "missing_headers"
    if service.verifier is None or not service.verifier.is_signed(headers, body):
        return 403, "Invalid signature", "invalid_signature"
    age = age_of(headers["twitch-eventsub-message-timestamp"], service.clock())
    if age is None or not -MOST_SECONDS_AHEAD <= age <= MOST_SECONDS_OLD:
        return 400, "Event too old", "event_too_old"
    if not is_object(body):
        return 400, "Invalid JSON", "invalid_json"
    return None


async def _respond(
    send: Send, status: int, content: bytes = b"", media_type: bytes | None = None
) -> None:
    headers = [(b"content-length", str(len(content)).encode())] if status != 204 else []
    if media_type is not None:
        headers.append((b"content-type", media_type))
    await respond(send, status, headers, content)
