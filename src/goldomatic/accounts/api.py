"""Sign-in, sign-out and who is signed in. Forms of pages post here; what follows is a redirect."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from goldomatic.accounts.guard import check_csrf, csrf_token_of, signed_in_of, visitors
from goldomatic.accounts.records import SignedIn
from goldomatic.accounts.rules import is_by_another_name, return_address
from goldomatic.accounts.sessions import random_value
from goldomatic.accounts.sign_in import CALLBACK, SignIn, SignInError, Way
from goldomatic.ledger.store import UnavailableError
from goldomatic.service import Service, service_of
from goldomatic.values import Code, Refused, rfc3339
from goldomatic.web.openapi import refusals
from goldomatic.web.wire import Answer, AnyRequest, Instant

_TOLD = {Code.RATE_LIMITED: SignInError.RATE_LIMITED, Code.SIGN_IN_CLOSED: SignInError.CLOSED}
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class SessionUser(Answer):
    """Who is signed in. The e-mail address is shown to its owner only."""

    id: str
    name: str
    email: str | None
    image: str | None
    twitch_id: str
    is_broadcaster: bool


class SessionAnswer(Answer):
    """A login session; `expires` unless it is used again."""

    user: SessionUser
    is_follower: bool
    is_broadcaster: bool
    expires: Instant


class CsrfAnswer(Answer):
    """The token for `csrfToken` in forms, or the header `X-CSRF-Token`."""

    csrf_token: str


class HeartbeatUser(Answer):
    """Who asks."""

    id: str
    name: str
    is_broadcaster: bool


class Heartbeat(Answer):
    """Whether the one who asks administers."""

    authenticated: bool
    user: HeartbeatUser | None


@post(
    "/api/auth/signin/twitch",
    guards=[visitors],
    status_code=303,
    responses=refusals(403, 429),
    operation_id="SignIn",
)
async def sign_in(request: AnyRequest) -> Redirect:
    """Go to Twitch to sign in. `callbackUrl`: the page of ours to come back to."""
    service = service_of(request)
    await check_csrf(request, signed_in_of(request))
    own = service.accounts.own_origin
    try:
        service.gate.sign_in(request.scope)
        return_to = return_address((await _fields(request)).get("callbackUrl"), own)
        if is_by_another_name(request.headers.get("host", ""), own):
            return _redirect(Way(own + return_to))
        way = await _opened(service).start(return_to)
    except (Refused, UnavailableError) as stop:
        return _stopped(request, stop)
    return _redirect(way)


@get(CALLBACK, status_code=303, responses=refusals(), operation_id="SignInCallback")
async def callback(request: AnyRequest) -> Redirect:
    """Where Twitch sends the browser back to; on to the page that it came from."""
    service = service_of(request)
    if service.accounts.sign_in is None:
        return _redirect(Way(f"/?error={SignInError.CLOSED}"))
    query = {name: request.query_params[name] for name in request.query_params}
    way = await service.accounts.sign_in.finish(query, request.cookies)
    if way.account is not None:
        service.accounts.signed_in(way.account)
    return _redirect(way)


@get("/api/auth/session", guards=[visitors], responses=refusals(429), operation_id="LoginSession")
async def session(request: AnyRequest) -> SessionAnswer | None:
    """Who is signed in; null for nobody."""
    service = service_of(request)
    signed_in = _counted(request)
    if signed_in is None:
        return None
    account = signed_in.account
    user = SessionUser(
        id=account.viewer_id,
        name=account.name,
        email=await service.accounts.store.email(account.viewer_id),
        image=account.image,
        twitch_id=account.viewer_id,
        is_broadcaster=account.is_broadcaster,
    )
    return SessionAnswer(
        user=user,
        is_follower=service.accounts.is_follower(account.viewer_id),
        is_broadcaster=account.is_broadcaster,
        expires=rfc3339(signed_in.expires_at),
    )


@get("/api/auth/csrf", guards=[visitors], responses=refusals(429), operation_id="CsrfToken")
async def csrf(request: AnyRequest) -> Response[CsrfAnswer]:
    """The CSRF token of this browser; one that nobody has signed in with gets a cookie for it."""
    _counted(request)
    sessions = service_of(request).accounts.sessions
    if token := csrf_token_of(request):
        return Response(CsrfAnswer(csrf_token=token))
    visitor = random_value()
    told = Response(CsrfAnswer(csrf_token=sessions.csrf_token(None, visitor)))
    told.set_cookie(sessions.cookie(sessions.visitor_name, visitor, None))
    return told


@post(
    "/api/auth/signout",
    guards=[visitors],
    status_code=303,
    responses=refusals(403),
    operation_id="SignOut",
)
async def sign_out(request: AnyRequest) -> Redirect:
    """End the login session, with `everywhere` all of this account; on to the home page."""
    accounts = service_of(request).accounts
    signed_in = signed_in_of(request)
    if signed_in is not None:
        everywhere = (await _fields(request)).get("everywhere", "") in ("true", "on", "1")
        await accounts.sign_out(signed_in.account, signed_in.session, everywhere=everywhere)
    return _redirect(Way("/", (accounts.sessions.no_cookie(accounts.sessions.cookie_name),)))


@get("/api/admin/auth", guards=[visitors], responses=refusals(429), operation_id="AdminHeartbeat")
async def heartbeat(request: AnyRequest) -> Heartbeat:
    """Whether the broadcaster is signed in; answers everybody."""
    signed_in = _counted(request)
    if signed_in is None:
        return Heartbeat(authenticated=False, user=None)
    account = signed_in.account
    user = HeartbeatUser(
        id=account.viewer_id, name=account.name, is_broadcaster=account.is_broadcaster
    )
    return Heartbeat(authenticated=account.is_broadcaster, user=user)


def _counted(request: AnyRequest) -> SignedIn | None:
    """Who asks; the request counts as a read of theirs, or of the address."""
    signed_in = signed_in_of(request)
    viewer_id = signed_in.account.viewer_id if signed_in else None
    service_of(request).gate.visitor(request.scope, viewer_id)
    return signed_in


def _opened(service: Service) -> SignIn:
    if service.accounts.sign_in is None:
        raise Refused(Code.SIGN_IN_CLOSED, "Sign-in with Twitch is not set up on this service.")
    return service.accounts.sign_in


def _stopped(request: AnyRequest, stop: Refused | UnavailableError) -> Redirect:
    """A form's sender is told on the home page, a script by the refusal itself."""
    if "text/html" not in request.headers.get("accept", ""):
        raise stop
    code = stop.code if isinstance(stop, Refused) else None
    error = _TOLD.get(code, SignInError.UNAVAILABLE) if code else SignInError.UNAVAILABLE
    return _redirect(Way(f"/?error={error}"))


async def _fields(request: AnyRequest) -> dict[str, str]:
    """The texts of a form or of a JSON object; whatever else was sent counts as nothing."""
    if request.headers.get("content-type", "").startswith(_FORMS):
        given: Any = dict(await request.form())
    else:
        try:
            given = msgspec.json.decode(await request.body() or b"{}")
        except (ValueError, RecursionError):
            given = {}
    items = given.items() if isinstance(given, dict) else ()
    return {name: _text(value) for name, value in items}


def _text(value: Any) -> str:
    if value is True:
        return "true"
    return value if isinstance(value, str) else ""


def _redirect(way: Way) -> Redirect:
    # The address that the browser leaves may hold the code that Twitch gave it.
    headers = {"referrer-policy": "no-referrer", "cache-control": "no-store"}
    return Redirect(way.location, status_code=303, cookies=way.cookies, headers=headers)


ROUTES: Sequence[HTTPRouteHandler] = (sign_in, callback, session, csrf, sign_out, heartbeat)
