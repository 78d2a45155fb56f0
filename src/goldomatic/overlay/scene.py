"""What the overlay shows, whole: whoever has the newest scene needs nothing that was before."""

from collections.abc import Iterable
from heapq import nlargest

from goldomatic.panel import LastOutcome, candidate_name, last_outcome
from goldomatic.payouts.rules import GOLD_PER_WIN
from goldomatic.roulette.api import RouletteState, state_answer
from goldomatic.roulette.rules import Member
from goldomatic.service import Service
from goldomatic.web.wire import Answer
from goldomatic.wheel import Wheel, wheel_of

NEWEST_SHOWN = 8
"""How many of those who entered last are named."""


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
        wheel=wheel_of(service, show_candidate=candidate is not None),
        candidate_character_name=candidate,
        outcome=_outcome(service),
        joined=_joined(service.state.roulette.pool.durable.values()),
        gold_per_win=GOLD_PER_WIN,
    )


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
    newest_first = reversed(list(payouts.values()))
    payout = next((p for p in newest_first if p.spin_cycle_id == last.spin_cycle_id), None)
    return Outcome(
        spin_cycle_id=last.spin_cycle_id,
        result=last.result,
        character_name=last.character_name,
        at=last.at,
        status=payout.status.value if payout else None,
    )
