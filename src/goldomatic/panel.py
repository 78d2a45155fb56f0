"""Answers that join the features: the panel's one poll and the broadcaster's session."""

from collections.abc import Sequence
from datetime import datetime

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from goldomatic import channel
from goldomatic.gifts import answers as gifts
from goldomatic.gifts.wire import GiftRequestDto
from goldomatic.payouts import api as payouts
from goldomatic.payouts import views as payout_views
from goldomatic.payouts.api import PayoutAdminDto, PayoutDto
from goldomatic.payouts.events import PayoutStatus
from goldomatic.payouts.rules import GOLD_PER_WIN
from goldomatic.reception.rules import lasting
from goldomatic.roulette import api as roulette
from goldomatic.roulette.api import PoolMe, RouletteState
from goldomatic.service import Service, service_of
from goldomatic.values import rfc3339
from goldomatic.web.openapi import TOKEN, refusals
from goldomatic.web.wire import Answer, AnyRequest, Instant, instant, read_uuid
from goldomatic.wheel import Wheel, wheel_of

RECENT_WINNERS = 20


class LastOutcome(Answer):
    """The newest cycle that was drawn and is over. The name is told only of a winner."""

    spin_cycle_id: str
    result: str
    character_name: str | None
    at: Instant


class PublicState(Answer):
    """What everybody may see, as it is asked for and as it is sent to open panels."""

    roulette: RouletteState
    last_outcome: LastOutcome | None
    candidate_character_name: str | None
    wheel: Wheel


class Snapshot(PublicState):
    """Everything that the panel shows, in one answer."""

    pool_me: PoolMe | None
    my_last: PayoutDto | None
    pool_names: list[str]
    gift_queue: list[GiftRequestDto]
    my_gift: GiftRequestDto | None


class SessionSettings(Answer):
    """What is fixed for every channel."""

    gold_per_win: int
    spin_interval_seconds: int
    pause_supported: bool


class Setup(Answer):
    """What the set-up checklist looks at."""

    desktop_last_seen_at: Instant | None
    event_sub_last_event_at: Instant | None
    helix_configured: bool


class Session(Answer):
    """The broadcaster's view of the running session."""

    settings: SessionSettings
    setup: Setup
    roulette: RouletteState
    recent_winners: list[PayoutAdminDto]
    open_payouts: list[PayoutAdminDto]


def last_outcome(service: Service) -> LastOutcome | None:
    """The newest outcome that viewers may see."""
    cycle = service.state.roulette.last_closed.durable
    if cycle is None or cycle.candidate is None or cycle.result is None or cycle.closed_at is None:
        return None
    name = cycle.candidate.character_name if cycle.result == "winner" else None
    return LastOutcome(
        spin_cycle_id=cycle.spin_cycle_id,
        result=cycle.result,
        character_name=name or None,
        at=rfc3339(cycle.closed_at),
    )


def deaf_since(service: Service) -> datetime | None:
    """Since when the chat is not heard; None while it is, as far as that is known."""
    gap = lasting(service.state.reception.gaps.durable)
    return gap.since if gap else None


def candidate_name(service: Service, phase: str) -> str | None:
    """Who was drawn, from the moment on at which everybody may know."""
    cycle = service.state.roulette.current.durable
    if cycle is None or cycle.candidate is None:
        return None
    if phase == "verification" or cycle.resolved:
        return cycle.candidate.character_name or None
    return None


def public_state(service: Service) -> PublicState:
    """The durable state, as far as everybody may see it now."""
    state = roulette.state_answer(service, service.clock())
    candidate = candidate_name(service, state.spin_phase)
    return PublicState(
        roulette=state,
        last_outcome=last_outcome(service),
        candidate_character_name=candidate,
        wheel=wheel_of(service, show_candidate=candidate is not None),
    )


@get(
    "/api/panel/snapshot",
    summary="All that the panel shows",
    security=TOKEN,
    responses=refusals(401, 403, 429),
)
async def snapshot(request: AnyRequest) -> Snapshot:
    """The panel's one poll. Without identity the viewer's own parts are null."""
    service = service_of(request)
    caller = service.gate.reader(request.scope)
    if service.push is not None:
        service.push.seen(caller)
    viewer_id = caller.viewer_id
    if viewer_id:
        await service.catch_up()
    state = public_state(service)
    return Snapshot(
        roulette=state.roulette,
        last_outcome=state.last_outcome,
        candidate_character_name=state.candidate_character_name,
        wheel=state.wheel,
        pool_me=await roulette.pool_me_answer(service, viewer_id) if viewer_id else None,
        my_last=await payouts.newest_of(service, viewer_id) if viewer_id else None,
        pool_names=roulette.pool_names(service),
        gift_queue=gifts.seen_by(service, viewer_id),
        my_gift=gifts.newest_of(service, viewer_id) if viewer_id else None,
    )


@get(
    "/api/broadcaster/session",
    summary="The broadcaster's view",
    security=TOKEN,
    responses=refusals(401, 403, 429),
)
async def session(request: AnyRequest) -> Session:
    """Settings, set-up, recent winners and open payouts. Needs the role broadcaster."""
    service = service_of(request)
    service.gate.broadcaster(request.scope)
    store, channel_id = service.store, service.channel
    active = [status for status in PayoutStatus if status.active]
    newest = await payout_views.newest(store, channel_id, RECENT_WINNERS)
    open_now = await payout_views.with_status(store, channel_id, active)
    return Session(
        settings=SessionSettings(
            gold_per_win=GOLD_PER_WIN,
            spin_interval_seconds=service.settings.spin_interval_seconds,
            pause_supported=False,
        ),
        setup=Setup(
            desktop_last_seen_at=instant(service.seen.desktop_at),
            event_sub_last_event_at=None
            if deaf_since(service)
            else instant(service.seen.eventsub_at),
            helix_configured=await service.helix.bearer() is not None,
        ),
        roulette=roulette.state_answer(service, service.clock()),
        recent_winners=[payouts.payout_admin_dto(row) for row in newest],
        open_payouts=[payouts.payout_admin_dto(row) for row in open_now],
    )


@post(
    "/api/broadcaster/payouts/{payout_id:str}/cancel",
    status_code=200,
    summary="Cancel a payout",
    security=TOKEN,
    responses=refusals(400, 401, 403, 404, 409, 429),
)
async def cancel(request: AnyRequest, payout_id: FromPath[str]) -> PayoutAdminDto:
    """Take a payout back before the operator has begun with it. Needs the role broadcaster."""
    service = service_of(request)
    caller = service.gate.broadcaster(request.scope)
    found = read_uuid(payout_id)
    actor = f"broadcaster:{caller.viewer_id or service.channel}"
    await service.ledger.change(channel.cancel_payout(found, actor))
    return payouts.payout_admin_dto(await payouts.payout_row(service, found))


ROUTES: Sequence[HTTPRouteHandler] = (snapshot, session, cancel)
