"""What can have happened to a channel's gift requests. Only ever added to."""

from enum import StrEnum
from typing import Literal

import msgspec

from goldomatic.ledger.event import Event, Personal
from goldomatic.values import ViewerId

Source = Literal["chat", "panel", "retry"]
"""How a request came: by `!twgift`, by the panel, or made again by the operator."""


class GiftState(StrEnum):
    """Where a request stands. `Completed` and `Failed` are final, the others are open."""

    PENDING = "Pending"
    SELECTING_ITEM = "SelectingItem"
    ITEM_SELECTED = "ItemSelected"
    """Reserved: part of the wire's enumeration, never stored."""
    WAITING_CONFIRMATION = "WaitingConfirmation"
    COMPLETED = "Completed"
    FAILED = "Failed"

    @property
    def open(self) -> bool:
        """Whether the request still waits for something."""
        return self not in (GiftState.COMPLETED, GiftState.FAILED)

    @property
    def active(self) -> bool:
        """Whether the request holds the one slot that is served."""
        return self in (GiftState.SELECTING_ITEM, GiftState.WAITING_CONFIRMATION)


class Item(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A stack in the streamer's bags, as the addon listed it.

    `link` and `texture` are the game's own texts; `bag_id` counts from 0, `slot_id` from 1.
    """

    name: str
    id: int
    count: int
    link: str
    texture: str
    bag_id: int
    slot_id: int


class Recipient(Personal, frozen=True, kw_only=True):
    """Who asked: the names as they were then."""

    display_name: str
    character_name: str


class OperatorNote(Personal, frozen=True, kw_only=True):
    """Why a request failed, in the operator's own words, which may name somebody."""

    text: str


class GiftRequestInitiated(Event, frozen=True, kw_only=True):
    """A subscriber asked for a gift. The request's id is the id of its draw.

    `commitment` (hex) is that of the draw's seed. `retry_of` is the failed request that the
    operator made again.
    """

    gift_request_id: str
    streamer_id: str
    viewer_id: ViewerId
    source: Source
    commitment: str
    retry_of: str | None = None
    personal: Recipient | None = None


class GiftRequestRefused(Event, frozen=True, kw_only=True):
    """A named viewer asked for a gift and was refused, for the reason that `code` names."""

    viewer_id: ViewerId
    source: Source
    code: str
    personal: Recipient | None = None


class GiftItemsDrawn(Event, frozen=True, kw_only=True):
    """The list of items was fixed, one was drawn, and the seed (hex) was published: one step.

    `salt` is that of every entry's hash: nothing about items is secret. `order` holds the
    places in the list, the drawn item's first.
    """

    gift_request_id: str
    viewer_id: ViewerId
    items: list[Item]
    salt: bytes
    root: str
    order: list[int]
    seed: str
    public_value: str = ""


class GiftDrawVoided(Event, frozen=True, kw_only=True):
    """A request went on without a draw, so its seed is opened unused; None when it is lost."""

    gift_request_id: str
    seed: str | None


class GiftItemSelected(Event, frozen=True, kw_only=True):
    """This item is the gift."""

    gift_request_id: str
    viewer_id: ViewerId
    item: Item


class GiftRequestStateChanged(Event, frozen=True, kw_only=True):
    """A request moved on. `actor`: queue, operator, recipient, clock or forget:WHO.

    `reason` is set when it failed; the operator's own words are in `personal` instead.
    """

    gift_request_id: str
    viewer_id: ViewerId
    previous: GiftState
    state: GiftState
    actor: str
    reason: str | None = None
    personal: OperatorNote | None = None


EVENTS: tuple[type[Event], ...] = (
    GiftRequestInitiated,
    GiftRequestRefused,
    GiftItemsDrawn,
    GiftDrawVoided,
    GiftItemSelected,
    GiftRequestStateChanged,
)
