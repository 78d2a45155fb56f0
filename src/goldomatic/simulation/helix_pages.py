"""Helix paging: opaque cursors, at most 100 entries a page."""

import base64
from collections.abc import Sequence
from typing import Any

from goldomatic.simulation.asgi import Request
from goldomatic.simulation.helix_auth import HelixRefusal

MAX_PAGE = 100


def page(request: Request, entries: Sequence[Any], *, short: bool = False) -> dict[str, Any]:
    """`data` and `pagination` for the page that `first` and `after` ask for.

    `short` leaves one entry fewer on each page than was asked for, as Twitch may. Raises
    `HelixRefusal` 400 for a bad `first` or cursor.
    """
    size = _page_size(request)
    start = _offset(request.one("after"))
    end = start + (size - 1 if short and size > 1 else size)
    pagination = {"cursor": _cursor(end)} if end < len(entries) else {}
    return {"data": list(entries[start:end]), "pagination": pagination}


def _page_size(request: Request) -> int:
    first = request.one("first") or "20"
    if not first.isdecimal() or not 1 <= int(first) <= MAX_PAGE:
        raise HelixRefusal(400, 'The parameter "first" was malformed: the value must be 1 to 100')
    return int(first)


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(f"after:{offset}".encode()).decode().rstrip("=")


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        word, _, offset = text.partition(":")
        if word != "after":
            raise ValueError(text)
        return int(offset)
    except ValueError as error:
        raise HelixRefusal(400, "The cursor is invalid") from error


def limited(values: list[str], most: int, name: str) -> list[str]:
    """The values of a repeatable parameter; raises `HelixRefusal` 400 beyond `most`."""
    if len(values) > most:
        raise HelixRefusal(400, f'The parameter "{name}" may be given at most {most} times')
    return values
