"""Decisions of the gift queue, and stories that come as far as a state."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from goldomatic.channel import ChannelState
from goldomatic.fairdraw.commitment import commit
from goldomatic.gifts import rules
from goldomatic.gifts.drawing import draw_item
from goldomatic.gifts.events import (
    GiftRequestInitiated,
    GiftRequestStateChanged,
    GiftState,
    Recipient,
)
from goldomatic.gifts.rules import Wish
from goldomatic.gifts.state import GiftRequest
from goldomatic.ledger.change import Decision
from goldomatic.values import ViewerId
from support.gifts import an_item
from support.story import SALT, SEED, Story, accepted

PENDING, SELECTING = GiftState.PENDING, GiftState.SELECTING_ITEM
WAITING, COMPLETED, FAILED = (
    GiftState.WAITING_CONFIRMATION,
    GiftState.COMPLETED,
    GiftState.FAILED,
)
OPEN = (PENDING, SELECTING, WAITING)


def request_id(number: int) -> str:
    return str(UUID(int=number))


def wish(number: int, viewer: int | None = None, **changes: Any) -> Wish:
    facts: dict[str, Any] = {
        "gift_request_id": request_id(number),
        "streamer_id": "1001",
        "viewer_id": ViewerId(str(viewer or number)),
        "display_name": f"viewer_{viewer or number}",
        "character_name": "Norinn",
        "source": "panel",
        "subscriber": True,
        "commitment": commit(SEED).hex(),
        "salt": SALT,
    }
    return Wish(**(facts | changes))


def ask(number: int, viewer: int | None = None, **changes: Any) -> Decision[ChannelState]:
    return lambda state, now: rules.ask(state.gifts, wish(number, viewer, **changes))


def select(number: int, item: int = 4) -> Decision[ChannelState]:
    return lambda state, now: rules.select_item(state.gifts, request_id(number), an_item(item))


def confirm(number: int, *, confirmed: bool = True) -> Decision[ChannelState]:
    return lambda state, now: rules.confirm(state.gifts, request_id(number), confirmed=confirmed)


def change(number: int, state: GiftState, reason: str | None = None) -> Decision[ChannelState]:
    return lambda s, now: rules.change_state(s.gifts, request_id(number), state, reason, SALT)


def time_out(state: ChannelState, now: Any) -> Sequence[Any]:
    return rules.time_out(state.gifts, now)


def draw(number: int, *items: int, seed: bytes | None = SEED) -> Decision[ChannelState]:
    listed = [an_item(each) for each in items or range(5)]
    return lambda state, now: draw_item(
        state.gifts, request_id(number), listed, seed=seed, salt=SALT
    )


def story(*states: GiftState) -> Story:
    """A queue of requests 1, 2, … in these states; the first is served, if it is."""
    told = Story()
    for number, state in enumerate(states, 1):
        told.given(initiated(number))
        if state is not PENDING:
            told.given(moved(number, PENDING, SELECTING))
        if state in (WAITING, COMPLETED):
            told.given(*accepted(told.when(select(number))))
        if state in (COMPLETED, FAILED):
            told.given(moved(number, WAITING if state is COMPLETED else SELECTING, state))
    return told


def initiated(number: int) -> GiftRequestInitiated:
    return GiftRequestInitiated(
        gift_request_id=request_id(number),
        streamer_id="1001",
        viewer_id=ViewerId(str(number)),
        source="chat",
        commitment=commit(SEED).hex(),
        personal=Recipient(display_name="d", character_name="Norinn", salt=SALT),
    )


def moved(number: int, previous: GiftState, state: GiftState) -> GiftRequestStateChanged:
    return GiftRequestStateChanged(
        gift_request_id=request_id(number),
        viewer_id=ViewerId(str(number)),
        previous=previous,
        state=state,
        actor="test",
    )


def found(told: Story, number: int) -> GiftRequest:
    return told.state.gifts.requests.durable[request_id(number)]


def steps(events: Sequence[Any]) -> list[tuple[int, GiftState]]:
    """Which request goes where."""
    return [
        (UUID(event.gift_request_id).int, event.state)
        for event in events
        if isinstance(event, GiftRequestStateChanged)
    ]
