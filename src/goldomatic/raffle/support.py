"""What changes a viewer's weight: support, what Twitch says, the broadcaster. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from goldomatic.ledger.event import Event
from goldomatic.raffle.events import (
    Effect,
    RaffleBonusSet,
    RaffleDemoPlayed,
    RaffleProfile,
    RaffleSupportCounted,
    RaffleViewerSignedIn,
    RaffleViewerSynced,
    RaffleWeightSettingsChanged,
    RaffleWeightsRecomputed,
)
from goldomatic.raffle.member_fold import counted
from goldomatic.raffle.options import Options
from goldomatic.raffle.sessions import Told, chunks, not_told
from goldomatic.raffle.state import Member, RaffleState
from goldomatic.raffle.weights import MAX_TOTAL, Flags, Formula, WeightSettings, changed
from goldomatic.values import Code, Refused, ViewerId

SYNC_COOLDOWN = timedelta(seconds=60)
ACTIVE_FOR = timedelta(hours=24)


class SupportNews(msgspec.Struct, frozen=True, kw_only=True):
    """Support that Twitch reported. `months` are the cumulative months of a resubscription."""

    viewer_id: ViewerId
    effect: Effect
    amount: int = 0
    months: int = 0


class TwitchSays(msgspec.Struct, frozen=True, kw_only=True):
    """What Twitch answered about a viewer; None: it did not say."""

    is_follower: bool | None
    is_subscriber: bool | None
    complete: bool = True


def sign_in(
    state: RaffleState, viewer_id: ViewerId, login: str, display_name: str, salt: bytes
) -> list[Event]:
    """A viewer becomes known to the raffle, or is known under other names."""
    member = state.members.get(viewer_id)
    if member and (member.login, member.display_name) == (login, display_name):
        return []
    names = RaffleProfile(login=login, display_name=display_name, salt=salt)
    return [RaffleViewerSignedIn(viewer_id=viewer_id, personal=names)]


def count(state: RaffleState, news: SupportNews, options: Options) -> list[Event]:
    """Count support and recompute the weight; nothing for somebody who has never signed in."""
    member = state.members.get(news.viewer_id)
    if member is None:
        return []
    event = RaffleSupportCounted(
        viewer_id=news.viewer_id,
        effect=news.effect,
        amount=news.amount,
        months=news.months,
        total=0,
    )
    after = replace(member, **counted(member, event))
    return [replace(event, total=_total(state, after, options))]


def sync_due(member: Member, now: datetime, after: timedelta = SYNC_COOLDOWN) -> bool:
    """Whether Twitch may be asked again: never asked, asked long enough ago, or out of date."""
    if member.needs_resync or member.synced_at is None:
        return True
    return now - member.synced_at >= after


def synced(
    state: RaffleState, viewer_id: ViewerId, says: TwitchSays, options: Options
) -> list[Event] | Refused:
    """Take over what Twitch answered; what it did not say stays as it was."""
    member = state.members.get(viewer_id)
    if member is None:
        return Refused(Code.USER_NOT_FOUND, "User not found")
    event = RaffleViewerSynced(
        viewer_id=viewer_id,
        is_follower=says.is_follower,
        is_subscriber=says.is_subscriber,
        complete=says.complete,
        total=0,
    )
    changes: dict[str, Any] = {}
    if says.is_subscriber is not None:
        changes["is_subscriber"] = says.is_subscriber
        if not says.is_subscriber:
            changes["sub_months"] = 0
    return [replace(event, total=_total(state, replace(member, **changes), options))]


def demo_played(
    state: RaffleState, viewer_id: ViewerId, actor: str, options: Options
) -> list[Event] | Refused:
    """The broadcaster played the demo: bits and gifts are used up."""
    member = state.members.get(viewer_id)
    if member is None:
        return Refused(Code.USER_NOT_FOUND, "User not found")
    total = _total(state, replace(member, bits=0, gifts=0), options)
    return [RaffleDemoPlayed(viewer_id=viewer_id, total=total, actor=actor)]


def set_bonus(
    state: RaffleState, viewer_id: ViewerId, bonus: int, actor: str, options: Options
) -> list[Event] | Refused:
    """Set, not add, a bonus that ends with the session."""
    member = state.members.get(viewer_id)
    if member is None:
        return Refused(Code.USER_NOT_FOUND, "User not found")
    bonus = min(bonus, MAX_TOTAL)
    total = _total(state, replace(member, bonus=bonus), options)
    return [RaffleBonusSet(viewer_id=viewer_id, bonus=bonus, total=total, actor=actor)]


def change_settings(
    state: RaffleState,
    given: Mapping[str, object],
    actor: str,
    options: Options,
    *,
    recalculate: bool,
) -> list[Event] | Refused:
    """Replace some numbers of the formula; stored weights stay unless asked otherwise."""
    present = state.formula(options.weight_profile)
    try:
        numbers = changed(present.numbers, given)
    except Refused as refused:
        return refused
    events: list[Event] = []
    if numbers != present.numbers:
        events.append(RaffleWeightSettingsChanged(numbers=asdict(numbers), actor=actor))
    if recalculate:
        members = sorted(state.members.values(), key=lambda m: m.viewer_id)
        events += _recomputed(members, numbers, present.flags, actor)
    return events


def recalculate(
    state: RaffleState, actor: str, options: Options, told: Told = not_told
) -> list[Event]:
    """Compute every stored weight anew."""
    formula = state.formula(options.weight_profile)
    members = sorted(state.members.values(), key=lambda m: m.viewer_id)
    return list(_recomputed(members, formula.numbers, formula.flags, actor, told))


def recalculate_active(
    state: RaffleState, now: datetime, actor: str, options: Options
) -> list[Event]:
    """Compute the weights of viewers who were active in the last day."""
    formula = state.formula(options.weight_profile)
    members = sorted(
        (m for m in state.members.values() if now - m.active_at <= ACTIVE_FOR),
        key=lambda m: m.viewer_id,
    )
    return list(_recomputed(members, formula.numbers, formula.flags, actor))


def _recomputed(
    members: list[Member],
    numbers: WeightSettings,
    flags: Flags,
    actor: str,
    told: Told = not_told,
) -> Iterator[Event]:
    formula, done = Formula(numbers, flags), 0
    for part in chunks(members):
        yield RaffleWeightsRecomputed(
            actor=actor,
            viewers=[m.viewer_id for m in part],
            totals=[formula.total(m) for m in part],
        )
        done += len(part)
        told(done, len(members))


def _total(state: RaffleState, member: Member, options: Options) -> int:
    return state.formula(options.weight_profile).total(member)
