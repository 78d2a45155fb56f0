"""Raffle sessions: start, end, and the carry-over between them. Pure.

Whatever happens to many viewers at once is told in several events of at most `CHUNK` viewers.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, TypeVar

import msgspec
from msgspec.structs import replace

from goldomatic.ledger.event import Event
from goldomatic.raffle import carry
from goldomatic.raffle.carry import Carried
from goldomatic.raffle.events import (
    RaffleBonusesEnded,
    RaffleCarriedOver,
    RaffleDrawCommitted,
    RaffleDrawRevealed,
    RaffleDrawVoided,
    RaffleEntriesMoved,
    RaffleSessionEnded,
    RaffleSessionStarted,
    RaffleSupportReset,
)
from goldomatic.raffle.options import Options
from goldomatic.raffle.state import Member, RaffleState, Session
from goldomatic.values import Code, Refused, ViewerId

CHUNK = 500
MAX_SESSION_NAME = 100

Told = Callable[[int, int], object]
"""Told how many of how many viewers are done."""

T = TypeVar("T")


def not_told(done: int, of: int) -> None:
    """For callers that do not want to know."""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """A session that is to begin, with the commitment of its first draw."""

    session_id: str
    name: str | None
    draw_id: str
    commitment: bytes
    actor: str


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A carry-over that is to be applied."""

    run_id: str
    actor: str
    reset: bool = False


def session_name(given: object) -> str | None:
    """A session's name from a request: trimmed, at most 100 characters, blank is none."""
    if not isinstance(given, str):
        return None
    name = "".join(letter for letter in given if letter.isprintable()).strip()
    return name[:MAX_SESSION_NAME].strip() or None


def start(state: RaffleState, wish: Start, options: Options) -> list[Event] | Refused:
    """Begin a session: what was not drawn in the one before goes on in it."""
    if state.active is not None:
        return Refused(Code.ACTIVE_SESSION_EXISTS, "ACTIVE_SESSION_EXISTS")
    old = state.latest_ended
    events: list[Event] = [
        RaffleSessionStarted(session_id=wish.session_id, name=wish.name, actor=wish.actor),
        RaffleDrawCommitted(
            draw_id=wish.draw_id, session_id=wish.session_id, commitment=wish.commitment.hex()
        ),
    ]
    moved = [entry.id for entry in state.pool(old.id)] if old else []
    events += [
        RaffleEntriesMoved(session_id=wish.session_id, entries=part) for part in chunks(moved)
    ]
    if options.reset_support_on_session_start:
        events += _support_reset(state, options)
    return events


def _support_reset(state: RaffleState, options: Options) -> Iterator[Event]:
    formula = state.formula(options.weight_profile)
    given = [m for m in _by_id(state.members.values()) if m.bits or m.gifts or m.donations]
    for part in chunks(given):
        yield RaffleSupportReset(
            reason="session_start",
            viewers=[m.viewer_id for m in part],
            totals=[formula.total(replace(m, bits=0, gifts=0, donations=0)) for m in part],
        )


def end(
    state: RaffleState, run: Run, options: Options, seed: bytes | None, told: Told = not_told
) -> list[Event] | Refused:
    """Carry over and end the active session, all or nothing.

    `seed` is that of the draw that is committed or not yet revealed, which is closed with it.
    """
    session = state.active
    if session is None:
        return Refused(Code.NO_ACTIVE_SESSION, "No active session to end.")
    carried = list(carry_over(state, session, run, options, told))
    totals = _totals_after(carried)
    return [
        *carried,
        *_bonuses_ended(state, session, totals),
        *_draw_closed(state, seed),
        RaffleSessionEnded(session_id=session.id, actor=run.actor),
    ]


