"""Who may use a route of the raffle: guards for Litestar's handlers, and who came through them.

    @post("/api/enter", guards=[visitors])          # signed in or not
    async def enter(request: AnyRequest) -> Response[Any]:
        account = visitor_of(request)               # Account | None

    @get("/api/weight/me", guards=[viewers_only])   # 401 `unauthenticated` for others
    async def weight(request: AnyRequest) -> Weight:
        account = account_of(request)               # Account: viewer_id, name, is_broadcaster, …

    @post("/api/pick-winner", guards=[broadcaster_only])    # 401 `unauthorized` for others
    async def pick_winner(request: AnyRequest) -> Drawn:
        actor = account_of(request).viewer_id

Every guard refuses a request that changes something (any method but GET, HEAD and OPTIONS) and
brings a login cookie, unless it comes from a page of our own or carries the CSRF token: 403
`csrf_failed`. Nothing has to be called for that; forms of pages put `csrf_token_of(request)` into a
hidden field `csrfToken`, scripts may send it as `X-CSRF-Token`. Every route below `/api/admin` and
every other administrator's route needs `broadcaster_only`: a test walks all of them.

A page decides by itself what to show, and takes `guards=[visitors]` too.

In the store, by `service.accounts.store`: `find(viewer_id)`, `email(viewer_id)` for the answer to a
draw, and `sharing_email(viewer_id)`: the accounts with the same address, for the rule that an
address enters once a session, so that no address has to reach a decision or the log.

What Twitch knows of a viewer, asked by the broadcaster's token; unknown where it does not say:

    scopes = await service.accounts.broadcaster.scopes()
    follow = await follow_of(service.helix, viewer_id, scopes)      # goldomatic.twitch.standing
    subscription = await subscribed(service.helix, viewer_id)

`await service.accounts.broadcaster.health()` is the dashboard's `twitchAuth`, `….report()` the
diagnostics' `broadcasterToken`. `service.accounts.listeners` hear of everybody who has signed in;
`service.accounts.is_follower` is to be set to what the raffle knows, for `/api/auth/session`.
"""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from goldomatic.accounts.records import Account, SignedIn
from goldomatic.accounts.rules import Origin, origin_of
from goldomatic.service import Service
from goldomatic.values import Code, Refused

AnyConnection = ASGIConnection[Any, Any, Any, Any]

CSRF_FIELD = "csrfToken"
CSRF_HEADER = "x-csrf-token"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_KEPT = "signed_in"


async def visitors(connection: AnyConnection, _: BaseRouteHandler) -> None:
    """Anybody; who has signed in is known by `visitor_of`."""
    await _let_in(connection, await _signed_in(connection))


async def viewers_only(connection: AnyConnection, _: BaseRouteHandler) -> None:
    """Whoever has signed in; raises `unauthenticated` for others."""
    signed_in = await _signed_in(connection)
    if signed_in is None:
        raise Refused(Code.UNAUTHENTICATED, "Unauthorized")
    await _let_in(connection, signed_in)


async def broadcaster_only(connection: AnyConnection, _: BaseRouteHandler) -> None:
    """The broadcaster; raises `unauthorized` for everybody else, signed in or not."""
    signed_in = await _signed_in(connection)
    if signed_in is None or not signed_in.account.is_broadcaster:
        raise Refused(Code.UNAUTHORIZED, "Unauthorized access")
    await _let_in(connection, signed_in)


def account_of(request: AnyConnection) -> Account:
    """Whom `viewers_only` or `broadcaster_only` has let in."""
    signed_in = signed_in_of(request)
    if signed_in is None:
        raise RuntimeError("the route has no guard that asks for an account")
    return signed_in.account


def visitor_of(request: AnyConnection) -> Account | None:
    """Who has come, where a guard of this module has looked; None for nobody known."""
    signed_in = signed_in_of(request)
    return signed_in.account if signed_in else None


def signed_in_of(request: AnyConnection) -> SignedIn | None:
    """The account with the login session that the request came by."""
    found: SignedIn | None = request.scope["state"][_KEPT]
    return found


def csrf_token_of(request: AnyConnection) -> str:
    """The token for the forms of a page; empty for a visitor who has neither session nor cookie."""
    sessions = _service(request).accounts.sessions
    return sessions.csrf_token(signed_in_of(request), request.cookies.get(sessions.visitor_name))


async def check_csrf(connection: AnyConnection, signed_in: SignedIn | None) -> None:
    """Refuse with `csrf_failed` a change that another site's page may have sent."""
    if connection.scope.get("method") in _READING:
        return
    origin = _origin(connection)
    # Nobody's browser: it carries no cookie that another could make use of.
    is_harmless = signed_in is None and origin is Origin.UNTOLD
    if origin is Origin.OWN or is_harmless:
        return
    sessions = _service(connection).accounts.sessions
    visitor = connection.cookies.get(sessions.visitor_name)
    if not sessions.is_csrf_token(await _given_token(connection), signed_in, visitor):
        raise Refused(Code.CSRF_FAILED, "Request rejected")


async def _signed_in(connection: AnyConnection) -> SignedIn | None:
    return await _service(connection).accounts.sessions.find(connection.cookies)


async def _let_in(connection: AnyConnection, signed_in: SignedIn | None) -> None:
    if signed_in is not None:
        await check_csrf(connection, signed_in)
        _service(connection).accounts.used(signed_in.account)
    connection.scope["state"][_KEPT] = signed_in


def _origin(connection: AnyConnection) -> Origin:
    headers = connection.headers
    return origin_of(
        headers.get("sec-fetch-site"),
        headers.get("origin"),
        headers.get("host", ""),
        _service(connection).accounts.own_origin,
    )


async def _given_token(connection: AnyConnection) -> str:
    if given := connection.headers.get(CSRF_HEADER):
        return given
    is_form = connection.headers.get("content-type", "").startswith(_FORMS)
    if not is_form or not isinstance(connection, Request):
        return ""
    given = (await connection.form()).get(CSRF_FIELD)
    return given if isinstance(given, str) else ""


def _service(connection: AnyConnection) -> Service:
    service: Service = connection.app.state.service
    return service
