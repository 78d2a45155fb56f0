"""The one place where a refusal becomes an HTTP answer.

Every 4xx and 5xx of the API carries `{"code": string, "message": string, "details": object}`;
clients decide by `code`, the message is for people.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException
from litestar.types import ExceptionHandlersMap

from goldomatic.values import Code, Refused
from goldomatic.web.headers import is_api_path

Headers = list[tuple[bytes, bytes]]
AnyRequest = Request[Any, Any, Any]
PageRenderer = Callable[[AnyRequest, int, Refused], Response[Any]]
"""Renders a refusal with its status as an HTML page."""

STATUS: Mapping[Code, int] = MappingProxyType(
    {
        Code.INVALID_PAYLOAD: 400,
        Code.INVALID_CHARACTER_NAME: 400,
        Code.OUT_OF_SEQUENCE: 400,
        Code.UNAUTHORIZED: 401,
        Code.UNAUTHENTICATED: 401,
        Code.CSRF_FAILED: 403,
        Code.SIGN_IN_CLOSED: 403,
        Code.FORBIDDEN_APIKEY: 403,
        Code.FORBIDDEN_ROLE: 403,
        Code.FORBIDDEN_LINK: 403,
        Code.NOT_SUBSCRIBER: 403,
        Code.WRONG_CHANNEL: 403,
        Code.NOT_FOUND: 404,
        Code.METHOD_NOT_ALLOWED: 405,
        Code.DUPLICATE_ENROLLMENT: 409,
        Code.ACTIVE_PAYOUT_EXISTS: 409,
        Code.LIFETIME_CAP_REACHED: 409,
        Code.CHARACTER_NAME_TAKEN_IN_POOL: 409,
        Code.TERMINAL_STATUS_CHANGE_NOT_ALLOWED: 409,
        Code.GIFT_ALREADY_USED: 409,
        Code.GIFT_REQUEST_ACTIVE: 409,
        Code.INVALID_STATE: 409,
        Code.ITEM_NOT_DRAWN: 409,
        Code.ITEMS_ALREADY_FROZEN: 409,
        Code.PAYLOAD_TOO_LARGE: 413,
        Code.RATE_LIMITED: 429,
        Code.INTERNAL_ERROR: 500,
        Code.SERVICE_UNAVAILABLE: 503,
        Code.SUBMISSIONS_CLOSED: 400,
        Code.NO_ACTIVE_SESSION: 400,
        Code.ACTIVE_SESSION_EXISTS: 400,
        Code.ALREADY_SUBMITTED_THIS_SESSION: 400,
        Code.ALREADY_WON_THIS_SESSION: 400,
        Code.PENDING_ENTRY_FROM_PREVIOUS_SESSION: 400,
        Code.EMAIL_ALREADY_REGISTERED: 400,
        Code.NOT_FOLLOWING: 403,
        Code.USER_NOT_FOUND: 404,
        Code.DEMO_LINK_REQUIRED: 400,
        Code.DEMO_LINK_INVALID: 400,
        Code.DEMO_LINK_DOMAIN: 400,
        Code.NOTES_INVALID: 400,
        Code.NOTES_TOO_LONG: 400,
        Code.NAME_INVALID: 400,
        Code.RATE_LIMIT_IP: 429,
        Code.RATE_LIMIT_USER: 429,
        Code.INVALID_JSON: 400,
        Code.INVALID_BODY: 400,
        Code.INVALID_SETTING: 400,
        Code.INVALID_ENTRY_ID: 400,
        Code.NO_PARTICIPANTS: 400,
        Code.DRAW_IN_PROGRESS: 409,
        Code.ENTRY_NOT_FOUND: 404,
        Code.DRAW_NOT_FOUND: 404,
    }
)

_DEFAULT_RETRY_AFTER_SECONDS = 5

# What the framework itself refuses, by status. Other 4xx are requests that we cannot read.
_FRAMEWORK_REFUSALS: Mapping[int, tuple[Code, str]] = {
    401: (Code.UNAUTHORIZED, "Authentication is required."),
    403: (Code.FORBIDDEN_ROLE, "Not allowed."),
    404: (Code.NOT_FOUND, "Not found."),
    405: (Code.METHOD_NOT_ALLOWED, "Method not allowed."),
    413: (Code.PAYLOAD_TOO_LARGE, "The request body is too large."),
    429: (Code.RATE_LIMITED, "Too many requests."),
    503: (Code.SERVICE_UNAVAILABLE, "The service is not ready."),
}

_log = structlog.get_logger(__name__)


def encode_refusal(refused: Refused) -> tuple[int, Headers, bytes]:
    """Status, headers and body of a refusal, for handlers that speak ASGI themselves."""
    body = msgspec.json.encode(
        {"code": refused.code, "message": refused.message, "details": refused.details}
    )
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    headers += [(n.lower().encode(), v.encode()) for n, v in _code_headers(refused).items()]
    return STATUS[refused.code], headers, body


def exception_handlers(
    render_page: PageRenderer | None = None,
    count: Callable[[Code], None] | None = None,
) -> ExceptionHandlersMap:
    """Handlers that give every exception the one shape.

    `render_page` answers browsers (Accept: text/html outside /api); `count` is told every code.
    """
    answers = _Answers(render_page, count)
    return {
        Refused: answers.refusal,
        HTTPException: answers.framework,
        SerializationException: answers.unreadable,
        Exception: answers.unexpected,
    }


class _Answers:
    def __init__(
        self, render_page: PageRenderer | None, count: Callable[[Code], None] | None
    ) -> None:
        self._render_page = render_page
        self._count = count

    def refusal(
        self, request: AnyRequest, refused: Refused, headers: Mapping[str, str] | None = None
    ) -> Response[Any]:
        if self._count is not None:
            self._count(refused.code)
        response = self._page(request, refused) or _json(refused)
        for name, value in {**(headers or {}), **_code_headers(refused)}.items():
            response.set_header(name, value)
        return response

    def framework(self, request: AnyRequest, error: HTTPException) -> Response[Any]:
        if error.status_code >= 500 and error.status_code != 503:
            return self.unexpected(request, error)
        return self.refusal(request, _from_framework(error), error.headers)

    def unreadable(self, request: AnyRequest, error: SerializationException) -> Response[Any]:
        # The framework raises the same type for an answer of ours that it cannot encode.
        if isinstance(error.__cause__, msgspec.DecodeError | UnicodeDecodeError):
            return self.refusal(request, _invalid_payload())
        return self.unexpected(request, error)

    def unexpected(self, request: AnyRequest, error: Exception) -> Response[Any]:
        _log.error(
            "unexpected exception",
            method=request.scope["method"],
            route=request.scope.get("path_template", ""),
            exc_info=error,
        )
        return self.refusal(request, Refused(Code.INTERNAL_ERROR, "Something went wrong here."))

    def _page(self, request: AnyRequest, refused: Refused) -> Response[Any] | None:
        if self._render_page is None or not _wants_page(request):
            return None
        status = STATUS[refused.code]
        try:
            response = self._render_page(request, status, refused)
        except Exception:
            # A page that cannot be rendered must not hide the refusal that it should have shown.
            _log.exception("error page failed", code=refused.code)
            return None
        response.status_code = status
        return response


def _wants_page(request: AnyRequest) -> bool:
    accept = request.headers.get("accept", "")
    return "text/html" in accept and not is_api_path(request.scope["path"])


def _json(refused: Refused) -> Response[Any]:
    status, _, body = encode_refusal(refused)
    return Response(body, status_code=status, media_type="application/json")


def _code_headers(refused: Refused) -> dict[str, str]:
    """Headers that HTTP demands of some statuses; retryAfter is in seconds, rounded up."""
    status = STATUS[refused.code]
    if status == 401:
        return {"WWW-Authenticate": "Bearer"}
    if status in (429, 503):
        seconds = refused.details.get("retryAfter", _DEFAULT_RETRY_AFTER_SECONDS)
        return {"Retry-After": str(max(1, math.ceil(seconds)))}
    return {}


def _from_framework(error: HTTPException) -> Refused:
    """The framework's own sentence is dropped: it repeats the path and query of the request."""
    if error.status_code in _FRAMEWORK_REFUSALS:
        return Refused(*_FRAMEWORK_REFUSALS[error.status_code])
    return _invalid_payload(error.extra)


def _invalid_payload(extra: object = None) -> Refused:
    fields = extra if isinstance(extra, list) else []
    errors = [
        {"field": each.get("key", ""), "message": each.get("message", "")}
        for each in fields
        if isinstance(each, dict)
    ]
    return Refused(
        Code.INVALID_PAYLOAD,
        "The request is not readable.",
        details={"errors": errors} if errors else None,
    )
