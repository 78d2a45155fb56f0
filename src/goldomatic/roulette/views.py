"""Read tables of the roulette and the questions that are put to them."""

from collections.abc import Iterable
from typing import Any

import msgspec

from goldomatic.ledger.event import Recorded, ViewerForgotten, to_micros
from goldomatic.ledger.store import Delete, Put, RowChange, Store, TableSpec
from goldomatic.roulette.cycle import Cycle
from goldomatic.roulette.events import (
    DrawFrozen,
    DrawRevealed,
    PoolMemberEnrolled,
    PoolMemberRemoved,
    SpinCandidateForced,
    SpinCycleResolved,
    SpinCycleStarted,
)
from goldomatic.roulette.rules import RouletteState
from goldomatic.values import ChannelId, ViewerId

POOL = TableSpec(
    "pool_members",
    ("channel", "viewer_id"),
    ("display_name", "character_name", "source", "enrolled_at", "position"),
)
CYCLES = TableSpec(
    "spin_cycles",
    ("channel", "spin_cycle_id"),
    (
        "cycle_start",
        "result",
        "closed_at",
        "started_position",
        "drawn_position",
        "revealed_position",
        "closed_position",
    ),
)
TABLES = (POOL, CYCLES)


def project(channel: ChannelId, state: RouletteState, recorded: Recorded) -> Iterable[RowChange]:
    """What an event changes in the tables, given the state after it."""
    match recorded.event:
        case PoolMemberEnrolled(viewer_id=viewer_id):
            member = state.pool[viewer_id]
            row = (
                channel,
                viewer_id,
                member.display_name,
                member.character_name,
                member.source,
                to_micros(member.enrolled_at),
                member.position,
            )
            return (Put(POOL, row),)
        case PoolMemberRemoved(viewer_id=viewer_id) | ViewerForgotten(viewer_id=viewer_id):
            return (Delete(POOL, (channel, viewer_id)),)
        case (
            SpinCycleStarted(spin_cycle_id=cycle_id)
            | DrawFrozen(spin_cycle_id=cycle_id)
            | SpinCandidateForced(spin_cycle_id=cycle_id)
            | DrawRevealed(spin_cycle_id=cycle_id)
            | SpinCycleResolved(spin_cycle_id=cycle_id)
        ):
            cycle = state.cycle(cycle_id)
            return (Put(CYCLES, _cycle_row(channel, cycle)),) if cycle else ()
        case _:
            return ()


def _cycle_row(channel: ChannelId, cycle: Cycle) -> tuple[Any, ...]:
    return (
        channel,
        cycle.spin_cycle_id,
        to_micros(cycle.start),
        cycle.result,
        None if cycle.closed_at is None else to_micros(cycle.closed_at),
        cycle.started_position,
        cycle.drawn_position,
        cycle.revealed_position,
        cycle.closed_position,
    )


class CycleRow(msgspec.Struct, frozen=True):
    """A cycle of any time: where its events stand in the ledger."""

    spin_cycle_id: str
    cycle_start: int
    result: str | None
    closed_at: int | None
    started_position: int
    drawn_position: int | None
    revealed_position: int | None
    closed_position: int | None


_SELECT = f"SELECT {', '.join(CYCLES.columns[1:])} FROM spin_cycles WHERE channel = ?"  # noqa: S608


async def find_cycle(store: Store, channel: ChannelId, spin_cycle_id: str) -> CycleRow | None:
    """A cycle by its id, which is the id of its draw."""
    rows = await store.query(f"{_SELECT} AND spin_cycle_id = ?", channel, spin_cycle_id)
    return CycleRow(*rows[0]) if rows else None


async def recent_draws(store: Store, channel: ChannelId, limit: int) -> list[CycleRow]:
    """The newest cycles in which a draw was revealed, newest first."""
    rows = await store.query(
        f"{_SELECT} AND revealed_position IS NOT NULL ORDER BY started_position DESC LIMIT ?",
        channel,
        limit,
    )
    return [CycleRow(*row) for row in rows]


async def member_name(store: Store, channel: ChannelId, viewer_id: ViewerId) -> str | None:
    """The character name under which a viewer is in the pool."""
    rows = await store.query(
        "SELECT character_name FROM pool_members WHERE channel = ? AND viewer_id = ?",
        channel,
        viewer_id,
    )
    return rows[0][0] if rows else None


async def enrolment_positions(
    store: Store, channel: ChannelId, viewer_id: ViewerId, before: int
) -> list[int]:
    """Where a viewer's enrolments stand in the ledger, newest first."""
    rows = await store.query(
        "SELECT position FROM events WHERE channel = ? AND viewer = ? AND position < ?"
        " AND type = 'PoolMemberEnrolled' ORDER BY position DESC",
        channel,
        viewer_id,
        before,
    )
    return [row[0] for row in rows]
