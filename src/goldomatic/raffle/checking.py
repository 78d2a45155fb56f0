"""JSON routes that ask Twitch or tell how everything is: sync, follow, diagnostics, health."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from goldomatic import __version__
from goldomatic.accounts.broadcaster import TokenReport
from goldomatic.accounts.guard import account_of, broadcaster_only, viewers_only
from goldomatic.ledger.store import UnavailableError
from goldomatic.raffle import asking, public
from goldomatic.raffle.answers import SyncedUser, synced_user
from goldomatic.raffle.api import problems
from goldomatic.raffle.asking import known
from goldomatic.raffle.state import RaffleState
from goldomatic.raffle.wire import failing
from goldomatic.service import Service, service_of
from goldomatic.twitch.standing import FollowStatus
from goldomatic.web.wire import Answer, AnyRequest

_STARTED = time.monotonic()


class SyncAnswer(msgspec.Struct, rename="camel", kw_only=True, omit_defaults=True):
    """What became of a sync; `reason` says what Twitch did not tell."""

    success: bool
    updated: bool
    reason: str | None
    user: SyncedUser
    skipped: bool = False
    message: str | None = None


class FollowAnswer(Answer):
    """Whether the viewer follows; `source` is `live` where Twitch has just said so."""

    success: bool
    is_follower: bool
    status: FollowStatus
    reason: str | None
    source: str


class Alive(Answer):
    """The program runs; `uptime` in seconds."""

    ok: bool
    version: str
    uptime: float


@post(
    "/api/twitch/sync",
    status_code=200,
    guards=[viewers_only],
    summary="Ask Twitch about oneself",
    exception_handlers=failing("Failed to sync Twitch data"),
    responses=problems(401, 403, 404),
)
async def sync(request: AnyRequest) -> SyncAnswer:
    """Take over follow and subscription from Twitch, once a minute at most."""
    service, account = service_of(request), account_of(request)
    await asking.join(service, account)
    done = await asking.sync(service, account.viewer_id)
    # Counters that a win has set to 0 would tell of a result that is still hidden.
    shown = public.member(service.state.raffle, account.viewer_id, service.clock())
    return SyncAnswer(
        success=True,
        updated=done.updated,
        skipped=done.skipped,
        reason=done.reason,
        message="Sync skipped due to cooldown" if done.skipped else None,
        user=synced_user(shown or done.member),
    )


@post(
    "/api/twitch/check-follow",
    status_code=200,
    guards=[viewers_only],
    summary="Ask Twitch whether one follows",
    exception_handlers=failing("Failed to check follow status"),
    responses=problems(401, 403, 404),
)
async def check_follow(request: AnyRequest) -> FollowAnswer:
    """Whether the viewer follows the channel; what Twitch does not say stays as it was."""
    service, account = service_of(request), account_of(request)
    await asking.join(service, account)
    found, is_live = await asking.follow(service, account.viewer_id)
    return FollowAnswer(
        success=True,
        is_follower=known(service, account.viewer_id).is_follower,
        status=found.status,
        reason=found.reason,
        source="live" if is_live else "cache",
    )


@get(
    "/api/admin/diagnostics",
    guards=[broadcaster_only],
    summary="How everything is",
    exception_handlers=failing("Failed to load diagnostics"),
    responses=problems(401),
)
async def diagnostics(request: AnyRequest) -> dict[str, Any]:
    """Token, settings, and what was left over. Ids are masked; no token is part of it."""
    service, account = service_of(request), account_of(request)
    raffle = service.state.raffle
    report: TokenReport = await service.accounts.broadcaster.report()
    return {
        "auth": {
            "userIdSuffix": mask(account.viewer_id),
            "twitchIdSuffix": mask(account.viewer_id),
            "isBroadcaster": account.is_broadcaster,
            "sessionHasTwitchId": True,
            "sessionHasUserId": True,
        },
        "broadcasterToken": report,
        "env": {
            "storeTwitchEmailEnabled": service.settings.store_email,
            "weightSyncDebugEnabled": False,
        },
        "settings": settings_in_use(service),
        "strandedEntries": len(stranded(raffle)),
        "failedEvents": len(raffle.failed.durable),
        "revokedSubscriptions": dict(raffle.revoked.durable),
        "gaps": list(service.state.reception.gaps.durable[::-1]),
    }


def mask(text: str | None) -> str:
    """An id for diagnostics and logs: its last four characters."""
    if text is None:
        return "missing"
    return f"...{text[-4:]}"


def stranded(raffle: RaffleState) -> list[int]:
    """Entries that wait in a session which is neither active nor the last that ended."""
    near = {raffle.active_id.durable, raffle.ended_id.durable}
    return [
        entry.id
        for entry in raffle.entries.durable.values()
        if entry.is_pending and entry.session_id not in near
    ]


def settings_in_use(service: Service) -> dict[str, Any]:
    """The rules as they are played, those that cannot be changed included."""
    settings = service.settings
    return {
        "pendingRule": settings.pending_rule,
        "carryEntriesFrom": "latest_ended",
        "weightProfile": settings.weight_profile,
        "carryOverMode": settings.carry_over_mode,
        "carryOverOnce": False,
        "resetCarryOverOnWin": settings.reset_carry_over_on_win,
        "resetSupportOnSessionStart": settings.reset_support_on_session_start,
        "recalcOnSessionStart": False,
        "followCheck": settings.follow_check,
        "demoLinkRequired": settings.demo_link_required,
        "allowedLinkHosts": list(settings.allowed_link_hosts),
        "eventsubMode": "direct",
        "giftCountMode": "increment",
        "storeTwitchEmail": settings.store_email,
        "entryEmailUnique": "per_session",
        "appName": settings.app_name,
        "channelName": settings.channel_name,
        "channelUrl": settings.channel_url or "",
        "operatorName": settings.operator_name,
        "contactEmail": settings.contact_email,
    }


@get("/api/health/app", summary="The program runs")
async def health_app(request: AnyRequest) -> Alive:
    """Answers without asking the database. Never limited."""
    return Alive(ok=True, version=__version__, uptime=time.monotonic() - _STARTED)


@get(
    "/api/health/db",
    summary="The database answers",
    exception_handlers=failing("Database connection failed"),
    responses=problems(),
)
async def health_db(request: AnyRequest) -> Response[dict[str, Any]]:
    """200 while the database answers, else 500. Never limited."""
    service = service_of(request)
    try:
        await service.store.position(service.channel)
    except UnavailableError:
        return Response({"ok": False, "error": "Database connection failed"}, status_code=500)
    return Response({"ok": True})


ROUTES: Sequence[HTTPRouteHandler] = (sync, check_follow, diagnostics, health_app, health_db)
