"""Makes the operator's picture of what is known, and arranges its rows."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from goldomatic.bridge import gift_picture
from goldomatic.bridge.desk import Desk
from goldomatic.bridge.errands import Errand
from goldomatic.bridge.operator import allowed
from goldomatic.bridge.service_client import ServicePayout
from goldomatic.bridge.view import LogView, Queued, Row, Step, View, Whisper

STUCK_AFTER = timedelta(minutes=30)

Filter = Literal["all", "pending", "in_progress"]
SortKey = Literal["id", "character", "viewer", "gold", "status", "accepted_at", "created_at"]


def draw(desk: Desk, path: Path | None, waiting: int) -> View:
    """The whole picture. `path` is the chat log's, `waiting` the number of lines that are due."""
    known, now = desk.known, desk.time.now()
    rows = _rows(desk, now)
    pending = sum(row.status == "Pending" for row in rows)
    newest = desk.events.entries[:1]
    return View(
        api=known.api,
        api_text=known.api_text,
        window=known.window,
        in_front=known.in_front,
        mailbox=known.mailbox,
        addon=known.addon,
        step=_step(desk, pending),
        rows=rows,
        gifts=gift_picture.rows(desk),
        pending=pending,
        in_progress=len(rows) - pending,
        busy=known.busy,
        can_sync=known.window is not None and pending > 0 and not known.busy,
        waiting_lines=waiting,
        typing=known.typing,
        last_inject_at=known.last_inject_at,
        last_event=newest[0].text if newest else "",
        log=LogView(
            path=None if path is None else str(path),
            exists=known.log_exists,
            last_read_at=known.last_read_at,
            ignored=known.ignored,
        ),
        update=known.update,
        alert=known.alert,
        log_test=known.log_test,
    )


def _rows(desk: Desk, now: datetime) -> tuple[Row, ...]:
    whispers, mails = desk.errands.all("whisper"), desk.errands.all("queue")
    newest_first = sorted(desk.known.payouts.values(), key=lambda p: p.created_at, reverse=True)
    return tuple(
        _row(each, whispers.get(each.id), mails.get(each.id), now) for each in newest_first
    )


def _row(payout: ServicePayout, whisper: Errand | None, mail: Errand | None, now: datetime) -> Row:
    since = payout.updated_at or payout.created_at
    return Row(
        id=payout.id,
        character=payout.character_name,
        viewer=payout.twitch_display_name,
        gold=payout.gold_amount,
        status="Pending" if payout.status == "Pending" else "InProgress",
        created_at=payout.created_at,
        updated_at=payout.updated_at,
        accepted_at=payout.winner_accepted_willing_to_receive_at,
        whisper=_whisper(whisper),
        queued=_queued(mail),
        stuck=payout.status == "InProgress" and now - since > STUCK_AFTER,
        doubt=mail is not None and mail.trouble == "doubt",
        actions=allowed(payout, whispered=whisper is not None and whisper.times > 0),
    )


def _whisper(errand: Errand | None) -> Whisper:
    if errand is None:
        return "none"
    if errand.trouble == "undelivered" or errand.trouble == "silent":
        return errand.trouble
    if errand.answered_at is not None:
        return "answered"
    return "typed" if errand.times else "none"


def _queued(errand: Errand | None) -> Queued:
    if errand is None:
        return "none"
    if errand.trouble == "failed" or errand.trouble == "silent":
        return errand.trouble
    if errand.answered_at is not None:
        return "answered"
    return "typed" if errand.times else "wanted"


def _step(desk: Desk, pending: int) -> Step:
    if desk.known.window is None:
        return "searching"
    if desk.known.mailbox == "closed":
        return "waiting_for_mailbox"
    return "ready" if pending else "found"


def arrange(
    rows: Iterable[Row],
    *,
    show: Filter = "all",
    search: str = "",
    key: SortKey = "created_at",
    descending: bool = True,
) -> list[Row]:
    """Rows as the operator wants to see them. `search` looks at id, character and viewer."""
    wanted = {"pending": "Pending", "in_progress": "InProgress"}.get(show)
    words = search.casefold().split()
    found = [
        row
        for row in rows
        if (wanted is None or row.status == wanted) and all(word in _text(row) for word in words)
    ]
    return sorted(found, key=lambda row: _sort_value(row, key), reverse=descending)


def _text(row: Row) -> str:
    return f"{row.id} {row.character} {row.viewer}".casefold()


def _sort_value(row: Row, key: SortKey) -> tuple[Any, ...]:
    value = getattr(row, key)
    if isinstance(value, str):
        value = value.casefold()
    # What has no value yet comes first; equal values keep one order, whatever the poll brought.
    return (value is not None, *(() if value is None else (value,)), row.created_at, row.id)
