"""A channel as a whole: its state, and the decisions that touch more than one feature.

Features do not know each other; what the roulette must know of the payouts and the other way
round is said here, once, as pure functions that the edges hand to the ledger.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from goldomatic.gifts import events as gift_events
from goldomatic.gifts import rules as gifts
from goldomatic.gifts import state as gift_state
from goldomatic.gifts import views as gift_views
from goldomatic.ledger.change import Decision
from goldomatic.ledger.event import Codec, Event, Recorded, ViewerForgotten
from goldomatic.ledger.state import Draftable
from goldomatic.ledger.store import RowChange, TableSpec
from goldomatic.overlay import events as overlay_events
from goldomatic.overlay import rules as overlay
from goldomatic.payouts import events as payout_events
from goldomatic.payouts import rules as payouts
from goldomatic.payouts import views as payout_views
from goldomatic.payouts.events import PayoutCreated, PayoutStatus, Recipient
from goldomatic.raffle import events as raffle_events
from goldomatic.raffle import fold as raffle
from goldomatic.raffle import rules as raffle_rules
from goldomatic.raffle import snapshot as raffle_snapshot
from goldomatic.raffle import tables as raffle_tables
from goldomatic.raffle.snapshot import RaffleDump
from goldomatic.raffle.state import RaffleState
from goldomatic.reception import rules as reception
from goldomatic.roulette import events as roulette_events
from goldomatic.roulette import rules as roulette
from goldomatic.roulette import spin
from goldomatic.roulette import views as roulette_views
from goldomatic.roulette.cycle import Cycle
from goldomatic.values import ChannelId, Code, Gold, Refused, ViewerId

CODEC = Codec(
    [
        *roulette_events.EVENTS,
        *payout_events.EVENTS,
        *raffle_events.EVENTS,
        *overlay_events.EVENTS,
        *reception.KNOWN,
        *gift_events.EVENTS,
    ]
)
TABLES: tuple[TableSpec, ...] = (
    *roulette_views.TABLES,
    *payout_views.TABLES,
    *raffle_tables.TABLES,
    *gift_views.TABLES,
)

# Each event goes only to the features that know it.
_ROULETTES = frozenset((*roulette_events.EVENTS, ViewerForgotten))
_PAYOUTS = frozenset((*payout_events.EVENTS, ViewerForgotten))
_RAFFLES = frozenset((*raffle_events.EVENTS, ViewerForgotten))
_OVERLAYS = frozenset(overlay_events.EVENTS)
_GIFTS = frozenset((*gift_events.EVENTS, ViewerForgotten))


class ChannelState:
    """Everything that the rules of one channel look at; the ledger's model."""

    version = 4

    def __init__(self, channel: ChannelId) -> None:
        self.channel = channel
        self.roulette = roulette.RouletteState()
        self.payouts = payouts.PayoutState()
        self.raffle = RaffleState()
        self.overlay = overlay.OverlayState()
        self.reception = reception.ReceptionState()
        self.gifts = gift_state.GiftsState()

    @property
    def _parts(self) -> tuple[Draftable, ...]:
        return (
            *self.roulette.parts,
            *self.payouts.parts,
            *self.raffle.parts,
            *self.overlay.parts,
            *self.reception.parts,
            *self.gifts.parts,
        )

    def evolve(self, recorded: Recorded) -> None:
        """Fold one event into the draft of every feature."""
        kind = type(recorded.event)
        if kind in _ROULETTES:
            roulette.evolve(self.roulette, recorded)
        if kind in _PAYOUTS:
            payouts.evolve(self.payouts, recorded)
        if kind in _RAFFLES:
            raffle.evolve(self.raffle, recorded)
        if kind in _OVERLAYS:
            overlay.evolve(self.overlay, recorded)
        if kind in reception.KNOWN:
            reception.evolve(self.reception, recorded)
        if kind in _GIFTS:
            gift_state.evolve(self.gifts, recorded)

    def project(self, recorded: Recorded) -> Iterable[RowChange]:
        """What the event changes in the read tables."""
        kind = type(recorded.event)
        if kind is ViewerForgotten:
            return (
                *roulette_views.project(self.channel, self.roulette, recorded),
                *payout_views.project(self.channel, self.payouts, recorded),
                *raffle_tables.project(self.channel, self.raffle, recorded),
                *gift_views.project(self.channel, self.gifts, recorded),
            )
        if kind in _ROULETTES:
            return roulette_views.project(self.channel, self.roulette, recorded)
        if kind in _PAYOUTS:
            return payout_views.project(self.channel, self.payouts, recorded)
        if kind in _GIFTS:
            return gift_views.project(self.channel, self.gifts, recorded)
        return raffle_tables.project(self.channel, self.raffle, recorded)

    def commit(self) -> None:
        for part in self._parts:
            part.commit()

    def rollback(self) -> None:
        for part in self._parts:
            part.rollback()

    def dump(self) -> bytes:
        """The committed state as MessagePack."""
        return self.dumping()()

    def dumping(self) -> Callable[[], bytes]:
        """What makes the bytes of `dump` later, in another thread, whatever happens meanwhile."""
        taken = _Dump(
            pool=list(self.roulette.pool.durable.values()),
            current=self.roulette.current.durable,
            previous=self.roulette.previous.durable,
            last_closed=self.roulette.last_closed.durable,
            payouts=list(self.payouts.payouts.durable.values()),
            raffle=raffle_snapshot.dump(self.raffle),
            overlay_number=self.overlay.number.durable,
            gifts=list(self.gifts.requests.durable.values()),
            gaps=self.reception.dump(),
        )

        def made() -> bytes:
            raffle_snapshot.pack(taken.raffle)
            return msgspec.msgpack.encode(taken)

        return made

    def load(self, state: bytes) -> None:
        """Take the state from `dump`; what can be derived is derived."""
        dump = msgspec.msgpack.decode(state, type=_Dump)
        self.roulette.load(dump.pool, dump.current, dump.previous, dump.last_closed)
        self.payouts.load(dump.payouts)
        raffle_snapshot.load(self.raffle, dump.raffle)
        self.overlay.load(dump.overlay_number)
        self.reception.load(dump.gaps)
        self.gifts.load(dump.gifts)


