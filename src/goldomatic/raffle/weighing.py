"""JSON routes for the broadcaster: numbers of the formula, their preview, a session bonus."""

import asyncio
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from litestar import get, post, put
from litestar.handlers import HTTPRouteHandler

from goldomatic.accounts.guard import account_of, broadcaster_only
from goldomatic.channel import ChannelState
from goldomatic.raffle import acting, public, support
from goldomatic.raffle.answers import ListedUser, listed_user
from goldomatic.raffle.api import problems
from goldomatic.raffle.asking import known
from goldomatic.raffle.preview import Preview, preview
from goldomatic.raffle.state import Member
from goldomatic.raffle.weights import MAX_TOTAL, changed, millionths, shown
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
    recalculate = body.get("recalculate") is True
    await change_numbers(service, _given(body), actor, recalculate=recalculate)
    return _settings(service, "Weight settings updated successfully")


async def change_numbers(
    service: Service, given: dict[str, object], actor: str, *, recalculate: bool
) -> None:
    """Replace some numbers of the formula; raises `invalid_setting`."""
    options = acting.options(service)

    def decide(state: ChannelState, now: object) -> Any:
        return support.change_settings(state.raffle, given, actor, options, recalculate=recalculate)

    if not recalculate:
        await service.ledger.change(decide)
        return
    with service.raffle.progress.of("recalculate"):
        await service.ledger.change(decide, heavy=True)


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
    given = _given(await read_object(request, decode=exact_json))
    settings, found = await previewed(service_of(request), given)
    return PreviewAnswer(success=True, settings=settings, preview=found)


async def previewed(service: Service, given: dict[str, object]) -> tuple[dict[str, Any], Preview]:
    """The numbers as they would be, and what they would make of the entries that wait."""
    raffle = service.state.raffle
    present = public.formula(raffle, service.settings.weight_profile)
    numbers = changed(present.numbers, given)
    session_id = raffle.active_id.durable
    entries, members = list(raffle.entries.durable.values()), dict(raffle.members.durable)

    def tried() -> Preview:
        pool = [
            (entry, member)
            for entry in entries
            if entry.is_pending and entry.session_id == session_id
            if (member := members.get(entry.viewer_id))
        ]
        return preview(pool, numbers, present.flags)

    return shown(numbers, present.flags), await asyncio.to_thread(tried)


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
    if not isinstance(viewer_id, str) or isinstance(given, str):
        raise _no_bonus()
    member = await change_bonus(service, ViewerId(viewer_id), given, actor)
    return UserAnswer(success=True, user=listed_user(member))


async def change_bonus(service: Service, viewer_id: ViewerId, given: object, actor: str) -> Member:
    """Set a viewer's bonus; raises `invalid_body` for what is no number of at least 0."""
    bonus, options = millionths(given), acting.options(service)
    if bonus is None or not 0 <= bonus <= MAX_TOTAL:
        raise _no_bonus()
    await service.ledger.change(
        lambda state, now: support.set_bonus(state.raffle, viewer_id, bonus, actor, options)
    )
    return known(service, viewer_id)


def _no_bonus() -> Refused:
    text = "userId and sessionBonus are required (sessionBonus >= 0)"
    return Refused(Code.INVALID_BODY, text)


ROUTES: Sequence[HTTPRouteHandler] = (
    weight_settings,
    change_weight_settings,
    preview_weight_settings,
    set_bonus,
)
