"""The published record of each gift's draw, read from the ledger. It names nobody."""

from datetime import datetime, timedelta

import msgspec

from goldomatic.fairdraw import publish
from goldomatic.fairdraw.record import DrawRecord, Status
from goldomatic.gifts.drawing import WEIGHT, entry_of, frozen_list
from goldomatic.gifts.events import GiftItemsDrawn
from goldomatic.gifts.views import DrawSteps
from goldomatic.ledger.event import Recorded
from goldomatic.service import Service
from goldomatic.values import rfc3339

KIND = "gift"
NOT_HELD = "the request ended without a draw"
"""Why a draw is void: no list of items was ever frozen for it."""


async def record(service: Service, draw_id: str, steps: DrawSteps) -> DrawRecord:
    """The record of a request's draw as far as it has come."""
    begun = await _event(service, steps.committed)
    commitment = bytes.fromhex(begun.event.commitment)
    document = publish.committed(draw_id, service.channel, KIND, commitment, begun.at)
    if steps.drawn is not None:
        return _held(document, await _event(service, steps.drawn), begun.at)
    if steps.void is not None:
        return _void(document, await _event(service, steps.void), begun.at)
    return document


def _held(document: DrawRecord, drawn: Recorded, committed_at: datetime) -> DrawRecord:
    event: GiftItemsDrawn = drawn.event
    entrants = frozen_list(event.items, event.salt)
    openings = [publish.opening(event.salt, *entry_of(item), WEIGHT) for item in event.items]
    # Frozen, drawn and revealed in one step, at one instant.
    at = _later(drawn.at, committed_at)
    document = publish.revealed(
        publish.frozen(document, entrants, at),
        entrants,
        seed=bytes.fromhex(event.seed),
        order=event.order,
        opening=openings[event.order[0]],
        at=at,
        public_value=event.public_value,
    )
    return publish.opened(document, openings)


def _void(document: DrawRecord, voided: Recorded, committed_at: datetime) -> DrawRecord:
    at = _later(voided.at, committed_at)
    if voided.event.seed is None:
        # Without its seed the commitment can never be checked: the record says so and fails.
        return msgspec.structs.replace(
            document, status=Status.VOID, revealed_at=rfc3339(at), void_reason="seed lost"
        )
    seed = bytes.fromhex(voided.event.seed)
    return publish.void(document, seed=seed, reason=NOT_HELD, at=at)


def _later(instant: datetime, before: datetime) -> datetime:
    """The clock may have been set back in between; a record's instants follow each other."""
    return max(instant, before + timedelta(milliseconds=1))


async def _event(service: Service, position: int) -> Recorded:
    (recorded,) = await service.events(position, 1)
    return recorded
