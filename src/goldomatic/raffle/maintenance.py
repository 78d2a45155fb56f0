"""JSON routes for the broadcaster: recomputing, carry-over by hand, demos that were played."""

import asyncio
from collections.abc import Callable, Sequence

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler

from goldomatic.accounts.guard import account_of, broadcaster_only
from goldomatic.raffle import acting, support
from goldomatic.raffle.admin import CarryOver, carry_over_answer
from goldomatic.raffle.answers import encode
from goldomatic.raffle.api import problems
from goldomatic.raffle.breakdowns import Weight
from goldomatic.raffle.weights import number
from goldomatic.raffle.wire import failing, read_object
from goldomatic.service import service_of
from goldomatic.values import Code, Refused, ViewerId
from goldomatic.web.openapi import answer
from goldomatic.web.wire import Answer, AnyRequest


class Recalculated(Answer):
    """How many weights were computed anew."""

    success: bool
    processed: int


class Reweighed(Answer):
    """A viewer and the weight that they have now."""

    id: str
    username: str
    total_weight: Weight


class Updated(Answer):
    """Whose weights were computed anew."""

    success: bool
    updated: int
    users: list[Reweighed]


class CarriedBy(CarryOver):
    """What a carry-over by hand has done."""

    success: bool


class PlayedUser(Answer):
    """A viewer whose demo was played."""

    id: str
    username: str
    total_cheer_bits: int
    total_gifted_subs: int
    total_weight: Weight


class Played(Answer):
    """The demo was played."""

    success: bool
    message: str
    user: PlayedUser


@post(
    "/api/admin/recalc-weights",
    status_code=200,
    guards=[broadcaster_only],
    summary="Compute all weights anew",
    exception_handlers=failing("Failed to recalc weights"),
    responses=problems(401, 403),
)
async def recalc_weights(request: AnyRequest) -> Recalculated:
    """Compute every stored weight by the present numbers; carry-over stays."""
    service, actor = service_of(request), account_of(request).viewer_id
    return Recalculated(success=True, processed=await acting.recalculate(service, actor))


@post(
    "/api/twitch/update-weights",
    status_code=200,
    guards=[broadcaster_only],
    summary="Compute weights of active viewers anew",
    exception_handlers=failing("Failed to update weights"),
    responses={200: answer(Updated, "The new weights."), **problems(401, 403)},
)
async def update_weights(request: AnyRequest) -> Response[bytes]:
    """Compute the weights of viewers who were active in the last 24 hours."""
    service, actor = service_of(request), account_of(request).viewer_id
    await read_object(request, optional=True)
    options = acting.options(service)
    result = await service.ledger.change(
        lambda state, now: support.recalculate_active(state.raffle, now, actor, options), heavy=True
    )
    members = service.state.raffle.members.durable

    def encoded() -> bytes:
        users = [
            Reweighed(id=viewer_id, username=member.login, total_weight=number(total))
            for recorded in result.events
            for viewer_id, total in zip(recorded.event.viewers, recorded.event.totals, strict=True)
            if (member := members.get(viewer_id))
        ]
        return encode(Updated(success=True, updated=len(users), users=users))

    return await _long(encoded)


@post(
    "/api/twitch/carry-over",
    status_code=200,
    guards=[broadcaster_only],
    summary="Carry over by hand",
    exception_handlers=failing("Failed to carry over weights"),
    responses={200: answer(CarriedBy, "It is carried over."), **problems(400, 401, 403)},
)
async def carry_over(request: AnyRequest) -> Response[bytes]:
    """Apply a carry-over to a session; again compounds."""
    service, actor = service_of(request), account_of(request).viewer_id
    body = await read_object(request, optional=True)
    session_id = body.get("sessionId")
    result = await acting.carry_over(
        service,
        session_id if isinstance(session_id, str) and session_id else None,
        reset=body.get("resetWeights") is True,
        actor=actor,
    )
    members = service.state.raffle.members.durable

    def encoded() -> bytes:
        done = carry_over_answer(members, acting.carried(result))
        by_hand = CarriedBy(success=True, updated_count=done.updated_count, users=done.users)
        return encode(by_hand)

    return await _long(encoded)


async def _long(encoded: Callable[[], bytes]) -> Response[bytes]:
    """An answer with a long list, made where it keeps nobody else waiting."""
    return Response(await asyncio.to_thread(encoded), media_type="application/json")


@post(
    "/api/demo-played",
    status_code=200,
    guards=[broadcaster_only],
    summary="A demo was played",
    exception_handlers=failing("An error occurred"),
    responses=problems(400, 401, 403, 404),
)
async def demo_played(request: AnyRequest) -> Played:
    """Set a viewer's bits and gifted subscriptions to 0, and compute the weight anew."""
    service, actor = service_of(request), account_of(request).viewer_id
    given = (await read_object(request)).get("userId")
    if not isinstance(given, str) or not given:
        raise Refused(Code.INVALID_BODY, "userId is required")
    viewer_id = ViewerId(given)
    member = await acting.demo_played(service, viewer_id, actor)
    return Played(
        success=True,
        message="Demo played - cheer bits and gifted subs reset",
        user=PlayedUser(
            id=viewer_id,
            username=member.login,
            total_cheer_bits=member.bits,
            total_gifted_subs=member.gifts,
            total_weight=number(member.total),
        ),
    )


ROUTES: Sequence[HTTPRouteHandler] = (recalc_weights, update_weights, carry_over, demo_played)
