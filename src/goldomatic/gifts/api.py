"""JSON routes of the gift queue: the viewer's wish and view, the operator's queue and moves."""

from collections.abc import Sequence
from typing import Annotated

from litestar import Response, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter

from goldomatic.gifts import answers
from goldomatic.gifts.wire import (
    ConfirmBody,
    CreateBody,
    GiftDrawDto,
    GiftRequestDto,
    ItemsBody,
    SelectBody,
    StateBody,
    read_item,
    read_items,
    read_reason,
    read_state,
)
from goldomatic.service import service_of
from goldomatic.values import CharacterName, Code, Refused
from goldomatic.web.openapi import KEY, TOKEN, answer, refusals, takes
from goldomatic.web.wire import AnyRequest, read_json, read_uuid


@get(
    "/api/streamers/{streamer_id:str}/gift-queue",
    summary="What a viewer sees of the gift queue",
    security=TOKEN,
    responses=refusals(401, 403, 429),
)
async def viewer_queue(request: AnyRequest, streamer_id: FromPath[str]) -> list[GiftRequestDto]:
    """The viewer's own open request and the one whose item is being sought, in queue order.

    Without identity only the latter.
    """
    service = service_of(request)
    caller = service.gate.reader(request.scope)
    service.gifts.check_channel(streamer_id)
    await service.catch_up()
    return answers.seen_by(service, caller.viewer_id)


@post(
    "/api/gift-requests",
    status_code=201,
    summary="Ask for a gift",
    operation_class=takes(CreateBody),
    security=TOKEN,
    responses=refusals(400, 401, 403, 409, 413, 429),
)
async def create(request: AnyRequest) -> GiftRequestDto:
    """Stand in the gift queue: once for each channel, for subscribers whom Twitch confirms."""
    service = service_of(request)
    caller, viewer_id = service.gate.identified_writer(request.scope)
    body = await read_json(request, CreateBody)
    name = CharacterName.parse(body.character_name)
    request_id = str(service.lots.uuid())
    await service.gifts.ask(
        streamer_id=body.streamer_id,
        viewer_id=viewer_id,
        display_name=caller.display_name,
        character_name=name,
        source="panel",
        request_id=request_id,
    )
    return answers.request_answer(service, request_id)


@get(
    "/api/gift-requests",
    summary="Open gift requests, in queue order",
    security=KEY,
    responses=refusals(400, 403, 429, answers={200: answer(list[GiftRequestDto], "The queue.")}),
)
async def open_requests(
    request: AnyRequest,
    streamer_id: Annotated[str | None, QueryParameter(name="streamerId")] = None,
    limit: FromQuery[str] = "",
) -> Response[bytes]:
    """The queue, the one who is served first; `limit` cuts it off. Needs the API key."""
    service = service_of(request)
    service.operator(request.scope)
    most = _limit(limit)
    await service.catch_up()
    found = answers.open_requests(service, streamer_id, most)
    return Response(service.gifts.listing.encode(found), media_type="application/json")


def _limit(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9 or int(text) < 1:
        raise Refused(Code.INVALID_PAYLOAD, "limit must be a whole number from 1.")
    return int(text)


@patch(
    "/api/gift-requests/{request_id:str}",
    summary="End a gift request",
    operation_class=takes(StateBody),
    security=KEY,
    responses=refusals(400, 403, 404, 409, 413, 429),
)
async def change_state(request: AnyRequest, request_id: FromPath[str]) -> GiftRequestDto:
    """`Failed` from any open state, `Completed` from `WaitingConfirmation`. Needs the API key."""
    service = service_of(request)
    service.operator(request.scope)
    found = read_uuid(request_id)
    body = await read_json(request, StateBody)
    target, reason = read_state(body.state), read_reason(body.reason)
    await service.gifts.change_state(found, target, reason)
    return answers.request_answer(service, found)


@post(
    "/api/gift-requests/{request_id:str}/items",
    status_code=200,
    summary="Draw the item",
    operation_class=takes(ItemsBody),
    security=KEY,
    responses=refusals(400, 403, 404, 409, 413, 429),
)
async def draw(request: AnyRequest, request_id: FromPath[str]) -> GiftDrawDto:
    """Fix the list of items, draw one by the fair draw and publish the proof, in one step.

    The same list again gives the same answer. Needs the API key.
    """
    service = service_of(request)
    service.operator(request.scope)
    found = read_uuid(request_id)
    items = read_items(await read_json(request, ItemsBody))
    await service.gifts.draw(found, items)
    return await answers.draw_answer(service, found)


@get(
    "/api/gift-requests/{request_id:str}/items",
    summary="The drawn item",
    security=KEY,
    responses=refusals(403, 404, 429),
)
async def drawn(request: AnyRequest, request_id: FromPath[str]) -> GiftDrawDto:
    """The frozen list and the draw; 404 before a list was sent. Needs the API key."""
    service = service_of(request)
    service.operator(request.scope)
    await service.catch_up()
    return await answers.draw_answer(service, read_uuid(request_id))


@post(
    "/api/gift-requests/{request_id:str}/select-item",
    status_code=200,
    summary="Name the gift",
    operation_class=takes(SelectBody),
    security=KEY,
    responses=refusals(400, 403, 404, 409, 413, 429),
)
async def select_item(request: AnyRequest, request_id: FromPath[str]) -> GiftRequestDto:
    """The item of a request in `SelectingItem`: the drawn one, if one was. Needs the API key."""
    service = service_of(request)
    service.operator(request.scope)
    found = read_uuid(request_id)
    item = read_item((await read_json(request, SelectBody)).item)
    await service.gifts.select_item(found, item)
    return answers.request_answer(service, found)


@post(
    "/api/gift-requests/{request_id:str}/confirm",
    status_code=200,
    summary="The recipient's answer",
    operation_class=takes(ConfirmBody),
    security=KEY,
    responses=refusals(400, 403, 404, 409, 413, 429),
)
async def confirm(request: AnyRequest, request_id: FromPath[str]) -> GiftRequestDto:
    """True completes the request, false ends it as declined. Needs the API key."""
    service = service_of(request)
    service.operator(request.scope)
    found = read_uuid(request_id)
    body = await read_json(request, ConfirmBody)
    await service.gifts.confirm(found, confirmed=body.confirmed)
    return answers.request_answer(service, found)


@post(
    "/api/gift-requests/{request_id:str}/again",
    status_code=201,
    summary="Make a failed request again",
    security=KEY,
    responses=refusals(
        *(403, 404, 409, 429),
        answers={200: answer(GiftRequestDto, "It was made again before.")},
    ),
)
async def again(request: AnyRequest, request_id: FromPath[str]) -> Response[GiftRequestDto]:
    """A new request of the same viewer at the end of the queue. Needs the API key."""
    service = service_of(request)
    service.operator(request.scope)
    made, before = await service.gifts.ask_again(read_uuid(request_id))
    dto = answers.request_answer(service, made)
    return Response(dto, status_code=200 if before else 201)


ROUTES: Sequence[HTTPRouteHandler] = (
    viewer_queue,
    create,
    open_requests,
    change_state,
    draw,
    drawn,
    select_item,
    confirm,
    again,
)
