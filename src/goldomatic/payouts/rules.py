"""Payouts: limits, the life of a payout and its announcement. Pure."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from goldomatic.ledger.event import Event, Recorded, ViewerForgotten
from goldomatic.ledger.state import Draftable, Table
from goldomatic.payouts.events import (
    HelixRewardSentAnnouncementAttempted,
    HelixRewardSentAnnouncementFailed,
    HelixRewardSentAnnouncementSucceeded,
    PayoutCreated,
    PayoutStatus,
    PayoutStatusChanged,
    WinnerAcceptanceRecorded,
)
from goldomatic.values import Code, Gold, Refused, ViewerId, name_key

GOLD_PER_WIN = Gold(1_000)
LIFETIME_CAP = Gold(10_000)
EXPIRES_AFTER = timedelta(hours=24)

Announcement = Literal["due", "attempted", "succeeded", "failed"]

_S = PayoutStatus
_BY_PATCH = {
    _S.PENDING: {_S.IN_PROGRESS, _S.CANCELLED, _S.FAILED},
    _S.IN_PROGRESS: {_S.SENT, _S.CANCELLED, _S.FAILED, _S.PENDING},
}
"""Moves that the operator may ask for. `Expired` is set by the job alone."""


class Payout(msgspec.Struct, frozen=True, kw_only=True):
    """One payout as it stands."""

    payout_id: str
    viewer_id: ViewerId
    display_name: str
    character_name: str
    gold_amount: Gold
    enrollment_request_id: str
    spin_cycle_id: str
    status: PayoutStatus
    created_at: datetime
    position: int
    updated_at: datetime | None = None
    accepted_at: datetime | None = None
    announcement: Announcement | None = None
    attempted_at: datetime | None = None


class PayoutState:
    """All payouts of one channel, and what each viewer has had."""

    def __init__(self) -> None:
        self.payouts: Table[str, Payout] = Table()
        self.active: Table[ViewerId, str] = Table()
        self.sent_gold: Table[ViewerId, Gold] = Table()
        self.unannounced: Table[str, str] = Table()
        """Sent payouts whose reward-sent line has not been attempted."""
        self.attempted: Table[str, datetime] = Table()
        """Payouts whose reward-sent line was attempted, without a result yet."""

    @property
    def parts(self) -> tuple[Draftable, ...]:
        """Everything that has a draft."""
        return (self.payouts, self.active, self.sent_gold, self.unannounced, self.attempted)

    def load(self, payouts: list[Payout]) -> None:
        """Take the state from a snapshot."""
        sent: dict[ViewerId, Gold] = {}
        for payout in payouts:
            if payout.status is PayoutStatus.SENT:
                sent[payout.viewer_id] = Gold(sent.get(payout.viewer_id, 0) + payout.gold_amount)
        self.payouts = Table({p.payout_id: p for p in payouts})
        self.active = Table({p.viewer_id: p.payout_id for p in payouts if p.status.active})
        self.sent_gold = Table(sent)
        self.unannounced = Table(
            {p.payout_id: p.payout_id for p in payouts if p.announcement == "due"}
        )
        self.attempted = Table(
            {
                p.payout_id: p.attempted_at
                for p in payouts
                if p.announcement == "attempted" and p.attempted_at
            }
        )


class Standing(msgspec.Struct, frozen=True):
    """What keeps a viewer from winning now."""

    active_payout: bool
    cap_reached: bool

    @property
    def eligible(self) -> bool:
        """Whether the viewer may be drawn."""
        return not (self.active_payout or self.cap_reached)


def standing(state: PayoutState, viewer_id: ViewerId) -> Standing:
    """Whether a viewer has an active payout, and whether one more win breaks the cap."""
    sent = state.sent_gold.get(viewer_id) or 0
    return Standing(viewer_id in state.active, sent + GOLD_PER_WIN > LIFETIME_CAP)


def change_status(
    state: PayoutState, payout_id: str, status: PayoutStatus, actor: str
) -> list[Event] | Refused:
    """Move a payout on; the same status again is no change (section 9 of the rules)."""
    payout = state.payouts.get(payout_id)
    if payout is None:
        return not_found()
    if payout.status is status:
        return []
    if status not in _BY_PATCH.get(payout.status, ()):
        return _not_allowed()
    return [_moved(payout, status, actor)]


def cancel(state: PayoutState, payout_id: str, actor: str) -> list[Event] | Refused:
    """The broadcaster takes a payout back: only before the operator has begun with it."""
    payout = state.payouts.get(payout_id)
    if payout is None:
        return not_found()
    if payout.status is _S.CANCELLED:
        return []
    if payout.status is not _S.PENDING:
        return _not_allowed()
    return [_moved(payout, _S.CANCELLED, actor)]


def accept(state: PayoutState, payout_id: str, character_name: str) -> list[Event] | Refused:
    """Record the winner's consent, once; independent of the status."""
    payout = state.payouts.get(payout_id)
    if payout is None:
        return not_found()
    if name_key(character_name.strip()) != name_key(payout.character_name):
        return Refused(Code.INVALID_CHARACTER_NAME, "characterName does not match payout.")
    if payout.accepted_at is not None:
        return []
    if not payout.status.active:
        return _not_allowed()
    return [WinnerAcceptanceRecorded(payout_id=payout_id, viewer_id=payout.viewer_id)]


