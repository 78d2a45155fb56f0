"""Entries and winners as CSV files for spreadsheets."""

import asyncio
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
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
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


async def content(
    service: Service, what: Literal["entries", "winners"], session_id: str | None
) -> bytes:
    """The file: entries of a session that wait, or all that have won; UTF-8 with a mark."""
    raffle = service.state.raffle
    entries, members = list(raffle.entries.durable.values()), dict(raffle.members.durable)
    return await asyncio.to_thread(_written, entries, members, what, session_id)


def _written(
    entries: Sequence[Entry],
    members: dict[ViewerId, Member],
    what: Literal["entries", "winners"],
    session_id: str | None,
) -> bytes:
    chosen = (
        (each for each in entries if not each.is_pending)
        if what == "winners"
        else (each for each in entries if each.is_pending and each.session_id == session_id)
    )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_HEAD)
    writer.writerows(_rows(chosen, members))
    return text.getvalue().encode("utf-8-sig")


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
    return f"'{text}" if text.startswith(_FORMULAS) else text
