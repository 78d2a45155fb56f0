"""GET /setup and its forms."""

import asyncio
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import urlencode

from litestar import HttpMethod, Response, route
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from goldomatic.accounts.guard import check_csrf
from goldomatic.accounts.sign_in import CALLBACK
from goldomatic.checks.findings import Finding, Problem
from goldomatic.checks.looking import look
from goldomatic.checks.scopes import Role
from goldomatic.config import Settings, SettingsError
from goldomatic.reception.reception import transport_of
from goldomatic.service import Service, service_of
from goldomatic.setup import steps
from goldomatic.setup.desk import COOKIE, PATH, Desk, is_this_machine
from goldomatic.setup.settings_file import SettingsFileError
from goldomatic.setup.steps import SetupError
from goldomatic.values import Code, Refused
from goldomatic.web.pages import page
from goldomatic.web.routes import browser_route
from goldomatic.web.wire import AnyRequest

RESTART_AFTER_SECONDS = 1.0
ROLES: tuple[Role, ...] = ("broadcaster", "bot")
_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip")
Step = Literal["application", "way", "broadcaster", "bot"]


def form_route(path: str) -> route:
    """A route that a form of the page posts to."""
    return route(path, http_method=HttpMethod.POST, status_code=303, include_in_schema=False)


def desk_of(request: AnyRequest) -> Desk:
    """The set-up; raises `not_found` where the service was not started with one."""
    desk: Desk | None = getattr(request.app.state, "desk", None)
    if desk is None:
        raise Refused(Code.NOT_FOUND, "This service has no set-up page.")
    return desk


async def admitted(request: AnyRequest, desk: Desk) -> bool:
    """Whether somebody may use the set-up; raises `csrf_failed` for another site's forms."""
    service = service_of(request)
    signed_in = await service.accounts.sessions.find(request.cookies)
    if signed_in is not None and signed_in.account.is_broadcaster:
        await check_csrf(request, signed_in)
        return True
    client = request.client.host if request.client else None
    forwarded = any(name in request.headers for name in _FORWARDED)
    here = is_this_machine(client, request.headers.get("host", ""), forwarded)
    if not here or not desk.knows(request.cookies.get(COOKIE, "")):
        return False
    await check_csrf(request, None)
    return True


@browser_route(PATH)
async def show(request: AnyRequest) -> Response[bytes] | Redirect:
    """The page. `code` is what the terminal showed; `look` asks for a look at everything."""
    desk, service = desk_of(request), service_of(request)
    service.gate.anybody(request.scope)
    if code := request.query_params.get("code"):
        client = request.client.host if request.client else None
        forwarded = any(name in request.headers for name in _FORWARDED)
        here = is_this_machine(client, request.headers.get("host", ""), forwarded)
        cookie = desk.redeem(code) if here else None
        return _redirect(PATH, cookies=[cookie] if cookie else [])
    if not await admitted(request, desk):
        closed = page(request, "setup/closed.html")
        closed.status_code = 403
        return closed
    settings = _chosen(desk)
    findings = None
    if "look" in request.query_params:
        findings = await _looked(service, settings)
    problem = request.query_params.get("problem", "")
    return page(
        request,
        "setup/setup.html",
        chosen=settings,
        redirect_uri=settings.public_url + CALLBACK,
        transport=settings.twitch_eventsub_transport or transport_of(settings) or "websocket",
        public_url=settings.public_url if settings.public_url.startswith("https://") else "",
        accounts=[await _account(service, desk, settings, role) for role in ROLES],
        waits=next(iter(desk.waiting), None),
        every=max([1, *(each.code.interval for each in desk.waiting.values())]),
        turn=_turn(request),
        findings=findings,
        changed=settings != service.settings,
        problem=problem if problem in list(Problem) else None,
        entered=request.query_params,
        at=request.query_params.get("at", ""),
        gaps=service.state.reception.gaps.durable[::-1][:5],
    )


def _chosen(desk: Desk) -> Settings:
    """The settings as the file has them; raises `service_unavailable` where they are wrong."""
    try:
        return desk.place.settings()
    except SettingsError as error:
        raise Refused(Code.SERVICE_UNAVAILABLE, str(error)) from None