def expire(state: PayoutState, now: datetime) -> list[Event]:
    """Close active payouts older than 24 hours, counted from their creation."""
    active = (state.payouts[payout_id] for payout_id in state.active.values())
    return [
        _moved(payout, _S.EXPIRED, "expiry")
        for payout in active
        if payout.created_at < now - EXPIRES_AFTER
    ]


def attempt_announcement(state: PayoutState, payout_id: str) -> list[Event]:
    """Claim the one attempt to post the reward-sent line; empty when it was claimed before."""
    if payout_id not in state.unannounced:
        return []
    return [HelixRewardSentAnnouncementAttempted(payout_id=payout_id)]


def forget(state: PayoutState, viewer_id: ViewerId, actor: str) -> list[Event]:
    """A viewer who is forgotten cannot be paid: an active payout is cancelled."""
    payout_id = state.active.get(viewer_id)
    if payout_id is None:
        return []
    return [_moved(state.payouts[payout_id], _S.CANCELLED, f"forget:{actor}")]


def _moved(payout: Payout, status: PayoutStatus, actor: str) -> PayoutStatusChanged:
    return PayoutStatusChanged(
        payout_id=payout.payout_id,
        viewer_id=payout.viewer_id,
        previous=payout.status,
        status=status,
        actor=actor,
    )


def not_found() -> Refused:
    """No such payout."""
    return Refused(Code.NOT_FOUND, "Payout not found.")


def _not_allowed() -> Refused:
    return Refused(Code.TERMINAL_STATUS_CHANGE_NOT_ALLOWED, "Transition not allowed.")


def evolve(state: PayoutState, recorded: Recorded) -> None:
    """Fold one event. Never decides."""
    match recorded.event:
        case PayoutCreated() as event:
            _created(state, recorded, event)
        case PayoutStatusChanged() as event:
            _status_changed(state, recorded, event)
        case WinnerAcceptanceRecorded(payout_id=payout_id):
            _update(state, payout_id, accepted_at=recorded.at, updated_at=recorded.at)
        case HelixRewardSentAnnouncementAttempted(payout_id=payout_id):
            state.unannounced.discard(payout_id)
            state.attempted[payout_id] = recorded.at
            _update(state, payout_id, announcement="attempted", attempted_at=recorded.at)
        case HelixRewardSentAnnouncementSucceeded(payout_id=payout_id):
            state.attempted.discard(payout_id)
            _update(state, payout_id, announcement="succeeded", updated_at=recorded.at)
        case HelixRewardSentAnnouncementFailed(payout_id=payout_id):
            state.attempted.discard(payout_id)
            _update(state, payout_id, announcement="failed")
        case ViewerForgotten(viewer_id=viewer_id):
            for payout in list(state.payouts.values()):
                if payout.viewer_id == viewer_id:
                    _update(state, payout.payout_id, display_name="", character_name="")
        case _:
            pass


def _created(state: PayoutState, recorded: Recorded, event: PayoutCreated) -> None:
    personal = event.personal
    state.payouts[event.payout_id] = Payout(
        payout_id=event.payout_id,
        viewer_id=event.viewer_id,
        display_name=personal.display_name if personal else "",
        character_name=personal.character_name if personal else "",
        gold_amount=event.gold_amount,
        enrollment_request_id=event.enrollment_request_id,
        spin_cycle_id=event.spin_cycle_id,
        status=_S.PENDING,
        created_at=recorded.at,
        position=recorded.position,
    )
    state.active[event.viewer_id] = event.payout_id


def _status_changed(state: PayoutState, recorded: Recorded, event: PayoutStatusChanged) -> None:
    _update(state, event.payout_id, status=event.status, updated_at=recorded.at)
    if not event.status.active:
        state.active.discard(event.viewer_id)
    if event.status is _S.SENT:
        payout = state.payouts[event.payout_id]
        had = state.sent_gold.get(event.viewer_id) or 0
        state.sent_gold[event.viewer_id] = Gold(had + payout.gold_amount)
        state.unannounced[event.payout_id] = event.payout_id
        _update(state, event.payout_id, announcement="due")


def _update(state: PayoutState, payout_id: str, **changes: object) -> None:
    payout = state.payouts.get(payout_id)
    if payout is not None:
        state.payouts[payout_id] = msgspec.structs.replace(payout, **changes)
