"""Read tables of the gift queue and the questions that are put to them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from goldomatic.gifts.events import (
    GiftDrawVoided,
    GiftItemsDrawn,
    GiftItemSelected,
    GiftRequestInitiated,
    GiftRequestStateChanged,
    GiftState,
)
from goldomatic.gifts.state import GiftRequest, GiftsState
from goldomatic.ledger.event import Recorded, ViewerForgotten, from_micros, to_micros
from goldomatic.ledger.store import Put, RowChange, Store, TableSpec
from goldomatic.values import ChannelId

REQUESTS = TableSpec(
    "gift_requests",
    ("channel", "id"),
    (
        "streamer_id",
        "viewer_id",
        "display_name",
        "character_name",
        "state",
        "selected_item",
        "created_at",
        "updated_at",
        "timeout_at",
        "failure_reason",
        "position",
        "drawn_at",
        "drawn_position",
        "void_position",
    ),
)
USAGE = TableSpec(
    "gift_usage",
    ("channel", "streamer_id", "viewer_id"),
    ("completed_at", "gift_request_id"),
)
TABLES = (REQUESTS, USAGE)


def project(channel: ChannelId, state: GiftsState, recorded: Recorded) -> Iterable[RowChange]:
    """What an event changes in the tables, given the state after it."""
    match recorded.event:
        case GiftRequestStateChanged(gift_request_id=request_id, state=GiftState.COMPLETED):
            request = state.requests[request_id]
            return (Put(REQUESTS, _row(channel, request)), Put(USAGE, _usage(channel, request)))
        case (
            GiftRequestInitiated(gift_request_id=request_id)
            | GiftItemsDrawn(gift_request_id=request_id)
            | GiftDrawVoided(gift_request_id=request_id)
            | GiftItemSelected(gift_request_id=request_id)
            | GiftRequestStateChanged(gift_request_id=request_id)
        ):
            return (Put(REQUESTS, _row(channel, state.requests[request_id])),)
        case ViewerForgotten(viewer_id=viewer_id):
            mine = (each for each in state.requests.values() if each.viewer_id == viewer_id)
            return [Put(REQUESTS, _row(channel, request)) for request in mine]
        case _:
            return ()


def _row(channel: ChannelId, request: GiftRequest) -> tuple[Any, ...]:
    item = request.item
    return (
        channel,
        request.gift_request_id,
        request.streamer_id,
        request.viewer_id,
        request.display_name,
        request.character_name,
        request.state.value,
        None if item is None else msgspec.json.encode(item).decode(),
        to_micros(request.created_at),
        to_micros(request.updated_at),
        None if request.timeout_at is None else to_micros(request.timeout_at),
        request.failure_reason,
        request.number,
        None if request.drawn_at is None else to_micros(request.drawn_at),
        request.drawn_position,
        request.void_position,
    )


def _usage(channel: ChannelId, request: GiftRequest) -> tuple[Any, ...]:
    return (
        channel,
        request.streamer_id,
        request.viewer_id,
        to_micros(request.updated_at),
        request.gift_request_id,
    )


class DrawSteps(msgspec.Struct, frozen=True):
    """How far a request's draw has come: where its events stand in the ledger."""

    committed: int
    drawn: int | None
    void: int | None


async def draw_steps(store: Store, channel: ChannelId, draw_id: str) -> DrawSteps | None:
    """The steps of a draw; None where it is no gift's."""
    rows = await store.query(
        "SELECT position, drawn_position, void_position FROM gift_requests"
        " WHERE channel = ? AND id = ?",
        channel,
        draw_id,
    )
    return DrawSteps(*rows[0]) if rows else None


class DrawnGift(msgspec.Struct, frozen=True):
    """A draw in the list of draws."""

    draw_id: str
    at: datetime


async def recent_draws(store: Store, channel: ChannelId, limit: int) -> list[DrawnGift]:
    """The newest draws of items, newest first."""
    rows = await store.query(
        "SELECT id, drawn_at FROM gift_requests"
        " WHERE channel = ? AND drawn_position IS NOT NULL ORDER BY drawn_position DESC LIMIT ?",
        channel,
        limit,
    )
    return [DrawnGift(row[0], from_micros(row[1])) for row in rows]
