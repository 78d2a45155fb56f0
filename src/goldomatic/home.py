"""The public page of the gold roulette, where pool, spins and payouts meet."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery
from msgspec import Struct

from goldomatic.ledger.event import Event, Recorded, ViewerForgotten
from goldomatic.panel import LastOutcome, deaf_since, last_outcome
from goldomatic.payouts import events as payout_events
from goldomatic.payouts import views as payout_views
from goldomatic.payouts.events import PayoutStatus
from goldomatic.payouts.rules import GOLD_PER_WIN, LIFETIME_CAP
from goldomatic.payouts.views import PayoutRow
from goldomatic.roulette.events import PoolMemberEnrolled, PoolMemberRemoved, SpinCycleResolved
from goldomatic.roulette.pages import pool_view, round_view
from goldomatic.service import Service, service_of
from goldomatic.values import Code, Refused
from goldomatic.web.i18n import LANGUAGES
from goldomatic.web.pages import OBS, html, language_of, page, render
from goldomatic.web.routes import browser_route
from goldomatic.web.wire import AnyRequest

WINNERS_SHOWN = 10

POOL_EVENTS: tuple[type[Event], ...] = (PoolMemberEnrolled, PoolMemberRemoved, ViewerForgotten)
RESULT_EVENTS: tuple[type[Event], ...] = (*payout_events.EVENTS, SpinCycleResolved, ViewerForgotten)


class Results(Struct, frozen=True):
    """What has come of the draws so far."""

    outcome: LastOutcome | None
    winners: list[PayoutRow]
    counts: dict[PayoutStatus, int]


class Kept:
    """Something that is made again only after `forget`, once for all who wait for it."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._value: bytes | None = None
        self._age = 0

    def forget(self) -> None:
        """What is kept, or is being made now, is old."""
        self._value = None
        self._age += 1

    async def get(self, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """The value; made by `make` if none is kept."""
        async with self._lock:
            if self._value is not None:
                return self._value
            age = self._age
            value = await make()
            if age == self._age:
                self._value = value
            return value


class Board:
    """The parts of the page that scripts fetch again when something has happened.

    All who watch ask at the same moment, so each part is rendered once for each language.
    """

    def __init__(self) -> None:
        self.pool = {language: Kept() for language in LANGUAGES}
        self.results = {language: Kept() for language in LANGUAGES}

    def after_commit(self, recorded: Sequence[Recorded], own: bool) -> None:
        """Forget what the committed events have changed; to be called by the ledger."""
        if any(isinstance(each.event, POOL_EVENTS) for each in recorded):
            _forget(self.pool)
        if any(isinstance(each.event, RESULT_EVENTS) for each in recorded):
            _forget(self.results)


def _forget(kept: dict[str, Kept]) -> None:
    for each in kept.values():
        each.forget()


async def results_of(service: Service) -> Results:
    """The last outcome, the newest winners and how many payouts stand where."""
    winners = await payout_views.newest(service.store, service.channel, WINNERS_SHOWN)
    payouts = service.state.payouts.payouts.durable.values()
    counted = Counter(payout.status for payout in payouts)
    counts = {status: counted[status] for status in PayoutStatus}
    return Results(last_outcome(service), winners, counts)


@browser_route("/roulette")
async def status_page(
    request: AnyRequest, fragment: FromQuery[str | None] = None
) -> Response[bytes]:
    """The public page of the roulette; `fragment` asks for a part of it, as scripts do."""
    service = service_of(request)
    service.gate.anybody(request.scope)
    if fragment is not None:
        return await _fragment(request, service, fragment)
    is_obs = request.query_params.get("view") == OBS
    return page(
        request,
        "roulette/obs.html" if is_obs else "roulette/status.html",
        round=round_view(service, service.clock()),
        pool=pool_view(service),
        results=await results_of(service),
        gold=GOLD_PER_WIN,
        cap=LIFETIME_CAP,
        deaf=deaf_since(service) is not None,
    )


async def _fragment(request: AnyRequest, service: Service, name: str) -> Response[bytes]:
    language = language_of(request)
    board: Board = request.app.state.board

    async def pool() -> bytes:
        return render(request, "roulette/_pool.html", language, pool=pool_view(service))

    async def results() -> bytes:
        found = await results_of(service)
        return render(request, "roulette/_results.html", language, results=found, gold=GOLD_PER_WIN)

    if name == "pool":
        return html(request, await board.pool[language].get(pool))
    if name == "results":
        return html(request, await board.results[language].get(results))
    raise Refused(Code.NOT_FOUND, "The page has no such part.")


ROUTES: Sequence[HTTPRouteHandler] = (status_page,)
