"""What the overlay shows, whole: whoever has the newest scene needs nothing that was before."""

from collections.abc import Iterable, Sequence
from heapq import nlargest, nsmallest
from zlib import crc32

from goldomatic.panel import LastOutcome, candidate_name, last_outcome
from goldomatic.payouts.rules import GOLD_PER_WIN, LIFETIME_CAP, PayoutState
from goldomatic.roulette.api import RouletteState, state_answer
from goldomatic.roulette.cycle import Cycle
from goldomatic.roulette.rules import Member
from goldomatic.service import Service
from goldomatic.values import ViewerId
from goldomatic.web.wire import Answer

MOST_SLICES = 40
"""Slices of the wheel, the one for all others included."""

NEWEST_SHOWN = 8
"""How many of those who entered last are named."""


class Wheel(Answer):
    """Who may be drawn: how many, and as many names as the wheel has slices for."""

    entrants: int
    names: list[str]


class Joined(Answer):
    """Somebody who entered; `position` grows with time and names the entry."""

    position: int
    character_name: str


class Outcome(LastOutcome):
    """The newest outcome, with how far the winner's payout has come."""

    status: str | None


class Scene(Answer):
    """Everything that the overlay shows at one moment."""

    roulette: RouletteState
    wheel: Wheel
    candidate_character_name: str | None
    outcome: Outcome | None
    joined: list[Joined]
    gold_per_win: int


def scene(service: Service) -> Scene:
    """The durable state, as far as viewers may see it now."""
    roulette = state_answer(service, service.clock())
    candidate = candidate_name(service, roulette.spin_phase)
    return Scene(
        roulette=roulette,
        wheel=wheel(service, show_candidate=candidate is not None),
        candidate_character_name=candidate,
        outcome=_outcome(service),
        joined=_joined(service.state.roulette.pool.durable.values()),
        gold_per_win=GOLD_PER_WIN,
    )


def wheel(service: Service, *, show_candidate: bool) -> Wheel:
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
    return Wheel(entrants=len(members), names=names)


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


def _joined(members: Iterable[Member]) -> list[Joined]:
    named = (member for member in members if member.character_name)
    newest = nlargest(NEWEST_SHOWN, named, key=lambda member: member.position)
    return [Joined(position=each.position, character_name=each.character_name) for each in newest]


def _outcome(service: Service) -> Outcome | None:
    last = last_outcome(service)
    if last is None:
        return None
    payouts = service.state.payouts.payouts.durable
    # The newest payout was put in last.
    newest_first = reversed(payouts.values())
    payout = next((p for p in newest_first if p.spin_cycle_id == last.spin_cycle_id), None)
    return Outcome(
        spin_cycle_id=last.spin_cycle_id,
        result=last.result,
        character_name=last.character_name,
        at=last.at,
        status=payout.status.value if payout else None,
    )
