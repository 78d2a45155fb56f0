"""`/`: the channel's home, where both products meet: the raffle, and a card of the roulette."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect
from msgspec import Struct

from goldomatic.accounts.guard import visitors
from goldomatic.panel import last_outcome
from goldomatic.raffle import pages as raffle
from goldomatic.roulette.pages import RoundView, round_view
from goldomatic.service import Service, service_of
from goldomatic.web.routes import browser_route
from goldomatic.web.wire import AnyRequest

HOME = "/"
ROULETTE = "/roulette"


class RouletteCard(Struct, frozen=True):
    """What the home page shows of the roulette."""

    round: RoundView
    in_pool: int
    winner: str | None


def roulette_card(service: Service) -> RouletteCard | None:
    """The card, where the roulette is there."""
    if not service.settings.roulette:
        return None
    outcome = last_outcome(service)
    return RouletteCard(
        round=round_view(service, service.clock()),
        in_pool=len(service.state.roulette.pool.durable),
        winner=outcome.character_name if outcome and outcome.result == "winner" else None,
    )


@browser_route(HOME, guards=[visitors])
async def home(request: AnyRequest) -> Response[bytes]:
    """Sign in, enter the raffle, see the leaderboard; `fragment=mine` is the viewer's own part."""
    return await raffle.show(request, "home", roulette=roulette_card(service_of(request)))


@post(HOME, guards=[visitors], include_in_schema=False)
async def home_form(request: AnyRequest) -> Response[Any]:
    """Enter the raffle without scripts."""
    return await raffle.submit(request, "home", roulette=roulette_card(service_of(request)))


@get(HOME, include_in_schema=False, status_code=307)
async def home_is_roulette(request: AnyRequest) -> Redirect:
    """Without the raffle, the roulette's page is the home."""
    query = request.scope["query_string"].decode("latin-1")
    return Redirect(f"{ROULETTE}?{query}" if query else ROULETTE, status_code=307)


ROUTES: Sequence[HTTPRouteHandler] = (home, home_form)
WITHOUT_RAFFLE: Sequence[HTTPRouteHandler] = (home_is_roulette,)
