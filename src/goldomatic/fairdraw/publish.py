"""Make the published documents of a draw, step by step as it goes on.

Each step takes the record of the step before, and raises `ValueError` for one of another step.
Instants are aware datetimes.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from goldomatic.fairdraw.encoding import FORMAT
from goldomatic.fairdraw.frozen import Frozen
from goldomatic.fairdraw.record import (
    MAX_ORDER,
    DrawRecord,
    Entrant,
    Opening,
    Receipt,
    Status,
    Winner,
)
from goldomatic.values import rfc3339


def committed(
    draw_id: str, channel_id: str, kind: str, commitment: bytes, at: datetime
) -> DrawRecord:
    """The record to publish before the first entry."""
    return DrawRecord(
        format=FORMAT,
        draw_id=draw_id,
        channel_id=channel_id,
        kind=kind,
        status=Status.COMMITTED,
        commitment=commitment.hex(),
        committed_at=rfc3339(at),
    )


def frozen(record: DrawRecord, entrants: Frozen, at: datetime) -> DrawRecord:
    """The record once the list is fixed; `at` must be later than the commitment, by 1 ms."""
    _expect(record, Status.COMMITTED)
    return replace(
        record,
        status=Status.FROZEN,
        frozen_at=rfc3339(at),
        root=entrants.root.hex(),
        entrant_count=entrants.count,
        total_weight=entrants.total_weight,
        entrants=tuple(map(Entrant, map(bytes.hex, entrants.hashes), entrants.weights)),
    )


def revealed(
    record: DrawRecord,
    entrants: Frozen,
    *,
    seed: bytes,
    order: Sequence[int],
    opening: Opening | None,
    at: datetime,
    public_value: str = "",
) -> DrawRecord:
    """The record with the seed and what `draw` gave; `opening` is that of `order[0]`.

    Raises `ValueError` for an order that is empty or longer than 10,000.
    """
    _expect(record, Status.FROZEN)
    if not 1 <= len(order) <= MAX_ORDER:
        raise ValueError(f"a record publishes 1 to {MAX_ORDER:,} of the order, not {len(order)}")
    return replace(
        record,
        status=Status.REVEALED,
        revealed_at=rfc3339(at),
        public_value=public_value,
        seed=seed.hex(),
        order=tuple(order),
        winner=Winner(order[0], opening, _hex(entrants.proof(order[0]))),
    )


def void(record: DrawRecord, *, seed: bytes, reason: str, at: datetime) -> DrawRecord:
    """The record of a draw that was called off, with or without a frozen list: nobody wins."""
    _expect(record, Status.COMMITTED, Status.FROZEN)
    return replace(
        record,
        status=Status.VOID,
        revealed_at=rfc3339(at),
        seed=seed.hex(),
        void_reason=reason,
    )


def opened(record: DrawRecord, openings: Sequence[Opening]) -> DrawRecord:
    """The record of a draw among things, about which nothing is secret: every entry is opened."""
    _expect(record, Status.FROZEN, Status.REVEALED)
    if len(openings) != record.entrant_count:
        raise ValueError(f"{len(openings):,} openings cannot open {record.entrant_count:,} entries")
    return replace(record, openings=tuple(openings))


def forgotten(record: DrawRecord) -> DrawRecord:
    """The same record without the winner's name; every other check still passes."""
    return (
        record
        if record.winner is None
        else replace(record, winner=replace(record.winner, opening=None))
    )


def opening(salt: bytes, viewer_id: str, name: str, weight: int) -> Opening:
    """What `entry_hash` was given, in the form that a record or receipt shows."""
    # msgspec writes no subclasses of `str`, and a character name is one.
    return Opening(salt.hex(), str(viewer_id), str(name), weight)


def receipt(draw_id: str, entrants: Frozen, index: int, opened: Opening) -> Receipt:
    """A viewer's receipt for their entry at `index` of the frozen list."""
    return Receipt(
        format=FORMAT,
        draw_id=draw_id,
        index=index,
        opening=opened,
        proof=_hex(entrants.proof(index)),
        root=entrants.root.hex(),
    )


def _expect(record: DrawRecord, *statuses: Status) -> None:
    if record.status not in statuses:
        raise ValueError(f"draw {record.draw_id} is already {record.status}")


def _hex(hashes: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(value.hex() for value in hashes)
