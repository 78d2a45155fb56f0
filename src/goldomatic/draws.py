"""Every draw of the channel at one address, whichever feature held it: records and receipts."""

from collections.abc import Sequence
from datetime import datetime

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from goldomatic.accounts.guard import visitor_of, visitors
from goldomatic.fairdraw import record
from goldomatic.fairdraw.record import DrawRecord, Receipt
from goldomatic.gifts import proofs as gifts
from goldomatic.gifts import views as gift_views
from goldomatic.ledger.event import from_micros
from goldomatic.raffle import proofs as raffle
from goldomatic.raffle import views as raffle_views
from goldomatic.roulette import draws as roulette
from goldomatic.roulette import views as roulette_views
from goldomatic.service import Service, service_of
from goldomatic.values import Code, Refused, rfc3339
from goldomatic.web.auth import header
from goldomatic.web.openapi import TOKEN, answer, refusals
from goldomatic.web.wire import Answer, AnyRequest, Instant, read_uuid

RECENT = 20
DRAWN = "drawn"
"""The result of a raffle's draw: it had a winner."""
GIFT = "gift"
"""The result of a gift's draw: an item."""


class DrawLine(Struct, frozen=True):
    """One draw in the list of draws; `result` is None until a round is closed."""

    draw_id: str
    at: datetime
    result: str | None
    kind: str


class DrawSummary(Answer):
    """One line of the list of draws."""

    draw_id: str
    cycle_start: Instant
    result: str | None
    kind: str
    record_url: str


async def draw_record(service: Service, draw_id: str) -> DrawRecord:
    """The record of a draw as far as it is public; raises `not_found`."""
    steps = await raffle.steps_of(service, draw_id)
    if steps is not None:
        return await raffle.record(service, draw_id, steps)
    gift = await gift_views.draw_steps(service.store, service.channel, draw_id)
    if gift is not None:
        return await gifts.record(service, draw_id, gift)
    return await roulette.draw_record(service, draw_id)


async def draw_result(service: Service, draw_id: str) -> str | None:
    """What a draw led to: the result of the round, `drawn` or `gift`."""
    steps = await raffle.steps_of(service, draw_id)
    if steps is not None:
        return DRAWN if steps.revealed is not None else None
    gift = await gift_views.draw_steps(service.store, service.channel, draw_id)
    if gift is not None:
        return GIFT if gift.drawn is not None else None
    row = await roulette_views.find_cycle(service.store, service.channel, draw_id)
    return row.result if row else None


async def draw_lines(service: Service) -> list[DrawLine]:
    """The newest draws whose seed is published, newest first."""
    store, channel = service.store, service.channel
    rows = await roulette_views.recent_draws(store, channel, RECENT)
    found = [
        DrawLine(row.spin_cycle_id, from_micros(row.cycle_start), row.result, roulette.KIND)
        for row in rows
    ]
    found += [
        DrawLine(row.draw_id, row.at, DRAWN, raffle.KIND)
        for row in await raffle_views.revealed_draws(store, channel, RECENT)
    ]
    found += [
        DrawLine(row.draw_id, row.at, GIFT, gifts.KIND)
        for row in await gift_views.recent_draws(store, channel, RECENT)
    ]
    return sorted(found, key=lambda line: line.at, reverse=True)[:RECENT]


@get("/api/draws", summary="The newest revealed draws", responses=refusals(429))
async def draws(request: AnyRequest) -> list[DrawSummary]:
    """The newest draws whose seed is published, newest first. Open to anybody."""
    service = service_of(request)
    service.gate.anybody(request.scope)
    return [
        DrawSummary(
            draw_id=line.draw_id,
            cycle_start=rfc3339(line.at),
            result=line.result,
            kind=line.kind,
            record_url=roulette.record_url(line.draw_id),
        )
        for line in await draw_lines(service)
    ]


@get(
    "/api/draws/{draw_id:str}",
    summary="Record of a draw",
    responses=refusals(400, 404, 429, answers={200: answer(DrawRecord, "The record.")}),
)
async def draw(request: AnyRequest, draw_id: FromPath[str]) -> Response[bytes]:
    """Everything that is needed to check a draw, in format goldomatic-draw/1. Open to anybody."""
    service = service_of(request)
    service.gate.anybody(request.scope)
    document = await draw_record(service, read_uuid(draw_id))
    return Response(record.encode(document), media_type="application/json")


@get(
    "/api/draws/{draw_id:str}/receipt",
    guards=[visitors],
    summary="Own entry in a draw",
    security=TOKEN,
    responses=refusals(400, 401, 403, 404, 429),
)
async def receipt(request: AnyRequest, draw_id: FromPath[str]) -> Receipt:
    """The viewer's own entry: who, weight and the proof that it was in the frozen list.

    Who asks is known by the Extension's token, or by the login session.
    """
    service, account = service_of(request), visitor_of(request)
    if account is not None and header(request.scope, b"authorization") is None:
        service.gate.anybody(request.scope)
        viewer_id = account.viewer_id
    else:
        _, viewer_id = service.gate.identified_reader(request.scope)
    found = read_uuid(draw_id)
    try:
        return await raffle.receipt(service, found, viewer_id)
    except Refused as refused:
        if refused.code is not Code.NOT_FOUND:
            raise
    return await roulette.draw_receipt(service, found, viewer_id)


ROUTES: Sequence[HTTPRouteHandler] = (draws, draw, receipt)
