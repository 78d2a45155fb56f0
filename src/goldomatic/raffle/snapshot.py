"""The raffle's state as bytes and back; what can be derived is derived. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from goldomatic.ledger.state import Cell, Table
from goldomatic.raffle.state import (
    Entry,
    FailedDelivery,
    Flag,
    HiddenDraw,
    Member,
    OpenDraw,
    RaffleState,
    Session,
)
from goldomatic.raffle.weights import WeightSettings
from goldomatic.values import ViewerId

PIECE = 1_000
"""Rows that are encoded at a time: one or two milliseconds."""


class RaffleDump(msgspec.Struct):
    """The committed state."""

    members: list[Member] = []
    entries: list[Entry] = []
    sessions: list[Session] = []
    failed: list[FailedDelivery] = []
    revoked: dict[str, str] = {}
    active_id: str | None = None
    ended_id: str | None = None
    last_entry: int = 0
    won_ever: int = 0
    last_entry_at: datetime | None = None
    flag: Flag | None = None
    numbers: WeightSettings | None = None
    draw: OpenDraw | None = None
    hidden: HiddenDraw | None = None
    revision: int = 0


def dump(state: RaffleState) -> RaffleDump:
    """The committed state of the raffle."""
    return RaffleDump(
        members=list(state.members.durable.values()),
        entries=list(state.entries.durable.values()),
        sessions=list(state.sessions.durable.values()),
        failed=list(state.failed.durable.values()),
        revoked=dict(state.revoked.durable),
        active_id=state.active_id.durable,
        ended_id=state.ended_id.durable,
        last_entry=state.last_entry.durable,
        won_ever=state.won_ever.durable,
        last_entry_at=state.last_entry_at.durable,
        flag=state.flag.durable,
        numbers=state.numbers.durable,
        draw=state.draw.durable,
        hidden=state.hidden.durable,
        revision=state.revision.durable,
    )


def pack(taken: RaffleDump) -> None:
    """Turn the long lists of a dump into MessagePack, as encoding the dump would."""
    taken.members = in_pieces(taken.members)
    taken.entries = in_pieces(taken.entries)


def in_pieces(rows: Sequence[object]) -> Any:
    """A MessagePack array, made piece by piece: while one is made, no other thread runs."""
    count = len(rows)
    packed = bytearray(_head(count))
    for first in range(0, count, PIECE):
        piece = rows[first : first + PIECE]
        packed += memoryview(msgspec.msgpack.encode(piece))[len(_head(len(piece))) :]
    return msgspec.Raw(packed)


def _head(count: int) -> bytes:
    """What stands before so many elements of an array."""
    if count < 16:
        return bytes((0x90 | count,))
    return b"\xdc" + count.to_bytes(2) if count < 65_536 else b"\xdd" + count.to_bytes(4)


def load(state: RaffleState, given: RaffleDump) -> None:
    """Take the state from a dump."""
    state.members = Table({member.viewer_id: member for member in given.members})
    state.entries = Table({entry.id: entry for entry in given.entries})
    state.sessions = Table({session.id: session for session in given.sessions})
    state.failed = Table({each.message_id: each for each in given.failed})
    state.revoked = Table(given.revoked)
    state.active_id, state.ended_id = Cell(given.active_id), Cell(given.ended_id)
    state.last_entry, state.won_ever = Cell(given.last_entry), Cell(given.won_ever)
    state.flag, state.numbers, state.draw = Cell(given.flag), Cell(given.numbers), Cell(given.draw)
    state.last_entry_at = Cell(given.last_entry_at)
    state.hidden, state.revision = Cell(given.hidden), Cell(given.revision)
    _derive(state, given.entries)


def _derive(state: RaffleState, entries: list[Entry]) -> None:
    pending: dict[ViewerId, tuple[int, ...]] = {}
    count = total = 0
    for entry in sorted(entries, key=lambda each: each.id):
        if not entry.is_pending:
            continue
        pending[entry.viewer_id] = (*pending.get(entry.viewer_id, ()), entry.id)
        if entry.session_id == state.active_id.durable:
            count += 1
            total += state.weight_of(entry.viewer_id)
    state.pending = Table(pending)
    state.pool_count, state.pool_total = Cell(count), Cell(total)
