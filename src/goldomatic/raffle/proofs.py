"""Records and receipts of the raffle's draws, read from the ledger."""

import asyncio
from bisect import bisect_left
from collections import OrderedDict
from datetime import datetime, timedelta

import msgspec

from goldomatic.channel import CODEC
from goldomatic.fairdraw import publish
from goldomatic.fairdraw.encoding import HASH_BYTES
from goldomatic.fairdraw.frozen import Frozen
from goldomatic.fairdraw.record import DrawRecord, Receipt, Status
from goldomatic.ledger.event import Recorded
from goldomatic.raffle import views
from goldomatic.raffle.drawing import entry_salt, roll
from goldomatic.raffle.events import RaffleDrawFrozen, RaffleWinnerDrawn
from goldomatic.raffle.views import DrawSteps
from goldomatic.service import Service
from goldomatic.values import Code, Refused, ViewerId, rfc3339

KIND = "raffle"
LISTS_KEPT = 3
"""How many frozen lists stay in memory."""


class Held(msgspec.Struct, frozen=True):
    """A draw that was held."""

    frozen: RaffleDrawFrozen
    winner: RaffleWinnerDrawn
    drawn_at: datetime
    seed: str | None

    def roll(self, total: int) -> int | None:
        """The number that fell on the winner; None before the reveal."""
        if self.seed is None:
            return None
        root = bytes.fromhex(self.frozen.root)
        return roll(bytes.fromhex(self.seed), self.frozen.draw_id, root, total)


async def steps_of(service: Service, draw_id: str) -> DrawSteps | None:
    """How far a draw of the raffle has come; None where it is none."""
    return await views.draw_steps(service.store, service.channel, draw_id)


async def held(service: Service, draw_id: str) -> Held:
    """A draw that was held, hidden or not; raises `draw_not_found`."""
    steps = await steps_of(service, draw_id)
    if steps is None or steps.frozen is None:
        raise Refused(Code.DRAW_NOT_FOUND, "Draw not found")
    frozen = await frozen_of(service, draw_id, steps.frozen)
    drawn = await _event(service, steps.frozen + 1)
    seed = None
    if steps.revealed is not None:
        seed = (await _event(service, steps.revealed)).event.seed
    return Held(frozen, drawn.event, drawn.at, seed)


async def record(service: Service, draw_id: str, steps: DrawSteps) -> DrawRecord:
    """The record of a draw as far as it is public."""
    begun = await _event(service, steps.committed)
    commitment = bytes.fromhex(begun.event.commitment)
    document = publish.committed(draw_id, service.channel, KIND, commitment, begun.at)
    if steps.void is not None:
        return await _void(service, document, steps.void, begun.at)
    if steps.frozen is None:
        return document
    frozen = await frozen_of(service, draw_id, steps.frozen)
    # Drawn in the same transaction, at the same instant.
    drawn = await _event(service, steps.frozen + 1)
    entrants = await entrants_of(service, frozen)
    frozen_at = _later(drawn.at, begun.at)
    document = await asyncio.to_thread(publish.frozen, document, entrants, frozen_at)
    if steps.revealed is None:
        return document
    revealed = await _event(service, steps.revealed)
    at = max(revealed.at, frozen_at)
    return _revealed(document, entrants, frozen, drawn.event, revealed, at)


def _revealed(
    document: DrawRecord,
    entrants: Frozen,
    frozen: RaffleDrawFrozen,
    won: RaffleWinnerDrawn,
    revealed: Recorded,
    at: datetime,
) -> DrawRecord:
    if revealed.event.seed is None:
        return _seed_lost(document, at)
    opening = None
    if won.personal is not None:
        opening = publish.opening(won.personal.salt, won.viewer_id, won.personal.name, won.weight)
    return publish.revealed(
        document,
        entrants,
        seed=bytes.fromhex(revealed.event.seed),
        order=won.order,
        opening=opening,
        at=at,
        public_value=frozen.public_value,
    )


async def _void(
    service: Service, document: DrawRecord, position: int, committed_at: datetime
) -> DrawRecord:
    voided = await _event(service, position)
    at = max(voided.at, committed_at)
    if voided.event.seed is None:
        return _seed_lost(document, at)
    seed = bytes.fromhex(voided.event.seed)
    return publish.void(document, seed=seed, reason=voided.event.reason, at=at)


def _seed_lost(document: DrawRecord, at: datetime) -> DrawRecord:
    """Without its seed the commitment can never be checked: the record says so and fails."""
    return msgspec.structs.replace(
        document, status=Status.VOID, revealed_at=rfc3339(at), void_reason="seed lost"
    )


def _later(instant: datetime, before: datetime) -> datetime:
    """The clock may have been set back in between; a record's instants follow each other."""
    return max(instant, before + timedelta(milliseconds=1))


async def _event(service: Service, position: int) -> Recorded:
    (recorded,) = await service.events(position, 1)
    return recorded


class Lists:
    """The newest frozen lists: to decode and hash a long one takes half a second."""

    def __init__(self) -> None:
        self.events: OrderedDict[str, RaffleDrawFrozen] = OrderedDict()
        self.entrants: OrderedDict[str, Frozen] = OrderedDict()


async def frozen_of(service: Service, draw_id: str, position: int) -> RaffleDrawFrozen:
    """The frozen list of a draw as it was recorded."""
    kept = service.raffle.lists.events
    if draw_id not in kept:
        (stored,) = await service.store.read(service.channel, position - 1, 1)
        kept[draw_id] = (await asyncio.to_thread(CODEC.decode, stored)).event
        while len(kept) > LISTS_KEPT:
            kept.popitem(last=False)
    return kept[draw_id]


async def entrants_of(service: Service, event: RaffleDrawFrozen) -> Frozen:
    """The frozen list of a draw with its Merkle tree."""
    kept = service.raffle.lists.entrants
    if event.draw_id not in kept:
        data = event.hashes
        hashes = [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
        kept[event.draw_id] = await asyncio.to_thread(Frozen, hashes, event.weights)
        while len(kept) > LISTS_KEPT:
            kept.popitem(last=False)
    return kept[event.draw_id]


async def receipt(service: Service, draw_id: str, viewer_id: ViewerId) -> Receipt:
    """A viewer's own entry in a frozen list, with its proof; raises `not_found`."""
    steps = await steps_of(service, draw_id)
    if steps is None or steps.frozen is None:
        raise no_entry()
    frozen = await frozen_of(service, draw_id, steps.frozen)
    entries = service.state.raffle.entries.durable
    for entry_id in _own(service, viewer_id):
        index, entry = bisect_left(frozen.entries, entry_id), entries.get(entry_id)
        is_listed = index < len(frozen.entries) and frozen.entries[index] == entry_id
        if is_listed and entry is not None and entry.salt:
            salt = entry_salt(entry.salt, draw_id)
            opening = publish.opening(salt, viewer_id, entry.name, frozen.weights[index])
            entrants = await entrants_of(service, frozen)
            return publish.receipt(draw_id, entrants, index, opening)
    raise no_entry()


def _own(service: Service, viewer_id: ViewerId) -> list[int]:
    """Ids of a viewer's entries: those that wait, and those that have won."""
    raffle = service.state.raffle
    entries = raffle.entries.durable
    won = (i for session in raffle.sessions.durable.values() for i in session.wins)
    mine = [i for i in won if (entry := entries.get(i)) and entry.viewer_id == viewer_id]
    return [*raffle.pending.durable.get(viewer_id, ()), *mine]


def no_entry() -> Refused:
    """The viewer was not in the list, or it is not frozen."""
    return Refused(Code.NOT_FOUND, "You have no entry in this draw.")
