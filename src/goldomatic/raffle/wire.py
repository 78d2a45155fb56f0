"""How the raffle's routes read bodies and refuse: the shapes of the original's contract.

A refusal is `{"success": false, "error": text, "errorCode": CODE}`; an unforeseen error has the
route's own sentence and no code.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from goldomatic.ledger.store import UnavailableError
from goldomatic.service import service_of
from goldomatic.values import Code, Refused
from goldomatic.web.errors import encode_refusal
from goldomatic.web.wire import AnyRequest

log = structlog.get_logger()

MAX_BODY = 65_536
"""Bytes of a request's body."""


class RaffleProblem(msgspec.Struct, rename="camel", omit_defaults=True):
    """What a route of the raffle refuses with."""

    success: bool
    error: str
    error_code: str | None = None


def failing(sentence: str) -> ExceptionHandlersMap:
    """The exception handlers of a route that says `sentence` when something unforeseen happens."""

    def refused(request: AnyRequest, refusal: Refused) -> Response[Any]:
        service_of(request).metrics.count_refusal(refusal.code)
        return _refusal(refusal)

    def unavailable(request: AnyRequest, error: UnavailableError) -> Response[Any]:
        log.warning("raffle_store_unavailable", reason=str(error))
        refusal = Refused(Code.SERVICE_UNAVAILABLE, sentence, details={"retryAfter": 5})
        return refused(request, refusal)

    def framework(request: AnyRequest, error: HTTPException) -> Response[Any]:
        if error.status_code == 405:
            return Response({"error": "Method not allowed"}, status_code=405)
        if error.status_code == 413:
            too_large = f"At most {MAX_BODY} bytes are accepted."
            return refused(request, Refused(Code.PAYLOAD_TOO_LARGE, too_large))
        if error.status_code < 500:
            return refused(request, Refused(Code.INVALID_BODY, "The request is not readable."))
        return unexpected(request, error)

    def unexpected(request: AnyRequest, error: Exception) -> Response[Any]:
        route = request.scope.get("path_template", "")
        log.error("unexpected exception", route=route, exc_info=error)
        body: dict[str, Any] = {"success": False, "error": sentence}
        if not service_of(request).settings.in_production:
            body["details"] = type(error).__name__
        return Response(body, status_code=500)

    return {
        Refused: refused,
        UnavailableError: unavailable,
        HTTPException: framework,
        Exception: unexpected,
    }


def _refusal(refused: Refused) -> Response[Any]:
    """The refusal in the contract's shape, with the status and headers of its code."""
    status, headers, _ = encode_refusal(refused)
    body: dict[str, Any] = {
        "success": False,
        "error": refused.message,
        "errorCode": refused.code.value.upper(),
    }
    body |= {key: value for key, value in refused.details.items() if key in _TOLD}
    if refused.code is Code.NOT_FOLLOWING:
        # The original sends the bare code as its text.
        body |= {"error": "NOT_FOLLOWING", "message": refused.message}
    response = Response(body, status_code=status)
    for name, value in headers:
        if name not in (b"content-type", b"content-length", b"www-authenticate"):
            response.set_header(name.decode(), value.decode())
    return response


_TOLD = frozenset({"carriedOver", "field"})


async def read_object(
    request: AnyRequest,
    *,
    optional: bool = False,
    decode: Callable[[bytes], Any] = msgspec.json.decode,
    message: str = "Invalid JSON in request body",
) -> dict[str, Any]:
    """The JSON object of a request; an empty body is an empty one where it is `optional`.

    Raises `Refused` with `INVALID_JSON`.
    """
    body = await request.body()
    if len(body) > MAX_BODY:
        raise Refused(Code.PAYLOAD_TOO_LARGE, f"At most {MAX_BODY} bytes are accepted.")
    if optional and not body.strip():
        return {}
    try:
        found = decode(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused(Code.INVALID_JSON, message)
    return found


async def read_object_or_nothing(request: AnyRequest) -> dict[str, Any]:
    """The JSON object of a request, or an empty one where it cannot be read."""
    try:
        return await read_object(request, optional=True)
    except Refused as refused:
        if refused.code is Code.INVALID_JSON:
            return {}
        raise