def _turn(request: AnyRequest) -> int:
    """How often the page has looked; a browser loads an address with a fragment once only."""
    turn = request.query_params.get("turn", "0")
    return int(turn) % 1000 + 1 if turn.isdecimal() and len(turn) < 5 else 1


async def _looked(service: Service, settings: Settings) -> list[Finding]:
    if settings == service.settings:
        return await look(service)
    return await steps.look_by(settings, service.store)


async def _account(
    service: Service, desk: Desk, settings: Settings, role: Role
) -> dict[str, object]:
    """What the page says of an account."""
    waiting, connected = desk.waiting.get(role), desk.connected.get(role)
    return {
        "role": role,
        "done": await steps.is_connected(settings, service.store, role),
        "name": connected.name if connected else "",
        "code": waiting.code if waiting else None,
        "problem": desk.problems.get(role),
        "scopes": [scope.replace(":", "_") for scope in steps.scopes_of(settings, role)],
    }


@form_route(f"{PATH}/application")
async def application(request: AnyRequest) -> Redirect:
    """Check and keep client id and secret; an empty secret is the present one."""
    desk = await _entered(request)
    form = await request.form()
    present = _chosen(desk).twitch_client_secret
    secret = str(form.get("client_secret", "")).strip() or (present.reveal() if present else "")
    client_id = str(form.get("client_id", "")).strip()

    async def step() -> None:
        if not client_id or not secret:
            raise SetupError(Problem.SETTINGS_MISSING)
        await steps.use_application(desk.place, client_id, secret)

    return await _done(step(), "application", client_id=client_id)


@form_route(f"{PATH}/way")
async def way(request: AnyRequest) -> Redirect:
    """Choose how events come in; a webhook only where the address answers."""
    desk = await _entered(request)
    form = await request.form()
    by_webhook = form.get("way") == "webhook"
    address = str(form.get("public_url", "")).strip()

    async def step() -> None:
        if by_webhook and not address:
            raise SetupError(Problem.ADDRESS_NOT_REACHED)
        await steps.use_address(desk.place, address if by_webhook else "")

    return await _done(step(), "way", public_url=address if by_webhook else "")


@form_route(f"{PATH}/connect")
async def connect(request: AnyRequest) -> Redirect:
    """Begin to connect an account, or with `cancel` give it up."""
    desk = await _entered(request)
    form = await request.form()
    role: Role = "bot" if form.get("role") == "bot" else "broadcaster"
    if "cancel" in form:
        desk.cancel(role)
        return _redirect(PATH)
    return await _done(desk.connect(service_of(request), role), role)


@form_route(f"{PATH}/restart")
async def restart(request: AnyRequest) -> Response[bytes]:
    """Start the service anew with the new settings."""
    desk = await _entered(request)
    told = page(request, "setup/restarting.html")
    told.status_code = 200
    # The page that says so still fetches its style.
    asyncio.get_running_loop().call_later(RESTART_AFTER_SECONDS, desk.restart)
    return told


async def _entered(request: AnyRequest) -> Desk:
    """The set-up, for whoever may use it; raises `forbidden_role` for others."""
    desk = desk_of(request)
    service_of(request).gate.anybody(request.scope)
    if not await admitted(request, desk):
        raise Refused(Code.FORBIDDEN_ROLE, "The set-up is for the broadcaster.")
    return desk


async def _done(step: Any, at: Step, **entered: str) -> Redirect:
    """Back to the page; where it failed, with what was `entered` and is no secret."""
    try:
        await step
    except SetupError as error:
        told = {"problem": error.problem, "at": at, **{k: v[:200] for k, v in entered.items()}}
        return _redirect(f"{PATH}?{urlencode(told)}#{at}")
    except SettingsFileError as error:
        raise Refused(Code.SERVICE_UNAVAILABLE, str(error)) from None
    return _redirect(f"{PATH}#{at}")


def _redirect(location: str, cookies: Sequence[Any] = ()) -> Redirect:
    headers = {"referrer-policy": "no-referrer", "cache-control": "no-store"}
    return Redirect(location, status_code=303, cookies=cookies, headers=headers)


ROUTES: Sequence[HTTPRouteHandler] = (show, application, way, connect, restart)
