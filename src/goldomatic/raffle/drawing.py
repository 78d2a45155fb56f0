"""The raffle's draw: freeze the pool by weight, draw one, reveal. Pure."""

from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from goldomatic.fairdraw.commitment import commit
from goldomatic.fairdraw.draw import draw as draw_order
from goldomatic.fairdraw.entries import entry_hashes
from goldomatic.fairdraw.frozen import Frozen
from goldomatic.fairdraw.stream import Stream
from goldomatic.ledger.event import Event
from goldomatic.raffle.events import (
    RaffleDrawCommitted,
    RaffleDrawFrozen,
    RaffleDrawRevealed,
    RaffleDrawVoided,
    RaffleWinner,
    RaffleWinnerDrawn,
)
from goldomatic.raffle.options import Options
from goldomatic.raffle.state import Entry, HiddenDraw, Member, RaffleState
from goldomatic.values import Code, Refused

ALTERNATES = 9
"""How many entries after the winner the record names."""

HIDDEN_FOR = timedelta(seconds=10)
"""How long at most a hidden result stays hidden."""


_SALT_TAG = b"goldomatic-raffle-salt/1\0"


class Next(msgspec.Struct, frozen=True):
    """The draw that is committed once this one is revealed."""

    draw_id: str
    commitment: bytes


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A draw that is to be held. `seed` is the one that was committed; None when it is lost."""

    draw_id: str
    seed: bytes | None
    next: Next
    hidden: bool
    actor: str


def entry_salt(salt: bytes, draw_id: str) -> bytes:
    """The salt of an entry in one draw: opening it tells nothing about other draws."""
    return sha256(_SALT_TAG + salt + draw_id.encode()).digest()


def draw(state: RaffleState, wish: Wish, options: Options) -> list[Event] | Refused:
    """Freeze the pending entries of the active session in the order of their ids and draw one.

    A seed that is lost, or is not the committed one, voids the committed draw and commits the
    next; the refusal is `draw_in_progress`, for the draw can be asked for again.
    """
    session = state.active
    if session is None:
        return Refused(
            Code.NO_ACTIVE_SESSION,
            "No active session. Start a session before picking a winner.",
        )
    committed = state.draw.value
    if committed is None or committed.draw_id != wish.draw_id:
        return in_progress()
    pool = state.pool(session.id)
    if not pool:
        return Refused(Code.NO_PARTICIPANTS, "No participants available to choose from")
    if wish.seed is None or commit(wish.seed).hex() != committed.commitment:
        void = RaffleDrawVoided(draw_id=wish.draw_id, seed=None, reason="seed_lost")
        refused = in_progress()
        refused.events = (void, _committed(session.id, wish.next))
        return refused
    return _held(state, session.id, pool, wish, wish.seed, options)


def in_progress() -> Refused:
    """Somebody else draws at this moment."""
    return Refused(Code.DRAW_IN_PROGRESS, "A draw is already in progress")


def _held(
    state: RaffleState,
    session_id: str,
    pool: list[Entry],
    wish: Wish,
    seed: bytes,
    options: Options,
) -> list[Event]:
    weights = state.weights(pool)
    frozen = freeze(pool, weights, wish.draw_id)
    order = draw_order(seed, wish.draw_id, frozen, alternates=ALTERNATES)
    winner, weight = pool[order[0]], weights[order[0]]
    after = _won(state.members[winner.viewer_id], state, options)
    events: list[Event] = [
        RaffleDrawFrozen(
            draw_id=wish.draw_id,
            session_id=session_id,
            root=frozen.root.hex(),
            hashes=b"".join(frozen.hashes),
            entries=[entry.id for entry in pool],
            weights=weights,
        ),
        RaffleWinnerDrawn(
            draw_id=wish.draw_id,
            session_id=session_id,
            entry_id=winner.id,
            viewer_id=winner.viewer_id,
            index=order[0],
            order=order,
            weight=weight,
            total=after.total,
            carry=after.carry,
            hidden=wish.hidden,
            actor=wish.actor,
            personal=RaffleWinner(name=winner.name, salt=entry_salt(winner.salt, wish.draw_id)),
        ),
    ]
    if not wish.hidden:
        events.append(RaffleDrawRevealed(draw_id=wish.draw_id, seed=seed.hex()))
        events.append(_committed(session_id, wish.next))
    return events


def _won(member: Member, state: RaffleState, options: Options) -> Member:
    """The winner afterwards: bits and gifts are used up."""
    after = replace(member, bits=0, gifts=0)
    if options.reset_carry_over_on_win:
        after = replace(after, carry=0)
    return replace(after, total=state.formula(options.weight_profile).total(after))


def freeze(pool: list[Entry], weights: list[int], draw_id: str) -> Frozen:
    """The public list of a draw: the salted hash of each entry, and its weight."""
    tail, new = draw_id.encode(), sha256
    hashes = entry_hashes(
        (new(_SALT_TAG + entry.salt + tail).digest(), entry.viewer_id, entry.name, weight)
        for entry, weight in zip(pool, weights, strict=True)
    )
    return Frozen(hashes, weights)


def roll(seed: bytes, draw_id: str, root: bytes, total: int, public_value: str = "") -> int:
    """The number below the total weight that fell on the winner."""
    return Stream(seed, draw_id, root, public_value).below(total)


def reveal(state: RaffleState, draw_id: str, seed: bytes | None, following: Next) -> list[Event]:
    """Publish the seed of a hidden draw and commit the next; nothing if it is revealed."""
    hidden = state.hidden.value
    if hidden is None or hidden.draw_id != draw_id:
        return []
    events: list[Event] = [RaffleDrawRevealed(draw_id=draw_id, seed=seed.hex() if seed else None)]
    if state.active is not None:
        events.append(_committed(state.active.id, following))
    return events


def is_hidden(hidden: HiddenDraw | None, now: datetime) -> bool:
    """Whether the public must not be told of a draw yet."""
    return hidden is not None and now < hidden.drawn_at + HIDDEN_FOR


def _committed(session_id: str, following: Next) -> RaffleDrawCommitted:
    return RaffleDrawCommitted(
        draw_id=following.draw_id,
        session_id=session_id,
        commitment=following.commitment.hex(),
    )
