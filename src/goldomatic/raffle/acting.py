"""What the broadcaster does with sessions and draws, with the secrets that belong to it."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import structlog

from goldomatic.channel import ChannelState
from goldomatic.fairdraw.commitment import commit
from goldomatic.ledger.change import Changed
from goldomatic.raffle import drawing, public, sessions, support
from goldomatic.raffle import rules as entering
from goldomatic.raffle.drawing import Next, Wish
from goldomatic.raffle.events import (
    RaffleCarriedOver,
    RaffleDrawFrozen,
    RaffleEntriesMoved,
    RaffleWinnerDrawn,
)
from goldomatic.raffle.options import Options
from goldomatic.raffle.sessions import Run, Start
from goldomatic.raffle.state import Member
from goldomatic.service import Service
from goldomatic.values import ViewerId

log = structlog.get_logger()

WAIT_FOR_DRAW = timedelta(seconds=5)
"""How long a draw waits for another to end."""


class Drawn(msgspec.Struct, frozen=True):
    """A draw that has been held."""

    frozen: RaffleDrawFrozen
    winner: RaffleWinnerDrawn
    seed: bytes


def options(service: Service) -> Options:
    """The rules as this deployment plays them."""
    settings = service.settings
    return Options(
        pending_rule=settings.pending_rule,
        weight_profile=settings.weight_profile,
        carry_over_mode=settings.carry_over_mode,
        reset_carry_over_on_win=settings.reset_carry_over_on_win,
        reset_support_on_session_start=settings.reset_support_on_session_start,
        demo_link_required=settings.demo_link_required,
        allowed_link_hosts=settings.allowed_link_hosts,
    )


async def start_session(service: Service, name: str | None, actor: str) -> tuple[str, int]:
    """Begin a session and publish the commitment of its first draw: its id, and entries moved."""
    seed, following = _next(service)
    wish = Start(
        session_id=str(service.lots.uuid()),
        name=name,
        draw_id=following.draw_id,
        commitment=following.commitment,
        actor=actor,
    )
    rules = options(service)
    with service.raffle.progress.of("start"):
        changed = await service.ledger.change(
            lambda state, now: sessions.start(state.raffle, wish, rules),
            keep={_key(following.draw_id): seed},
            heavy=True,
        )
    moved = (r.event for r in changed.events if isinstance(r.event, RaffleEntriesMoved))
    return wish.session_id, sum(len(event.entries) for event in moved)


async def end_session(service: Service, *, reset: bool, actor: str) -> tuple[str, Changed]:
    """Carry over and end the active session in one transaction."""
    rules, run = options(service), Run(run_id=str(service.lots.uuid()), actor=actor, reset=reset)
    raffle = service.state.raffle
    session, draw, hidden = (
        public.active(raffle),
        raffle.draw.durable,
        raffle.hidden.durable,
    )
    draw_id = hidden.draw_id if hidden else draw.draw_id if draw else ""
    seed = await _seed(service, draw_id, draw.commitment if draw else None)

    def decide(state: ChannelState, now: object) -> Any:
        present = state.raffle.hidden.value or state.raffle.draw.value
        if present is not None and present.draw_id != draw_id:
            return drawing.in_progress()
        return sessions.end(state.raffle, run, rules, seed, told)

    with service.raffle.progress.of("end") as told:
        changed = await service.ledger.change(decide, drop=[_key(draw_id)], heavy=True)
    return session.id if session else "", changed


async def carry_over(
    service: Service, session_id: str | None, *, reset: bool, actor: str
) -> Changed:
    """Apply a carry-over by hand."""
    rules, run = options(service), Run(run_id=str(service.lots.uuid()), actor=actor, reset=reset)
    with service.raffle.progress.of("carry_over") as told:
        return await service.ledger.change(
            lambda state, now: sessions.run_carry_over(state.raffle, session_id, run, rules, told),
            heavy=True,
        )


def carried(changed: Changed) -> list[tuple[ViewerId, int]]:
    """Whose carry-over a run has set to what, in the order of the ids."""
    found: list[tuple[ViewerId, int]] = []
    for recorded in changed.events:
        event = recorded.event
        if isinstance(event, RaffleCarriedOver) and event.listed:
            found += zip(event.viewers, event.carries, strict=True)
    return sorted(found)


async def recalculate(service: Service, actor: str) -> int:
    """Compute all stored weights anew: how many."""
    rules = options(service)
    with service.raffle.progress.of("recalculate") as told:
        changed = await service.ledger.change(
            lambda state, now: support.recalculate(state.raffle, actor, rules, told),
            heavy=True,
        )
    return sum(len(recorded.event.viewers) for recorded in changed.events)


async def demo_played(service: Service, viewer_id: ViewerId, actor: str) -> Member:
    """Use up bits and gifts of somebody whose demo was played; raises `user_not_found`."""
    rules = options(service)
    await service.ledger.change(
        lambda state, now: support.demo_played(state.raffle, viewer_id, actor, rules)
    )
    return service.state.raffle.members.durable[viewer_id]


async def remove_entry(service: Service, entry_id: int, actor: str) -> None:
    """Take an entry out of whatever session it is in; raises `entry_not_found`."""
    await service.ledger.change(
        lambda state, now: entering.remove_entry(state.raffle, entry_id, actor)
    )


async def set_submissions(service: Service, *, is_open: bool, actor: str) -> None:
    """Turn the switch; the same again changes nothing."""
    await service.ledger.change(
        lambda state, now: entering.set_submissions(state.raffle, is_open=is_open, actor=actor)
    )


async def draw(service: Service, *, hidden: bool, actor: str) -> Drawn:
    """Hold the committed draw of the active session, one at a time.

    Raises `draw_in_progress` when another has not ended within five seconds.
    """
    try:
        async with asyncio.timeout(WAIT_FOR_DRAW.total_seconds()):
            await service.raffle.drawing.acquire()
    except TimeoutError:
        raise drawing.in_progress() from None
    try:
        return await _draw(service, hidden=hidden, actor=actor)
    finally:
        service.raffle.drawing.release()


async def _draw(service: Service, *, hidden: bool, actor: str) -> Drawn:
    raffle = service.state.raffle
    if raffle.hidden.durable is not None:
        # The next commitment appears when the last seed is revealed.
        await reveal(service, raffle.hidden.durable.draw_id)
    open_draw = raffle.draw.durable
    draw_id = open_draw.draw_id if open_draw else ""
    seed = await _seed(service, draw_id, open_draw.commitment if open_draw else None)
    next_seed, following = _next(service)
    wish = Wish(draw_id=draw_id, seed=seed, next=following, hidden=hidden, actor=actor)
    rules = options(service)
    waits = hidden and seed is not None
    changed = await service.ledger.change(
        lambda state, now: drawing.draw(state.raffle, wish, rules),
        keep={} if waits else {_key(following.draw_id): next_seed},
        drop=() if waits else [_key(draw_id)],
        heavy=True,
    )
    frozen, winner = (recorded.event for recorded in changed.events[:2])
    if seed is None:
        raise drawing.in_progress()
    return Drawn(frozen, winner, seed)


async def reveal(service: Service, draw_id: str) -> None:
    """Publish the seed of a hidden draw; nothing if it is public. Raises `draw_not_found`."""
    raffle = service.state.raffle
    hidden = raffle.hidden.durable
    if hidden is None or hidden.draw_id != draw_id:
        return
    seed = await _seed(service, draw_id, None)
    if seed is None:
        log.error("draw_seed_lost", draw_id=draw_id)
    next_seed, following = _next(service)
    await service.ledger.change(
        lambda state, now: drawing.reveal(state.raffle, draw_id, seed, following),
        keep={_key(following.draw_id): next_seed} if public.active(raffle) else {},
        drop=[_key(draw_id)],
    )


async def reveal_overdue(service: Service) -> None:
    """Reveal a draw that has been hidden for long enough."""
    hidden = service.state.raffle.hidden.durable
    if hidden is not None and not drawing.is_hidden(hidden, service.clock()):
        await reveal(service, hidden.draw_id)


def _next(service: Service) -> tuple[bytes, Next]:
    seed = service.lots.seed()
    return seed, Next(str(service.lots.uuid()), commit(seed))


def _key(draw_id: str) -> str:
    return f"seed:{draw_id}"


async def _seed(service: Service, draw_id: str, commitment: str | None) -> bytes | None:
    """The secret of a draw; None when it is lost or is not what was committed."""
    seed = await service.store.kept(service.channel, _key(draw_id)) if draw_id else None
    if seed is not None and commitment is not None and commit(seed).hex() != commitment:
        log.error("draw_seed_wrong", draw_id=draw_id)
        return None
    return seed
