"""JSON routes of what has been: winners, sessions, draws; and lists as CSV files."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from goldomatic.accounts.guard import broadcaster_only
from goldomatic.raffle import csv_files, proofs, views
from goldomatic.raffle.answers import RaffleSession, session_answer
from goldomatic.raffle.api import problems
from goldomatic.raffle.listing import Entries, PageSize, entries_answer, wanted_session, whole
from goldomatic.raffle.views import MOST_ROWS
from goldomatic.raffle.weights import number
from goldomatic.raffle.wire import failing
from goldomatic.service import Service, service_of
from goldomatic.values import Code, Refused, rfc3339
from goldomatic.web.wire import Answer, AnyRequest, Instant

MOST_DRAWS = 50
MOST_LISTED = 1_000
"""Entries of one draw that are listed; the record has all of them."""


class DrawAudit(Answer):
    """A draw that was held. `entries`: id and weight in millionths; None for a long list."""

    id: str
    session_id: str
    seed: str | None
    roll: int | None
    total: int
    winner: dict[str, Any]
    entries: list[tuple[int, int]] | None
    entry_count: int
    revealed: bool
    actor: str
    at: Instant
    record_url: str


class Draws(Answer):
    """The newest draws, newest first."""

    success: bool
    draws: list[DrawAudit]


class Sessions(Answer):
    """All sessions, newest first, a page of them."""

    success: bool
    sessions: list[RaffleSession]
    total: int


@get(
    "/api/admin/winners",
    guards=[broadcaster_only],
    summary="Everybody who has won",
    exception_handlers=failing("Failed to fetch winners"),
    responses=problems(401),
)
async def winners(
    request: AnyRequest,
    session_id: Annotated[str, QueryParameter(name="sessionId")] = "",
    page: FromQuery[str] = "1",
    page_size: PageSize = "",
) -> Entries:
    """Winning entries, newest first, of one session or of all."""
    return await winners_view(
        service_of(request),
        session_id=session_id or None,
        page=whole(page, 1, 1, 10**9),
        page_size=whole(page_size, 50, 1, MOST_ROWS),
    )


async def winners_view(
    service: Service, *, session_id: str | None = None, page: int = 1, page_size: int = 50
) -> Entries:
    """A page of winning entries, newest first."""
    found = await views.winners_page(
        service.store,
        service.channel,
        session_id=session_id,
        limit=page_size,
        offset=(page - 1) * page_size,
    )
    return entries_answer(service, found, page, page_size)


@get(
    "/api/admin/sessions",
    guards=[broadcaster_only],
    summary="All sessions",
    exception_handlers=failing("Failed to fetch sessions"),
    responses=problems(401),
)
async def sessions(
    request: AnyRequest, page: FromQuery[str] = "1", page_size: PageSize = ""
) -> Sessions:
    """Every raffle session, newest first."""
    size = whole(page_size, 50, 1, MOST_ROWS)
    return sessions_view(service_of(request), page=whole(page, 1, 1, 10**9), page_size=size)


def sessions_view(service: Service, *, page: int = 1, page_size: int = 50) -> Sessions:
    """A page of sessions, newest first."""
    found = list(service.state.raffle.sessions.durable.values())[::-1]
    part = found[(page - 1) * page_size : page * page_size]
    rows = [row for each in part if (row := session_answer(each))]
    return Sessions(success=True, sessions=rows, total=len(found))


@get(
    "/api/admin/draws",
    guards=[broadcaster_only],
    summary="Draws that were held",
    exception_handlers=failing("Failed to fetch draws"),
    responses=problems(401),
)
async def draws(request: AnyRequest, limit: FromQuery[str] = "20") -> Draws:
    """The newest draws with seed, roll, total and winner, also those not yet revealed."""
    service = service_of(request)
    most = whole(limit, 20, 1, MOST_DRAWS)
    ids = await views.recent_draws(service.store, service.channel, "drawn", most)
    found = [await _audit(service, draw_id) for draw_id in ids]
    return Draws(success=True, draws=found)


async def _audit(service: Service, draw_id: str) -> DrawAudit:
    held = await proofs.held(service, draw_id)
    frozen, won = held.frozen, held.winner
    total = await asyncio.to_thread(sum, frozen.weights)
    pairs = None
    if len(frozen.entries) <= MOST_LISTED:
        pairs = list(zip(frozen.entries, frozen.weights, strict=True))
    return DrawAudit(
        id=draw_id,
        session_id=won.session_id,
        seed=held.seed,
        roll=held.roll(total),
        total=total,
        winner={
            "id": won.entry_id,
            "name": won.personal.name if won.personal else "",
            "userId": won.viewer_id,
            "weight": number(won.weight),
        },
        entries=pairs,
        entry_count=len(frozen.entries),
        revealed=held.seed is not None,
        actor=won.actor,
        at=rfc3339(held.drawn_at),
        record_url=f"/api/draws/{draw_id}",
    )


async def require_draw(service: Service, draw_id: str) -> None:
    """Raise `draw_not_found` unless the draw has been held."""
    steps = await views.draw_steps(service.store, service.channel, draw_id)
    if steps is None or steps.drawn is None:
        raise Refused(Code.DRAW_NOT_FOUND, "Draw not found")


@get(
    "/api/admin/export/{what:str}",
    guards=[broadcaster_only],
    summary="Entries or winners as CSV",
    exception_handlers=failing("Failed to export"),
    responses=problems(401, 404),
)
async def export(request: AnyRequest, what: FromPath[str]) -> Stream:
    """`entries.csv`: who waits, or waited in the last session. `winners.csv`: who has won."""
    service = service_of(request)
    files: dict[str, Literal["entries", "winners"]] = {
        "entries.csv": "entries",
        "winners.csv": "winners",
    }
    if what not in files:
        raise Refused(Code.NOT_FOUND, "Not found")
    session = wanted_session(service, "latest")
    content = csv_files.content(service, files[what], session.id if session else None)
    headers = {"content-disposition": f'attachment; filename="{what}"'}
    return Stream(content, media_type="text/csv", headers=headers)


ROUTES: Sequence[HTTPRouteHandler] = (winners, sessions, draws, export)
