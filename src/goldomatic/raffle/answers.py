"""The JSON of the raffle: what its routes answer. Weights are decimal numbers with six places."""

from typing import Any

import msgspec

from goldomatic.raffle.breakdowns import Weight, admin_breakdown
from goldomatic.raffle.state import Entry, Member, Session
from goldomatic.raffle.weights import Formula, number
from goldomatic.values import rfc3339
from goldomatic.web.wire import Answer, Instant


class LeaderboardEntry(Answer):
    """One line of the leaderboard; `probability` in percent of the whole pool."""

    id: int
    name: str
    weight: Weight
    probability: float


class Leaderboard(Answer):
    """The heaviest twenty of the active session."""

    submissions_open: bool
    total_entries: int
    entries: list[LeaderboardEntry]
    session_id: str | None
    total_weight: Weight
    version: str


class RaffleStatus(Answer):
    """The cheap answer that tells whether anything has changed."""

    submissions_open: bool
    has_active_session: bool
    session_id: str | None
    last_entry_at: Instant | None
    updated_at: Instant
    version: str


class WinnerName(Answer):
    """Who won."""

    id: int
    name: str


class LatestWinner(Answer):
    """The newest winner that is public."""

    winner: WinnerName | None


class Submission(Answer):
    """A viewer's own entry."""

    id: int
    name: str
    demo_link: str | None
    notes: str | None
    created_at: Instant
    carried_over: bool


class OwnSubmission(Answer):
    """Whether a viewer has an entry that waits."""

    success: bool
    has_submission: bool
    submission: Submission | None


class RaffleSession(Answer):
    """A raffle session."""

    id: str
    name: str | None
    status: str
    created_at: Instant
    updated_at: Instant
    ended_at: Instant | None


class SyncedUser(Answer):
    """A viewer as sync tells of them."""

    id: str
    username: str
    display_name: str
    is_follower: bool
    is_subscriber: bool
    sub_months: int
    resub_count: int
    total_cheer_bits: int
    total_donations: int
    total_gifted_subs: int
    carry_over_weight: Weight
    session_bonus: Weight
    total_weight: Weight


class OwnWeight(Answer):
    """A viewer's weight and what it is made of."""

    user: SyncedUser
    breakdown: dict[str, Any]
    settings: dict[str, Any]
    chance_percent: float | None
    stale: bool


class ListedUser(Answer):
    """A viewer as the broadcaster's search shows them."""

    id: str
    username: str
    display_name: str
    total_weight: Weight
    current_weight: Weight
    carry_over_weight: Weight
    session_bonus: Weight
    is_subscriber: bool
    is_follower: bool
    sub_months: int
    last_updated: Instant


class CarriedUser(Answer):
    """A viewer who takes something into the next session."""

    id: str
    display_name: str
    username: str
    carry_over_weight: Weight
    total_weight: Weight
    last_active: Instant


class AdminEntry(Answer):
    """An entry as the broadcaster sees it."""

    id: int
    name: str
    username: str
    display_name: str
    demo_link: str | None
    notes: str | None
    total_weight: Weight
    created_at: Instant
    user_id: str
    carried_over: bool
    won_at: Instant | None
    draw_id: str | None
    weight_breakdown: dict[str, Any]


def session_answer(session: Session | None) -> RaffleSession | None:
    """A session, if there is one."""
    if session is None:
        return None
    return RaffleSession(
        id=session.id,
        name=session.name,
        status=session.status,
        created_at=rfc3339(session.created_at),
        updated_at=rfc3339(session.updated_at),
        ended_at=None if session.ended_at is None else rfc3339(session.ended_at),
    )


def submission(entry: Entry) -> Submission:
    """An entry as its owner sees it."""
    return Submission(
        id=entry.id,
        name=entry.name,
        demo_link=entry.link,
        notes=entry.notes,
        created_at=rfc3339(entry.created_at),
        carried_over=entry.is_carried,
    )


def synced_user(member: Member) -> SyncedUser:
    """A viewer with counters and stored weight."""
    return SyncedUser(
        id=member.viewer_id,
        username=member.login,
        display_name=member.display_name,
        is_follower=member.is_follower,
        is_subscriber=member.is_subscriber,
        sub_months=member.sub_months,
        resub_count=member.resubs,
        total_cheer_bits=member.bits,
        total_donations=member.donations,
        total_gifted_subs=member.gifts,
        carry_over_weight=number(member.carry),
        session_bonus=number(member.bonus),
        total_weight=number(member.total),
    )


def listed_user(member: Member) -> ListedUser:
    """A viewer in the broadcaster's search."""
    return ListedUser(
        id=member.viewer_id,
        username=member.login,
        display_name=member.display_name,
        total_weight=number(member.total),
        current_weight=number(member.total - member.carry),
        carry_over_weight=number(member.carry),
        session_bonus=number(member.bonus),
        is_subscriber=member.is_subscriber,
        is_follower=member.is_follower,
        sub_months=member.sub_months,
        last_updated=rfc3339(member.updated_at),
    )


def carried_user(member: Member) -> CarriedUser:
    """A viewer with a carry-over."""
    return CarriedUser(
        id=member.viewer_id,
        display_name=member.display_name,
        username=member.login,
        carry_over_weight=number(member.carry),
        total_weight=number(member.total),
        last_active=rfc3339(member.active_at),
    )


def admin_entry(entry: Entry, member: Member | None, formula: Formula) -> AdminEntry:
    """An entry with everything that the broadcaster may know."""
    weight = entry.won_weight if member is None or not entry.is_pending else member.weight
    return AdminEntry(
        id=entry.id,
        name=entry.name,
        username=member.login if member else "",
        display_name=member.display_name if member else "",
        demo_link=entry.link,
        notes=entry.notes,
        total_weight=number(weight),
        created_at=rfc3339(entry.created_at),
        user_id=entry.viewer_id,
        carried_over=entry.is_carried,
        won_at=None if entry.won_at is None else rfc3339(entry.won_at),
        draw_id=entry.draw_id,
        weight_breakdown=admin_breakdown(member, formula) if member else {},
    )


def percent(weight: int, total: int) -> float:
    """A share of a pool in percent, not rounded; 0 in an empty pool."""
    return weight / total * 100 if total else 0.0


encode = msgspec.json.Encoder().encode
