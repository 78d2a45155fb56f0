"""The clock of the roulette: boundaries, phases and deadlines of a spin cycle. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from goldomatic.roulette.events import CycleResult
from goldomatic.values import ViewerId

Phase = Literal["idle", "collecting", "spinning", "verification", "completed"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Candidate(msgspec.Struct, frozen=True):
    """Who was drawn, as the pool had them at that moment."""

    viewer_id: ViewerId
    display_name: str
    character_name: str
    selected_at: datetime


class Cycle(msgspec.Struct, frozen=True, kw_only=True):
    """One spin cycle. `*_position`: where its events stand in the ledger."""

    spin_cycle_id: str
    start: datetime
    interval: timedelta
    pool_was_empty: bool
    commitment: str
    started_at: datetime
    started_position: int
    candidate: Candidate | None = None
    revealed: bool = False
    result: CycleResult | None = None
    closed_at: datetime | None = None
    drawn_position: int | None = None
    revealed_position: int | None = None
    closed_position: int | None = None
    forced_deadline: datetime | None = None
    """Set when the test harness named the candidate."""

    @property
    def resolved(self) -> bool:
        """Whether the cycle has its result."""
        return self.result is not None

    @property
    def frozen(self) -> bool:
        """Whether the list of entrants of a draw is fixed."""
        return self.drawn_position is not None and self.forced_deadline is None

    @property
    def draw_at(self) -> datetime:
        """Collecting ends: 80 % of the interval."""
        return self.start + self.interval * 8 / 10

    @property
    def spun_at(self) -> datetime:
        """The wheel has stopped: 90 % of the interval."""
        return self.start + self.interval * 9 / 10

    @property
    def end(self) -> datetime:
        """The next boundary."""
        return self.start + self.interval

    @property
    def deadline(self) -> datetime:
        """Last instant at which a report about the candidate counts: a tenth after the end."""
        return self.forced_deadline or self.end + self.interval / 10


def cycle_start(now: datetime, interval: timedelta) -> datetime:
    """The boundary at or before `now`; boundaries are multiples of the interval since 1970."""
    return _EPOCH + (now - _EPOCH) // interval * interval


def next_spin_at(now: datetime, interval: timedelta) -> datetime:
    """The first boundary strictly after `now`."""
    return cycle_start(now, interval) + interval


def phase(cycle: Cycle | None, pool_count: int, now: datetime) -> Phase:
    """What a viewer sees. First match wins; see the table in docs/roulette.md."""
    if cycle is None or cycle.pool_was_empty or pool_count == 0:
        return "idle"
    if now < cycle.draw_at:
        return "collecting"
    if cycle.candidate is None:
        return "completed"
    if now < cycle.spun_at:
        return "spinning"
    if now < cycle.deadline:
        return "verification"
    return "completed"
