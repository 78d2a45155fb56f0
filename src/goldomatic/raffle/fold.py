"""Folding the raffle's events into its state. Never decides."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from goldomatic.ledger.event import Event, Recorded, ViewerForgotten
from goldomatic.raffle import events as e
from goldomatic.raffle.state import (
    Entry,
    FailedDelivery,
    Flag,
    HiddenDraw,
    Member,
    OpenDraw,
    RaffleState,
    Session,
)
from goldomatic.raffle.weights import MAX_COUNT, WeightSettings
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


# Viewers


def _signed_in(state: RaffleState, recorded: Recorded, event: e.RaffleViewerSignedIn) -> None:
    login = event.personal.login if event.personal else ""
    name = event.personal.display_name if event.personal else ""
    at = recorded.at
    known = state.members.get(event.viewer_id)
    if known is None:
        state.members[event.viewer_id] = Member(
            viewer_id=event.viewer_id,
            login=login,
            display_name=name,
            created_at=at,
            updated_at=at,
            active_at=at,
        )
    else:
        _put(state, replace(known, login=login, display_name=name, updated_at=at, active_at=at))


def _synced(state: RaffleState, recorded: Recorded, event: e.RaffleViewerSynced) -> None:
    changes: dict[str, Any] = {"total": event.total}
    if event.is_follower is not None:
        changes["is_follower"] = event.is_follower
    if event.is_subscriber is not None:
        changes["is_subscriber"] = event.is_subscriber
        if not event.is_subscriber:
            changes["sub_months"] = 0
    if event.complete:
        changes |= {"synced_at": recorded.at, "active_at": recorded.at, "needs_resync": False}
    _change(state, event.viewer_id, recorded.at, changes)


def counted(member: Member, event: e.RaffleSupportCounted) -> Mapping[str, Any]:
    """What reported support changes about a viewer, apart from the weight."""
    match event.effect:
        case "cheer":
            return {"bits": min(member.bits + event.amount, MAX_COUNT)}
        case "gift":
            return {"gifts": min(member.gifts + event.amount, MAX_COUNT)}
        case "follow":
            return {"is_follower": True}
        case "unsubscribe":
            return {"is_subscriber": False}
        case "subscribe":
            return {
                "is_subscriber": True,
                "sub_months": max(member.sub_months, 1),
                "total_subs": max(member.total_subs, 1),
            }
        case "resub":
            months = {"sub_months": event.months, "total_subs": event.months}
            more = {"is_subscriber": True, "resubs": min(member.resubs + 1, MAX_COUNT)}
            return more | (months if event.months > 0 else {})


def _counted(state: RaffleState, recorded: Recorded, event: e.RaffleSupportCounted) -> None:
    member = state.members.get(event.viewer_id)
    if member is not None:
        changes = {**counted(member, event), "total": event.total, "active_at": recorded.at}
        _change(state, event.viewer_id, recorded.at, changes)


def _support_reset(state: RaffleState, recorded: Recorded, event: e.RaffleSupportReset) -> None:
    for viewer_id, total in zip(event.viewers, event.totals, strict=True):
        changes = {"bits": 0, "gifts": 0, "donations": 0, "total": total}
        _change(state, viewer_id, recorded.at, changes | {"counted_from": recorded.position})


def _demo_played(state: RaffleState, recorded: Recorded, event: e.RaffleDemoPlayed) -> None:
    changes = {"bits": 0, "gifts": 0, "total": event.total, "counted_from": recorded.position}
    _change(state, event.viewer_id, recorded.at, changes)


def _bonus_set(state: RaffleState, recorded: Recorded, event: e.RaffleBonusSet) -> None:
    changes = {"bonus": event.bonus, "total": event.total}
    _change(state, event.viewer_id, recorded.at, changes)


def _bonuses_ended(state: RaffleState, recorded: Recorded, event: e.RaffleBonusesEnded) -> None:
    for viewer_id, total in zip(event.viewers, event.totals, strict=True):
        _change(state, viewer_id, recorded.at, {"bonus": 0, "total": total})


def _recomputed(state: RaffleState, recorded: Recorded, event: e.RaffleWeightsRecomputed) -> None:
    for viewer_id, total in zip(event.viewers, event.totals, strict=True):
        _change(state, viewer_id, recorded.at, {"total": total})


def _carried_over(state: RaffleState, recorded: Recorded, event: e.RaffleCarriedOver) -> None:
    at, position = recorded.at, recorded.position
    for viewer_id, carry, total in zip(event.viewers, event.carries, event.totals, strict=True):
        changes = {"carry": carry, "total": total, "carried_at": position}
        _change(state, viewer_id, at, changes)


def _change(
    state: RaffleState, viewer_id: ViewerId, at: datetime, changes: Mapping[str, Any]
) -> None:
    member = state.members.get(viewer_id)
    if member is not None:
        _put(state, replace(member, updated_at=at, **changes))


def _put(state: RaffleState, member: Member) -> None:
    """Store a viewer, and keep the sum of the pool."""
    before = state.weight_of(member.viewer_id)
    state.members[member.viewer_id] = member
    active = state.active_id.value
    if member.weight != before and active and state.pending_in(active, member.viewer_id):
        state.pool_total.value += member.weight - before


# Settings and sessions


def _settings(state: RaffleState, recorded: Recorded, event: e.RaffleWeightSettingsChanged) -> None:
    state.numbers.value = WeightSettings(**event.numbers)  # type: ignore[arg-type]


def _submissions(state: RaffleState, recorded: Recorded, event: e.RaffleSubmissionsSet) -> None:
    state.flag.value = Flag(event.is_open, recorded.at, event.actor)


def _started(state: RaffleState, recorded: Recorded, event: e.RaffleSessionStarted) -> None:
    state.sessions[event.session_id] = Session(
        id=event.session_id, name=event.name, created_at=recorded.at, updated_at=recorded.at
    )
    state.active_id.value = event.session_id
    state.pool_count.value = state.pool_total.value = 0


def _moved(state: RaffleState, recorded: Recorded, event: e.RaffleEntriesMoved) -> None:
    for entry_id in event.entries:
        entry = state.entries.get(entry_id)
        if entry is None:
            continue
        state.entries[entry_id] = replace(entry, session_id=event.session_id)
        _count(state, entry.viewer_id, 1)


def _ended(state: RaffleState, recorded: Recorded, event: e.RaffleSessionEnded) -> None:
    session = state.sessions[event.session_id]
    state.sessions[session.id] = replace(session, ended_at=recorded.at, updated_at=recorded.at)
    state.active_id.value, state.ended_id.value = None, session.id
    state.pool_count.value = state.pool_total.value = 0


def _count(state: RaffleState, viewer_id: ViewerId, entries: int) -> None:
    state.pool_count.value += entries
    state.pool_total.value += entries * state.weight_of(viewer_id)


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
    _change(state, entry.viewer_id, recorded.at, {"active_at": recorded.at})


def _removed(state: RaffleState, recorded: Recorded, event: e.RaffleEntryRemoved) -> None:
    entry = state.entries.get(event.entry_id)
    if entry is None:
        return
    state.entries.discard(entry.id)
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
    _change(state, event.viewer_id, recorded.at, changes | {"counted_from": recorded.position})


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
        e.RaffleViewerSignedIn: _signed_in,
        e.RaffleViewerSynced: _synced,
        e.RaffleSupportCounted: _counted,
        e.RaffleSupportReset: _support_reset,
        e.RaffleDemoPlayed: _demo_played,
        e.RaffleBonusSet: _bonus_set,
        e.RaffleBonusesEnded: _bonuses_ended,
        e.RaffleWeightsRecomputed: _recomputed,
        e.RaffleCarriedOver: _carried_over,
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
