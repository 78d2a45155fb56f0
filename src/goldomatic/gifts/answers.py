"""What is shown of the gift queue: requests with their places, and the draw of an item."""

from datetime import timedelta

from goldomatic.gifts.events import GiftItemsDrawn, GiftState
from goldomatic.gifts.rules import not_found
from goldomatic.gifts.state import GiftRequest, GiftsState
from goldomatic.gifts.wire import GiftDrawDto, GiftRequestDto, gift_request_dto
from goldomatic.service import Service
from goldomatic.values import Code, Refused, ViewerId, rfc3339

SHOWN_AFTER_END = timedelta(minutes=15)
"""How long a viewer is shown what became of their request."""


def request_answer(service: Service, request_id: str) -> GiftRequestDto:
    """A request with its true place; raises `not_found`."""
    return _shown(service.state.gifts, _request(service, request_id))


def seen_by(service: Service, viewer_id: ViewerId | None) -> list[GiftRequestDto]:
    """What a viewer sees of the queue: their own open request, and the one in `SelectingItem`."""
    state = service.state.gifts
    own = _durable(state, state.open.durable.get(viewer_id) if viewer_id else None)
    active = _durable(state, state.active.durable)
    if active is not None and active.state is not GiftState.SELECTING_ITEM:
        active = None
    # Who is served is always the first in line.
    seen = [active] if active is not None else []
    if own is not None and own is not active:
        seen.append(own)
    return [_shown(state, request) for request in seen]


def newest_of(service: Service, viewer_id: ViewerId) -> GiftRequestDto | None:
    """A viewer's open request, else the newest that ended within the last 15 minutes."""
    state = service.state.gifts
    own = _durable(state, state.open.durable.get(viewer_id))
    if own is not None:
        return _shown(state, own)
    ended = _durable(state, state.closed.durable.get(viewer_id))
    if ended is None or ended.updated_at <= service.clock() - SHOWN_AFTER_END:
        return None
    return _shown(state, ended)


def open_requests(service: Service, streamer_id: str | None, most: int | None) -> list[GiftRequest]:
    """Open requests in queue order, `most` of them; none of a channel that is not served."""
    state = service.state.gifts
    if streamer_id is not None and not service.gifts.serves(streamer_id):
        return []
    requests = state.requests.durable
    return [requests[request_id] for request_id in state.line.durable[:most]]


async def draw_answer(service: Service, request_id: str) -> GiftDrawDto:
    """The draw of a request's item; raises `not_found` where no list was frozen."""
    request = _request(service, request_id)
    if request.drawn_position is None:
        raise Refused(Code.NOT_FOUND, "No list of items is frozen for this gift request.")
    (recorded,) = await service.events(request.drawn_position, 1)
    event: GiftItemsDrawn = recorded.event
    index = event.order[0]
    return GiftDrawDto(
        draw_id=request_id,
        record_url=record_url(request_id),
        commitment=request.commitment,
        root=event.root,
        seed=event.seed,
        index=index,
        item=event.items[index],
        items=event.items,
        drawn_at=rfc3339(recorded.at),
    )


def record_url(draw_id: str) -> str:
    """Path of the record of a request's draw."""
    return f"/api/draws/{draw_id}"


def _request(service: Service, request_id: str) -> GiftRequest:
    request = _durable(service.state.gifts, request_id)
    if request is None:
        raise not_found()
    return request


def _durable(state: GiftsState, request_id: str | None) -> GiftRequest | None:
    return None if request_id is None else state.requests.durable.get(request_id)


def _shown(state: GiftsState, request: GiftRequest) -> GiftRequestDto:
    place = state.line.place(request.number) if request.state.open else 0
    return gift_request_dto(request, place)
