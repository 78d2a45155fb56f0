"""What can have happened to a channel's pool and spins. Only ever added to."""

from datetime import datetime
from typing import Literal

from goldomatic.ledger.event import Event, Personal
from goldomatic.values import ViewerId

Source = Literal["chat", "claim"]
Removal = Literal["replaced", "sent", "forgotten"]
CycleResult = Literal["winner", "offline", "unverified", "empty", "nobody_eligible", "missed"]
"""How a spin cycle ended. `missed`: the service was not running at its draw, so none was held."""


class Entrant(Personal, frozen=True, kw_only=True):
    """Who entered. In a draw, `salt` is the salt of the entry's hash."""

    display_name: str
    character_name: str


class PoolMemberEnrolled(Event, frozen=True, kw_only=True):
    """A subscriber is in the pool under a character name."""

    viewer_id: ViewerId
    source: Source
    personal: Entrant | None = None


class PoolMemberRemoved(Event, frozen=True, kw_only=True):
    """A member left the pool."""

    viewer_id: ViewerId
    reason: Removal


class EnrolmentRefused(Event, frozen=True, kw_only=True):
    """A named entrant asked to enter and was refused, for the reason that `code` names."""

    viewer_id: ViewerId
    source: Source
    code: str
    personal: Entrant | None = None


class SpinCycleStarted(Event, frozen=True, kw_only=True):
    """A cycle began and its draw's commitment was published. The cycle's id is the draw's id."""

    spin_cycle_id: str
    cycle_start: datetime
    interval_seconds: int
    pool_was_empty: bool
    commitment: str


class DrawFrozen(Event, frozen=True, kw_only=True):
    """The entrant list of a draw was fixed.

    `entries`: the entry hashes, 32 bytes each, in order; every weight is 1. `enrolments`: for
    each entry the position of the `PoolMemberEnrolled` that it stands for.
    """

    spin_cycle_id: str
    root: str
    entries: bytes
    enrolments: list[int]
    public_value: str = ""


class SpinCandidateSelected(Event, frozen=True, kw_only=True):
    """The draw gave this entry. Not shown to anybody before the spin has ended."""

    spin_cycle_id: str
    viewer_id: ViewerId
    index: int
    order: list[int]
    personal: Entrant | None = None


class SpinCandidateForced(Event, frozen=True, kw_only=True):
    """The test harness named the candidate, so the cycle's draw is void. Development only.

    `deadline` takes the place of the cycle's own, and a result that it had is lifted.
    """

    spin_cycle_id: str
    viewer_id: ViewerId
    deadline: datetime
    personal: Entrant | None = None


class DrawRevealed(Event, frozen=True, kw_only=True):
    """The seed of a draw was published (hex), so that anybody can repeat it."""

    spin_cycle_id: str
    seed: str


class SpinCycleResolved(Event, frozen=True, kw_only=True):
    """A cycle has its result.

    `seed` (hex) is opened here when the cycle ends without a draw. `captured_at` is when the
    addon saw the candidate online or offline, for audit.
    """

    spin_cycle_id: str
    result: CycleResult
    seed: str | None = None
    captured_at: datetime | None = None


class SpinCyclesMissed(Event, frozen=True, kw_only=True):
    """The service was not running while `count` whole cycles passed, from the first start on."""

    first_start: datetime
    count: int


EVENTS: tuple[type[Event], ...] = (
    PoolMemberEnrolled,
    PoolMemberRemoved,
    EnrolmentRefused,
    SpinCycleStarted,
    DrawFrozen,
    SpinCandidateSelected,
    SpinCandidateForced,
    DrawRevealed,
    SpinCycleResolved,
    SpinCyclesMissed,
)
