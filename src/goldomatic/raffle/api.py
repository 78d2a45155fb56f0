"""JSON routes of the raffle for viewers and everybody: enter, leaderboard, winner, own weight."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from goldomatic.accounts.guard import account_of, viewers_only, visitor_of, visitors
from goldomatic.raffle import asking, entering, explaining, public
from goldomatic.raffle.answers import (
    LatestWinner,
    Leaderboard,
    OwnSubmission,
    OwnWeight,
    RaffleStatus,
    WinnerName,
    submission,
    synced_user,
)
from goldomatic.raffle.breakdowns import breakdown
from goldomatic.raffle.weights import shown
from goldomatic.raffle.wire import RaffleProblem, failing, read_object
from goldomatic.service import Service, service_of
from goldomatic.values import ViewerId
from goldomatic.web.openapi import answer, takes
from goldomatic.web.wire import Answer, AnyRequest


class Entered(Answer):
    """The entry is recorded. `id` and `entryId` are the same number."""

    success: bool
    id: int
    entry_id: int


class EnterBody(msgspec.Struct, rename="camel"):
    """What a viewer submits."""

    name: str | None = None
    display_name: str | None = None
    demo_link: str | None = None
    notes: str | None = None


def problems(*statuses: int) -> dict[int, Any]:
    """The refusals of a route of the raffle, for its description."""
    told = (*statuses, 500, 503)
    return {status: answer(RaffleProblem, "Refused: decide by errorCode.") for status in told}


@post(
    "/api/enter",
    status_code=200,
    guards=[visitors],
    summary="Enter the raffle",
    operation_class=takes(EnterBody),
    exception_handlers=failing("An error occurred during registration"),
    responses=problems(400, 401, 403, 404, 413, 429),
)
async def enter(request: AnyRequest) -> Entered:
    """Submit an entry to the active session. Needs a login session."""
    entry_id = await entering.enter(
        service_of(request), request.scope, visitor_of(request), lambda: read_object(request)
    )
    return Entered(success=True, id=entry_id, entry_id=entry_id)


@get(
    "/api/leaderboard",
    summary="The heaviest twenty entries",
    exception_handlers=failing("An error occurred while fetching leaderboard"),
    responses={200: answer(Leaderboard, "The leaderboard."), **problems(429)},
)
async def leaderboard(request: AnyRequest) -> Response[bytes]:
    """The pool of the active session, heaviest first. Open to anybody."""
    service = service_of(request)
    service.gate.anybody(request.scope)
    return Response(await service.raffle.board.leaderboard(), media_type="application/json")


@get(
    "/api/status",
    summary="Whether anything has changed",
    exception_handlers=failing("Failed to load status"),
    responses=problems(429),
)
async def status(request: AnyRequest) -> RaffleStatus:
    """Session, switch and a version that changes with everything public. Open to anybody."""
    service = service_of(request)
    service.gate.anybody(request.scope)
    return await service.raffle.board.status()


@get(
    "/api/winner",
    summary="The newest winner",
    exception_handlers=failing("An error occurred while fetching the winner"),
    responses=problems(429),
)
async def winner(request: AnyRequest) -> LatestWinner:
    """Who won last in the active session, else in the one before. Open to anybody."""
    service = service_of(request)
    service.gate.anybody(request.scope)
    entry = public.winner(service.state.raffle, service.clock())
    if entry is None:
        return LatestWinner(winner=None)
    return LatestWinner(winner=WinnerName(id=entry.id, name=entry.name or "Unknown"))


@get(
    "/api/user/submission",
    guards=[viewers_only],
    summary="Own entry",
    exception_handlers=failing("Failed to fetch submission"),
    responses=problems(401),
)
async def own_submission(request: AnyRequest) -> OwnSubmission:
    """The viewer's entry that waits in the active session, else the oldest that waits anywhere."""
    service = service_of(request)
    viewer_id = account_of(request).viewer_id
    entry = public.submission(service.state.raffle, viewer_id, service.clock())
    return OwnSubmission(
        success=True,
        has_submission=entry is not None,
        submission=None if entry is None else submission(entry),
    )


@get(
    "/api/weight/me",
    guards=[viewers_only],
    summary="Own weight",
    exception_handlers=failing("Failed to load weight"),
    responses=problems(401, 404),
)
async def weight_me(request: AnyRequest) -> OwnWeight:
    """The viewer's weight and chance; asks Twitch first where ten minutes have passed."""
    service, account = service_of(request), account_of(request)
    await asking.join(service, account)
    await asking.refresh_stale(service, account.viewer_id)
    return own_weight(service, account.viewer_id)


def own_weight(service: Service, viewer_id: ViewerId) -> OwnWeight:
    """A viewer's weight as they may see it; raises `user_not_found`."""
    asking.known(service, viewer_id)
    member, formula, chance = explaining.standing(service, viewer_id)
    return OwnWeight(
        user=synced_user(member),
        breakdown=breakdown(member, formula),
        settings=shown(formula.numbers, formula.flags),
        chance_percent=chance,
        stale=member.total != formula.total(member),
    )


@get(
    "/api/weight/me/events",
    guards=[viewers_only],
    summary="What the own weight is made of, event by event",
    exception_handlers=failing("Failed to load weight"),
    responses=problems(401, 404),
)
async def weight_events(request: AnyRequest) -> explaining.Explained:
    """Every gift, cheer and carry-over that counts now, and what each of them adds."""
    service, account = service_of(request), account_of(request)
    await asking.join(service, account)
    return await explaining.explained(service, account.viewer_id)


ROUTES: Sequence[HTTPRouteHandler] = (
    enter,
    leaderboard,
    status,
    winner,
    own_submission,
    weight_me,
    weight_events,
)
