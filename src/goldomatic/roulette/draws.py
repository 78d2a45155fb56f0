"""The published record of each spin's draw and its receipts, read from the ledger."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler

from goldomatic.fairdraw import publish
from goldomatic.fairdraw.frozen import Frozen
from goldomatic.fairdraw.record import DrawRecord, Receipt, Status
from goldomatic.ledger.event import Recorded
from goldomatic.roulette import views
from goldomatic.roulette.events import (
    DrawFrozen,
    DrawRevealed,
    PoolMemberEnrolled,
    SpinCandidateForced,
    SpinCandidateSelected,
    SpinCycleResolved,
    SpinCycleStarted,
)
from goldomatic.roulette.spin import entry_salt
from goldomatic.roulette.views import CycleRow
from goldomatic.service import Service, service_of
from goldomatic.values import Code, Refused, ViewerId, rfc3339
from goldomatic.web.openapi import refusals
from goldomatic.web.wire import Answer, AnyRequest, Instant

KIND = "roulette"
HASH_BYTES = 32
FORCED = "forced by the test harness"
"""Why a draw is void whose candidate was named instead of drawn."""


class Commitment(Answer):
    """The draw of the running cycle: what is fixed about it already."""

    draw_id: str
    status: Status
    commitment: str
    committed_at: Instant
    draw_at: Instant
    root: str | None
    entrant_count: int
    record_url: str


async def draw_record(service: Service, draw_id: str) -> DrawRecord:
    """The record of a draw as far as it has come; raises `not_found`."""
    row = await _row(service, draw_id)
    started = await _event(service, row.started_position)
    event: SpinCycleStarted = started.event
    commitment = bytes.fromhex(event.commitment)
    document = publish.committed(draw_id, service.channel, KIND, commitment, started.at)
    if row.drawn_position is None:
        return await _undrawn(service, row, document, started.at)
    drawn, *rest = await service.events(row.drawn_position, 2)
    if isinstance(drawn.event, SpinCandidateForced):
        return await _forced(service, row, document, started.at)
    entrants, frozen_at = entrants_of(drawn.event), _later(drawn.at, started.at)
    document = publish.frozen(document, entrants, frozen_at)
    if row.revealed_position is None:
        return document
    revealed = await _event(service, row.revealed_position)
    (selected,) = rest
    at = _later(revealed.at, frozen_at)
    return _revealed(document, entrants, selected.event, revealed.event, at)


def _later(instant: datetime, before: datetime) -> datetime:
    """The clock may have been set back in between; a record's instants follow each other."""
    return max(instant, before + timedelta(milliseconds=1))


async def _row(service: Service, draw_id: str) -> CycleRow:
    row = await views.find_cycle(service.store, service.channel, draw_id)
    if row is None:
        raise Refused(Code.NOT_FOUND, "Draw not found.")
    return row


async def _event(service: Service, position: int) -> Recorded:
    (recorded,) = await service.events(position, 1)
    return recorded


async def _undrawn(
    service: Service, row: CycleRow, document: DrawRecord, committed_at: datetime
) -> DrawRecord:
    if row.closed_position is None:
        return document
    closed = await _event(service, row.closed_position)
    event: SpinCycleResolved = closed.event
    at = _later(closed.at, committed_at)
    if event.seed is None:
        # Without its seed the commitment can never be checked: the record says so and fails.
        return msgspec.structs.replace(
            document, status=Status.VOID, revealed_at=rfc3339(at), void_reason="seed lost"
        )
    return publish.void(document, seed=bytes.fromhex(event.seed), reason=event.result, at=at)


async def _forced(
    service: Service, row: CycleRow, document: DrawRecord, committed_at: datetime
) -> DrawRecord:
    if row.revealed_position is None:
        return document
    revealed = await _event(service, row.revealed_position)
    seed, at = bytes.fromhex(revealed.event.seed), _later(revealed.at, committed_at)
    return publish.void(document, seed=seed, reason=FORCED, at=at)


def entrants_of(event: DrawFrozen) -> Frozen:
    """The frozen list of a draw, with its Merkle tree."""
    data = event.entries
    hashes = [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
    return Frozen(hashes, [1] * len(hashes))


def _revealed(
    document: DrawRecord,
    entrants: Frozen,
    selected: SpinCandidateSelected,
    revealed: DrawRevealed,
    at: datetime,
) -> DrawRecord:
    opened = None
    if selected.personal is not None:
        personal = selected.personal
        opened = publish.opening(personal.salt, selected.viewer_id, personal.character_name, 1)
    return publish.revealed(
        document,
        entrants,
        seed=bytes.fromhex(revealed.seed),
        order=selected.order,
        opening=opened,
        at=at,
    )


async def draw_receipt(service: Service, draw_id: str, viewer_id: ViewerId) -> Receipt:
    """A viewer's own entry in a draw; raises `not_found` when there is none to open."""
    row = await _row(service, draw_id)
    if row.drawn_position is not None:
        frozen = (await _event(service, row.drawn_position)).event
        if not isinstance(frozen, DrawFrozen):
            raise _no_entry()
        places = {position: index for index, position in enumerate(frozen.enrolments)}
        mine = await views.enrolment_positions(
            service.store, service.channel, viewer_id, row.drawn_position
        )
        for position in mine:
            if position in places:
                return await _receipt(service, draw_id, frozen, places[position], position)
    raise _no_entry()


def _no_entry() -> Refused:
    return Refused(Code.NOT_FOUND, "You have no entry in this draw.")


async def _receipt(
    service: Service, draw_id: str, frozen: DrawFrozen, index: int, position: int
) -> Receipt:
    enrolled: PoolMemberEnrolled = (await _event(service, position)).event
    if enrolled.personal is None:
        raise _no_entry()
    salt = entry_salt(enrolled.personal.salt, draw_id)
    name = enrolled.personal.character_name
    opened = publish.opening(salt, enrolled.viewer_id, name, 1)
    return publish.receipt(draw_id, entrants_of(frozen), index, opened)


async def commitment_answer(service: Service) -> Commitment | None:
    """The running cycle's draw, or nothing before the first cycle."""
    cycle = service.state.roulette.current.durable
    if cycle is None:
        return None
    document = await draw_record(service, cycle.spin_cycle_id)
    return Commitment(
        draw_id=document.draw_id,
        status=document.status,
        commitment=document.commitment,
        committed_at=document.committed_at,
        draw_at=rfc3339(cycle.draw_at),
        root=document.root,
        entrant_count=document.entrant_count,
        record_url=record_url(document.draw_id),
    )


def record_url(draw_id: str) -> str:
    """Path of a draw's record."""
    return f"/api/draws/{draw_id}"


@get(
    "/api/roulette/commitment",
    summary="Commitment of the running draw",
    responses=refusals(404, 429),
)
async def running_commitment(request: AnyRequest) -> Commitment:
    """What is fixed about the running cycle's draw. Open to anybody: write it down."""
    service = service_of(request)
    service.gate.anybody(request.scope)
    answer = await commitment_answer(service)
    if answer is None:
        raise Refused(Code.NOT_FOUND, "No spin cycle has begun yet.")
    return answer


ROUTES: Sequence[HTTPRouteHandler] = (running_commitment,)
