"""Who is on the wheel: real entrants, as many as it has slices for, and a slice for all others."""

from collections.abc import Sequence
from heapq import nsmallest
from zlib import crc32

from goldomatic.payouts.rules import GOLD_PER_WIN, LIFETIME_CAP, PayoutState
from goldomatic.roulette.cycle import Cycle
from goldomatic.roulette.rules import Member
from goldomatic.service import Service
from goldomatic.values import ViewerId
from goldomatic.web.wire import Answer

MOST_SLICES = 40
"""Slices of the wheel, the one for all others included."""


class Wheel(Answer):
    """A slice for each name, and one for all others."""

    names: list[str]
    others: int


def wheel_of(service: Service, *, show_candidate: bool) -> Wheel:
    """Who can be drawn in the running cycle; once the list is fixed, who stands in it.

    Of many, those are named whom `_chosen` picks: it knows nothing of the draw's result.
    """
    cycle = service.state.roulette.current.durable
    shown = cycle.candidate if cycle and show_candidate else None
    pool, payouts = service.state.roulette.pool.durable, service.state.payouts
    members = [
        member
        for member in pool.values()
        if _entered_in_time(member, cycle)
        and (_may_win(payouts, member.viewer_id) or (shown and shown.viewer_id == member.viewer_id))
    ]
    chosen = _chosen(members, cycle.spin_cycle_id if cycle else "")
    names = [member.character_name for member in chosen if member.character_name]
    return Wheel(names=names, others=len(members) - len(names))


def _entered_in_time(member: Member, cycle: Cycle | None) -> bool:
    drawn = cycle.drawn_position if cycle else None
    return drawn is None or member.position < drawn


def _may_win(payouts: PayoutState, viewer_id: ViewerId) -> bool:
    sent = payouts.sent_gold.durable.get(viewer_id, 0)
    return viewer_id not in payouts.active.durable and sent + GOLD_PER_WIN <= LIFETIME_CAP


def _chosen(members: Sequence[Member], cycle_id: str) -> list[Member]:
    """All, or one fewer than there are slices: the same in every scene of a cycle."""
    if len(members) > MOST_SLICES:
        members = nsmallest(
            MOST_SLICES - 1, members, key=lambda each: crc32(f"{cycle_id}{each.position}".encode())
        )
    return sorted(members, key=lambda each: each.position)