class _Dump(msgspec.Struct):
    pool: list[roulette.Member]
    current: Cycle | None
    previous: Cycle | None
    last_closed: Cycle | None
    payouts: list[payouts.Payout]
    raffle: RaffleDump
    overlay_number: int
    gifts: list[gift_state.GiftRequest]
    gaps: list[reception.Gap] | None = None


def open_channel_model(channel: ChannelId) -> ChannelState:
    """The empty state of a channel, for the ledger to fold into."""
    return ChannelState(channel)


def enrol(entry: roulette.Entry) -> Decision[ChannelState]:
    """Enter the pool; refused while a payout is active or the lifetime cap is reached."""

    def decide(state: ChannelState, now: datetime) -> Sequence[Event] | Refused:
        standing = payouts.standing(state.payouts, entry.viewer_id)
        return roulette.enrol(
            state.roulette,
            entry,
            active_payout=standing.active_payout,
            cap_reached=standing.cap_reached,
        )

    return decide


def draw(spin_cycle_id: str, seed: bytes | None) -> Decision[ChannelState]:
    """Draw a candidate among the members who may win."""

    def decide(state: ChannelState, now: datetime) -> Sequence[Event]:
        def is_eligible(viewer_id: ViewerId) -> bool:
            return payouts.standing(state.payouts, viewer_id).eligible

        return spin.draw(
            state.roulette, now, spin_cycle_id=spin_cycle_id, seed=seed, is_eligible=is_eligible
        )

    return decide


def verify_candidate(report: spin.Report, *, payout_id: str, salt: bytes) -> Decision[ChannelState]:
    """Turn the addon's report into a payout or into 'no winner'; nothing if resolved before."""

    def decide(state: ChannelState, now: datetime) -> Sequence[Event] | Refused:
        cycle = spin.verify(state.roulette, report, now)
        if isinstance(cycle, Refused):
            return cycle
        if cycle.resolved or cycle.candidate is None:
            return ()
        if not report.online:
            return [spin.close(cycle, "offline", report.captured_at)]
        standing = payouts.standing(state.payouts, cycle.candidate.viewer_id)
        if standing.active_payout:
            return Refused(Code.ACTIVE_PAYOUT_EXISTS, "Winner already has an active payout.")
        if standing.cap_reached:
            return Refused(Code.LIFETIME_CAP_REACHED, "Lifetime 10,000g cap reached.")
        created = PayoutCreated(
            payout_id=payout_id,
            viewer_id=cycle.candidate.viewer_id,
            gold_amount=Gold(payouts.GOLD_PER_WIN),
            enrollment_request_id=f"spin:{cycle.spin_cycle_id.replace('-', '')}",
            spin_cycle_id=cycle.spin_cycle_id,
            personal=Recipient(
                display_name=cycle.candidate.display_name,
                character_name=cycle.candidate.character_name,
                salt=salt,
            ),
        )
        return [created, spin.close(cycle, "winner", report.captured_at)]

    return decide


def change_status(payout_id: str, status: PayoutStatus, actor: str) -> Decision[ChannelState]:
    """Move a payout on; a winner whose mail is sent leaves the pool in the same transaction."""

    def decide(state: ChannelState, now: datetime) -> Sequence[Event] | Refused:
        decided = payouts.change_status(state.payouts, payout_id, status, actor)
        if isinstance(decided, Refused) or not decided or status is not PayoutStatus.SENT:
            return decided
        viewer_id = state.payouts.payouts[payout_id].viewer_id
        return [*decided, *roulette.leave(state.roulette, viewer_id, "sent")]

    return decide


def cancel_payout(payout_id: str, actor: str) -> Decision[ChannelState]:
    """The broadcaster's cancel, from `Pending` only."""
    return lambda state, now: payouts.cancel(state.payouts, payout_id, actor)


def accept_payout(payout_id: str, character_name: str) -> Decision[ChannelState]:
    """Record the winner's consent."""
    return lambda state, now: payouts.accept(state.payouts, payout_id, character_name)


def expire_payouts(state: ChannelState, now: datetime) -> Sequence[Event]:
    """Close payouts older than a day."""
    return payouts.expire(state.payouts, now)


def renew_overlay_link(actor: str) -> Decision[ChannelState]:
    """Make every overlay link that was handed out so far void."""
    return lambda state, now: overlay.renew(state.overlay, actor)


def record(*events: Event) -> Decision[ChannelState]:
    """Facts about the outside world that no rule can refuse."""
    return lambda state, now: events


def forget_viewer(viewer_id: ViewerId, actor: str) -> Decision[ChannelState]:
    """Erase a viewer's personal values; payout, pool row, raffle entries and gift request end."""

    def decide(state: ChannelState, now: datetime) -> Sequence[Any]:
        return [
            *payouts.forget(state.payouts, viewer_id, actor),
            *roulette.leave(state.roulette, viewer_id, "forgotten"),
            *raffle_rules.forget(state.raffle, viewer_id, f"forget:{actor}"),
            *gifts.forget(state.gifts, viewer_id, actor),
            ViewerForgotten(viewer_id=viewer_id, actor=actor),
        ]

    return decide
