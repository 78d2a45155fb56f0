"""What the pages show of the roulette: the running round, the pool, the draws and their proofs."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from goldomatic.draws import draw_lines, draw_record, draw_result
from goldomatic.fairdraw.record import DrawRecord, Entrant, Status
from goldomatic.fairdraw.report import Report
from goldomatic.fairdraw.verify import verify
from goldomatic.roulette import cycle as cycles
from goldomatic.roulette.api import pool_names
from goldomatic.roulette.cycle import Phase
from goldomatic.roulette.draws import FORCED, record_url
from goldomatic.service import Service, service_of
from goldomatic.values import parse_rfc3339
from goldomatic.web.pages import page
from goldomatic.web.routes import browser_route
from goldomatic.web.wire import AnyRequest, read_uuid

MOST_ENTRANTS_SHOWN = 100
MOST_ENTRANTS_CHECKED = 20_000
"""A longer list takes seconds to check; its page names the command instead."""

VOID_TEXTS = frozenset(
    {
        "empty",
        "nobody_eligible",
        "missed",
        "seed_lost",
        "session_ended",
        "the_request_ended_without_a_draw",
        FORCED.replace(" ", "_"),
    }
)


class RunningDraw(Struct, frozen=True):
    """What is public about the draw of the running round."""

    draw_id: str
    commitment: str
    status: Status


class RoundView(Struct, frozen=True, kw_only=True):
    """The running round at an instant. Names nobody: the drawn candidate is not public."""

    phase: Phase
    now: datetime
    next_spin_at: datetime
    interval: timedelta
    draw: RunningDraw | None

    @property
    def draw_at(self) -> datetime:
        """When the list is fixed: 80 % of the interval."""
        return self.next_spin_at - self.interval / 5

    @property
    def seconds_to_spin(self) -> float:
        return (self.next_spin_at - self.now).total_seconds()

    @property
    def seconds_to_draw(self) -> float:
        return (self.draw_at - self.now).total_seconds()

    @property
    def percent(self) -> float:
        """How much of the interval has passed."""
        return round(100 * (1 - (self.next_spin_at - self.now) / self.interval), 1)


class PoolView(Struct, frozen=True):
    """How many are in the pool, and some or all of their names."""

    count: int
    names: list[str]


class DrawView(Struct, frozen=True, kw_only=True):
    """A draw's proof. `report` is None for a list that is too long to be checked on the fly."""

    record: DrawRecord
    at: datetime
    result: str | None
    report: Report | None
    page_url: str
    record_url: str

    @property
    def entrants(self) -> Sequence[Entrant]:
        """As much of the list as the page shows."""
        return self.record.entrants[:MOST_ENTRANTS_SHOWN]

    @property
    def void_text(self) -> str:
        """The name of the text that explains why a draw is void."""
        name = (self.record.void_reason or "").replace(" ", "_")
        return name if name in VOID_TEXTS else "other"


def round_view(service: Service, now: datetime) -> RoundView:
    """The durable state of the running round."""
    roulette = service.state.roulette
    return RoundView(
        phase=cycles.phase(roulette.current.durable, len(roulette.pool.durable), now),
        now=now,
        next_spin_at=cycles.next_spin_at(now, service.interval),
        interval=service.interval,
        draw=_running_draw(service),
    )


def _running_draw(service: Service) -> RunningDraw | None:
    cycle = service.state.roulette.current.durable
    if cycle is None:
        return None
    status = Status.COMMITTED
    if cycle.drawn_position is not None:
        status = Status.REVEALED if cycle.revealed else Status.FROZEN
    return RunningDraw(cycle.spin_cycle_id, cycle.commitment, status)


def pool_view(service: Service) -> PoolView:
    """The pool: how many, and the names that are shown, sorted so that they do not jump."""
    names = sorted(pool_names(service), key=str.casefold)
    return PoolView(len(service.state.roulette.pool.durable), names)


async def draw_view(service: Service, draw_id: str) -> DrawView:
    """A draw's proof with the result of its checks; raises `not_found`."""
    record = await draw_record(service, draw_id)
    report = None
    if record.entrant_count <= MOST_ENTRANTS_CHECKED:
        report = await asyncio.to_thread(verify, record)
    return DrawView(
        record=record,
        at=parse_rfc3339(record.committed_at),
        result=await draw_result(service, draw_id),
        report=report,
        page_url=f"{service.settings.public_url.rstrip('/')}/draws/{draw_id}",
        record_url=record_url(draw_id),
    )


@browser_route("/draws")
async def draws_page(request: AnyRequest) -> Response[bytes]:
    """How a draw works, and the newest draws."""
    service = service_of(request)
    service.gate.anybody(request.scope)
    lines = await draw_lines(service)
    running = _running_draw(service)
    return page(
        request,
        "roulette/draws.html",
        lines=lines,
        running=running,
        command=f"goldomatic verify {service.settings.public_url.rstrip('/')}/draws/…",
    )


@browser_route("/draws/{draw_id:str}")
async def draw_page(request: AnyRequest, draw_id: FromPath[str]) -> Response[bytes]:
    """The proof of one draw."""
    service = service_of(request)
    service.gate.anybody(request.scope)
    view = await draw_view(service, read_uuid(draw_id))
    return page(request, "roulette/draw.html", draw=view, record=view.record)


ROUTES: Sequence[HTTPRouteHandler] = (draws_page, draw_page)
