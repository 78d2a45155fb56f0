"""Read table of the payouts and the questions that are put to it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from goldomatic.ledger.event import Event, Recorded, ViewerForgotten, from_micros, to_micros
from goldomatic.ledger.store import Put, RowChange, Store, TableSpec
from goldomatic.payouts.events import EVENTS, PayoutStatus
from goldomatic.payouts.rules import Payout, PayoutState
from goldomatic.values import ChannelId, ViewerId

PAYOUTS = TableSpec(
    "payouts",
    ("channel", "id"),
    (
        "viewer_id",
        "display_name",
        "character_name",
        "gold_amount",
        "enrollment_request_id",
        "status",
        "created_at",
        "updated_at",
        "accepted_at",
        "announced",
        "spin_cycle_id",
        "position",
    ),
)
TABLES = (PAYOUTS,)


def project(channel: ChannelId, state: PayoutState, recorded: Recorded) -> Iterable[RowChange]:
    """What an event changes in the table, given the state after it."""
    event = recorded.event
    if isinstance(event, EVENTS):
        payout = state.payouts.get(_payout_id(event))
        return (Put(PAYOUTS, _row(channel, payout)),) if payout else ()
    if isinstance(event, ViewerForgotten):
        mine = (p for p in state.payouts.values() if p.viewer_id == event.viewer_id)
        return [Put(PAYOUTS, _row(channel, payout)) for payout in mine]
    return ()


def _payout_id(event: Event) -> str:
    payout_id: str = event.payout_id  # type: ignore[attr-defined]
    return payout_id


def _row(channel: ChannelId, payout: Payout) -> tuple[Any, ...]:
    return (
        channel,
        payout.payout_id,
        payout.viewer_id,
        payout.display_name,
        payout.character_name,
        payout.gold_amount,
        payout.enrollment_request_id,
        payout.status.value,
        to_micros(payout.created_at),
        None if payout.updated_at is None else to_micros(payout.updated_at),
        None if payout.accepted_at is None else to_micros(payout.accepted_at),
        int(payout.announcement == "succeeded"),
        payout.spin_cycle_id,
        payout.position,
    )


class PayoutRow(msgspec.Struct, frozen=True, kw_only=True):
    """A payout as the read table has it."""

    payout_id: str
    viewer_id: ViewerId
    display_name: str
    character_name: str
    gold_amount: int
    enrollment_request_id: str
    status: PayoutStatus
    created_at: datetime
    updated_at: datetime | None
    accepted_at: datetime | None
    announced: bool
    spin_cycle_id: str


_SELECT = f"SELECT {', '.join(PAYOUTS.columns[1:])} FROM payouts WHERE channel = ?"  # noqa: S608


def _read(row: tuple[Any, ...]) -> PayoutRow:
    return PayoutRow(
        payout_id=row[0],
        viewer_id=row[1],
        display_name=row[2],
        character_name=row[3],
        gold_amount=row[4],
        enrollment_request_id=row[5],
        status=PayoutStatus(row[6]),
        created_at=from_micros(row[7]),
        updated_at=None if row[8] is None else from_micros(row[8]),
        accepted_at=None if row[9] is None else from_micros(row[9]),
        announced=bool(row[10]),
        spin_cycle_id=row[11],
    )


async def with_status(
    store: Store, channel: ChannelId, statuses: Iterable[PayoutStatus]
) -> list[PayoutRow]:
    """Payouts in one of these statuses, oldest first."""
    wanted = [status.value for status in statuses]
    marks = ", ".join("?" * len(wanted))
    rows = await store.query(
        f"{_SELECT} AND status IN ({marks}) ORDER BY position", channel, *wanted
    )
    return [_read(row) for row in rows]


async def by_id(store: Store, channel: ChannelId, payout_id: str) -> PayoutRow | None:
    """One payout."""
    rows = await store.query(f"{_SELECT} AND id = ?", channel, payout_id)
    return _read(rows[0]) if rows else None


async def newest_of(store: Store, channel: ChannelId, viewer_id: ViewerId) -> PayoutRow | None:
    """The newest payout of a viewer, whatever its status."""
    rows = await store.query(
        f"{_SELECT} AND viewer_id = ? ORDER BY position DESC LIMIT 1", channel, viewer_id
    )
    return _read(rows[0]) if rows else None


async def newest(store: Store, channel: ChannelId, limit: int) -> list[PayoutRow]:
    """The newest payouts, newest first."""
    rows = await store.query(f"{_SELECT} ORDER BY position DESC LIMIT ?", channel, limit)
    return [_read(row) for row in rows]
