"""The overlay as a page for the browser source of a streaming program."""

from collections.abc import Sequence

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from goldomatic.overlay import link
from goldomatic.overlay.api import LIVE_PATH, SCENE_PATH, admit
from goldomatic.overlay.scene import scene
from goldomatic.service import service_of
from goldomatic.web.pages import page
from goldomatic.web.routes import browser_route
from goldomatic.web.wire import AnyRequest


@browser_route(link.PATH)
async def overlay_page(request: AnyRequest) -> Response[bytes]:
    """Transparent, without navigation. Needs the overlay's link."""
    service = service_of(request)
    admit(service, request.scope)
    return page(
        request,
        "overlay/overlay.html",
        scene=scene(service),
        live_path=LIVE_PATH,
        scene_path=SCENE_PATH,
    )


ROUTES: Sequence[HTTPRouteHandler] = (overlay_page,)