def _bonuses_ended(
    state: RaffleState, session: Session, totals: dict[ViewerId, int]
) -> Iterator[Event]:
    """Every bonus is taken out of the weight that the viewer has after the carry-over."""
    with_bonus = _by_id(member for member in state.members.values() if member.bonus > 0)
    for part in chunks(with_bonus):
        yield RaffleBonusesEnded(
            session_id=session.id,
            viewers=[m.viewer_id for m in part],
            totals=[max(0, totals.get(m.viewer_id, m.total) - m.bonus) for m in part],
        )


def _totals_after(carried: Sequence[RaffleCarriedOver]) -> dict[ViewerId, int]:
    return {
        viewer_id: total
        for event in carried
        for viewer_id, total in zip(event.viewers, event.totals, strict=True)
    }


def _draw_closed(state: RaffleState, seed: bytes | None) -> Iterator[Event]:
    draw, hidden = state.draw.value, state.hidden.value
    opened = None if seed is None else seed.hex()
    if hidden is not None:
        yield RaffleDrawRevealed(draw_id=hidden.draw_id, seed=opened)
    elif draw is not None:
        reason: Literal["session_ended", "seed_lost"] = "session_ended" if seed else "seed_lost"
        yield RaffleDrawVoided(draw_id=draw.draw_id, seed=opened, reason=reason)


def carry_over(
    state: RaffleState, session: Session, run: Run, options: Options, told: Told = not_told
) -> Iterator[RaffleCarriedOver]:
    """Set the carry-over of everybody who was in a session; a second run compounds.

    Those who were not drawn come first, in the order of their ids; then winners, who have none.
    """
    formula = state.formula(options.weight_profile)
    mode = options.carry_over_mode
    won = {entry.viewer_id for i in session.wins if (entry := state.entries.get(i))}
    waiting = {entry.viewer_id for entry in state.pool(session.id)}

    def kept(member: Member) -> Carried:
        if mode == "classic":
            return carry.classic(formula, member.total, member.bonus, reset=run.reset)
        return carry.accumulate(formula, member, member.total, reset=run.reset)

    def lost(member: Member) -> Carried:
        return carry.cleared(formula, member)

    losers = _by_id(m for v in waiting - won if (m := state.members.get(v)))
    winners = _by_id(m for v in won if (m := state.members.get(v)))
    done, of = 0, len(losers) + len(winners)
    for members, result, is_listed in (
        (losers, kept, True),
        (winners, lost, mode == "accumulate"),
    ):
        for part in chunks(members):
            yield _carried(part, [result(m) for m in part], session, run, options, is_listed)
            done += len(part)
            told(done, of)


def _carried(
    members: Sequence[Member],
    after: Sequence[Carried],
    session: Session,
    run: Run,
    options: Options,
    is_listed: bool,
) -> RaffleCarriedOver:
    return RaffleCarriedOver(
        run_id=run.run_id,
        session_id=session.id,
        mode=options.carry_over_mode,
        reset=run.reset,
        actor=run.actor,
        viewers=[m.viewer_id for m in members],
        carries_before=[m.carry for m in members],
        totals_before=[m.total for m in members],
        carries=[each.carry for each in after],
        totals=[each.total for each in after],
        listed=is_listed,
    )


def run_carry_over(
    state: RaffleState,
    session_id: str | None,
    run: Run,
    options: Options,
    told: Told = not_told,
) -> list[Event] | Refused:
    """A carry-over by hand, of any session; an unknown one has nobody in it."""
    if session_id is None:
        session = state.active
        if session is None:
            return Refused(
                Code.NO_ACTIVE_SESSION,
                "No active session found. Provide sessionId to run carry-over manually.",
            )
    else:
        session = state.sessions.get(session_id)
        if session is None:
            return []
    return list(carry_over(state, session, run, options, told))


def _by_id(members: Iterable[Member]) -> list[Member]:
    return sorted(members, key=lambda member: member.viewer_id)


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Parts of at most `size`, in order."""
    for first in range(0, len(items), size):
        yield list(items[first : first + size])
