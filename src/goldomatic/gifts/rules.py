"""The gift queue's decisions: who may ask, who is served, and how a request goes on. Pure.

The slot of the queue is given away in the decision that frees it, so that no crash can come in
between; `promote` does it again for a log that was left otherwise.
"""

from datetime import datetime

import msgspec

from goldomatic.gifts.events import (
    GiftDrawVoided,
    GiftItemSelected,
    GiftRequestInitiated,
    GiftRequestRefused,
    GiftRequestStateChanged,
    GiftState,
    Item,
    OperatorNote,
    Recipient,
    Source,
)
from goldomatic.gifts.state import GiftRequest, GiftsState
from goldomatic.ledger.event import Event
from goldomatic.values import CharacterName, Code, Refused, ViewerId

Decided = list[Event] | Refused

SELECTION_TIMEOUT = "selection_timeout"
CONFIRMATION_TIMEOUT = "confirmation_timeout"
RECEIVER_DECLINED = "receiver_declined"
NO_ITEMS_AVAILABLE = "no_items_available"
VIEWER_FORGOTTEN = "viewer_forgotten"
SEED_LOST = "draw_seed_lost"

_REASONS = frozenset(
    (SELECTION_TIMEOUT, CONFIRMATION_TIMEOUT, RECEIVER_DECLINED, NO_ITEMS_AVAILABLE, "failed")
)
"""What the operator may say without it being words of their own."""

REFUSED_NAME_LENGTH = 40
"""How much of a name that was refused is kept, in characters."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A viewer's wish for a gift, as chat, the panel or the operator brought it.

    `commitment` (hex) is that of the seed of the draw that may follow.
    """

    gift_request_id: str
    streamer_id: str
    viewer_id: ViewerId
    display_name: str
    character_name: str
    """As typed, where it is not known to be a valid name."""
    source: Source
    subscriber: bool
    commitment: str
    salt: bytes
    retry_of: str | None = None


def ask(state: GiftsState, wish: Wish) -> Decided:
    """Stand in the queue; first refusal wins (section 4 of the rules)."""
    refusal = _refusal(state, wish)
    if refusal is not None:
        code, message = refusal
        return Refused(code, message, events=(_refused_event(wish, code),))
    name = CharacterName.parse(wish.character_name)
    initiated = GiftRequestInitiated(
        gift_request_id=wish.gift_request_id,
        streamer_id=wish.streamer_id,
        viewer_id=wish.viewer_id,
        source=wish.source,
        commitment=wish.commitment,
        retry_of=wish.retry_of,
        personal=Recipient(
            display_name=wish.display_name, character_name=str(name), salt=wish.salt
        ),
    )
    return [initiated, *_promotion(state, joining=wish)]


def _refusal(state: GiftsState, wish: Wish) -> tuple[Code, str] | None:
    try:
        CharacterName.parse(wish.character_name)
    except Refused as refused:
        return refused.code, refused.message
    if not wish.subscriber:
        return Code.NOT_SUBSCRIBER, "Only subscribers can use !twgift."
    if wish.viewer_id in state.used:
        return Code.GIFT_ALREADY_USED, "!twgift can be used once per streamer."
    if wish.viewer_id in state.open:
        return Code.GIFT_REQUEST_ACTIVE, "Active gift request already exists."
    return None


def _refused_event(wish: Wish, code: Code) -> GiftRequestRefused:
    return GiftRequestRefused(
        viewer_id=wish.viewer_id,
        source=wish.source,
        code=code,
        personal=Recipient(
            display_name=wish.display_name,
            character_name=wish.character_name[:REFUSED_NAME_LENGTH],
            salt=wish.salt,
        ),
    )


def ask_again(state: GiftsState, failed_id: str, wish: Wish) -> Decided:
    """The operator makes a failed request again, at the end of the queue.

    Of `wish` only what is new counts; who asked and for whom is taken from the failed request.
    """
    failed = state.requests.get(failed_id)
    if failed is None:
        return not_found()
    if failed.state is not GiftState.FAILED or not failed.character_name:
        return invalid_state("Only a failed gift request can be made again.")
    again = msgspec.structs.replace(
        wish,
        streamer_id=failed.streamer_id,
        viewer_id=failed.viewer_id,
        display_name=failed.display_name,
        character_name=failed.character_name,
        retry_of=failed_id,
    )
    if refusal := _refusal(state, again):
        return Refused(*refusal)
    return ask(state, again)


def select_item(state: GiftsState, request_id: str, item: Item) -> Decided:
    """Name the gift; where a list was frozen it must be the item that was drawn."""
    request = state.requests.get(request_id)
    if request is None:
        return not_found()
    if request.state is GiftState.WAITING_CONFIRMATION and request.item == item:
        return []
    if request.state is not GiftState.SELECTING_ITEM:
        return not_selecting()
    if request.drawn is not None and request.drawn != item:
        return Refused(Code.ITEM_NOT_DRAWN, "This is not the item that was drawn.")
    return [
        GiftItemSelected(gift_request_id=request_id, viewer_id=request.viewer_id, item=item),
        _moved(request, GiftState.WAITING_CONFIRMATION, "operator"),
    ]


