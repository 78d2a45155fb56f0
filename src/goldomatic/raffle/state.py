"""The state of a channel's raffle: viewers, entries, sessions, the running draw. Pure."""

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import Literal

import msgspec

from goldomatic.ledger.state import Cell, Draftable, Table
from goldomatic.raffle.weights import (
    DEFAULTS,
    FLAGS,
    UNIT,
    Formula,
    Profile,
    Support,
    WeightSettings,
)
from goldomatic.values import ViewerId


class Member(Support, frozen=True, kw_only=True, gc=False):
    """A viewer who has signed in, what they gave, and their weight in millionths.

    `counted_from` and `carried_at` are ledger positions: after the first, bits and gifts count;
    at the second, the carry-over was set.
    """

    viewer_id: ViewerId
    login: str
    display_name: str
    created_at: datetime
    updated_at: datetime
    active_at: datetime
    total: int = UNIT
    is_follower: bool = False
    total_subs: int = 0
    needs_resync: bool = False
    synced_at: datetime | None = None
    counted_from: int = 0
    carried_at: int = 0

    @property
    def shown_name(self) -> str:
        """What a viewer is called where the entry has no name."""
        return _first(self.display_name, self.login, self.viewer_id) or "Twitch user"

    @property
    def weight(self) -> int:
        """The weight in a draw: what is stored, or 1 where that is not positive."""
        return self.total if self.total > 0 else UNIT


def _first(*names: str) -> str:
    return next((name for name in names if name.strip()), "")


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One submission. `origin` is the session of its submission, `session_id` that of now.

    `position`: where the ledger has its submission. `salt` hides it in draws.
    """

    id: int
    viewer_id: ViewerId
    session_id: str
    origin: str
    name: str
    created_at: datetime
    position: int
    salt: bytes
    link: str | None = None
    notes: str | None = None
    won_at: datetime | None = None
    won_weight: int = 0
    draw_id: str | None = None

    @property
    def is_pending(self) -> bool:
        """Whether it has not won."""
        return self.won_at is None

    @property
    def is_carried(self) -> bool:
        """Whether it came from an older session."""
        return self.origin != self.session_id


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the raffle. `wins`: entries that were drawn, oldest first."""

    id: str
    name: str | None
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None = None
    wins: tuple[int, ...] = ()

    @property
    def status(self) -> Literal["ACTIVE", "ENDED"]:
        return "ACTIVE" if self.ended_at is None else "ENDED"


class Flag(msgspec.Struct, frozen=True):
    """The submissions switch, once it has been set."""

    is_open: bool
    changed_at: datetime
    changed_by: str


class OpenDraw(msgspec.Struct, frozen=True):
    """The committed draw of the active session."""

    draw_id: str
    session_id: str
    commitment: str
    committed_at: datetime


class HiddenDraw(msgspec.Struct, frozen=True):
    """A draw that is held but not revealed: what the public still sees."""

    draw_id: str
    drawn_at: datetime
    entry: Entry
    member: Member


class FailedDelivery(msgspec.Struct, frozen=True):
    """A message from Twitch that waits to be tried again."""

    message_id: str
    type: str
    attempt: int
    failed_at: datetime


class RaffleState:
    """The raffle of one channel."""

    def __init__(self) -> None:
        self.members: Table[ViewerId, Member] = Table()
        self.entries: Table[int, Entry] = Table()
        self.pending: Table[ViewerId, tuple[int, ...]] = Table()
        """Entries of a viewer that have not won, in any session, oldest first."""
        self.sessions: Table[str, Session] = Table()
        self.failed: Table[str, FailedDelivery] = Table()
        self.revoked: Table[str, str] = Table()
        self.active_id: Cell[str | None] = Cell(None)
        self.ended_id: Cell[str | None] = Cell(None)
        self.last_entry: Cell[int] = Cell(0)
        self.won_ever: Cell[int] = Cell(0)
        self.pool_count: Cell[int] = Cell(0)
        self.pool_total: Cell[int] = Cell(0)
        """Sum of the weights of the pending entries of the active session."""
        self.last_entry_at: Cell[datetime | None] = Cell(None)
        """When the newest entry of the active session was submitted."""
        self.flag: Cell[Flag | None] = Cell(None)
        self.numbers: Cell[WeightSettings | None] = Cell(None)
        self.draw: Cell[OpenDraw | None] = Cell(None)
        self.hidden: Cell[HiddenDraw | None] = Cell(None)
        self.revision: Cell[int] = Cell(0)
        """Ledger position of the last event that changed what the public sees."""

    @property
    def parts(self) -> tuple[Draftable, ...]:
        """Everything that has a draft."""
        return tuple(vars(self).values())

    @property
    def active(self) -> Session | None:
        """The active session as the draft has it."""
        return self.sessions.get(self.active_id.value) if self.active_id.value else None

    @property
    def latest_ended(self) -> Session | None:
        """The session that ended last, as the draft has it."""
        return self.sessions.get(self.ended_id.value) if self.ended_id.value else None

    @property
    def submissions_open(self) -> bool:
        """The switch as the draft has it; never set: open until a winner is shown."""
        flag, known = self.flag.value, self.won_ever.value - (1 if self.hidden.value else 0)
        return known <= 0 if flag is None else flag.is_open

    def formula(self, profile: Profile) -> Formula:
        """The formula as the draft has it."""
        return Formula(self.numbers.value or DEFAULTS[profile], FLAGS[profile])

    def pending_in(self, session_id: str | None, viewer_id: ViewerId) -> Entry | None:
        """A viewer's entry of a session that has not won."""
        for entry_id in self.pending.get(viewer_id) or ():
            entry = self.entries[entry_id]
            if entry.session_id == session_id:
                return entry
        return None

    def winner_of(self, draw_id: str) -> Entry | None:
        """The durable entry that a recent draw gave: of the active session or the last ended."""
        for session_id in (self.active_id.durable, self.ended_id.durable):
            session = self.sessions.durable.get(session_id or "")
            for entry_id in reversed(session.wins if session else ()):
                entry = self.entries.durable.get(entry_id)
                if entry is not None and entry.draw_id == draw_id:
                    return entry
        return None

    def weight_of(self, viewer_id: ViewerId) -> int:
        """What a viewer's pending entry weighs."""
        member = self.members.get(viewer_id)
        return UNIT if member is None else member.weight

    def pool(self, session_id: str) -> list[Entry]:
        """The pending entries of a session, by ascending id."""
        found = [e for e in self.entries.values() if e.session_id == session_id and not e.won_at]
        return sorted(found, key=attrgetter("id"))

    def weights(self, entries: Iterable[Entry]) -> list[int]:
        """What these pending entries weigh."""
        get = self.members.get
        return [UNIT if (m := get(e.viewer_id)) is None else m.weight for e in entries]
