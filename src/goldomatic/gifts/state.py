"""The gift requests of one channel, and how events change them. Pure; folding never decides."""

from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from goldomatic.gifts.events import (
    GiftDrawVoided,
    GiftItemsDrawn,
    GiftItemSelected,
    GiftRequestInitiated,
    GiftRequestStateChanged,
    GiftState,
    Item,
)
from goldomatic.gifts.line import Line
from goldomatic.ledger.event import Recorded, ViewerForgotten
from goldomatic.ledger.state import Cell, Draftable, Table
from goldomatic.values import ViewerId

TIME_LIMITS = {
    GiftState.SELECTING_ITEM: timedelta(seconds=60),
    GiftState.WAITING_CONFIRMATION: timedelta(minutes=5),
}
"""How long a request may stay in each active state."""

NO_REASON = "failed"


class GiftRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request as it stands. `number` is its place in the ledger, and so in the queue."""

    gift_request_id: str
    number: int
    streamer_id: str
    viewer_id: ViewerId
    display_name: str
    character_name: str
    commitment: str
    created_at: datetime
    updated_at: datetime
    state: GiftState = GiftState.PENDING
    timeout_at: datetime | None = None
    failure_reason: str | None = None
    is_note: bool = False
    """Whether the reason is in the operator's own words."""
    item: Item | None = None
    drawn: Item | None = None
    list_hash: bytes | None = None
    """Of the frozen list: see `hash_of`."""
    drawn_at: datetime | None = None
    drawn_position: int | None = None
    void_position: int | None = None

    @property
    def is_unopened(self) -> bool:
        """Whether it went on without a draw and its seed has not been opened yet."""
        can_be_drawn = self.state in (GiftState.PENDING, GiftState.SELECTING_ITEM)
        return not can_be_drawn and self.drawn_position is None and self.void_position is None


class GiftsState:
    """All gift requests of one channel, the queue and who has had a gift."""

    def __init__(self) -> None:
        self.requests: Table[str, GiftRequest] = Table()
        self.line = Line()
        self.active: Cell[str | None] = Cell(None)
        """The request in the one slot that is served."""
        self.open: Table[ViewerId, str] = Table()
        self.closed: Table[ViewerId, str] = Table()
        """Each viewer's newest final request."""
        self.used: Table[ViewerId, str] = Table()
        """Who has had a gift, and by which request: for ever."""
        self.unopened: Table[str, str] = Table()
        """Requests that went on without a draw and whose seed is still to be opened."""

    @property
    def parts(self) -> tuple[Draftable, ...]:
        """Everything that has a draft."""
        return (
            *(self.requests, self.line, self.active, self.open),
            *(self.closed, self.used, self.unopened),
        )

    def load(self, requests: list[GiftRequest]) -> None:
        """Take the state from a snapshot."""
        rows = sorted(requests, key=lambda request: request.number)
        self.requests = Table({r.gift_request_id: r for r in rows})
        self.line = Line([(r.number, r.gift_request_id) for r in rows if r.state.open])
        active = [r.gift_request_id for r in rows if r.state.active]
        self.active = Cell(active[0] if active else None)
        self.open = Table({r.viewer_id: r.gift_request_id for r in rows if r.state.open})
        self.closed = Table({r.viewer_id: r.gift_request_id for r in rows if not r.state.open})
        completed = (r for r in rows if r.state is GiftState.COMPLETED)
        self.used = Table({r.viewer_id: r.gift_request_id for r in completed})
        self.unopened = Table({r.gift_request_id: r.gift_request_id for r in rows if r.is_unopened})


def hash_of(items: list[Item]) -> bytes:
    """What tells one list of items from another: SHA-256 of all their fields in order."""
    return sha256(msgspec.json.encode(items)).digest()


def evolve(state: GiftsState, recorded: Recorded) -> None:
    """Fold one event."""
    match recorded.event:
        case GiftRequestInitiated() as event:
            _initiated(state, recorded, event)
        case GiftItemsDrawn() as event:
            _update(
                state,
                event.gift_request_id,
                drawn=event.items[event.order[0]],
                list_hash=hash_of(event.items),
                drawn_at=recorded.at,
                drawn_position=recorded.position,
                updated_at=recorded.at,
            )
        case GiftDrawVoided(gift_request_id=request_id):
            _update(state, request_id, void_position=recorded.position)
            state.unopened.discard(request_id)
        case GiftItemSelected(gift_request_id=request_id, item=item):
            _update(state, request_id, item=item, updated_at=recorded.at)
        case GiftRequestStateChanged() as event:
            _state_changed(state, recorded, event)
        case ViewerForgotten(viewer_id=viewer_id):
            _forgotten(state, viewer_id)
        case _:
            pass


def _initiated(state: GiftsState, recorded: Recorded, event: GiftRequestInitiated) -> None:
    personal, request_id = event.personal, event.gift_request_id
    state.requests[request_id] = GiftRequest(
        gift_request_id=request_id,
        number=recorded.position,
        streamer_id=event.streamer_id,
        viewer_id=event.viewer_id,
        display_name=personal.display_name if personal else "",
        character_name=personal.character_name if personal else "",
        commitment=event.commitment,
        created_at=recorded.at,
        updated_at=recorded.at,
    )
    state.line.join(recorded.position, request_id)
    state.open[event.viewer_id] = request_id


def _state_changed(state: GiftsState, recorded: Recorded, event: GiftRequestStateChanged) -> None:
    request_id, limit = event.gift_request_id, TIME_LIMITS.get(event.state)
    changes: dict[str, object] = {"state": event.state, "updated_at": recorded.at}
    changes["timeout_at"] = None if limit is None else recorded.at + limit
    if event.state is GiftState.FAILED:
        changes["is_note"] = event.personal is not None
        words = event.personal.text if event.personal else event.reason
        changes["failure_reason"] = words or NO_REASON
    request = _update(state, request_id, **changes)
    if request is None:
        return
    if event.state.active:
        state.active.value = request_id
    elif state.active.value == request_id:
        state.active.value = None
    if request.is_unopened:
        state.unopened[request_id] = request_id
    if not event.state.open:
        _closed(state, request)


def _closed(state: GiftsState, request: GiftRequest) -> None:
    state.line.leave(request.number)
    state.open.discard(request.viewer_id)
    state.closed[request.viewer_id] = request.gift_request_id
    if request.state is GiftState.COMPLETED:
        state.used[request.viewer_id] = request.gift_request_id


def _forgotten(state: GiftsState, viewer_id: ViewerId) -> None:
    mine = [r for r in state.requests.values() if r.viewer_id == viewer_id]
    for request in mine:
        reason = NO_REASON if request.is_note else request.failure_reason
        _update(
            state,
            request.gift_request_id,
            display_name="",
            character_name="",
            failure_reason=reason,
            is_note=False,
        )


def _update(state: GiftsState, request_id: str, /, **changes: object) -> GiftRequest | None:
    request = state.requests.get(request_id)
    if request is None:
        return None
    changed = msgspec.structs.replace(request, **changes)
    state.requests[request_id] = changed
    return changed