def confirm(state: GiftsState, request_id: str, *, confirmed: bool) -> Decided:
    """The recipient's answer to the whisper: the gift is theirs, or it is declined."""
    request = state.requests.get(request_id)
    if request is None:
        return not_found()
    if confirmed and request.state is GiftState.COMPLETED:
        return []
    if request.state is not GiftState.WAITING_CONFIRMATION:
        return invalid_state("Gift request not waiting confirmation.")
    if confirmed:
        return _end(state, _moved(request, GiftState.COMPLETED, "recipient"))
    return _end(state, _failed(request, "recipient", RECEIVER_DECLINED))


def change_state(
    state: GiftsState, request_id: str, target: GiftState, reason: str | None, salt: bytes
) -> Decided:
    """The operator ends a request: `Failed` from any open state, `Completed` once it waits.

    `reason` is for `Failed` alone; words of the operator's own are kept as personal.
    """
    request = state.requests.get(request_id)
    if request is None:
        return not_found()
    if target is GiftState.FAILED and request.state is GiftState.FAILED:
        return []
    if target is GiftState.FAILED and request.state.open:
        return _end(state, _failed(request, "operator", reason, salt))
    if target is GiftState.COMPLETED and request.state is GiftState.WAITING_CONFIRMATION:
        return _end(state, _moved(request, GiftState.COMPLETED, "operator"))
    return invalid_state(f"A gift request cannot go from {request.state} to {target}.")


def time_out(state: GiftsState, now: datetime) -> list[Event]:
    """End the active request when its time is over."""
    request = state.requests.get(state.active.value or "")
    if request is None or not is_overdue(request, now):
        return []
    selecting = request.state is GiftState.SELECTING_ITEM
    reason = SELECTION_TIMEOUT if selecting else CONFIRMATION_TIMEOUT
    return _end(state, _failed(request, "clock", reason))


def is_overdue(request: GiftRequest, now: datetime) -> bool:
    """Whether a request has been in its state for too long."""
    return request.timeout_at is not None and request.timeout_at < now


def promote(state: GiftsState) -> list[Event]:
    """Give a free slot away; nothing where it is held or nobody waits."""
    return _promotion(state)


def open_seed(state: GiftsState, request_id: str, seed: bytes | None) -> list[Event]:
    """Publish the seed of a draw that was not held; None for a seed that is lost."""
    if request_id not in state.unopened:
        return []
    return [GiftDrawVoided(gift_request_id=request_id, seed=seed.hex() if seed else None)]


def forget(state: GiftsState, viewer_id: ViewerId, actor: str) -> list[Event]:
    """A viewer who is forgotten can be given nothing: an open request fails."""
    request_id = state.open.get(viewer_id)
    if request_id is None:
        return []
    request = state.requests[request_id]
    return _end(state, _failed(request, f"forget:{actor}", VIEWER_FORGOTTEN))


def seed_lost(state: GiftsState, request: GiftRequest) -> Refused:
    """Nothing is ever drawn that could not be proved: the request fails."""
    events = _end(state, _failed(request, "queue", SEED_LOST))
    return Refused(
        Code.INVALID_STATE, "The draw's seed is lost: the request failed.", events=events
    )


def _end(state: GiftsState, ended: GiftRequestStateChanged) -> list[Event]:
    return [ended, *_promotion(state, without=ended.gift_request_id)]


def _promotion(
    state: GiftsState, *, without: str | None = None, joining: Wish | None = None
) -> list[Event]:
    """The slot for the next in line, if this decision leaves it free."""
    if state.active.value not in (None, without):
        return []
    waiting = (state.requests[each] for each in state.line if each != without)
    first = next((r for r in waiting if r.state is GiftState.PENDING), None)
    if first is not None:
        return [_moved(first, GiftState.SELECTING_ITEM, "queue")]
    if joining is None:
        return []
    return [
        GiftRequestStateChanged(
            gift_request_id=joining.gift_request_id,
            viewer_id=joining.viewer_id,
            previous=GiftState.PENDING,
            state=GiftState.SELECTING_ITEM,
            actor="queue",
        )
    ]


def _failed(
    request: GiftRequest, actor: str, reason: str | None, salt: bytes = b""
) -> GiftRequestStateChanged:
    words = (reason or "").strip() or "failed"
    failed = _moved(request, GiftState.FAILED, actor)
    if actor == "operator" and words not in _REASONS:
        return msgspec.structs.replace(failed, personal=OperatorNote(text=words, salt=salt))
    return msgspec.structs.replace(failed, reason=words)


def _moved(request: GiftRequest, target: GiftState, actor: str) -> GiftRequestStateChanged:
    return GiftRequestStateChanged(
        gift_request_id=request.gift_request_id,
        viewer_id=request.viewer_id,
        previous=request.state,
        state=target,
        actor=actor,
    )


def not_found() -> Refused:
    """No such request."""
    return Refused(Code.NOT_FOUND, "Gift request not found.")


def not_selecting() -> Refused:
    """The request is not the one for which an item is sought."""
    return invalid_state("Gift request is not in SelectingItem state.")


def invalid_state(message: str) -> Refused:
    """What the request's state does not allow."""
    return Refused(Code.INVALID_STATE, message)
