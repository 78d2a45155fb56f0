"""How a page or file for browsers is routed."""

from collections.abc import Sequence

from litestar import HttpMethod, route
from litestar.handlers import HTTPRouteHandler
from litestar.types import Guard


def browser_route(*paths: str, guards: Sequence[Guard] = ()) -> HTTPRouteHandler:
    """A route that answers GET and HEAD and is no part of the API's description."""
    methods = [HttpMethod.GET, HttpMethod.HEAD]
    return route(
        list(paths),
        http_method=methods,
        status_code=200,
        include_in_schema=False,
        guards=list(guards),
    )
