"""JSON routes for the broadcaster: sessions, submissions, draws, entries."""

from collections.abc import Sequence
from typing import Any

from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from goldomatic.accounts.guard import account_of, broadcaster_only
from goldomatic.raffle import acting, history, public, rules
from goldomatic.raffle.answers import RaffleSession, session_answer
from goldomatic.raffle.api import problems
from goldomatic.raffle.breakdowns import Weight
from goldomatic.raffle.drawing import roll
from goldomatic.raffle.sessions import session_name
from goldomatic.raffle.weights import number
from goldomatic.raffle.wire import failing, read_object, read_object_or_nothing
from goldomatic.service import Service, service_of
from goldomatic.values import Code, Refused
from goldomatic.web.wire import Answer, AnyRequest

MOST_SPUN = 20
LARGEST_ENTRY_ID = 2**53


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


class StartedSession(Answer):
    """A session that has begun, and how many entries went on in it."""

    success: bool
    session: RaffleSession | None
    moved_entries: int


class Carried(Answer):
    """Whose carry-over is now what."""

    id: str
    username: str
    carry_over_weight: Weight


class CarryOver(Answer):
    """What a carry-over has done."""

    updated_count: int
    users: list[Carried]


class EndedSession(Answer):
    """A session that has ended."""

    success: bool
    session: RaffleSession | None
    carry_over: CarryOver


class Submissions(Answer):
    """The switch."""

    success: bool
    submissions_open: bool


class Done(Answer):
    """It is done."""

    success: bool
    message: str | None = None


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
        spin_list=_spun(service, drawn),
        seed=drawn.seed.hex(),
        total_weight=number(total),
        message="Cheer bits and gifted subs reset for winner",
        draw_id=won.draw_id,
        roll=roll(drawn.seed, won.draw_id, bytes.fromhex(frozen.root), total),
        record_url=f"/api/draws/{won.draw_id}",
        proof_url=f"/draws/{won.draw_id}",
        hidden=won.hidden,
    )


def _spun(service: Service, drawn: acting.Drawn) -> list[Spun]:
    """The heaviest other members of the pool."""
    entries = service.state.raffle.entries.durable
    others = sorted(
        (pair for pair in zip(drawn.frozen.weights, drawn.frozen.entries, strict=True)),
        reverse=True,
    )[: MOST_SPUN + 1]
    return [
        Spun(name=entry.name, weight=number(weight))
        for weight, entry_id in others
        if entry_id != drawn.winner.entry_id and (entry := entries.get(entry_id))
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


@post(
    "/api/admin/session/start",
    status_code=200,
    guards=[broadcaster_only],
    summary="Start a session",
    exception_handlers=failing("Failed to start session"),
    responses=problems(400, 401, 403),
)
async def start(request: AnyRequest) -> StartedSession:
    """Begin a raffle session; entries that were not drawn in the last one go on in it."""
    service, account = service_of(request), account_of(request)
    body = await read_object_or_nothing(request)
    name = session_name(body.get("name"))
    session_id, moved = await acting.start_session(service, name, account.viewer_id)
    session = service.state.raffle.sessions.durable.get(session_id)
    return StartedSession(success=True, session=session_answer(session), moved_entries=moved)


@post(
    "/api/admin/session/end",
    status_code=200,
    guards=[broadcaster_only],
    summary="End the session",
    exception_handlers=failing("Failed to end session"),
    responses=problems(400, 401, 403),
)
async def end(request: AnyRequest) -> EndedSession:
    """Carry over and end the active session, in one transaction."""
    service, account = service_of(request), account_of(request)
    body = await read_object_or_nothing(request)
    session_id, changed = await acting.end_session(
        service, reset=body.get("resetWeights") is True, actor=account.viewer_id
    )
    session = service.state.raffle.sessions.durable.get(session_id)
    return EndedSession(
        success=True,
        session=session_answer(session),
        carry_over=carry_over_answer(service, acting.carried(changed)),
    )


def carry_over_answer(service: Service, carried: Sequence[tuple[Any, int]]) -> CarryOver:
    """What a run of carry-over has done, in the order of the ids."""
    members = service.state.raffle.members.durable
    users = [
        Carried(
            id=viewer_id,
            username=member.login if (member := members.get(viewer_id)) else "",
            carry_over_weight=number(carry),
        )
        for viewer_id, carry in carried
    ]
    return CarryOver(updated_count=len(users), users=users)


@get(
    "/api/admin/submissions",
    guards=[broadcaster_only],
    summary="The submissions switch",
    exception_handlers=failing("Failed to fetch submissions state"),
    responses=problems(401),
)
async def submissions(request: AnyRequest) -> Submissions:
    """Whether submissions are open."""
    is_open = public.submissions_open(service_of(request).state.raffle)
    return Submissions(success=True, submissions_open=is_open)


@post(
    "/api/admin/submissions",
    status_code=200,
    guards=[broadcaster_only],
    summary="Open or close submissions",
    exception_handlers=failing("Failed to update submissions state"),
    responses=problems(400, 401, 403),
)
async def set_submissions(request: AnyRequest) -> Submissions:
    """Turn the switch; the only route that does. The same again changes nothing."""
    service, actor = service_of(request), account_of(request).viewer_id
    body = await read_object(request, message="Invalid JSON body")
    wanted = body.get("submissionsOpen")
    if not isinstance(wanted, bool):
        raise Refused(Code.INVALID_BODY, "submissionsOpen boolean is required")
    await service.ledger.change(
        lambda state, now: rules.set_submissions(state.raffle, is_open=wanted, actor=actor)
    )
    is_open = public.submissions_open(service.state.raffle)
    return Submissions(success=True, submissions_open=is_open)


@delete(
    "/api/admin/entries/{entry_id:str}",
    status_code=200,
    guards=[broadcaster_only],
    summary="Remove an entry",
    exception_handlers=failing("Failed to delete entry"),
    responses=problems(400, 401, 403, 404),
)
async def remove(request: AnyRequest, entry_id: FromPath[str]) -> Done:
    """Take an entry out of whatever session it is in, also a winner's."""
    service, actor = service_of(request), account_of(request).viewer_id
    number_ = int(entry_id) if entry_id.isascii() and entry_id.isdigit() else 0
    if not 1 <= number_ <= LARGEST_ENTRY_ID:
        raise Refused(Code.INVALID_ENTRY_ID, "Invalid entry ID")
    await service.ledger.change(lambda state, now: rules.remove_entry(state.raffle, number_, actor))
    return Done(success=True, message="Entry removed successfully")


ROUTES: Sequence[HTTPRouteHandler] = (
    pick_winner,
    reveal,
    start,
    end,
    submissions,
    set_submissions,
    remove,
)
