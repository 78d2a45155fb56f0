"""JSON routes of the broadcaster's lists: dashboard, entries, winners, draws, users, CSV."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Literal, cast

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter

from goldomatic.accounts.broadcaster import TwitchHealth
from goldomatic.accounts.guard import broadcaster_only
from goldomatic.raffle import csv_files, proofs, public, views
from goldomatic.raffle.answers import (
    AdminEntry,
    CarriedUser,
    ListedUser,
    SessionAnswer,
    Weight,
    admin_entry,
    carried_user,
    listed_user,
    session_answer,
)
from goldomatic.raffle.api import problems
from goldomatic.raffle.progress import Progress
from goldomatic.raffle.state import Session
from goldomatic.raffle.views import MOST_ROWS, Page, SortBy
from goldomatic.raffle.weights import number, shown
from goldomatic.raffle.wire import failing
from goldomatic.service import Service, service_of
from goldomatic.values import Code, Refused, rfc3339
from goldomatic.web.wire import Answer, AnyRequest, Instant

MOST_USERS = 50
USERS = 20
MOST_DRAWS = 50
MOST_LISTED = 1_000
"""Entries of one draw that are listed; the record has all of them."""

PageSize = Annotated[str, QueryParameter(name="pageSize")]


class Dashboard(Answer):
    """All that the broadcaster's page needs. `entries` are the heaviest thousand."""

    success: bool
    entries: list[AdminEntry]
    settings: dict[str, Any]
    submissions_open: bool
    current_session: SessionAnswer | None
    last_ended_session: SessionAnswer | None
    carry_over_users: list[CarriedUser]
    twitch_auth: TwitchHealth
    total_entries: int
    total_weight: Weight
    progress: Progress | None


class Entries(Answer):
    """A page of entries; `total` counts all that the search leaves."""

    success: bool
    entries: list[AdminEntry]
    total: int
    page: int
    page_size: int


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


class Users(Answer):
    """Viewers who were found."""

    success: bool
    users: list[ListedUser]


class Sessions(Answer):
    """All sessions, newest first, a page of them."""

    success: bool
    sessions: list[SessionAnswer]
    total: int


@get(
    "/api/admin/dashboard",
    guards=[broadcaster_only],
    summary="Everything for the broadcaster's page",
    exception_handlers=failing("Failed to fetch admin dashboard data"),
    responses=problems(401),
)
async def dashboard(request: AnyRequest) -> Dashboard:
    """Entries, settings, switch, sessions, carry-over and the health of the Twitch token."""
    service = service_of(request)
    health = await service.accounts.broadcaster.health()
    return await dashboard_view(service, health)


async def dashboard_view(service: Service, health: TwitchHealth) -> Dashboard:
    """The dashboard's contents, for the page as well."""
    raffle = service.state.raffle
    active, ended = public.active(raffle), public.latest_ended(raffle)
    formula = public.formula(raffle, service.settings.weight_profile)
    listed = await entries_view(service, session=active, page_size=MOST_ROWS)
    return Dashboard(
        success=True,
        entries=listed.entries,
        settings=shown(formula.numbers, formula.flags),
        submissions_open=public.submissions_open(raffle),
        current_session=session_answer(active),
        last_ended_session=session_answer(ended),
        carry_over_users=await carry_over_users(service),
        twitch_auth=health,
        total_entries=raffle.pool_count.durable,
        total_weight=number(raffle.pool_total.durable),
        progress=service.raffle.progress.present,
    )


async def carry_over_users(service: Service) -> list[CarriedUser]:
    """Who takes something into the next session; nobody while one is active."""
    raffle = service.state.raffle
    ended = public.latest_ended(raffle)
    if public.active(raffle) is not None or ended is None:
        return []
    ids = await views.carried_members(service.store, service.channel, ended.id)
    members = raffle.members.durable
    return [carried_user(member) for each in ids if (member := members.get(each))]


async def entries_view(
    service: Service,
    *,
    session: Session | None,
    search: str = "",
    sort_by: SortBy = "weight",
    descending: bool = True,
    page: int = 1,
    page_size: int = 50,
) -> Entries:
    """A page of the entries that wait in a session; empty without one."""
    found = Page([], 0)
    if session is not None:
        found = await views.entries_page(
            service.store,
            service.channel,
            session.id,
            search=search,
            sort_by=sort_by,
            descending=descending,
            limit=page_size,
            offset=(page - 1) * page_size,
        )
    return _entries(service, found, page, page_size)


