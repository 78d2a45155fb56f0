"""JSON routes of the payouts: the viewer's own, the operator's queue, status and consent."""

from collections.abc import Sequence

import msgspec
from litestar import Response, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from goldomatic import channel
from goldomatic.payouts import views
from goldomatic.payouts.events import PayoutStatus
from goldomatic.payouts.rules import not_found
from goldomatic.payouts.views import PayoutRow
from goldomatic.service import Service, service_of
from goldomatic.values import Code, Refused, ViewerId, rfc3339
from goldomatic.web.openapi import KEY, TOKEN, answer, refusals, takes
from goldomatic.web.wire import Answer, AnyRequest, Instant, instant, read_json, read_uuid


class PayoutDto(Answer):
    """A payout: exactly these nine fields."""

    id: str
    twitch_user_id: str
    twitch_display_name: str
    character_name: str
    gold_amount: int
    enrollment_request_id: str
    status: PayoutStatus
    created_at: Instant
    is_reward_sent_announced_to_chat: bool


class PayoutAdminDto(PayoutDto):
    """A payout with what the operator and the broadcaster see besides."""

    updated_at: Instant | None
    winner_accepted_willing_to_receive_at: Instant | None
    spin_cycle_id: str | None


class StatusBody(msgspec.Struct):
    """The status to move to, in any letter case."""

    status: str


class AcceptanceBody(msgspec.Struct, rename="camel"):
    """The character that consented."""

    character_name: str


def payout_dto(row: PayoutRow) -> PayoutDto:
    """A payout as its winner sees it."""
    return PayoutDto(
        id=row.payout_id,
        twitch_user_id=row.viewer_id,
        twitch_display_name=row.display_name,
        character_name=row.character_name,
        gold_amount=row.gold_amount,
        enrollment_request_id=row.enrollment_request_id,
        status=row.status,
        created_at=rfc3339(row.created_at),
        is_reward_sent_announced_to_chat=row.announced,
    )


def payout_admin_dto(row: PayoutRow) -> PayoutAdminDto:
    """A payout as the operator sees it."""
    return PayoutAdminDto(
        **msgspec.structs.asdict(payout_dto(row)),
        updated_at=instant(row.updated_at),
        winner_accepted_willing_to_receive_at=instant(row.accepted_at),
        spin_cycle_id=row.spin_cycle_id,
    )


_STATUSES = {status.value.casefold(): status for status in PayoutStatus}


def read_status(text: str) -> PayoutStatus:
    """A status by its name in any letter case; raises `invalid_payload`."""
    status = _STATUSES.get(text.casefold())
    if status is None:
        raise Refused(Code.INVALID_PAYLOAD, "Unknown payout status.")
    return status


async def payout_row(service: Service, payout_id: str) -> PayoutRow:
    """One payout; raises `not_found`."""
    row = await views.by_id(service.store, service.channel, payout_id)
    if row is None:
        raise not_found()
    return row


async def newest_of(service: Service, viewer_id: ViewerId) -> PayoutDto | None:
    """A viewer's newest payout, whatever its status."""
    row = await views.newest_of(service.store, service.channel, viewer_id)
    return None if row is None else payout_dto(row)


@get(
    "/api/payouts/my-last",
    summary="Own newest payout",
    security=TOKEN,
    responses=refusals(401, 403, 404, 429),
)
async def my_last(request: AnyRequest) -> PayoutDto:
    """The viewer's newest payout; 404 for one who never won."""
    service = service_of(request)
    _, viewer_id = service.gate.identified_reader(request.scope)
    payout = await newest_of(service, viewer_id)
    if payout is None:
        raise not_found()
    return payout


@get(
    "/api/payouts/pending",
    summary="Pending payouts, oldest first",
    security=KEY,
    responses=refusals(403, 429),
)
async def pending(request: AnyRequest) -> list[PayoutDto]:
    """What the bridge has not begun with. Needs the API key."""
    service = service_of(request)
    service.operator(request.scope)
    rows = await views.with_status(service.store, service.channel, [PayoutStatus.PENDING])
    return [payout_dto(row) for row in rows]


@get(
    "/api/payouts",
    summary="Payouts by status, oldest first",
    security=KEY,
    responses=refusals(400, 403, 429),
)
async def payouts(
    request: AnyRequest, status: FromQuery[list[str] | None] = None
) -> list[PayoutAdminDto]:
    """Payouts of the given statuses, both active ones if none is given. Needs the API key."""
    service = service_of(request)
    service.operator(request.scope)
    wanted = [read_status(text) for text in status or ("Pending", "InProgress")]
    rows = await views.with_status(service.store, service.channel, wanted)
    return [payout_admin_dto(row) for row in rows]


@get(
    "/api/payouts/{payout_id:str}",
    summary="One payout",
    security=KEY,
    responses=refusals(400, 403, 404, 429),
)
async def payout(request: AnyRequest, payout_id: FromPath[str]) -> PayoutAdminDto:
    """One payout by its id. Needs the API key."""
    service = service_of(request)
    service.operator(request.scope)
    return payout_admin_dto(await payout_row(service, read_uuid(payout_id)))


@patch(
    "/api/payouts/{payout_id:str}/status",
    summary="Move a payout on",
    operation_class=takes(StatusBody),
    security=KEY,
    responses=refusals(400, 403, 404, 409, 413, 429),
)
async def change_status(request: AnyRequest, payout_id: FromPath[str]) -> Response[PayoutDto]:
    """Change the status; the same status again changes nothing, and `X-MGM-Changed` says so.

    Needs the API key.
    """
    service = service_of(request)
    service.operator(request.scope)
    found = read_uuid(payout_id)
    status = read_status((await read_json(request, StatusBody)).status)
    changed = await service.ledger.change(channel.change_status(found, status, "operator"))
    dto = payout_dto(await payout_row(service, found))
    return Response(dto, headers={"X-MGM-Changed": "1" if changed.events else "0"})


@post(
    "/api/payouts/{payout_id:str}/confirm-acceptance",
    status_code=200,
    summary="Consent",
    operation_class=takes(AcceptanceBody),
    security=KEY,
    responses=refusals(
        *(400, 403, 404, 409, 413, 429), answers={200: answer(None, "The consent is recorded.")}
    ),
)
async def confirm_acceptance(request: AnyRequest, payout_id: FromPath[str]) -> Response[bytes]:
    """Record that the winner consented by whisper; the answer is empty. Needs the API key."""
    service = service_of(request)
    service.operator(request.scope)
    found = read_uuid(payout_id)
    body = await read_json(request, AcceptanceBody)
    await service.ledger.change(channel.accept_payout(found, body.character_name))
    return Response(b"")


ROUTES: Sequence[HTTPRouteHandler] = (
    my_last,
    pending,
    payouts,
    payout,
    change_status,
    confirm_acceptance,
)
