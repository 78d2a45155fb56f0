"""Folding the raffle's events into its state. Never decides."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from goldomatic.ledger.event import Event, Recorded, ViewerForgotten
from goldomatic.raffle import events as e
from goldomatic.raffle import member_fold as members
from goldomatic.raffle.state import (
    Entry,
    FailedDelivery,
    Flag,
    HiddenDraw,
    OpenDraw,
    RaffleState,
    Session,
)
from goldomatic.raffle.weights import WeightSettings
from goldomatic.values import ViewerId


def evolve(state: RaffleState, recorded: Recorded) -> None:
    """Fold one event."""
    event = recorded.event
    kind, total = type(event), state.pool_total.value
    fold = _FOLDS.get(kind)
    if fold is not None:
        fold(state, recorded, event)
    if kind is e.RaffleWinnerDrawn:
        is_public = not event.hidden
    else:
        is_public = kind in _PUBLIC or state.pool_total.value != total
    if is_public:
        state.revision.value = recorded.position


# Settings and sessions


def _settings(state: RaffleState, recorded: Recorded, event: e.RaffleWeightSettingsChanged) -> None:
    state.numbers.value = WeightSettings(**event.numbers)  # type: ignore[arg-type]


def _submissions(state: RaffleState, recorded: Recorded, event: e.RaffleSubmissionsSet) -> None:
    state.flag.value = Flag(event.is_open, recorded.at, event.actor)


def _started(state: RaffleState, recorded: Recorded, event: e.RaffleSessionStarted) -> None:
    state.sessions[event.session_id] = Session(
        id=event.session_id, name=event.name, created_at=recorded.at, updated_at=recorded.at
    )
    state.active_id.value, state.last_entry_at.value = event.session_id, None
    state.pool_count.value = state.pool_total.value = 0


def _moved(state: RaffleState, recorded: Recorded, event: e.RaffleEntriesMoved) -> None:
    for entry_id in event.entries:
        entry = state.entries.get(entry_id)
        if entry is None:
            continue
        state.entries[entry_id] = replace(entry, session_id=event.session_id)
        _count(state, entry.viewer_id, 1)
        _newest(state, entry.created_at)


def _ended(state: RaffleState, recorded: Recorded, event: e.RaffleSessionEnded) -> None:
    session = state.sessions[event.session_id]
    state.sessions[session.id] = replace(session, ended_at=recorded.at, updated_at=recorded.at)
    state.active_id.value, state.ended_id.value = None, session.id
    state.last_entry_at.value = None
    state.pool_count.value = state.pool_total.value = 0


def _count(state: RaffleState, viewer_id: ViewerId, entries: int) -> None:
    state.pool_count.value += entries
    state.pool_total.value += entries * state.weight_of(viewer_id)


def _newest(state: RaffleState, at: datetime) -> None:
    newest = state.last_entry_at.value
    state.last_entry_at.value = at if newest is None else max(newest, at)


# Entries


def _submitted(state: RaffleState, recorded: Recorded, event: e.RaffleEntrySubmitted) -> None:
    personal = event.personal
    entry = Entry(
        id=event.entry_id,
        viewer_id=event.viewer_id,
        session_id=event.session_id,
        origin=event.session_id,
        name=personal.name if personal else "",
        created_at=recorded.at,
        position=recorded.position,
        salt=personal.salt if personal else b"",
        link=personal.link if personal else None,
        notes=personal.notes if personal else None,
    )
    state.entries[entry.id] = entry
    state.pending[entry.viewer_id] = (*(state.pending.get(entry.viewer_id) or ()), entry.id)
    state.last_entry.value = max(state.last_entry.value, entry.id)
    if entry.session_id == state.active_id.value:
        _count(state, entry.viewer_id, 1)
        _newest(state, entry.created_at)
    members.change(state, entry.viewer_id, recorded.at, {"active_at": recorded.at})


def _removed(state: RaffleState, recorded: Recorded, event: e.RaffleEntryRemoved) -> None:
    entry = state.entries.get(event.entry_id)
    if entry is None:
        return
    state.entries.discard(entry.id)
    if entry.created_at == state.last_entry_at.value:
        left = (e.created_at for e in state.entries.values() if e.session_id == entry.session_id)
        state.last_entry_at.value = max(left, default=None)
    if entry.is_pending:
        _no_longer_pending(state, entry)
        return
    session = state.sessions[entry.session_id]
    wins = tuple(each for each in session.wins if each != entry.id)
    state.sessions[session.id] = replace(session, wins=wins, updated_at=recorded.at)
    state.won_ever.value -= 1


def _no_longer_pending(state: RaffleState, entry: Entry) -> None:
    if entry.session_id == state.active_id.value:
        _count(state, entry.viewer_id, -1)
    left = tuple(i for i in state.pending.get(entry.viewer_id) or () if i != entry.id)
    if left:
        state.pending[entry.viewer_id] = left
    else:
        state.pending.discard(entry.viewer_id)


# Draws


def _committed(state: RaffleState, recorded: Recorded, event: e.RaffleDrawCommitted) -> None:
    state.draw.value = OpenDraw(event.draw_id, event.session_id, event.commitment, recorded.at)


def _drawn(state: RaffleState, recorded: Recorded, event: e.RaffleWinnerDrawn) -> None:
    entry, member = state.entries[event.entry_id], state.members[event.viewer_id]
    state.draw.value = None
    if event.hidden:
        state.hidden.value = HiddenDraw(event.draw_id, recorded.at, entry, member)
    _no_longer_pending(state, entry)
    state.entries[entry.id] = replace(
        entry, won_at=recorded.at, won_weight=event.weight, draw_id=event.draw_id
    )
    session = state.sessions[event.session_id]
    state.sessions[session.id] = replace(
        session, wins=(*session.wins, entry.id), updated_at=recorded.at
    )
    state.won_ever.value += 1
    changes = {"bits": 0, "gifts": 0, "total": event.total, "carry": event.carry}
    members.change(
        state, event.viewer_id, recorded.at, changes | {"counted_from": recorded.position}
    )


def _revealed(state: RaffleState, recorded: Recorded, event: e.RaffleDrawRevealed) -> None:
    hidden = state.hidden.value
    if hidden is not None and hidden.draw_id == event.draw_id:
        state.hidden.value = None


def _voided(state: RaffleState, recorded: Recorded, event: e.RaffleDrawVoided) -> None:
    draw = state.draw.value
    if draw is not None and draw.draw_id == event.draw_id:
        state.draw.value = None


# Deliveries, and a viewer who is forgotten


def _failed(state: RaffleState, recorded: Recorded, event: e.RaffleDeliveryFailed) -> None:
    state.failed[event.message_id] = FailedDelivery(
        event.message_id, event.type, event.attempt, recorded.at
    )


def _settled(state: RaffleState, recorded: Recorded, event: e.RaffleDeliverySettled) -> None:
    state.failed.discard(event.message_id)


def _revoked(state: RaffleState, recorded: Recorded, event: e.RaffleSubscriptionRevoked) -> None:
    state.revoked[event.type] = event.status


def _forgotten(state: RaffleState, recorded: Recorded, event: ViewerForgotten) -> None:
    state.members.discard(event.viewer_id)
    for entry in entries_of(state, event.viewer_id):
        state.entries[entry.id] = replace(entry, name="", link=None, notes=None, salt=b"")
    hidden = state.hidden.value
    if hidden is not None and hidden.entry.viewer_id == event.viewer_id:
        state.hidden.value = None


def entries_of(state: RaffleState, viewer_id: ViewerId) -> list[Entry]:
    """Every entry of a viewer, won or not."""
    return [entry for entry in state.entries.values() if entry.viewer_id == viewer_id]


_FOLDS: Mapping[type[Event], Callable[[RaffleState, Recorded, Any], None]] = MappingProxyType(
    {
        e.RaffleViewerSignedIn: members.signed_in,
        e.RaffleViewerSynced: members.synced,
        e.RaffleSupportCounted: members.support_counted,
        e.RaffleSupportReset: members.support_reset,
        e.RaffleDemoPlayed: members.demo_played,
        e.RaffleBonusSet: members.bonus_set,
        e.RaffleBonusesEnded: members.bonuses_ended,
        e.RaffleWeightsRecomputed: members.recomputed,
        e.RaffleCarriedOver: members.carried_over,
        e.RaffleWeightSettingsChanged: _settings,
        e.RaffleSubmissionsSet: _submissions,
        e.RaffleSessionStarted: _started,
        e.RaffleEntriesMoved: _moved,
        e.RaffleSessionEnded: _ended,
        e.RaffleEntrySubmitted: _submitted,
        e.RaffleEntryRemoved: _removed,
        e.RaffleDrawCommitted: _committed,
        e.RaffleWinnerDrawn: _drawn,
        e.RaffleDrawRevealed: _revealed,
        e.RaffleDrawVoided: _voided,
        e.RaffleDeliveryFailed: _failed,
        e.RaffleDeliverySettled: _settled,
        e.RaffleSubscriptionRevoked: _revoked,
        ViewerForgotten: _forgotten,
    }
)

_PUBLIC: frozenset[type[Event]] = frozenset(
    {
        e.RaffleBonusesEnded,
        e.RaffleWeightsRecomputed,
        e.RaffleSupportReset,
        e.RaffleCarriedOver,
        e.RaffleSubmissionsSet,
        e.RaffleSessionStarted,
        e.RaffleEntriesMoved,
        e.RaffleSessionEnded,
        e.RaffleEntrySubmitted,
        e.RaffleEntryRemoved,
        e.RaffleDrawCommitted,
        e.RaffleDrawRevealed,
        e.RaffleDrawVoided,
        ViewerForgotten,
    }
)
"""Events that change what the public sees, besides those that change the weight of the pool."""
