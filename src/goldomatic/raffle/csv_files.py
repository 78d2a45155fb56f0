"""Entries and winners as CSV files for spreadsheets."""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal

from goldomatic.raffle.state import Entry, Member
from goldomatic.raffle.weights import number
from goldomatic.service import Service
from goldomatic.values import ViewerId, rfc3339

_HEAD = (
    "id",
    "name",
    "twitch_login",
    "twitch_name",
    "twitch_id",
    "link",
    "notes",
    "weight",
    "submitted_at",
    "carried_over",
    "won_at",
    "draw_id",
)
_ROWS = 1_000
"""Rows that are written at once: a long list goes out in pieces, and holds nobody up."""
_MARK = "\ufeff".encode()
"""By it spreadsheets know that the file is UTF-8."""
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=\s*[=+\-@＝＋－＠\t\r])")
"""Where a cell could begin that is calculated. Where the comma is the decimal sign, spreadsheets
part cells at semicolons, whatever is quoted."""


async def content(
    service: Service, what: Literal["entries", "winners"], session_id: str | None
) -> AsyncIterator[bytes]:
    """The file in pieces: entries of a session that wait, or all that have won; UTF-8."""
    raffle = service.state.raffle
    entries, members = list(raffle.entries.durable.values()), dict(raffle.members.durable)
    rows = _rows(_chosen(entries, what, session_id), members)
    yield _MARK + _written([_HEAD])
    while piece := await asyncio.to_thread(lambda: _written(islice(rows, _ROWS))):
        yield piece


def _chosen(
    entries: Sequence[Entry], what: Literal["entries", "winners"], session_id: str | None
) -> Iterator[Entry]:
    if what == "winners":
        return (each for each in entries if not each.is_pending)
    return (each for each in entries if each.is_pending and each.session_id == session_id)


def _written(rows: Iterable[tuple[str | int | float, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _rows(
    entries: Iterable[Entry], members: dict[ViewerId, Member]
) -> Iterator[tuple[str | int | float, ...]]:
    for entry in entries:
        member = members.get(entry.viewer_id)
        weight = member.weight if member and entry.is_pending else entry.won_weight
        yield (
            entry.id,
            _harmless(entry.name),
            _harmless(member.login if member else ""),
            _harmless(member.display_name if member else ""),
            entry.viewer_id,
            _harmless(entry.link or ""),
            _harmless(entry.notes or ""),
            number(weight),
            rfc3339(entry.created_at),
            "yes" if entry.is_carried else "no",
            "" if entry.won_at is None else rfc3339(entry.won_at),
            entry.draw_id or "",
        )


def _harmless(text: str) -> str:
    """A text that a spreadsheet shows and never calculates."""
    return _FORMULA.sub(r"\1'", text)
