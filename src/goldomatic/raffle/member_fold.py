"""Folding what happens to viewers: names, support, weights. Never decides."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from goldomatic.ledger.event import Recorded
from goldomatic.raffle import events as e
from goldomatic.raffle.state import Member, RaffleState
from goldomatic.raffle.weights import MAX_COUNT
from goldomatic.values import ViewerId


def signed_in(state: RaffleState, recorded: Recorded, event: e.RaffleViewerSignedIn) -> None:
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
        put(state, replace(known, login=login, display_name=name, updated_at=at, active_at=at))


def synced(state: RaffleState, recorded: Recorded, event: e.RaffleViewerSynced) -> None:
    changes: dict[str, Any] = {"total": event.total}
    if event.is_follower is not None:
        changes["is_follower"] = event.is_follower
    if event.is_subscriber is not None:
        changes["is_subscriber"] = event.is_subscriber
        if not event.is_subscriber:
            changes["sub_months"] = 0
    if event.complete:
        changes |= {"synced_at": recorded.at, "active_at": recorded.at, "needs_resync": False}
    change(state, event.viewer_id, recorded.at, changes)


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


def support_counted(state: RaffleState, recorded: Recorded, event: e.RaffleSupportCounted) -> None:
    member = state.members.get(event.viewer_id)
    if member is not None:
        changes = {**counted(member, event), "total": event.total, "active_at": recorded.at}
        change(state, event.viewer_id, recorded.at, changes)


def support_reset(state: RaffleState, recorded: Recorded, event: e.RaffleSupportReset) -> None:
    for viewer_id, total in zip(event.viewers, event.totals, strict=True):
        changes = {"bits": 0, "gifts": 0, "donations": 0, "total": total}
        change(state, viewer_id, recorded.at, changes | {"counted_from": recorded.position})


def demo_played(state: RaffleState, recorded: Recorded, event: e.RaffleDemoPlayed) -> None:
    changes = {"bits": 0, "gifts": 0, "total": event.total, "counted_from": recorded.position}
    change(state, event.viewer_id, recorded.at, changes)


def bonus_set(state: RaffleState, recorded: Recorded, event: e.RaffleBonusSet) -> None:
    changes = {"bonus": event.bonus, "total": event.total}
    change(state, event.viewer_id, recorded.at, changes)


def bonuses_ended(state: RaffleState, recorded: Recorded, event: e.RaffleBonusesEnded) -> None:
    for viewer_id, total in zip(event.viewers, event.totals, strict=True):
        change(state, viewer_id, recorded.at, {"bonus": 0, "total": total})


def recomputed(state: RaffleState, recorded: Recorded, event: e.RaffleWeightsRecomputed) -> None:
    for viewer_id, total in zip(event.viewers, event.totals, strict=True):
        change(state, viewer_id, recorded.at, {"total": total})


def carried_over(state: RaffleState, recorded: Recorded, event: e.RaffleCarriedOver) -> None:
    at, position = recorded.at, recorded.position
    for viewer_id, carry, total in zip(event.viewers, event.carries, event.totals, strict=True):
        changes = {"carry": carry, "total": total, "carried_at": position}
        change(state, viewer_id, at, changes)


def change(
    state: RaffleState, viewer_id: ViewerId, at: datetime, changes: Mapping[str, Any]
) -> None:
    member = state.members.get(viewer_id)
    if member is not None:
        put(state, replace(member, updated_at=at, **changes))


def put(state: RaffleState, member: Member) -> None:
    """Store a viewer, and keep the sum of the pool."""
    before = state.weight_of(member.viewer_id)
    state.members[member.viewer_id] = member
    active = state.active_id.value
    if member.weight != before and active and state.pending_in(active, member.viewer_id):
        state.pool_total.value += member.weight - before
