"""Shapes that several answers share: instants, the error and how a body is read."""

from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Request

from goldomatic.values import Code, Refused, parse_rfc3339, rfc3339

Instant = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
"""RFC 3339, UTC, milliseconds, ending in Z."""


class Answer(msgspec.Struct, rename="camel", kw_only=True):
    """Base of all JSON answers: camelCase keys."""


class Problem(msgspec.Struct):
    """The one shape of every 4xx and 5xx. Decide by `code`."""

    code: str
    message: str
    details: dict[str, object]


T = TypeVar("T")
AnyRequest = Request[Any, Any, Any]


async def read_json(request: AnyRequest, shape: type[T]) -> T:
    """The request's JSON body; raises `invalid_payload` when it is not of that shape.

    Unknown fields are ignored.
    """
    body = await request.body()
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise Refused(Code.INVALID_PAYLOAD, str(error)) from None
    except (ValueError, RecursionError):
        raise Refused(Code.INVALID_PAYLOAD, "The body must be a JSON object.") from None


def instant(value: datetime | None) -> Instant | None:
    """An optional instant as it is shown."""
    return None if value is None else rfc3339(value)


def read_instant(text: str, field: str) -> datetime:
    """An instant from a request; raises `invalid_payload`."""
    try:
        return parse_rfc3339(text)
    except (ValueError, OverflowError):
        raise Refused(Code.INVALID_PAYLOAD, f"{field} must be an RFC 3339 instant.") from None


def read_uuid(text: str) -> str:
    """A UUID from a path or body, in lower case with hyphens; raises `not_found`."""
    try:
        return str(UUID(text))
    except ValueError:
        raise Refused(Code.NOT_FOUND, "Not found.") from None
