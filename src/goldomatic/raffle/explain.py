"""What a chance is made of, event by event. Pure.

Each gift and cheer adds what the sum became greater by when it came, so that the shares add up
to the part of the weight, caps and all.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from goldomatic.ledger.event import Recorded
from goldomatic.raffle.events import RaffleCarriedOver, RaffleSupportCounted
from goldomatic.raffle.state import Member
from goldomatic.raffle.weights import Formula

Kind = Literal[
    "base", "subscription", "resub", "cheer", "gift", "donations", "capped", "bonus", "carry_over"
]


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """One reason for a weight. `amount`: months, bits, gifts, cents; `adds` in millionths.

    `at` is None where it is no single event, or one from before the ledger.
    """

    kind: Kind
    adds: int
    amount: int = 0
    at: datetime | None = None
    session_id: str | None = None


def shares(
    member: Member, formula: Formula, support: Iterable[Recorded], carried: Recorded | None
) -> list[Share]:
    """Why a viewer's weight is what it is by the present settings; the shares add up to it.

    `support` are the viewer's `RaffleSupportCounted` in the order of the ledger, `carried` the
    event that set the carry-over.
    """
    parts = formula.parts(member)
    counts = [r for r in support if isinstance(r.event, RaffleSupportCounted)]
    counting = [r for r in counts if r.position > member.counted_from]
    found = [Share(kind="base", adds=parts.base)]
    if parts.months or member.is_subscriber:
        found.append(Share(kind="subscription", adds=parts.months, amount=member.sub_months))
    if formula.flags.count_resubs:
        found += _grown(member, formula, counts, "resub")
    found += _grown(member, formula, counting, "cheer")
    if parts.donate:
        found.append(Share(kind="donations", adds=parts.donate, amount=member.donations))
    found += _grown(member, formula, counting, "gift")
    if lost := (parts.loyalty_raw - parts.loyalty) + (parts.support_raw - parts.support):
        found.append(Share(kind="capped", adds=-lost))
    if parts.bonus:
        found.append(Share(kind="bonus", adds=parts.bonus))
    if parts.carry:
        found.append(_carried(parts.carry, carried))
    return found


def _grown(
    member: Member,
    formula: Formula,
    events: list[Recorded],
    kind: Literal["resub", "cheer", "gift"],
) -> Iterator[Share]:
    """The shares of one counter: what is not explained by events first, then each event."""
    of_kind = [each for each in events if each.event.effect == kind]
    total = _counter(member, kind)
    amounts = [1 if kind == "resub" else each.event.amount for each in of_kind]
    reached = max(0, total - sum(amounts))
    if reached:
        yield Share(kind=kind, adds=_worth(member, formula, kind, reached), amount=reached)
    for each, amount in zip(of_kind, amounts, strict=True):
        before, reached = reached, min(total, reached + amount)
        adds = _worth(member, formula, kind, reached) - _worth(member, formula, kind, before)
        yield Share(kind=kind, adds=adds, amount=amount, at=each.at)


def _counter(member: Member, kind: Literal["resub", "cheer", "gift"]) -> int:
    return {"resub": member.resubs, "cheer": member.bits, "gift": member.gifts}[kind]


def _worth(
    member: Member, formula: Formula, kind: Literal["resub", "cheer", "gift"], count: int
) -> int:
    match kind:
        case "resub":
            return formula.parts(replace(member, resubs=count)).resub
        case "cheer":
            return formula.parts(replace(member, bits=count)).cheer
        case "gift":
            return formula.parts(replace(member, gifts=count)).gift


def _carried(carry: int, recorded: Recorded | None) -> Share:
    event = recorded.event if recorded else None
    session = event.session_id if isinstance(event, RaffleCarriedOver) else None
    return Share(
        kind="carry_over",
        adds=carry,
        at=recorded.at if recorded else None,
        session_id=session,
    )