def _entries(service: Service, found: Page, page: int, page_size: int) -> Entries:
    raffle = service.state.raffle
    formula = public.formula(raffle, service.settings.weight_profile)
    entries, members = raffle.entries.durable, raffle.members.durable
    rows = [
        admin_entry(entry, members.get(entry.viewer_id), formula)
        for each in found.ids
        if (entry := entries.get(each))
    ]
    return Entries(success=True, entries=rows, total=found.total, page=page, page_size=page_size)


@get(
    "/api/admin/entries",
    guards=[broadcaster_only],
    summary="Entries that wait",
    exception_handlers=failing("Failed to fetch entries"),
    responses=problems(401),
)
async def entries(
    request: AnyRequest,
    search: FromQuery[str] = "",
    sort_by: Annotated[str, QueryParameter(name="sortBy")] = "weight",
    sort_order: Annotated[str, QueryParameter(name="sortOrder")] = "desc",
    session: FromQuery[str] = "",
    page: FromQuery[str] = "1",
    page_size: PageSize = "",
) -> Entries:
    """A page of entries, searched and sorted. A value that is not known counts as its default."""
    service = service_of(request)
    return await entries_view(
        service,
        session=_wanted_session(service, session),
        search=search.strip(),
        sort_by=_sort_by(sort_by),
        descending=sort_order != "asc",
        page=_whole(page, 1, 1, 10**9),
        page_size=_whole(page_size, MOST_ROWS, 1, MOST_ROWS),
    )


def _sort_by(text: str) -> SortBy:
    return cast("SortBy", text) if text in ("weight", "name", "age") else "weight"


def _whole(text: str, default: int, low: int, high: int) -> int:
    """A whole number from a query; the default for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return default
    return min(max(int(text), low), high)


def _wanted_session(service: Service, wanted: str) -> Session | None:
    raffle = service.state.raffle
    active = public.active(raffle)
    return active or (public.latest_ended(raffle) if wanted == "latest" else None)


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
        page=_whole(page, 1, 1, 10**9),
        page_size=_whole(page_size, 50, 1, MOST_ROWS),
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
    return _entries(service, found, page, page_size)


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
    size = _whole(page_size, 50, 1, MOST_ROWS)
    return sessions_view(service_of(request), page=_whole(page, 1, 1, 10**9), page_size=size)


def sessions_view(service: Service, *, page: int = 1, page_size: int = 50) -> Sessions:
    """A page of sessions, newest first."""
    found = list(service.state.raffle.sessions.durable.values())[::-1]
    part = found[(page - 1) * page_size : page * page_size]
    rows = [row for each in part if (row := session_answer(each))]
    return Sessions(success=True, sessions=rows, total=len(found))


@get(
    "/api/admin/users",
    guards=[broadcaster_only],
    summary="Find viewers",
    exception_handlers=failing("Failed to fetch users"),
    responses=problems(401),
)
async def users(
    request: AnyRequest, search: FromQuery[str] = "", limit: FromQuery[str] = "20"
) -> Users:
    """Viewers by a part of their login or display name, newest change first."""
    service = service_of(request)
    most = _whole(limit, USERS, 1, MOST_USERS)
    ids = await views.found_members(service.store, service.channel, search.strip(), most)
    members = service.state.raffle.members.durable
    found = [listed_user(member) for each in ids if (member := members.get(each))]
    return Users(success=True, users=found)


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
    most = _whole(limit, 20, 1, MOST_DRAWS)
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
async def export(request: AnyRequest, what: FromPath[str]) -> Response[bytes]:
    """`entries.csv`: who waits, or waited in the last session. `winners.csv`: who has won."""
    service = service_of(request)
    files: dict[str, Literal["entries", "winners"]] = {
        "entries.csv": "entries",
        "winners.csv": "winners",
    }
    if what not in files:
        raise Refused(Code.NOT_FOUND, "Not found")
    session = _wanted_session(service, "latest")
    content = await csv_files.content(service, files[what], session.id if session else None)
    headers = {"content-disposition": f'attachment; filename="{what}"'}
    return Response(content, media_type="text/csv", headers=headers)


ROUTES: Sequence[HTTPRouteHandler] = (
    dashboard,
    entries,
    winners,
    sessions,
    users,
    draws,
    export,
)
