"""The broadcaster's pages: dashboard, questions before what cannot be undone, history."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from goldomatic.accounts.guard import broadcaster_only
from goldomatic.raffle import admin_view, public
from goldomatic.raffle.admin import read_entry_id
from goldomatic.raffle.admin_page import STRANGERS, dashboard, step
from goldomatic.raffle.admin_view import PATH, Asked, Notice, asked_of, back_of
from goldomatic.raffle.answers import AdminEntry, admin_entry, session_answer
from goldomatic.raffle.history import sessions_view, winners_view
from goldomatic.raffle.listing import users_view, whole
from goldomatic.raffle.state import Session
from goldomatic.service import Service, service_of
from goldomatic.values import Code, Refused, ViewerId
from goldomatic.web.pages import page
from goldomatic.web.routes import browser_route
from goldomatic.web.wire import AnyRequest

WINNERS_SHOWN = 200
"""Winners on a page of the history; so many fit into a print."""
SESSIONS_SHOWN = 50

PAGE: dict[str, Any] = {
    "guards": [broadcaster_only],
    "exception_handlers": STRANGERS,
    "include_in_schema": False,
}


@browser_route("/admin")
async def deprecated(request: AnyRequest) -> Redirect:
    """The old address of the dashboard."""
    return Redirect(PATH, status_code=308)


@browser_route(*(f"{PATH}/{form}" for form in ("session/start", "submissions", "weights", "draw")))
async def form_address(request: AnyRequest) -> Redirect:
    """Where a refused form leaves the browser: asked for again, it is the dashboard."""
    return Redirect(PATH, status_code=303)


@get(PATH, **PAGE)
async def dashboard_page(request: AnyRequest) -> Response[bytes]:
    """Everything that the broadcaster runs a raffle with."""
    query = request.query_params
    return await dashboard(request, asked_of(query), told_by(query, service_of(request)))


_PLACES: Mapping[str, admin_view.Place] = {
    "started": "session",
    "ended": "session",
    "opened": "submissions",
    "closed": "submissions",
    "removed": "entries",
    "played": "entries",
    "recalculated": "entries",
    "saved": "weights",
    "saved_recalculated": "weights",
    "revealed": "wheel",
    "bonus": "step",
}


def told_by(query: Mapping[str, str], service: Service) -> Notice | None:
    """What was done just now, as the address says after a form was sent."""
    done = query.get("done", "")
    if done not in _PLACES:
        return None
    member = service.state.raffle.members.durable.get(ViewerId(query.get("id", "")))
    return Notice(
        place=_PLACES[done],
        done=done,
        number=whole(query.get("n", ""), 0, 0, 10**9),
        name=member.shown_name if member else "",
    )


@get(f"{PATH}/draws/{{draw_id:str}}", **PAGE)
async def winner_page(request: AnyRequest, draw_id: FromPath[str]) -> Response[bytes]:
    """The winner of a draw, for a dialog."""
    result = await admin_view.result_of(service_of(request), draw_id)
    return step(request, "winner", result=result)


@get(f"{PATH}/session/end", **PAGE)
async def end_page(request: AnyRequest) -> Response[bytes]:
    """Ask before a session ends."""
    raffle = service_of(request).state.raffle
    session = public.active(raffle)
    if session is None:
        raise Refused(Code.NO_ACTIVE_SESSION, "No active session to end.")
    return step(request, "end", session=session, waiting=raffle.pool_count.durable)


@get(f"{PATH}/recalculate", **PAGE)
async def recalculate_page(request: AnyRequest) -> Response[bytes]:
    """Ask before all weights are computed anew."""
    return step(request, "recalculate")


@get(f"{PATH}/entries/{{entry_id:str}}/remove", **PAGE)
async def remove_page(request: AnyRequest, entry_id: FromPath[str]) -> Response[bytes]:
    """Ask before an entry is removed."""
    return step(request, "remove", entry=_entry(service_of(request), entry_id))


@get(f"{PATH}/entries/{{entry_id:str}}/played", **PAGE)
async def played_page(request: AnyRequest, entry_id: FromPath[str]) -> Response[bytes]:
    """Ask before the support of somebody whose demo was played is used up."""
    return step(request, "played", entry=_entry(service_of(request), entry_id))


def _entry(service: Service, entry_id: str) -> AdminEntry:
    raffle = service.state.raffle
    entry = raffle.entries.durable.get(read_entry_id(entry_id))
    if entry is None:
        raise Refused(Code.ENTRY_NOT_FOUND, "Entry not found")
    member = raffle.members.durable.get(entry.viewer_id)
    return admin_entry(entry, member, admin_view.numbers_of(service))


@get(f"{PATH}/bonus", **PAGE)
async def bonus_page(request: AnyRequest) -> Response[bytes]:
    """Find viewers and set their bonus of this session."""
    query = request.query_params
    notice = told_by(query, service_of(request))
    search = query.get("who", "").strip()[:200]
    return await bonus_step(request, back_of(query.get("back", "")), search, notice)


class Wrong(Struct, frozen=True):
    """What was typed for a viewer and refused."""

    viewer_id: str
    typed: str


async def bonus_step(
    request: AnyRequest,
    asked: Asked,
    search: str,
    notice: Notice | None = None,
    wrong: Wrong | None = None,
) -> Response[bytes]:
    """The list of viewers with their bonuses."""
    users = await users_view(service_of(request), search)
    status = 400 if notice and notice.code else 200
    shown = {"users": users, "who": search, "wrong": wrong}
    return step(request, "bonus", notice, asked=asked, status=status, **shown)


@get(f"{PATH}/history", **PAGE)
async def history_page(request: AnyRequest) -> Response[bytes]:
    """Winners and sessions with the proofs of the draws, to be read and to be printed."""
    service, query = service_of(request), request.query_params
    sessions = service.state.raffle.sessions.durable
    chosen = sessions.get(query.get("session", ""))
    at, sessions_at = (whole(query.get(name, ""), 1, 1, 10**6) for name in ("page", "sessions"))
    won = await winners_view(
        service, session_id=chosen.id if chosen else None, page=at, page_size=WINNERS_SHOWN
    )
    listed = sessions_view(service, page=sessions_at, page_size=SESSIONS_SHOWN)
    return page(
        request,
        "raffle/admin_history.html",
        winners=[(each, _session_of(service, each)) for each in won.entries],
        total=won.total,
        at=at,
        pages=pages_of(won.total, WINNERS_SHOWN),
        sessions=[(each, len(sessions[each.id].wins)) for each in listed.sessions],
        sessions_total=listed.total,
        sessions_at=sessions_at,
        sessions_pages=pages_of(listed.total, SESSIONS_SHOWN),
        chosen=session_answer(chosen),
        origin=service.settings.public_url.rstrip("/"),
        written=service.clock(),
    )


def _session_of(service: Service, entry: AdminEntry) -> Session | None:
    raffle = service.state.raffle
    found = raffle.entries.durable.get(entry.id)
    return raffle.sessions.durable.get(found.session_id) if found else None


def pages_of(total: int, rows: int) -> int:
    """How many pages a list has; an empty one has one."""
    return max(1, -(-total // rows))


ROUTES: Sequence[HTTPRouteHandler] = (
    deprecated,
    form_address,
    dashboard_page,
    winner_page,
    end_page,
    recalculate_page,
    remove_page,
    played_page,
    bonus_page,
    history_page,
)
