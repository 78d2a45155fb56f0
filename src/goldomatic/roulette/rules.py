"""The pool and its state. Pure: state and facts in, events or a refusal out."""

from datetime import datetime, timedelta

import msgspec

from goldomatic.ledger.event import Event, Recorded, ViewerForgotten
from goldomatic.ledger.state import Cell, Draftable, Table
from goldomatic.roulette.cycle import Candidate, Cycle
from goldomatic.roulette.events import (
    DrawFrozen,
    DrawRevealed,
    EnrolmentRefused,
    Entrant,
    PoolMemberEnrolled,
    PoolMemberRemoved,
    Removal,
    Source,
    SpinCandidateForced,
    SpinCandidateSelected,
    SpinCycleResolved,
    SpinCycleStarted,
)
from goldomatic.values import CharacterName, Code, Refused, ViewerId, name_key


class Member(msgspec.Struct, frozen=True, gc=False):
    """One row of the pool. `position` is that of the enrolment; `salt` hides its draw entries."""

    viewer_id: ViewerId
    display_name: str
    character_name: str
    source: Source
    enrolled_at: datetime
    position: int
    salt: bytes


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A viewer's wish to enter, as chat or the claim route brought it."""

    viewer_id: ViewerId
    display_name: str
    character_name: str
    """As typed, where it is not known to be a valid name."""
    source: Source
    subscriber: bool
    salt: bytes


class RouletteState:
    """Pool and spin cycles of one channel."""

    def __init__(self) -> None:
        self.pool: Table[ViewerId, Member] = Table()
        self.names: Table[str, ViewerId] = Table()
        self.current: Cell[Cycle | None] = Cell(None)
        self.previous: Cell[Cycle | None] = Cell(None)
        self.last_closed: Cell[Cycle | None] = Cell(None)
        """The newest cycle that was drawn and then resolved: what viewers see as the outcome."""

    @property
    def parts(self) -> tuple[Draftable, ...]:
        """Everything that has a draft."""
        return (self.pool, self.names, self.current, self.previous, self.last_closed)

    def load(
        self,
        pool: list[Member],
        current: Cycle | None,
        previous: Cycle | None,
        last_closed: Cycle | None,
    ) -> None:
        """Take the state from a snapshot."""
        self.pool = Table({member.viewer_id: member for member in pool})
        self.names = Table(
            {name_key(m.character_name): m.viewer_id for m in pool if m.character_name}
        )
        self.current, self.previous = Cell(current), Cell(previous)
        self.last_closed = Cell(last_closed)

    def cycle(self, spin_cycle_id: str) -> Cycle | None:
        """The current or previous cycle of that id."""
        for cell in (self.current, self.previous):
            if cell.value is not None and cell.value.spin_cycle_id == spin_cycle_id:
                return cell.value
        return None


def enrol(
    state: RouletteState, entry: Entry, *, active_payout: bool, cap_reached: bool
) -> list[Event] | Refused:
    """Enter the pool or replace the own entry; first refusal wins (4.2 of the rules)."""
    refusal = _refusal(state, entry, active_payout=active_payout, cap_reached=cap_reached)
    if refusal is not None:
        code, message = refusal
        return Refused(code, message, events=(_refused_event(entry, code),))
    name = CharacterName.parse(entry.character_name)
    events: list[Event] = []
    if entry.viewer_id in state.pool:
        events.append(PoolMemberRemoved(viewer_id=entry.viewer_id, reason="replaced"))
    events.append(
        PoolMemberEnrolled(
            viewer_id=entry.viewer_id,
            source=entry.source,
            personal=Entrant(
                display_name=entry.display_name, character_name=str(name), salt=entry.salt
            ),
        )
    )
    return events


def _refusal(
    state: RouletteState, entry: Entry, *, active_payout: bool, cap_reached: bool
) -> tuple[Code, str] | None:
    if not entry.subscriber:
        return Code.NOT_SUBSCRIBER, "Only subscribers can enter."
    try:
        name = CharacterName.parse(entry.character_name)
    except Refused as refused:
        return refused.code, refused.message
    if active_payout:
        return Code.ACTIVE_PAYOUT_EXISTS, "User already has an active payout."
    if cap_reached:
        return Code.LIFETIME_CAP_REACHED, "Lifetime 10,000g cap reached."
    if state.names.get(name.key) not in (None, entry.viewer_id):
        return Code.CHARACTER_NAME_TAKEN_IN_POOL, "Character name is taken by another viewer."
    return None


REFUSED_NAME_LENGTH = 40
"""How much of a name that was refused is kept, in characters."""


def _refused_event(entry: Entry, code: Code) -> EnrolmentRefused:
    return EnrolmentRefused(
        viewer_id=entry.viewer_id,
        source=entry.source,
        code=code,
        personal=Entrant(
            display_name=entry.display_name,
            character_name=entry.character_name[:REFUSED_NAME_LENGTH],
            salt=entry.salt,
        ),
    )


