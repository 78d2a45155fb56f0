"""JSON routes for the broadcaster that change weights: settings, preview, bonus, recomputing."""

import asyncio
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from litestar import get, post, put
from litestar.handlers import HTTPRouteHandler

from goldomatic.accounts.guard import account_of, broadcaster_only
from goldomatic.raffle import acting, public, support
from goldomatic.raffle.admin import CarryOver, carry_over_answer
from goldomatic.raffle.answers import ListedUser, Weight, listed_user
from goldomatic.raffle.api import problems
from goldomatic.raffle.preview import Preview, preview
from goldomatic.raffle.state import Member
from goldomatic.raffle.weights import MAX_TOTAL, changed, millionths, number, shown
from goldomatic.raffle.wire import failing, read_object
from goldomatic.service import Service, service_of
from goldomatic.values import Code, Refused, ViewerId
from goldomatic.web.wire import Answer, AnyRequest


class SettingsAnswer(Answer):
    """The numbers of the formula and the flags of the profile."""

    success: bool
    settings: dict[str, Any]
    message: str | None = None


class PreviewAnswer(Answer):
    """What other numbers would make of the entries that wait now. Nothing is changed."""

    success: bool
    settings: dict[str, Any]
    preview: Preview


class UserAnswer(Answer):
    """A viewer after a change."""

    success: bool
    user: ListedUser


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


@get(
    "/api/admin/weight-settings",
    guards=[broadcaster_only],
    summary="Numbers of the formula",
    exception_handlers=failing("Failed to fetch weight settings"),
    responses=problems(401),
)
async def weight_settings(request: AnyRequest) -> SettingsAnswer:
    """How weights are computed now."""
    return _settings(service_of(request))


def _settings(service: Service, message: str | None = None) -> SettingsAnswer:
    formula = public.formula(service.state.raffle, service.settings.weight_profile)
    settings = shown(formula.numbers, formula.flags)
    return SettingsAnswer(success=True, settings=settings, message=message)


@put(
    "/api/admin/weight-settings",
    status_code=200,
    guards=[broadcaster_only],
    summary="Change numbers of the formula",
    exception_handlers=failing("Failed to update weight settings"),
    responses=problems(400, 401, 403),
)
async def change_weight_settings(request: AnyRequest) -> SettingsAnswer:
    """Replace some numbers; with `recalculate` all stored weights are computed anew."""
    service, actor = service_of(request), account_of(request).viewer_id
    body = await read_object(request, decode=exact_json)
    given, options = _given(body), acting.options(service)
    recalculate = body.get("recalculate") is True
    await service.ledger.change(
        lambda state, now: support.change_settings(
            state.raffle, given, actor, options, recalculate=recalculate
        ),
        heavy=recalculate,
    )
    return _settings(service, "Weight settings updated successfully")


@post(
    "/api/admin/weight-settings/preview",
    status_code=200,
    guards=[broadcaster_only],
    summary="Try numbers of the formula",
    exception_handlers=failing("Failed to preview weight settings"),
    responses=problems(400, 401, 403),
)
async def preview_weight_settings(request: AnyRequest) -> PreviewAnswer:
    """What the numbers would make of the entries that wait now; nothing is changed."""
    service = service_of(request)
    given = _given(await read_object(request, decode=exact_json))
    raffle = service.state.raffle
    present = public.formula(raffle, service.settings.weight_profile)
    numbers = changed(present.numbers, given)
    pool = [
        (entry, member)
        for entry in list(raffle.entries.durable.values())
        if entry.is_pending and entry.session_id == raffle.active_id.durable
        if (member := raffle.members.durable.get(entry.viewer_id))
    ]
    found = await asyncio.to_thread(preview, pool, numbers, present.flags)
    settings = shown(numbers, present.flags)
    return PreviewAnswer(success=True, settings=settings, preview=found)


def exact_json(body: bytes) -> Any:
    """JSON whose decimal numbers stay exactly what was written."""
    return json.loads(body, parse_float=Decimal, parse_constant=Decimal)


def _given(body: dict[str, Any]) -> dict[str, object]:
    given = body.get("settings")
    if not isinstance(given, dict):
        raise Refused(Code.INVALID_BODY, "Settings object is required")
    return given


@post(
    "/api/admin/users",
    status_code=200,
    guards=[broadcaster_only],
    summary="Set a session bonus",
    exception_handlers=failing("Failed to update session bonus"),
    responses=problems(400, 401, 403, 404),
)
async def set_bonus(request: AnyRequest) -> UserAnswer:
    """Set, not add, a viewer's bonus of this session."""
    service, actor = service_of(request), account_of(request).viewer_id
    body = await read_object(request, decode=exact_json)
    viewer_id, given = body.get("userId"), body.get("sessionBonus")
    bonus = None if isinstance(given, str) else millionths(given)
    if not isinstance(viewer_id, str) or bonus is None or not 0 <= bonus <= MAX_TOTAL:
        raise Refused(Code.INVALID_BODY, "userId and sessionBonus are required (sessionBonus >= 0)")
    options, wanted = acting.options(service), ViewerId(viewer_id)
    await service.ledger.change(
        lambda state, now: support.set_bonus(state.raffle, wanted, bonus, actor, options)
    )
    return UserAnswer(success=True, user=listed_user(_member(service, wanted)))


def _member(service: Service, viewer_id: ViewerId) -> Member:
    member = service.state.raffle.members.durable.get(viewer_id)
    if member is None:
        raise Refused(Code.USER_NOT_FOUND, "User not found")
    return member


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
    responses=problems(401, 403),
)
async def update_weights(request: AnyRequest) -> Updated:
    """Compute the weights of viewers who were active in the last 24 hours."""
    service, actor = service_of(request), account_of(request).viewer_id
    await read_object(request, optional=True)
    options = acting.options(service)
    result = await service.ledger.change(
        lambda state, now: support.recalculate_active(state.raffle, now, actor, options), heavy=True
    )
    members = service.state.raffle.members.durable
    users = [
        Reweighed(id=viewer_id, username=member.login, total_weight=number(total))
        for recorded in result.events
        for viewer_id, total in zip(recorded.event.viewers, recorded.event.totals, strict=True)
        if (member := members.get(viewer_id))
    ]
    return Updated(success=True, updated=len(users), users=users)


@post(
    "/api/twitch/carry-over",
    status_code=200,
    guards=[broadcaster_only],
    summary="Carry over by hand",
    exception_handlers=failing("Failed to carry over weights"),
    responses=problems(400, 401, 403),
)
async def carry_over(request: AnyRequest) -> CarriedBy:
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
    done = carry_over_answer(service, acting.carried(result))
    return CarriedBy(success=True, updated_count=done.updated_count, users=done.users)


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
    options, viewer_id = acting.options(service), ViewerId(given)
    await service.ledger.change(
        lambda state, now: support.demo_played(state.raffle, viewer_id, actor, options)
    )
    member = _member(service, viewer_id)
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


ROUTES: Sequence[HTTPRouteHandler] = (
    weight_settings,
    change_weight_settings,
    preview_weight_settings,
    set_bonus,
    recalc_weights,
    update_weights,
    carry_over,
    demo_played,
)
