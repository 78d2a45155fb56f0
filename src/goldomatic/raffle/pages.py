"""The raffle's pages for viewers. Forms post to the page that they are on; scripts use the API."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from goldomatic.accounts.guard import account_of, viewers_only, visitor_of, visitors
from goldomatic.accounts.rules import return_address
from goldomatic.ledger.store import UnavailableError
from goldomatic.ledger.writer import unavailable
from goldomatic.raffle import asking, legal
from goldomatic.raffle.entering import enter
from goldomatic.raffle.options import LINK_HOSTS
from goldomatic.raffle.page_frame import raffle_page, raffle_part
from goldomatic.raffle.page_views import (
    FIELDS,
    REFUSALS,
    Typed,
    entry_state,
    public_view,
    refusal_text,
    status_view,
    viewer_view,
)
from goldomatic.service import Service, service_of
from goldomatic.values import Code, Refused
from goldomatic.web.errors import STATUS
from goldomatic.web.pages import language_of
from goldomatic.web.routes import browser_route
from goldomatic.web.wire import AnyRequest

PORTAL = "/demo-portal"
MINE = "mine"
NOTHING_TYPED = Typed()


async def show(
    request: AnyRequest,
    surface: str,
    *,
    typed: Typed = NOTHING_TYPED,
    refused: Refused | None = None,
    **more: Any,
) -> Response[bytes]:
    """A page of the raffle: `home` or `portal`, with what was typed and why it was refused."""
    service, account = service_of(request), visitor_of(request)
    service.gate.visitor(request.scope, account.viewer_id if account else None)
    shown = await public_view(service)
    viewer = await viewer_view(service, account) if account else None
    entered, is_portal = request.query_params.get("entered"), surface == "portal"
    context: dict[str, Any] = {
        "surface": surface,
        "shown": shown,
        "viewer": viewer,
        "state": entry_state(shown, viewer, entered) if viewer else None,
        "own_status": await status_view(service, viewer) if viewer and is_portal else None,
        "typed": typed,
        "sign_in_error": request.query_params.get("error"),
        "refusals": REFUSALS,
        "link_hosts": _other_hosts(service),
        **_told(service, refused),
        **more,
    }
    if request.query_params.get("fragment") == MINE:
        return raffle_part(request, "raffle/_mine.html", **context)
    status = STATUS[refused.code] if refused else 200
    response = raffle_page(request, f"raffle/{surface}.html", status=status, **context)
    if refused is not None and (wait := _minutes(refused)):
        response.set_header("retry-after", str(wait * 60))
    return response


def _told(service: Service, refused: Refused | None) -> dict[str, object]:
    """Why an entry was refused, for a template."""
    if refused is None:
        return {"refusal": None, "refused_field": None, "wait_minutes": 0, "refused_message": ""}
    name = refusal_text(refused, other_hosts=bool(_other_hosts(service)))
    return {
        "refusal": name,
        "refused_field": FIELDS.get(name),
        "wait_minutes": _minutes(refused),
        "refused_message": refused.message,
    }


def _minutes(refused: Refused) -> int:
    if refused.code not in (Code.RATE_LIMIT_IP, Code.RATE_LIMIT_USER):
        return 0
    return math.ceil(int(refused.details.get("retryAfter", 60)) / 60)


def _other_hosts(service: Service) -> str:
    """The hosts that links may lead to, where they are not those that the texts name."""
    hosts = service.settings.allowed_link_hosts
    return "" if hosts == LINK_HOSTS else ", ".join(hosts)


async def submit(request: AnyRequest, surface: str, **more: Any) -> Response[Any]:
    """The form of a page without scripts: on to the page with the entry, or the page again.

    What was typed stands there again after every refusal.
    """
    service, account = service_of(request), visitor_of(request)
    form = await request.form()
    typed = Typed(*(_text(form, name) for name in ("displayName", "demoLink", "notes")))
    given = {"displayName": typed.display_name, "demoLink": typed.demo_link, "notes": typed.notes}
    signed_in = _text(form, "viewerId")
    if account is not None and signed_in and signed_in != account.viewer_id:
        return await show(request, surface, typed=typed, other_account=True, **more)

    async def read() -> Mapping[str, Any]:
        return given

    try:
        entry_id = await enter(service, request.scope, account, read)
    except (Refused, UnavailableError) as stop:
        refused = stop if isinstance(stop, Refused) else unavailable()
        service.metrics.count_refusal(refused.code)
        return await show(request, surface, typed=typed, refused=refused, **more)
    return Redirect(f"{request.scope['path']}?entered={entry_id}", status_code=303)


def _text(form: Mapping[str, Any], name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


@browser_route(PORTAL, guards=[visitors])
async def portal(request: AnyRequest) -> Response[bytes]:
    """The viewer's dashboard: entry, status, weights, leaderboard."""
    return await show(request, "portal")


@post(PORTAL, guards=[visitors], include_in_schema=False)
async def portal_form(request: AnyRequest) -> Response[Any]:
    """Submit a demo without scripts."""
    return await submit(request, "portal")


@post("/raffle/follow", guards=[viewers_only], include_in_schema=False)
async def follow_form(request: AnyRequest) -> Redirect:
    """`I follow now` without scripts: ask Twitch, and go back."""
    service, account = service_of(request), account_of(request)
    await asking.join(service, account)
    await asking.follow(service, account.viewer_id)
    back = return_address(_text(await request.form(), "back"), service.accounts.own_origin)
    return Redirect(back, status_code=303)


@browser_route("/raffle/{name:str}", guards=[visitors])
async def text_page(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """How odds come about, the rules, and privacy: pages that scripts show as dialogs."""
    service, account = service_of(request), visitor_of(request)
    service.gate.visitor(request.scope, account.viewer_id if account else None)
    is_part = request.query_params.get("fragment") == "text"
    make = raffle_part if is_part else raffle_page
    if name == "odds":
        template = "raffle/_odds.html" if is_part else "raffle/odds.html"
        viewer = await viewer_view(service, account) if account else None
        return make(request, template, viewer=viewer, status_view=None)
    if name in legal.NAMES:
        template = "raffle/_legal_text.html" if is_part else "raffle/legal.html"
        text = legal.text(service.settings, name, language_of(request))
        return make(request, template, name=name, blocks=text)
    raise Refused(Code.NOT_FOUND, "Not found.")


ROUTES: Sequence[HTTPRouteHandler] = (portal, portal_form, follow_form, text_page)
