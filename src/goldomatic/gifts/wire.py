"""The shapes of the gift queue's answers and bodies."""

from typing import Annotated

import msgspec

from goldomatic.gifts.events import GiftState, Item
from goldomatic.gifts.state import GiftRequest
from goldomatic.values import Code, Refused, rfc3339
from goldomatic.web.wire import Answer, Instant, instant

SECONDS_PER_PLACE = 65
MOST_ITEMS = 500
MOST_REASON = 200
"""Characters of the operator's reason."""

_Whole = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
_FromOne = Annotated[int, msgspec.Meta(ge=1, lt=2**31)]
_Bag = Annotated[int, msgspec.Meta(ge=0, le=4)]


class ItemBody(msgspec.Struct, rename="camel", kw_only=True):
    """An item as the bridge sends it: all seven fields."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    id: _Whole
    count: _FromOne
    link: Annotated[str, msgspec.Meta(max_length=1000)]
    texture: Annotated[str, msgspec.Meta(max_length=500)]
    bag_id: _Bag
    slot_id: _FromOne


class CreateBody(msgspec.Struct, rename="camel"):
    """A viewer's wish."""

    streamer_id: str
    character_name: str


class StateBody(msgspec.Struct):
    """The state to move to, in any letter case; `reason` for `Failed`."""

    state: str
    reason: str | None = None


class SelectBody(msgspec.Struct):
    """The item that is the gift."""

    item: ItemBody


class ItemsBody(msgspec.Struct):
    """Everything in the bags that can be mailed, or the addon's sample of it."""

    items: Annotated[list[ItemBody], msgspec.Meta(min_length=1, max_length=MOST_ITEMS)]


class ConfirmBody(msgspec.Struct):
    """The recipient's answer."""

    confirmed: bool


class GiftRequestDto(Answer):
    """A gift request. Place and wait are 0 once it is over."""

    id: str
    streamer_id: str
    viewer_id: str
    viewer_display_name: str
    character_name: str
    state: GiftState
    selected_item: Item | None
    queue_position: int
    estimated_wait_seconds: int
    created_at: Instant
    updated_at: Instant
    timeout_at: Instant | None
    failure_reason: str | None


class GiftDrawDto(Answer):
    """The draw of an item: the frozen list, the drawn item and the opened seed."""

    draw_id: str
    record_url: str
    commitment: str
    root: str
    seed: str
    index: int
    item: Item
    items: list[Item]
    drawn_at: Instant


def gift_request_dto(request: GiftRequest, place: int) -> GiftRequestDto:
    """A request that stands at `place`, from 1; 0 for one that is over."""
    return GiftRequestDto(
        id=request.gift_request_id,
        streamer_id=request.streamer_id,
        viewer_id=request.viewer_id,
        viewer_display_name=request.display_name,
        character_name=request.character_name,
        state=request.state,
        selected_item=request.item,
        queue_position=place,
        estimated_wait_seconds=wait_at(place),
        created_at=rfc3339(request.created_at),
        updated_at=rfc3339(request.updated_at),
        timeout_at=instant(request.timeout_at),
        failure_reason=request.failure_reason,
    )


def wait_at(place: int) -> int:
    """Estimated seconds until the one at a place is served (section 3 of the rules)."""
    return max(0, place - 1) * SECONDS_PER_PLACE


def read_item(body: ItemBody) -> Item:
    """An item from a request; raises `invalid_payload` for text that nothing can show."""
    if not all(_is_sound(text) for text in (body.name, body.link, body.texture)):
        raise Refused(Code.INVALID_PAYLOAD, "The texts of an item hold no control characters.")
    return Item(**msgspec.structs.asdict(body))


def read_items(body: ItemsBody) -> list[Item]:
    """A list of items from a request; raises `invalid_payload` where two lie in one place."""
    items = [read_item(each) for each in body.items]
    if len({(item.bag_id, item.slot_id) for item in items}) < len(items):
        raise Refused(Code.INVALID_PAYLOAD, "Two items lie in the same place of a bag.")
    return items


_STATES = {state.value.casefold(): state for state in GiftState}


def read_state(text: str) -> GiftState:
    """A state by its name in any letter case; raises `invalid_payload`."""
    state = _STATES.get(text.casefold())
    if state is None:
        raise Refused(Code.INVALID_PAYLOAD, "Unknown gift request state.")
    return state


def read_reason(text: str | None) -> str | None:
    """Why the operator ends a request; raises `invalid_payload`."""
    reason = (text or "").strip()
    if len(reason) > MOST_REASON or not _is_sound(reason):
        raise Refused(
            Code.INVALID_PAYLOAD, f"A reason has at most {MOST_REASON} characters of one line."
        )
    return reason or None


def _is_sound(text: str) -> bool:
    """Whether a text is free of control characters, which PostgreSQL or a page may choke on."""
    return not any(character < " " or character == "\x7f" for character in text)
