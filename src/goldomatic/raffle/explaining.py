"""A viewer's chance explained from the ledger, event by event."""

from typing import NamedTuple

from goldomatic.channel import CODEC
from goldomatic.ledger.event import Recorded, StoredEvent
from goldomatic.raffle import public
from goldomatic.raffle.answers import percent
from goldomatic.raffle.breakdowns import Weight
from goldomatic.raffle.explain import Kind, shares
from goldomatic.raffle.state import Member
from goldomatic.raffle.weights import Formula, number
from goldomatic.service import Service
from goldomatic.values import Code, Refused, ViewerId, rfc3339
from goldomatic.web.wire import Answer, Instant

MOST_EVENTS = 500
"""Older support than this is told as one sum."""


class ShareAnswer(Answer):
    """One reason for a weight. `amount`: months, resubs, bits, gifts or cents."""

    kind: Kind
    amount: int
    adds: Weight
    at: Instant | None
    session_id: str | None


class Explained(Answer):
    """Why a weight is what it is. `shares` add up to `totalWeight`.

    `storedWeight` is what counts in a draw now; it differs until it is computed anew.
    """

    total_weight: Weight
    stored_weight: Weight
    chance_percent: float | None
    shares: list[ShareAnswer]


class Standing(NamedTuple):
    """How a viewer stands as they may see it; `chance` in percent, None without an entry."""

    member: Member
    formula: Formula
    chance: float | None


def standing(service: Service, viewer_id: ViewerId) -> Standing:
    """A viewer's standing; raises `user_not_found`."""
    raffle, now = service.state.raffle, service.clock()
    member = public.member(raffle, viewer_id, now)
    if member is None:
        raise Refused(Code.USER_NOT_FOUND, "User not found")
    formula = public.formula(raffle, service.settings.weight_profile)
    chance = None
    if public.waiting_entry(raffle, viewer_id, now) is not None:
        chance = percent(member.weight, public.pool(raffle, now)[1])
    return Standing(member, formula, chance)


async def explained(service: Service, viewer_id: ViewerId) -> Explained:
    """A viewer's weight, taken apart; raises `user_not_found`."""
    member, formula, chance = standing(service, viewer_id)
    found = shares(member, formula, *await _causes(service, member))
    return Explained(
        total_weight=number(formula.total(member)),
        stored_weight=number(member.weight),
        chance_percent=chance,
        shares=[
            ShareAnswer(
                kind=share.kind,
                amount=share.amount,
                adds=number(share.adds),
                at=None if share.at is None else rfc3339(share.at),
                session_id=share.session_id,
            )
            for share in found
        ],
    )


async def _causes(service: Service, member: Member) -> tuple[list[Recorded], Recorded | None]:
    """The viewer's newest support in the ledger, oldest first, and what set the carry-over."""
    rows = await service.store.query(
        "SELECT position, at, type, viewer, cause, data, personal, personal_hash, hash"
        " FROM events WHERE channel = ? AND viewer = ? AND type = 'RaffleSupportCounted'"
        " ORDER BY position DESC LIMIT ?",
        service.channel,
        member.viewer_id,
        MOST_EVENTS,
    )
    support = [CODEC.decode(StoredEvent(*row)) for row in reversed(rows)]
    carried = await service.events(member.carried_at, 1) if member.carried_at else []
    return support, (carried[0] if carried else None)
