"""What watchers are told: one table, event to messages. Pure."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec

from goldomatic.channel import ChannelState
from goldomatic.gifts.events import (
    GiftItemsDrawn,
    GiftRequestInitiated,
    GiftRequestRefused,
    GiftRequestStateChanged,
    GiftState,
)
from goldomatic.gifts.state import GiftRequest
from goldomatic.ledger.event import Event, Recorded
from goldomatic.payouts.events import PayoutCreated, PayoutStatusChanged, WinnerAcceptanceRecorded
from goldomatic.raffle.events import (
    RaffleBonusSet,
    RaffleDemoPlayed,
    RaffleDrawRevealed,
    RaffleEntryRemoved,
    RaffleEntrySubmitted,
    RaffleSupportCounted,
    RaffleViewerSynced,
)
from goldomatic.raffle.weights import number
from goldomatic.roulette.events import (
    DrawRevealed,
    EnrolmentRefused,
    PoolMemberEnrolled,
    PoolMemberRemoved,
    SpinCycleResolved,
)
from goldomatic.values import ViewerId, rfc3339


class Message(NamedTuple):
    """One message of the feed. With `viewer_id` only that viewer's connections get it."""

    name: str
    data: Any
    viewer_id: ViewerId | None = None


def enrolled(recorded: Recorded, state: ChannelState) -> Iterable[Message]:
    event: PoolMemberEnrolled = recorded.event
    name = event.personal.character_name if event.personal else None
    yield Message("me", {"kind": "enrolled", "characterName": name}, event.viewer_id)


def removed(recorded: Recorded, state: ChannelState) -> Iterable[Message]:
    event: PoolMemberRemoved = recorded.event
    if event.reason != "replaced":
        yield Message("me", {"kind": "removed", "reason": event.reason}, event.viewer_id)


def refused(recorded: Recorded, state: ChannelState) -> Iterable[Message]:
    event: EnrolmentRefused = recorded.event
    yield Message("me", {"kind": "refused", "code": event.code}, event.viewer_id)


def draw_revealed(recorded: Recorded, state: ChannelState) -> Iterable[Message]:
    event: DrawRevealed = recorded.event
    yield Message(
        "draw",
        {
            "drawId": event.spin_cycle_id,
            "seed": event.seed,
            "recordUrl": f"/api/draws/{event.spin_cycle_id}",
            "at": rfc3339(recorded.at),
        },
    )


def cycle_resolved(recorded: Recorded, state: ChannelState) -> Iterable[Message]:
    event: SpinCycleResolved = recorded.event
    if event.result in ("offline", "unverified"):
        yield _outcome(recorded, event.spin_cycle_id, event.result, None)


def payout_created(recorded: Recorded, state: ChannelState) -> Iterable[Message]:
    event: PayoutCreated = recorded.event
    name = event.personal.character_name if event.personal else None
    yield _outcome(recorded, event.spin_cycle_id, "winner", name)
    yield from payout_moved(recorded, state)


def payout_moved(recorded: Recorded, state: ChannelState) -> Iterable[Message]:
    """The payout as it is now: the newest message of a payout is right, whatever was missed."""
    payout = state.payouts.payouts.durable.get(recorded.event.payout_id)
    if payout is None:
        return
    shown = {
        "characterName": payout.character_name or None,
        "status": payout.status.value,
        "spinCycleId": payout.spin_cycle_id,
        "at": rfc3339(recorded.at),
    }
    yield Message("payout", shown)
    accepted = payout.accepted_at is not None
    mine = {"kind": "payout", "payoutId": payout.payout_id, "accepted": accepted, **shown}
    yield Message("me", mine, payout.viewer_id)


def _outcome(recorded: Recorded, cycle_id: str, result: str, name: str | None) -> Message:
    return Message(
        "outcome",
        {
            "spinCycleId": cycle_id,
            "result": result,
            "characterName": name,
            "at": rfc3339(recorded.at),
        },
    )


def raffle_entered(recorded: Recorded, state: ChannelState) -> Iterable[Message]:
    event: RaffleEntrySubmitted = recorded.event
    mine = {"kind": "raffle", "what": "entered", "entryId": event.entry_id}
    yield Message("me", mine, event.viewer_id)


def raffle_removed(recorded: Recorded, state: ChannelState) -> Iterable[Message]:
    event: RaffleEntryRemoved = recorded.event
    mine = {"kind": "raffle", "what": "removed", "entryId": event.entry_id}
    yield Message("me", mine, event.viewer_id)


def raffle_weighed(recorded: Recorded, state: ChannelState) -> Iterable[Message]:
    """One viewer's weight changed; a hidden winner's new weight would tell of the draw.

    What changes for many is told by the `raffle` message alone.
    """
    event, hidden = recorded.event, state.raffle.hidden.durable
    if hidden is not None and hidden.entry.viewer_id == event.viewer_id:
        return
    mine = {"kind": "raffle", "what": "weight", "weight": number(event.total)}
    yield Message("me", mine, event.viewer_id)


