"""JSON routes for the broadcaster's draws: drawing, and showing a hidden result."""

import asyncio
import heapq
from collections.abc import Sequence

from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from goldomatic.accounts.guard import account_of, broadcaster_only
from goldomatic.raffle import acting, history
from goldomatic.raffle.admin import Done
from goldomatic.raffle.api import problems
from goldomatic.raffle.breakdowns import Weight
from goldomatic.raffle.drawing import roll
from goldomatic.raffle.events import RaffleDrawFrozen
from goldomatic.raffle.weights import number
from goldomatic.raffle.wire import failing, read_object
from goldomatic.service import Service, service_of
from goldomatic.web.wire import Answer, AnyRequest

MOST_SPUN = 20


class DrawnWinner(Answer):
    """Who was drawn; `weight` is the weight before bits and gifts were set to 0."""

    id: int
    name: str
    email: str | None
    user_id: str
    weight: Weight


class Spun(Answer):
    """A name for the wheel."""

    name: str
    weight: Weight


class PickedWinner(Answer):
    """A draw that was held. `seed` is what was committed to; `recordUrl` is the proof.

    With `hideUntilReveal` the proof shows the frozen list at once, and seed and winner with the
    reveal.
    """

    success: bool
    winner: DrawnWinner
    spin_list: list[Spun]
    seed: str
    total_weight: Weight
    message: str
    draw_id: str
    roll: int
    record_url: str
    proof_url: str
    hidden: bool


@post(
    "/api/pick-winner",
    status_code=200,
    guards=[broadcaster_only],
    summary="Draw a winner",
    exception_handlers=failing("An error occurred while picking the winner"),
    responses=problems(400, 401, 403, 409),
)
async def pick_winner(request: AnyRequest) -> PickedWinner:
    """Draw among the entries that wait, by weight. Needs the broadcaster's login session."""
    service, account = service_of(request), account_of(request)
    body = await read_object(request, optional=True)
    drawn = await acting.draw(
        service, hidden=body.get("hideUntilReveal") is True, actor=account.viewer_id
    )
    return await _picked(service, drawn)


async def _picked(service: Service, drawn: acting.Drawn) -> PickedWinner:
    frozen, won = drawn.frozen, drawn.winner
    total = sum(frozen.weights)
    name = won.personal.name if won.personal else ""
    return PickedWinner(
        success=True,
        winner=DrawnWinner(
            id=won.entry_id,
            name=name or "Unknown",
            email=await service.accounts.store.email(won.viewer_id),
            user_id=won.viewer_id,
            weight=number(won.weight),
        ),
        spin_list=_spun(service, await asyncio.to_thread(_heaviest, frozen), won.entry_id),
        seed=drawn.seed.hex(),
        total_weight=number(total),
        message="Cheer bits and gifted subs reset for winner",
        draw_id=won.draw_id,
        roll=roll(drawn.seed, won.draw_id, bytes.fromhex(frozen.root), total),
        record_url=f"/api/draws/{won.draw_id}",
        proof_url=f"/draws/{won.draw_id}",
        hidden=won.hidden,
    )


def _heaviest(frozen: RaffleDrawFrozen) -> list[tuple[int, int]]:
    """Weight and id of the heaviest entries, one more than are spun."""
    return heapq.nlargest(MOST_SPUN + 1, zip(frozen.weights, frozen.entries, strict=True))


def _spun(service: Service, heaviest: list[tuple[int, int]], winner: int) -> list[Spun]:
    """The heaviest other members of the pool."""
    entries = service.state.raffle.entries.durable
    return [
        Spun(name=entry.name, weight=number(weight))
        for weight, entry_id in heaviest
        if entry_id != winner and (entry := entries.get(entry_id))
    ][:MOST_SPUN]


@post(
    "/api/admin/draws/{draw_id:str}/reveal",
    status_code=200,
    guards=[broadcaster_only],
    summary="Show a hidden result",
    exception_handlers=failing("Failed to reveal draw"),
    responses=problems(401, 403, 404),
)
async def reveal(request: AnyRequest, draw_id: FromPath[str]) -> Done:
    """Publish the seed and the winner of a draw that was held hidden; again changes nothing."""
    service = service_of(request)
    await history.require_draw(service, draw_id)
    await acting.reveal(service, draw_id)
    return Done(success=True)


ROUTES: Sequence[HTTPRouteHandler] = (pick_winner, reveal)
