"""POST /api/e2e/prepare-pending-payout: a winner without a wait, for end-to-end tests.

Open in development alone and only where `GOLDOMATIC_E2E_HARNESS` asks for it. The candidate is
named, not drawn, so the record of the cycle's draw is void.
"""

from collections.abc import Sequence

import msgspec
from litestar import Response, post
from litestar.handlers import HTTPRouteHandler

from goldomatic import channel
from goldomatic.ledger.event import Recorded
from goldomatic.roulette import spin
from goldomatic.roulette.events import SpinCandidateForced
from goldomatic.schedule import begin_cycle, spin_tick
from goldomatic.service import Service, service_of
from goldomatic.values import Code, Refused, ViewerId
from goldomatic.web.openapi import KEY, answer, refusals, takes
from goldomatic.web.wire import Answer, AnyRequest, Problem, read_json


class HarnessBody(msgspec.Struct, rename="camel"):
    """Who is to win."""

    twitch_user_id: str | None = None


class HarnessAnswer(Answer):
    """The payout that was made."""

    payout_id: str
    character_name: str


class HarnessProblem(msgspec.Struct):
    """This route's own shape of two refusals; every other one has the common shape."""

    error: str


@post(
    "/api/e2e/prepare-pending-payout",
    status_code=200,
    summary="Make a winner for a test",
    operation_class=takes(HarnessBody),
    security=KEY,
    responses=refusals(
        *(403, 404, 409, 413, 429),
        answers={400: answer(HarnessProblem | Problem, "The viewer cannot be made the winner.")},
    ),
)
async def prepare_pending_payout(
    request: AnyRequest,
) -> Response[HarnessAnswer] | Response[HarnessProblem]:
    """Make a member of the pool the verified winner of the running cycle. Needs the API key."""
    service = service_of(request)
    if not service.settings.e2e_harness:
        raise Refused(Code.NOT_FOUND, "Not found.")
    service.operator(request.scope)
    body = await read_json(request, HarnessBody)
    viewer_id = ViewerId((body.twitch_user_id or "").strip())
    if not viewer_id:
        return _problem("twitchUserId is required.")
    forced = await _force(service, viewer_id)
    if forced is None:
        return _problem("Viewer is not in the pool; run enrollment first.")
    return Response(await _verify(service, forced))


async def _force(service: Service, viewer_id: ViewerId) -> Recorded | None:
    """The candidate as recorded, in a cycle that has not paid yet; None for no member."""
    if viewer_id not in service.state.roulette.pool.durable:
        return None
    # First what the clock asks for, so that no seed is left behind unopened.
    await spin_tick(service)
    await begin_cycle(service, after_winner=True)
    changed = await service.ledger.change(
        lambda state, now: spin.force(state.roulette, now, viewer_id)
    )
    return changed.events[0] if changed.events else None


async def _verify(service: Service, forced: Recorded) -> HarnessAnswer:
    """Report the candidate online; raises what the verification refuses."""
    event: SpinCandidateForced = forced.event
    name = event.personal.character_name if event.personal else ""
    report = spin.Report(event.spin_cycle_id, name, online=True, captured_at=forced.at)
    payout_id = str(service.lots.uuid())
    await service.ledger.change(
        channel.verify_candidate(report, payout_id=payout_id, salt=service.lots.salt())
    )
    return HarnessAnswer(payout_id=payout_id, character_name=name)


def _problem(error: str) -> Response[HarnessProblem]:
    return Response(HarnessProblem(error), status_code=400)


ROUTES: Sequence[HTTPRouteHandler] = (prepare_pending_payout,)