def raffle_revealed(recorded: Recorded, state: ChannelState) -> Iterable[Message]:
    """A raffle's draw is public, also one that was hidden: nobody was told of the winner before."""
    event: RaffleDrawRevealed = recorded.event
    entry = state.raffle.winner_of(event.draw_id)
    shown = {
        "drawId": event.draw_id,
        "seed": event.seed,
        "recordUrl": f"/api/draws/{event.draw_id}",
        "winner": None if entry is None else {"id": entry.id, "name": entry.name or "Unknown"},
        "at": rfc3339(recorded.at),
    }
    yield Message("raffle-draw", shown)
    if entry is not None:
        mine = {"kind": "raffle", "what": "won", "entryId": entry.id, "drawId": event.draw_id}
        yield Message("me", mine, entry.viewer_id)


def gift_asked(recorded: Recorded, state: ChannelState) -> Iterable[Message]:
    request = state.gifts.requests.durable.get(recorded.event.gift_request_id)
    if request is not None:
        yield _own_gift(recorded, request)


def gift_refused(recorded: Recorded, state: ChannelState) -> Iterable[Message]:
    event: GiftRequestRefused = recorded.event
    yield Message("me", {"kind": "giftRefused", "code": event.code}, event.viewer_id)


def gift_moved(recorded: Recorded, state: ChannelState) -> Iterable[Message]:
    """The request as it is now. Who only waits is told alone: the queue is nobody else's matter."""
    event: GiftRequestStateChanged = recorded.event
    request = state.gifts.requests.durable.get(event.gift_request_id)
    if request is None:
        return
    if event.previous is not GiftState.PENDING or event.state is GiftState.SELECTING_ITEM:
        yield _shown_gift(recorded, request, len(state.gifts.line.durable))
    yield _own_gift(recorded, request)


def gift_drawn(recorded: Recorded, state: ChannelState) -> Iterable[Message]:
    request = state.gifts.requests.durable.get(recorded.event.gift_request_id)
    if request is not None:
        yield _shown_gift(recorded, request, len(state.gifts.line.durable))


def _shown_gift(recorded: Recorded, request: GiftRequest, waiting: int) -> Message:
    is_drawn = request.drawn_position is not None
    return Message(
        "gift",
        {
            "id": request.gift_request_id,
            "characterName": request.character_name or None,
            "state": request.state.value,
            "item": _gift_item(request),
            "recordUrl": f"/api/draws/{request.gift_request_id}" if is_drawn else None,
            "waiting": waiting,
            "at": rfc3339(recorded.at),
        },
    )


def _own_gift(recorded: Recorded, request: GiftRequest) -> Message:
    mine = {
        "kind": "gift",
        "id": request.gift_request_id,
        "state": request.state.value,
        "item": _gift_item(request),
        "failureReason": request.failure_reason,
        "at": rfc3339(recorded.at),
    }
    return Message("me", mine, request.viewer_id)


def _gift_item(request: GiftRequest) -> dict[str, Any] | None:
    """The item once it is the gift: what was drawn is told when the wheel has stopped."""
    item = request.item
    return None if item is None else {"name": item.name, "count": item.count}


MESSAGES: dict[type[Event], Callable[[Recorded, ChannelState], Iterable[Message]]] = {
    PoolMemberEnrolled: enrolled,
    PoolMemberRemoved: removed,
    EnrolmentRefused: refused,
    DrawRevealed: draw_revealed,
    SpinCycleResolved: cycle_resolved,
    PayoutCreated: payout_created,
    PayoutStatusChanged: payout_moved,
    WinnerAcceptanceRecorded: payout_moved,
    RaffleEntrySubmitted: raffle_entered,
    RaffleEntryRemoved: raffle_removed,
    RaffleSupportCounted: raffle_weighed,
    RaffleViewerSynced: raffle_weighed,
    RaffleBonusSet: raffle_weighed,
    RaffleDemoPlayed: raffle_weighed,
    RaffleDrawRevealed: raffle_revealed,
    GiftRequestInitiated: gift_asked,
    GiftRequestRefused: gift_refused,
    GiftRequestStateChanged: gift_moved,
    GiftItemsDrawn: gift_drawn,
}


def messages(recorded: Recorded, state: ChannelState) -> Iterable[Message]:
    """Everything that an event tells watchers."""
    told = MESSAGES.get(type(recorded.event))
    return () if told is None else told(recorded, state)


def encode(name: str, data: Any, position: int | None = None) -> bytes:
    """One server-sent event; `position` becomes the id from which a client resumes."""
    place = b"" if position is None else f"id: {position}\n".encode()
    return place + f"event: {name}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"
