"""JSON routes of the broadcaster's lists: dashboard, entries, viewers."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, cast

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, QueryParameter

from goldomatic.accounts.broadcaster import TwitchHealth
from goldomatic.accounts.guard import broadcaster_only
from goldomatic.raffle import lookup, public, views
from goldomatic.raffle.answers import (
    AdminEntry,
    CarriedUser,
    ListedUser,
    RaffleSession,
    admin_entry,
    carried_user,
    listed_user,
    session_answer,
)
from goldomatic.raffle.api import problems
from goldomatic.raffle.breakdowns import Weight
from goldomatic.raffle.progress import Progress
from goldomatic.raffle.state import Session
from goldomatic.raffle.views import MOST_ROWS, Page, SortBy
from goldomatic.raffle.weights import number, shown
from goldomatic.raffle.wire import failing
from goldomatic.service import Service, service_of
from goldomatic.web.wire import Answer, AnyRequest

MOST_USERS = 50
USERS = 20
MOST_CARRIED = 200

PageSize = Annotated[str, QueryParameter(name="pageSize")]


class Dashboard(Answer):
    """All that the broadcaster's page needs. `entries` are the heaviest thousand."""

    success: bool
    entries: list[AdminEntry]
    settings: dict[str, Any]
    submissions_open: bool
    current_session: RaffleSession | None
    last_ended_session: RaffleSession | None
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


class Users(Answer):
    """Viewers who were found."""

    success: bool
    users: list[ListedUser]


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
    entries, members = list(raffle.entries.durable.values()), dict(raffle.members.durable)
    found = await asyncio.to_thread(lookup.carried, entries, members, ended.id, MOST_CARRIED)
    return [carried_user(member) for member in found]


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
    return entries_answer(service, found, page, page_size)


def entries_answer(service: Service, found: Page, page: int, page_size: int) -> Entries:
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
        session=wanted_session(service, session),
        search=search.strip(),
        sort_by=_sort_by(sort_by),
        descending=sort_order != "asc",
        page=whole(page, 1, 1, 10**9),
        page_size=whole(page_size, MOST_ROWS, 1, MOST_ROWS),
    )


def _sort_by(text: str) -> SortBy:
    return cast("SortBy", text) if text in ("weight", "name", "age") else "weight"


def whole(text: str, default: int, low: int, high: int) -> int:
    """A whole number from a query; the default for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return default
    return min(max(int(text), low), high)


def wanted_session(service: Service, wanted: str) -> Session | None:
    raffle = service.state.raffle
    active = public.active(raffle)
    return active or (public.latest_ended(raffle) if wanted == "latest" else None)


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
    most = whole(limit, USERS, 1, MOST_USERS)
    return Users(success=True, users=await users_view(service_of(request), search.strip(), most))


async def users_view(service: Service, search: str, most: int = USERS) -> list[ListedUser]:
    """Viewers by a part of their names, newest change first."""
    members = list(service.state.raffle.members.durable.values())
    found = await asyncio.to_thread(lookup.found, members, search, most)
    return [listed_user(member) for member in found]


ROUTES: Sequence[HTTPRouteHandler] = (dashboard, entries, users)
