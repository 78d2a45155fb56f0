"""What may be shown of the raffle at an instant: the durable state, without a hidden result. Pure.

While a draw is hidden, its winner still counts as waiting here, with the weight before the draw.
Administrators' answers look at the state itself.
"""

from datetime import datetime

from goldomatic.raffle.drawing import is_hidden
from goldomatic.raffle.state import Entry, HiddenDraw, Member, RaffleState, Session
from goldomatic.raffle.weights import DEFAULTS, FLAGS, Formula, Profile
from goldomatic.values import ViewerId


def active(state: RaffleState) -> Session | None:
    """The active session."""
    return _session(state, state.active_id.durable)


def latest_ended(state: RaffleState) -> Session | None:
    """The session that ended last."""
    return _session(state, state.ended_id.durable)


def _session(state: RaffleState, session_id: str | None) -> Session | None:
    return state.sessions.durable.get(session_id) if session_id else None


def submissions_open(state: RaffleState) -> bool:
    """The switch; never set: open until somebody has ever won, and that is public."""
    flag, hidden = state.flag.durable, state.hidden.durable
    known = state.won_ever.durable - (1 if hidden else 0)
    return known <= 0 if flag is None else flag.is_open


def formula(state: RaffleState, profile: Profile) -> Formula:
    """How weights are computed now."""
    return Formula(state.numbers.durable or DEFAULTS[profile], FLAGS[profile])


def hidden(state: RaffleState, now: datetime) -> HiddenDraw | None:
    """The draw whose result nobody but the broadcaster knows."""
    draw = state.hidden.durable
    return draw if is_hidden(draw, now) else None


def version(state: RaffleState, now: datetime) -> str:
    """Changes whenever what the public sees of the raffle changes."""
    draw = state.hidden.durable
    # A hidden result that has become public by time alone is a change without an event.
    overdue = draw is not None and not is_hidden(draw, now)
    return f"{state.revision.durable}{'+' if overdue else ''}"


def pool(state: RaffleState, now: datetime) -> tuple[int, int]:
    """How many wait in the active session, and their weights together."""
    count, total = state.pool_count.durable, state.pool_total.durable
    draw = hidden(state, now)
    if draw is not None and draw.entry.session_id == state.active_id.durable:
        return count + 1, total + draw.member.weight
    return count, total


def member(state: RaffleState, viewer_id: ViewerId, now: datetime) -> Member | None:
    """A viewer as they may see themselves."""
    draw = hidden(state, now)
    if draw is not None and draw.entry.viewer_id == viewer_id:
        return draw.member
    return state.members.durable.get(viewer_id)


def waiting_entry(state: RaffleState, viewer_id: ViewerId, now: datetime) -> Entry | None:
    """A viewer's entry that waits in the active session."""
    draw = hidden(state, now)
    if draw is not None and draw.entry.viewer_id == viewer_id:
        return draw.entry
    for entry in _pending(state, viewer_id):
        if entry.session_id == state.active_id.durable:
            return entry
    return None


def submission(state: RaffleState, viewer_id: ViewerId, now: datetime) -> Entry | None:
    """A viewer's entry in the active session, else the oldest that waits anywhere."""
    found = waiting_entry(state, viewer_id, now)
    return found or next(iter(_pending(state, viewer_id)), None)


def _pending(state: RaffleState, viewer_id: ViewerId) -> list[Entry]:
    entries = state.entries.durable
    ids = state.pending.durable.get(viewer_id, ())
    return [entry for entry_id in ids if (entry := entries.get(entry_id))]


def winner(state: RaffleState, now: datetime) -> Entry | None:
    """Who won last in the active session, else in the one that ended last."""
    draw = hidden(state, now)
    for session in (active(state), latest_ended(state)):
        for entry_id in reversed(session.wins if session else ()):
            entry = state.entries.durable.get(entry_id)
            if entry is not None and not (draw and draw.entry.id == entry_id):
                return entry
    return None
