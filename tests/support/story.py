"""Given these events, when this is decided, then these events or this refusal.

A story folds events into a channel's state exactly as the ledger does, but has no ledger.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Self

from goldomatic.channel import ChannelState
from goldomatic.fairdraw.commitment import commit
from goldomatic.ledger.change import Decision
from goldomatic.ledger.event import Event, Recorded
from goldomatic.payouts.events import PayoutCreated, PayoutStatus, PayoutStatusChanged, Recipient
from goldomatic.roulette.events import (
    DrawFrozen,
    Entrant,
    PoolMemberEnrolled,
    SpinCandidateSelected,
    SpinCycleStarted,
)
from goldomatic.roulette.rules import Entry
from goldomatic.values import ChannelId, Code, Gold, Refused, ViewerId
from support.clock import NOON, FakeClock

CYCLE = "00000000-0000-4000-8000-000000000001"
NEXT_CYCLE = "00000000-0000-4000-8000-000000000002"
PAYOUT = "00000000-0000-4000-8000-00000000000a"
SEED = bytes(range(32))
NEXT_SEED = bytes(range(32, 64))
SALT = b"sixteen bytes of"


class Story:
    """What happened so far, and what a decision makes of it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.state = ChannelState(ChannelId("1001"))
        self.log: list[Recorded] = []

    def at(self, seconds: float) -> Self:
        """It is so many seconds after noon."""
        self.clock.at(seconds)
        return self

    def given(self, *events: Event) -> Self:
        """These events happened, now."""
        for event in events:
            recorded = Recorded(len(self.log) + 1, self.clock(), event)
            self.log.append(recorded)
            self.state.evolve(recorded)
        self.state.commit()
        return self

    def when(self, decision: Decision[ChannelState]) -> Sequence[Event] | Refused:
        """What the decision gives; nothing happens yet."""
        decided = decision(self.state, self.clock())
        self.state.rollback()
        return decided

    def then(self, decision: Decision[ChannelState]) -> Sequence[Event] | Refused:
        """Decide and let it happen; what a refusal records happens as well."""
        decided = self.when(decision)
        events: Iterable[Any] = decided.events if isinstance(decided, Refused) else decided
        self.given(*events)
        return decided


def refusal(decided: Sequence[Event] | Refused) -> Code:
    """The code of a refusal; fails when it was none."""
    assert isinstance(decided, Refused), f"not refused: {decided}"
    return decided.code


def accepted(decided: Sequence[Event] | Refused) -> list[Any]:
    """The events of a decision; fails when it was refused."""
    assert not isinstance(decided, Refused), f"refused: {decided.code}"
    return list(decided)


def entrant(name: str, salt: bytes = SALT) -> Entrant:
    return Entrant(display_name=f"{name}_on_twitch", character_name=name, salt=salt)


def entry(viewer: str, name: str, *, subscriber: bool = True, source: Any = "chat") -> Entry:
    return Entry(
        viewer_id=ViewerId(viewer),
        display_name=f"{name}_on_twitch",
        character_name=name,
        source=source,
        subscriber=subscriber,
        salt=SALT,
    )


def enrolled(viewer: str, name: str, salt: bytes = SALT) -> PoolMemberEnrolled:
    return PoolMemberEnrolled(
        viewer_id=ViewerId(viewer), source="chat", personal=entrant(name, salt)
    )


def started(
    *,
    cycle: str = CYCLE,
    start: datetime = NOON,
    seconds: int = 300,
    empty: bool = False,
    seed: bytes = SEED,
) -> SpinCycleStarted:
    return SpinCycleStarted(
        spin_cycle_id=cycle,
        cycle_start=start,
        interval_seconds=seconds,
        pool_was_empty=empty,
        commitment=commit(seed).hex(),
    )


def drawn(viewer: str, name: str, *, cycle: str = CYCLE) -> tuple[Event, Event]:
    """A draw among one, as far as the rules look at it."""
    return (
        DrawFrozen(spin_cycle_id=cycle, root="00", entries=bytes(32), enrolments=[1]),
        SpinCandidateSelected(
            spin_cycle_id=cycle,
            viewer_id=ViewerId(viewer),
            index=0,
            order=[0],
            personal=entrant(name),
        ),
    )


def created(
    viewer: str, name: str = "Norinn", *, payout: str = PAYOUT, cycle: str = CYCLE
) -> PayoutCreated:
    return PayoutCreated(
        payout_id=payout,
        viewer_id=ViewerId(viewer),
        gold_amount=Gold(1000),
        enrollment_request_id=f"spin:{cycle.replace('-', '')}",
        spin_cycle_id=cycle,
        personal=Recipient(display_name=f"{name}_on_twitch", character_name=name, salt=SALT),
    )


def moved(
    viewer: str, previous: PayoutStatus, status: PayoutStatus, *, payout: str = PAYOUT
) -> PayoutStatusChanged:
    return PayoutStatusChanged(
        payout_id=payout,
        viewer_id=ViewerId(viewer),
        previous=previous,
        status=status,
        actor="operator",
    )


def sent(viewer: str, times: int) -> list[Event]:
    """So many payouts that were sent to a viewer."""
    events: list[Event] = []
    for number in range(times):
        payout = f"00000000-0000-4000-8000-0000000001{number:02d}"
        events += [
            created(viewer, payout=payout, cycle=f"00000000-0000-4000-8000-0000000002{number:02d}"),
            moved(viewer, PayoutStatus.PENDING, PayoutStatus.IN_PROGRESS, payout=payout),
            moved(viewer, PayoutStatus.IN_PROGRESS, PayoutStatus.SENT, payout=payout),
        ]
    return events
