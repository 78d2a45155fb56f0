"""JSON routes for the broadcaster: sessions, submissions, removing entries."""

import asyncio
from collections.abc import Mapping, Sequence

from litestar import Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from goldomatic.accounts.guard import account_of, broadcaster_only
from goldomatic.raffle import acting, public
from goldomatic.raffle.answers import RaffleSession, encode, session_answer
from goldomatic.raffle.api import problems
from goldomatic.raffle.breakdowns import Weight
from goldomatic.raffle.sessions import session_name
from goldomatic.raffle.state import Member
from goldomatic.raffle.weights import number
from goldomatic.raffle.wire import failing, read_object, read_object_or_nothing
from goldomatic.service import service_of
from goldomatic.values import Code, Refused, ViewerId
from goldomatic.web.openapi import answer
from goldomatic.web.wire import Answer, AnyRequest

LARGEST_ENTRY_ID = 2**53


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
    responses={200: answer(EndedSession, "It has ended."), **problems(400, 401, 403)},
)
async def end(request: AnyRequest) -> Response[bytes]:
    """Carry over and end the active session, in one transaction."""
    service, account = service_of(request), account_of(request)
    body = await read_object_or_nothing(request)
    session_id, changed = await acting.end_session(
        service, reset=body.get("resetWeights") is True, actor=account.viewer_id
    )
    session = session_answer(service.state.raffle.sessions.durable.get(session_id))
    members = service.state.raffle.members.durable

    def encoded() -> bytes:
        done = carry_over_answer(members, acting.carried(changed))
        return encode(EndedSession(success=True, session=session, carry_over=done))

    # A long list would keep everybody else waiting.
    return Response(await asyncio.to_thread(encoded), media_type="application/json")


def carry_over_answer(
    members: Mapping[ViewerId, Member], carried: Sequence[tuple[ViewerId, int]]
) -> CarryOver:
    """What a run of carry-over has done, in the order of the ids."""
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
    await acting.set_submissions(service, is_open=wanted, actor=actor)
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
    await acting.remove_entry(service, read_entry_id(entry_id), actor)
    return Done(success=True, message="Entry removed successfully")


def read_entry_id(text: str) -> int:
    """The number of an entry from an address; raises `invalid_entry_id`."""
    found = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    if not 1 <= found <= LARGEST_ENTRY_ID:
        raise Refused(Code.INVALID_ENTRY_ID, "Invalid entry ID")
    return found


ROUTES: Sequence[HTTPRouteHandler] = (
    start,
    end,
    submissions,
    set_submissions,
    remove,
)
