"""Gaps in the reception of Twitch's events. Pure.

Rules: a gap begins when the chat was last heard for sure and ends when it is heard again; it is
recorded once, by its first reason, and the newest are kept to be shown.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from goldomatic.ledger.event import Event, Recorded
from goldomatic.ledger.state import Cell, Draftable
from goldomatic.reception.events import EVENTS, ReceptionLost, ReceptionResumed

GAPS_KEPT = 20
KNOWN: frozenset[type[Event]] = frozenset(EVENTS)
"""The events that are folded here."""


class Gap(msgspec.Struct, frozen=True):
    """Events between the two instants may be missing; `until` None is a gap that lasts."""

    since: datetime
    reason: str
    until: datetime | None = None


class ReceptionState:
    """The newest gaps of a channel, oldest first, and whether the chat was ever heard."""

    def __init__(self) -> None:
        self.gaps: Cell[tuple[Gap, ...]] = Cell(())
        self.begun: Cell[bool] = Cell(False)

    @property
    def parts(self) -> tuple[Draftable, ...]:
        """Everything that has a draft."""
        return (self.gaps, self.begun)

    def dump(self) -> list[Gap] | None:
        """The gaps for a snapshot; None where the chat was never heard."""
        return list(self.gaps.durable) if self.begun.durable else None

    def load(self, gaps: list[Gap] | None) -> None:
        """Take the state from `dump`."""
        self.gaps = Cell(tuple(gaps or ()))
        self.begun = Cell(gaps is not None)


def lasting(gaps: Sequence[Gap]) -> Gap | None:
    """The gap that has not ended."""
    return gaps[-1] if gaps and gaps[-1].until is None else None


def lose(state: ReceptionState, since: datetime, reason: str, transport: str) -> Sequence[Event]:
    """The chat is not heard since an instant; nothing while a gap lasts, or before the first time.

    What was never heard cannot be lost.
    """
    if not state.begun.value or lasting(state.gaps.value) is not None:
        return ()
    return [ReceptionLost(since=since, reason=reason, transport=transport)]


def resume(state: ReceptionState, transport: str) -> Sequence[Event]:
    """The chat is heard; nothing where it was all the time."""
    if state.begun.value and lasting(state.gaps.value) is None:
        return ()
    return [ReceptionResumed(transport=transport)]


def evolve(state: ReceptionState, recorded: Recorded) -> None:
    """Fold one event. Never decides."""
    gaps = state.gaps.value
    match recorded.event:
        case ReceptionLost(since=since, reason=reason):
            state.gaps.value = (*gaps, Gap(since, reason))[-GAPS_KEPT:]
        case ReceptionResumed():
            state.begun.value = True
            if (gap := lasting(gaps)) is not None:
                ended = msgspec.structs.replace(gap, until=recorded.at)
                state.gaps.value = (*gaps[:-1], ended)
        case _:
            pass
