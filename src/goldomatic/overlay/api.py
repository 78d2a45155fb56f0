"""The overlay's own routes, opened by its link; and the broadcaster's, who hands the link out."""

from collections.abc import Sequence
from urllib.parse import parse_qs

from litestar import get, post
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.types import Receive, Send
from litestar.types import Scope as AsgiScope

from goldomatic import channel
from goldomatic.ledger.event import Recorded
from goldomatic.live import Feed, serve_client
from goldomatic.live_messages import Message
from goldomatic.overlay import link
from goldomatic.overlay.events import OverlayLinkRenewed
from goldomatic.overlay.scene import Scene, scene
from goldomatic.service import Service, service_of
from goldomatic.web.openapi import LINK, TOKEN, refusals
from goldomatic.web.raw import raw_route
from goldomatic.web.wire import Answer, AnyRequest

SCENE_PATH = "/api/overlay/scene"
LIVE_PATH = "/api/overlay/live"


class OverlayLink(Answer):
    """Where the overlay is, and how many watch it now through this process.

    Whoever has the address sees the overlay, and nothing more.
    """

    url: str
    watchers: int


class OverlayFeed(Feed):
    """Sends the scene whole; whoever came by a link that is void now is sent away.

    A scene is the heartbeat too: a page that hears none for long knows that its connection is dead.
    """

    def heartbeat(self) -> bytes:
        return self.state()

    def after_commit(self, recorded: Sequence[Recorded], own: bool) -> None:
        super().after_commit(recorded, own)
        if any(isinstance(each.event, OverlayLinkRenewed) for each in recorded):
            self.disconnect()


def feed(service: Service) -> Feed:
    """The overlay's feed of a service."""
    return OverlayFeed(service, lambda service: Message("scene", scene(service)), lambda *_: ())


def link_path(service: Service) -> str:
    """The valid link, without the service's address."""
    number = service.state.overlay.number.durable
    return f"{link.PATH}?link={link.sign(service.settings.secret_key, service.channel, number)}"


def link_url(service: Service) -> str:
    """The valid link."""
    return service.settings.public_url.rstrip("/") + link_path(service)


def admit(service: Service, scope: AsgiScope) -> None:
    """Let in who came by the valid link; raises `forbidden_link` for others."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    given = query.get("link", [""])[0]
    number = link.signed_number(service.settings.secret_key, service.channel, given)
    is_valid = number is not None and number == service.state.overlay.number.durable
    service.gate.link_holder(scope, is_valid=is_valid)


@get(
    SCENE_PATH,
    summary="What the overlay shows",
    security=LINK,
    responses=refusals(403, 429),
)
async def overlay_scene(request: AnyRequest) -> Scene:
    """The scene at this moment. Needs the overlay's link."""
    service = service_of(request)
    admit(service, request.scope)
    return scene(service)


@raw_route("GET", LIVE_PATH)
async def overlay_live(service: Service, scope: AsgiScope, receive: Receive, send: Send) -> None:
    """The scene, again after every change. Needs the overlay's link."""
    admit(service, scope)
    client = await service.overlay_feed.open(None, None)
    await serve_client(service.overlay_feed, client, receive, send)


@get(
    "/api/broadcaster/overlay",
    summary="The overlay's link",
    security=TOKEN,
    responses=refusals(401, 403, 429),
)
async def overlay_link(request: AnyRequest) -> OverlayLink:
    """The valid link. Needs the role broadcaster."""
    service = service_of(request)
    service.gate.broadcaster(request.scope)
    return _answer(service)


@post(
    "/api/broadcaster/overlay/renew",
    status_code=200,
    summary="A new link for the overlay",
    security=TOKEN,
    responses=refusals(401, 403, 429),
)
async def renew_overlay_link(request: AnyRequest) -> OverlayLink:
    """A new link; every earlier one is void at once. Needs the role broadcaster."""
    service = service_of(request)
    caller = service.gate.broadcaster(request.scope)
    actor = f"broadcaster:{caller.viewer_id or service.channel}"
    await service.ledger.change(channel.renew_overlay_link(actor))
    return _answer(service)


def _answer(service: Service) -> OverlayLink:
    return OverlayLink(url=link_url(service), watchers=service.overlay_feed.watchers)


ROUTES: Sequence[HTTPRouteHandler | ASGIRouteHandler] = (
    overlay_scene,
    overlay_live,
    overlay_link,
    renew_overlay_link,
)