def leave(state: RouletteState, viewer_id: ViewerId, reason: Removal) -> list[Event]:
    """Take a viewer out of the pool, whatever name the row has now; nothing if not in it."""
    if viewer_id not in state.pool:
        return []
    return [PoolMemberRemoved(viewer_id=viewer_id, reason=reason)]


def evolve(state: RouletteState, recorded: Recorded) -> None:
    """Fold one event. Never decides."""
    match recorded.event:
        case PoolMemberEnrolled() as event:
            _enrolled(state, recorded, event)
        case PoolMemberRemoved(viewer_id=viewer_id):
            _removed(state, viewer_id)
        case SpinCycleStarted() as event:
            _started(state, recorded, event)
        case DrawFrozen(spin_cycle_id=cycle_id):
            _update(state, cycle_id, drawn_position=recorded.position)
        case SpinCandidateSelected() as event:
            _update(state, event.spin_cycle_id, candidate=_candidate(event, recorded.at))
        case SpinCandidateForced() as event:
            _forced(state, recorded, event)
        case DrawRevealed(spin_cycle_id=cycle_id):
            _update(state, cycle_id, revealed=True, revealed_position=recorded.position)
        case SpinCycleResolved() as event:
            _resolved(state, recorded, event)
        case ViewerForgotten(viewer_id=viewer_id):
            _forgotten(state, viewer_id)
        case _:
            pass


def _enrolled(state: RouletteState, recorded: Recorded, event: PoolMemberEnrolled) -> None:
    _removed(state, event.viewer_id)
    personal = event.personal or _ERASED
    state.pool[event.viewer_id] = Member(
        event.viewer_id,
        personal.display_name,
        personal.character_name,
        event.source,
        recorded.at,
        recorded.position,
        personal.salt,
    )
    if personal.character_name:
        state.names[name_key(personal.character_name)] = event.viewer_id


def _removed(state: RouletteState, viewer_id: ViewerId) -> None:
    member = state.pool.get(viewer_id)
    if member is None:
        return
    state.pool.discard(viewer_id)
    key = name_key(member.character_name)
    if state.names.get(key) == viewer_id:
        state.names.discard(key)


def _started(state: RouletteState, recorded: Recorded, event: SpinCycleStarted) -> None:
    state.previous.value = state.current.value
    state.current.value = Cycle(
        spin_cycle_id=event.spin_cycle_id,
        start=event.cycle_start,
        interval=timedelta(seconds=event.interval_seconds),
        pool_was_empty=event.pool_was_empty,
        commitment=event.commitment,
        started_at=recorded.at,
        started_position=recorded.position,
    )


def _forced(state: RouletteState, recorded: Recorded, event: SpinCandidateForced) -> None:
    cycle = state.cycle(event.spin_cycle_id)
    _update(
        state,
        event.spin_cycle_id,
        candidate=_candidate(event, recorded.at),
        forced_deadline=event.deadline,
        drawn_position=recorded.position,
        # A seed that was opened with the result is opened again: that result is lifted.
        revealed=cycle is not None and cycle.revealed_position is not None,
        result=None,
        closed_at=None,
        closed_position=None,
    )


def _resolved(state: RouletteState, recorded: Recorded, event: SpinCycleResolved) -> None:
    cycle = state.cycle(event.spin_cycle_id)
    if cycle is None:
        return
    _update(
        state,
        event.spin_cycle_id,
        result=event.result,
        closed_at=recorded.at,
        closed_position=recorded.position,
        revealed=cycle.revealed or event.seed is not None,
    )
    if cycle.candidate is not None:
        state.last_closed.value = state.cycle(event.spin_cycle_id)


def _update(state: RouletteState, spin_cycle_id: str, **changes: object) -> None:
    for cell in (state.current, state.previous):
        if cell.value is not None and cell.value.spin_cycle_id == spin_cycle_id:
            cell.value = msgspec.structs.replace(cell.value, **changes)


def _candidate(event: SpinCandidateSelected | SpinCandidateForced, at: datetime) -> Candidate:
    personal = event.personal or _ERASED
    return Candidate(event.viewer_id, personal.display_name, personal.character_name, at)


def _forgotten(state: RouletteState, viewer_id: ViewerId) -> None:
    _removed(state, viewer_id)
    for cell in (state.current, state.previous, state.last_closed):
        cycle = cell.value
        if cycle is not None and cycle.candidate and cycle.candidate.viewer_id == viewer_id:
            blank = Candidate(viewer_id, "", "", cycle.candidate.selected_at)
            cell.value = msgspec.structs.replace(cycle, candidate=blank)


_ERASED = Entrant(display_name="", character_name="", salt=b"")
