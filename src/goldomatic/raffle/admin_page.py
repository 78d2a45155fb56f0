"""How a page of the broadcaster is made, and what a stranger sees in its place."""

from typing import Any

from litestar import Response
from litestar.types import ExceptionHandlersMap
from msgspec.structs import replace

from goldomatic.accounts.guard import csrf_token_of
from goldomatic.raffle import admin_view, public
from goldomatic.raffle.admin_view import (
    PATH,
    ROWS,
    Asked,
    Notice,
    Weights,
    back_of,
)
from goldomatic.raffle.answers import session_answer
from goldomatic.raffle.listing import Entries, carry_over_users, entries_view
from goldomatic.service import Service, service_of
from goldomatic.values import Code, Refused
from goldomatic.web.errors import exception_handlers
from goldomatic.web.pages import error_page, page
from goldomatic.web.wire import AnyRequest


def _refused(request: AnyRequest, status: int, refused: Refused) -> Response[Any]:
    """Strangers are asked to sign in; nothing of the raffle is on that page."""
    if refused.code is not Code.UNAUTHORIZED:
        return error_page(request, status, refused)
    return page(request, "raffle/admin_access.html", back=PATH)


def _stranger(request: AnyRequest, refused: Refused) -> Response[Any]:
    service_of(request).metrics.count_refusal(refused.code)
    handlers = exception_handlers(_refused)
    answer: Response[Any] = handlers[Refused](request, refused)
    return answer


STRANGERS: ExceptionHandlersMap = {Refused: _stranger}
"""The exception handlers of every page and form of the broadcaster."""


async def dashboard(
    request: AnyRequest,
    asked: Asked,
    notice: Notice | None = None,
    *,
    status: int = 200,
    weights: Weights | None = None,
    name: str = "",
) -> Response[bytes]:
    """The whole dashboard; `weights` and `name` are what was typed, where that is to be kept."""
    service = service_of(request)
    raffle, formula = service.state.raffle, admin_view.numbers_of(service)
    session = public.active(raffle)
    asked, entries = await _entries(service, asked)
    result = None
    if asked.draw:
        result = await _result(service, asked.draw)
    response = page(
        request,
        "raffle/admin.html",
        asked=asked,
        notice=notice,
        csrf=csrf_token_of(request),
        session=session_answer(session),
        ended=session_answer(public.latest_ended(raffle)),
        name=name,
        submissions_open=public.submissions_open(raffle),
        entries=entries,
        pages=max(1, -(-entries.total // ROWS)),
        pool=raffle.pool_count.durable if session else 0,
        carried=await carry_over_users(service),
        weights=weights or admin_view.weights_of(formula),
        formula=formula,
        sample=admin_view.sample(formula),
        board=await service.raffle.board.top(),
        health=await admin_view.health_of(service),
        why_not=admin_view.why_not,
        progress=service.raffle.progress.present,
        result=result,
        waiting_draw=admin_view.waiting_draw(raffle, asked),
    )
    response.status_code = status
    return response


async def _entries(service: Service, asked: Asked) -> tuple[Asked, Entries]:
    """A page of the list; the last one where there are fewer than were asked for."""
    listed = await _listed(service, asked)
    last = max(1, -(-listed.total // ROWS))
    if asked.page <= last:
        return asked, listed
    asked = replace(asked, page=last)
    return asked, await _listed(service, asked)


async def _listed(service: Service, asked: Asked) -> Entries:
    return await entries_view(
        service,
        session=public.active(service.state.raffle),
        search=asked.search,
        sort_by=asked.sort_by,
        descending=asked.descending,
        page=asked.page,
        page_size=ROWS,
    )


async def _result(service: Service, draw_id: str) -> admin_view.Result | None:
    try:
        return await admin_view.result_of(service, draw_id)
    except Refused:
        return None


def step(
    request: AnyRequest,
    name: str,
    notice: Notice | None = None,
    *,
    asked: Asked | None = None,
    status: int = 200,
    **more: Any,
) -> Response[bytes]:
    """A page that asks or tells one thing; scripts show it in a dialog."""
    asked = asked or back_of(request.query_params.get("back", ""))
    response = page(
        request,
        f"raffle/admin_{name}.html",
        asked=asked,
        notice=notice,
        csrf=csrf_token_of(request),
        **more,
    )
    response.status_code = status
    return response
