"""JSON routes of the roulette: state, own membership, candidate, verification, claim."""

from collections.abc import Sequence
from datetime import datetime
from random import SystemRandom
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.types import Receive, Scope, Send

from goldomatic import channel
from goldomatic.ledger.change import Cause
from goldomatic.roulette import cycle as cycles
from goldomatic.roulette import views
from goldomatic.roulette.cycle import Candidate, Cycle, Phase
from goldomatic.roulette.events import PoolMemberEnrolled
from goldomatic.roulette.rules import Entry
from goldomatic.roulette.spin import Report
from goldomatic.service import Service, service_of
from goldomatic.values import CharacterName, Code, Refused, ViewerId, rfc3339
from goldomatic.web.openapi import KEY, TOKEN, answer, refusals, takes
from goldomatic.web.raw import raw_route, respond_json
from goldomatic.web.wire import Answer, AnyRequest, Instant, read_instant, read_json

MOST_NAMES = 24
"""How many names of the pool are shown."""

_shuffle = SystemRandom()


class RouletteState(Answer):
    """Answer of GET /api/roulette/state: exactly these six fields."""

    next_spin_at: Instant
    server_now: Instant
    spin_interval_seconds: int
    pool_participant_count: int
    spin_phase: Phase
    current_spin_cycle_id: str | None


class PoolMe(Answer):
    """Whether the viewer is in the pool, and under which name."""

    is_enrolled: bool
    character_name: str | None


class CandidateAnswer(Answer):
    """Whom the bridge has to check now."""

    spin_cycle_id: str
    character_name: str
    twitch_display_name: str
    spin_phase: Phase
    selected_at: Instant
    verification_deadline: Instant


class VerifyBody(msgspec.Struct, rename="camel"):
    """The addon's report about the candidate."""

    schema_version: int
    spin_cycle_id: str
    character_name: str
    online: bool
    captured_at: str


class VerifyAnswer(Answer):
    """`result`: pending_created, offline or already_resolved."""

    result: str
    payout_id: str | None


class ClaimBody(msgspec.Struct, rename="camel"):
    """An entry through the Extension. `enrollmentRequestId` makes a repeat harmless."""

    character_name: str
    enrollment_request_id: str | None = None


class ClaimAnswer(Answer):
    """The entry as it stands in the pool."""

    character_name: str
    enrollment_request_id: str


def state_answer(service: Service, now: datetime) -> RouletteState:
    """The durable state of the roulette at an instant."""
    roulette = service.state.roulette
    current, count = roulette.current.durable, len(roulette.pool.durable)
    phase = cycles.phase(current, count, now)
    return RouletteState(
        next_spin_at=rfc3339(cycles.next_spin_at(now, service.interval)),
        server_now=rfc3339(now),
        spin_interval_seconds=service.settings.spin_interval_seconds,
        pool_participant_count=count,
        spin_phase=phase,
        current_spin_cycle_id=None if current is None or phase == "idle" else current.spin_cycle_id,
    )


