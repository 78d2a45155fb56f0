"""The spin: when a cycle begins, is drawn, revealed, verified and closed. Pure."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

import msgspec

from goldomatic.fairdraw.commitment import commit
from goldomatic.fairdraw.draw import draw as draw_order
from goldomatic.fairdraw.entries import entry_hash
from goldomatic.fairdraw.frozen import Frozen
from goldomatic.ledger.event import Event
from goldomatic.roulette.cycle import Cycle, cycle_start
from goldomatic.roulette.events import (
    CycleResult,
    DrawFrozen,
    DrawRevealed,
    Entrant,
    SpinCandidateForced,
    SpinCandidateSelected,
    SpinCycleResolved,
    SpinCyclesMissed,
    SpinCycleStarted,
)
from goldomatic.roulette.rules import Member, RouletteState
from goldomatic.values import Code, Refused, ViewerId, name_key

ALTERNATES = 9
"""How many entries after the winner the record names. The roulette itself never draws again."""

FORCED_WINDOW = timedelta(hours=1)
"""How long the test harness's candidate can be reported."""

Step = Literal["reveal", "lapse", "roll", "draw"]


def due(
    state: RouletteState, now: datetime, interval: timedelta, without: Collection[Step] = ()
) -> Step | None:
    """What the clock asks for next, judged by the durable state; `without` cannot be done now."""
    return next((step for step in _asked(state, now, interval) if step not in without), None)


def _asked(state: RouletteState, now: datetime, interval: timedelta) -> Iterator[Step]:
    current, previous = state.current.durable, state.previous.durable
    if unrevealed(state, now):
        yield "reveal"
    if previous and previous.candidate and not previous.resolved and now > previous.deadline:
        yield "lapse"
    if current is None or _is_over(current, now, interval):
        yield "roll"
    elif _is_drawable(current, len(state.pool.durable), now):
        yield "draw"


def unrevealed(state: RouletteState, now: datetime) -> Cycle | None:
    """The cycle whose seed is to be published now."""
    current, previous = state.current.durable, state.previous.durable
    for cycle in (current, previous):
        if _is_revealable(cycle, current, now):
            return cycle
    return None


def _is_revealable(cycle: Cycle | None, current: Cycle | None, now: datetime) -> bool:
    """The wheel of the running cycle must have stopped; an older or resolved one has."""
    if cycle is None or cycle.candidate is None or cycle.revealed:
        return False
    return cycle is not current or cycle.resolved or now >= cycle.spun_at


def _is_over(cycle: Cycle, now: datetime, interval: timedelta) -> bool:
    """A clock that steps back by less than a cycle keeps the cycle; one from afar is wrong."""
    return now >= cycle.end or now < cycle.start - interval


def _is_drawable(cycle: Cycle, pool_count: int, now: datetime) -> bool:
    """A cycle that began after its draw was due is never drawn: nobody saw its commitment."""
    if cycle.pool_was_empty or pool_count == 0 or cycle.resolved or cycle.candidate:
        return False
    return cycle.started_at < cycle.draw_at <= now < cycle.end


def roll(
    state: RouletteState,
    now: datetime,
    interval: timedelta,
    *,
    spin_cycle_id: str,
    commitment: bytes,
    old_seed: bytes | None,
    after_winner: bool = False,
) -> list[Event]:
    """Begin the cycle of `now`; a cycle that ends undrawn is closed and its seed opened.

    Nothing while the present cycle runs. `after_winner` is the test harness's: a cycle that has
    its winner may be followed at once, for each pays only once.
    """
    current = state.current.value
    if current is not None and not _is_over(current, now, interval):
        followed = after_winner and current.result == "winner"
        if not followed:
            return []
    start = cycle_start(now, interval)
    previous = state.previous.value
    events: list[Event] = []
    if previous is not None and previous.candidate and not previous.resolved:
        events.append(_close(previous, "unverified", None))
    if current is not None:
        if current.candidate is None and not current.resolved:
            idle = current.pool_was_empty or len(state.pool) == 0
            events.append(_close(current, "empty" if idle else "missed", old_seed))
        gap = (start - current.end) // interval if start > current.end else 0
        if gap > 0:
            events.append(SpinCyclesMissed(first_start=current.end, count=gap))
    events.append(
        SpinCycleStarted(
            spin_cycle_id=spin_cycle_id,
            cycle_start=start,
            interval_seconds=int(interval.total_seconds()),
            pool_was_empty=len(state.pool) == 0,
            commitment=commitment.hex(),
        )
    )
    return events


def entry_salt(member_salt: bytes, draw_id: str) -> bytes:
    """The salt of a member's entry in one draw: opening it tells nothing about other draws."""
    return sha256(b"goldomatic-salt/1\0" + member_salt + draw_id.encode()).digest()


