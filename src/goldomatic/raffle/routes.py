"""All JSON routes of the raffle."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from goldomatic.raffle import (
    admin,
    api,
    checking,
    draw_api,
    history,
    listing,
    maintenance,
    receipts,
    weighing,
)

ROUTES: Sequence[HTTPRouteHandler] = (
    *api.ROUTES,
    *receipts.ROUTES,
    *checking.ROUTES,
    *admin.ROUTES,
    *draw_api.ROUTES,
    *listing.ROUTES,
    *history.ROUTES,
    *weighing.ROUTES,
    *maintenance.ROUTES,
)