@raw_route("GET", "/api/roulette/state")
async def roulette_state(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """State of the running spin cycle. Needs an Extension token, not an identity."""
    service.gate.reader(scope)
    await respond_json(send, state_answer(service, service.clock()))


@get(
    "/api/pool/me",
    summary="Own membership in the pool",
    security=TOKEN,
    responses=refusals(401, 403, 429),
)
async def pool_me(request: AnyRequest) -> PoolMe:
    """Whether the viewer is in the pool."""
    service = service_of(request)
    _, viewer_id = service.gate.identified_reader(request.scope)
    return await pool_me_answer(service, viewer_id)


async def pool_me_answer(service: Service, viewer_id: ViewerId) -> PoolMe:
    """Membership of a viewer, read from the table that all processes share."""
    name = await views.member_name(service.store, service.channel, viewer_id)
    return PoolMe(is_enrolled=name is not None, character_name=name)


def pool_names(service: Service) -> list[str]:
    """Names in the pool, at random: all, or a choice of a larger pool that differs each time."""
    members = service.state.roulette.pool.durable
    keys = list(members)
    chosen = _shuffle.sample(keys, min(MOST_NAMES, len(keys)))
    return [name for key in chosen if (name := members[key].character_name)]


def open_candidate(service: Service, now: datetime) -> Cycle | None:
    """The drawn, unresolved cycle whose window is open: the older one first."""
    roulette = service.state.roulette
    for cycle in (roulette.previous.durable, roulette.current.durable):
        if cycle and _is_known(cycle.candidate) and not cycle.resolved and now <= cycle.deadline:
            return cycle
    return None


def _is_known(candidate: Candidate | None) -> bool:
    """A candidate who was forgotten since has no name that anybody could look for."""
    return candidate is not None and candidate.character_name != ""


@get(
    "/api/roulette/candidate",
    summary="The candidate to check in the game",
    security=KEY,
    responses=refusals(403, 429, answers={204: answer(None, "Nobody is to be checked now.")}),
)
async def candidate(request: AnyRequest) -> Response[CandidateAnswer | None]:
    """204 unless a drawn candidate waits for a report. Needs the API key."""
    service = service_of(request)
    service.operator(request.scope)
    now = service.clock()
    cycle = open_candidate(service, now)
    if cycle is None or cycle.candidate is None:
        return Response(None, status_code=204)
    answer = CandidateAnswer(
        spin_cycle_id=cycle.spin_cycle_id,
        character_name=cycle.candidate.character_name,
        twitch_display_name=cycle.candidate.display_name,
        spin_phase=cycles.phase(cycle, len(service.state.roulette.pool.durable), now),
        selected_at=rfc3339(cycle.candidate.selected_at),
        verification_deadline=rfc3339(cycle.deadline),
    )
    return Response(answer)


@post(
    "/api/roulette/verify-candidate",
    status_code=200,
    summary="Report the online check",
    operation_class=takes(VerifyBody),
    security=KEY,
    responses=refusals(400, 403, 409, 413, 429),
)
async def verify_candidate(request: AnyRequest) -> VerifyAnswer:
    """Online: a payout is made. Offline: no winner this cycle. Needs the API key."""
    service = service_of(request)
    service.operator(request.scope)
    report = _report(await read_json(request, VerifyBody))
    payout_id = str(service.lots.uuid())
    decision = channel.verify_candidate(report, payout_id=payout_id, salt=service.lots.salt())
    changed = await service.ledger.change(decision)
    if not changed.events:
        return VerifyAnswer(result="already_resolved", payout_id=None)
    if report.online:
        return VerifyAnswer(result="pending_created", payout_id=payout_id)
    return VerifyAnswer(result="offline", payout_id=None)


def _report(body: VerifyBody) -> Report:
    if body.schema_version != 1:
        raise Refused(Code.INVALID_PAYLOAD, "schemaVersion must be 1.")
    captured_at = read_instant(body.captured_at, "capturedAt")
    try:
        spin_cycle_id = str(UUID(body.spin_cycle_id))
    except ValueError:
        raise Refused(Code.INVALID_PAYLOAD, "spinCycleId must be a UUID.") from None
    name = CharacterName.parse(body.character_name)
    return Report(spin_cycle_id, name, body.online, captured_at)


@post(
    "/api/payouts/claim",
    status_code=201,
    summary="Enter the pool through the Extension",
    operation_class=takes(ClaimBody),
    security=TOKEN,
    responses=refusals(
        *(400, 401, 403, 409, 413, 429),
        answers={200: answer(ClaimAnswer, "The same request was made before.")},
    ),
)
async def claim(request: AnyRequest) -> Response[ClaimAnswer]:
    """Enter the pool. 201, or 200 when the same viewer repeats the same request id."""
    service = service_of(request)
    caller, viewer_id = service.gate.identified_writer(request.scope)
    if not service.settings.roulette:
        raise Refused(Code.NOT_FOUND, "There is no roulette on this channel.")
    body = await read_json(request, ClaimBody)
    name = CharacterName.parse(body.character_name)
    request_id = _request_id(body.enrollment_request_id or "")
    await _require_subscriber(service, viewer_id)
    entry = Entry(
        viewer_id=viewer_id,
        display_name=caller.display_name,
        character_name=name,
        source="claim",
        subscriber=True,
        salt=service.lots.salt(),
    )
    cause = Cause(f"claim:{request_id}", remember_refusal=False)
    changed = await service.ledger.change(channel.enrol(entry), cause=cause)
    if changed.repeated_at is not None:
        return await _repeated(service, viewer_id, request_id, changed.repeated_at)
    answer = ClaimAnswer(character_name=name, enrollment_request_id=request_id)
    return Response(answer, status_code=201)


MAX_REQUEST_ID = 200
"""Characters of an enrollmentRequestId."""


def _request_id(text: str) -> str:
    request_id = text.strip()
    # PostgreSQL keeps any text but one with a NUL in it.
    if not request_id or len(request_id) > MAX_REQUEST_ID or "\0" in request_id:
        raise Refused(
            Code.INVALID_PAYLOAD, f"enrollmentRequestId must be 1 to {MAX_REQUEST_ID} characters."
        )
    return request_id


async def _repeated(
    service: Service, viewer_id: ViewerId, request_id: str, position: int
) -> Response[ClaimAnswer]:
    """The answer to a request id that was used before: the stored name, for its owner only."""
    first, *rest = await service.events(position, 2)
    if first.event.viewer_id == viewer_id:
        enrolled = next(e for e in (first, *rest) if isinstance(e.event, PoolMemberEnrolled))
        personal = enrolled.event.personal
        name = personal.character_name if personal else ""
        answer = ClaimAnswer(character_name=name, enrollment_request_id=request_id)
        return Response(answer, status_code=200)
    raise Refused(Code.DUPLICATE_ENROLLMENT, "EnrollmentRequestId belongs to another user.")


async def _require_subscriber(service: Service, viewer_id: ViewerId) -> None:
    if service.settings.dev_skip_subscriber_check:
        return
    if not service.helix.configured:
        raise Refused(
            Code.NOT_SUBSCRIBER,
            "Subscriber verification requires Helix configuration or DevSkipSubscriberCheck.",
        )
    if not await service.helix.is_subscriber(viewer_id):
        raise Refused(Code.NOT_SUBSCRIBER, "Only subscribers can enter.")


ROUTES: Sequence[HTTPRouteHandler | ASGIRouteHandler] = (
    roulette_state,
    pool_me,
    candidate,
    verify_candidate,
    claim,
)