def draw(
    state: RouletteState,
    now: datetime,
    *,
    spin_cycle_id: str,
    seed: bytes | None,
    is_eligible: Callable[[ViewerId], bool],
) -> list[Event]:
    """Freeze the entrants and draw one; ends the cycle when nobody can be drawn.

    A seed that is lost or is not the committed one closes the cycle as missed: nothing is ever
    drawn that could not be proved.
    """
    cycle = state.current.value
    if cycle is None or cycle.spin_cycle_id != spin_cycle_id:
        return []
    if not _is_drawable(cycle, len(state.pool), now):
        return []
    if seed is None or commit(seed).hex() != cycle.commitment:
        return [_close(cycle, "missed", None)]
    members = [member for member in state.pool.values() if is_eligible(member.viewer_id)]
    if not members:
        return [_close(cycle, "nobody_eligible", seed)]
    return _drawn(cycle, sorted(members, key=lambda member: member.position), seed)


def _drawn(cycle: Cycle, members: list[Member], seed: bytes) -> list[Event]:
    draw_id = cycle.spin_cycle_id
    hashes = [
        entry_hash(entry_salt(m.salt, draw_id), m.viewer_id, m.character_name, 1) for m in members
    ]
    frozen = Frozen(hashes, [1] * len(hashes))
    order = draw_order(seed, draw_id, frozen, alternates=ALTERNATES)
    winner = members[order[0]]
    return [
        DrawFrozen(
            spin_cycle_id=draw_id,
            root=frozen.root.hex(),
            entries=b"".join(hashes),
            enrolments=[member.position for member in members],
        ),
        SpinCandidateSelected(
            spin_cycle_id=draw_id,
            viewer_id=winner.viewer_id,
            index=order[0],
            order=order,
            personal=Entrant(
                display_name=winner.display_name,
                character_name=winner.character_name,
                salt=entry_salt(winner.salt, draw_id),
            ),
        ),
    ]


def force(state: RouletteState, now: datetime, viewer_id: ViewerId) -> list[Event]:
    """Make a member the candidate of the present cycle; nothing for who is not in the pool."""
    cycle, member = state.current.value, state.pool.get(viewer_id)
    if cycle is None or member is None:
        return []
    return [
        SpinCandidateForced(
            spin_cycle_id=cycle.spin_cycle_id,
            viewer_id=viewer_id,
            deadline=now + FORCED_WINDOW,
            personal=Entrant(
                display_name=member.display_name,
                character_name=member.character_name,
                salt=entry_salt(member.salt, cycle.spin_cycle_id),
            ),
        )
    ]


def reveal(state: RouletteState, now: datetime, *, spin_cycle_id: str, seed: bytes) -> list[Event]:
    """Publish the seed once the wheel has stopped or the cycle is resolved."""
    cycle = state.cycle(spin_cycle_id)
    if cycle is None or not _is_revealable(cycle, state.current.value, now):
        return []
    return [DrawRevealed(spin_cycle_id=spin_cycle_id, seed=seed.hex())]


def lapse(state: RouletteState, now: datetime) -> list[Event]:
    """Close a drawn cycle about which no report came before its deadline."""
    cycle = state.previous.value
    if cycle is None or cycle.candidate is None or cycle.resolved or now <= cycle.deadline:
        return []
    return [_close(cycle, "unverified", None)]


class Report(msgspec.Struct, frozen=True):
    """What the addon saw of the candidate."""

    spin_cycle_id: str
    character_name: str
    online: bool
    captured_at: datetime


def verify(state: RouletteState, report: Report, now: datetime) -> Cycle | Refused:
    """The cycle that the report is about; a resolved one is given back as it is.

    The order of the checks is that of section 8 of the rules; what the payout needs besides
    is checked by the caller.
    """
    cycle = state.cycle(report.spin_cycle_id)
    if cycle is None:
        return _out_of_sequence("spinCycleId does not match active cycle.")
    if now > cycle.deadline:
        return _out_of_sequence("verify-candidate window closed.")
    if cycle.resolved:
        return cycle
    if cycle.candidate is None or not cycle.candidate.character_name:
        return _out_of_sequence("No candidate for this cycle.")
    if name_key(report.character_name) != name_key(cycle.candidate.character_name):
        return _out_of_sequence("characterName does not match server candidate.")
    return cycle


def close(cycle: Cycle, result: CycleResult, captured_at: datetime) -> SpinCycleResolved:
    """The cycle's result by the addon's report."""
    return SpinCycleResolved(
        spin_cycle_id=cycle.spin_cycle_id, result=result, captured_at=captured_at
    )


def _close(cycle: Cycle, result: CycleResult, seed: bytes | None) -> SpinCycleResolved:
    return SpinCycleResolved(
        spin_cycle_id=cycle.spin_cycle_id, result=result, seed=seed.hex() if seed else None
    )


def _out_of_sequence(message: str) -> Refused:
    return Refused(Code.OUT_OF_SEQUENCE, message)
