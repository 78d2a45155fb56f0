"""What Twitch is asked about a viewer, and what becomes of the answers."""

import asyncio
from datetime import datetime, timedelta

import msgspec
import structlog

from goldomatic.accounts.records import Account
from goldomatic.raffle import acting, support
from goldomatic.raffle.state import Member
from goldomatic.raffle.support import TwitchSays
from goldomatic.service import Service
from goldomatic.twitch.standing import Follow, FollowStatus, follow_of, subscribed
from goldomatic.values import Code, Refused, ViewerId

log = structlog.get_logger()

STALE_AFTER = timedelta(minutes=10)
FOLLOW_ASKED_EVERY = timedelta(seconds=10)
PAGE_WAITS_SECONDS = 1.5
NO_ANSWER = "no_answer"
MISSING_TOKEN = "missing_broadcaster_token"  # noqa: S105 - the name of a reason


class Synced(msgspec.Struct, frozen=True):
    """What became of a sync: the viewer as they are now, and why Twitch did not say everything."""

    member: Member
    updated: bool
    reason: str | None = None
    skipped: bool = False


def known(service: Service, viewer_id: ViewerId, message: str = "User not found") -> Member:
    """A viewer of the raffle; raises `user_not_found`."""
    member = service.state.raffle.members.durable.get(viewer_id)
    if member is None:
        raise Refused(Code.USER_NOT_FOUND, message)
    return member


async def join(service: Service, account: Account) -> None:
    """Make an account known to the raffle, under the names that it has now."""
    viewer_id, login, name = account.viewer_id, account.login, account.display_name
    member = service.state.raffle.members.durable.get(viewer_id)
    if member is not None and (member.login, member.display_name) == (login, name):
        return
    salt = service.lots.salt()
    await service.ledger.change(
        lambda state, now: support.sign_in(state.raffle, viewer_id, login, name, salt)
    )


def is_follower(service: Service, viewer_id: ViewerId) -> bool:
    """Whether a viewer follows, as far as the raffle knows."""
    member = service.state.raffle.members.durable.get(viewer_id)
    return member is not None and member.is_follower


async def on_sign_in(service: Service, account: Account) -> None:
    """Somebody has signed in: know them, and ask Twitch what they give and whether they follow."""
    await join(service, account)
    await sync(service, account.viewer_id, force=True)


async def sync(service: Service, viewer_id: ViewerId, *, force: bool = False) -> Synced:
    """Take over what Twitch says of follow and subscription, once a minute at most.

    What Twitch does not say stays as it was.
    """
    member = known(service, viewer_id)
    if not (force or support.sync_due(member, service.clock())):
        return Synced(member, updated=False, reason="cooldown", skipped=True)
    if await service.helix.bearer() is None:
        return Synced(member, updated=False, reason=MISSING_TOKEN)
    scopes = await service.accounts.broadcaster.scopes()
    follow, subscription = await asyncio.gather(
        follow_of(service.helix, viewer_id, scopes), subscribed(service.helix, viewer_id)
    )
    service.raffle.follows_heard.put(viewer_id, follow)
    says = TwitchSays(is_follower=_follows(follow), is_subscriber=subscription.is_subscriber)
    await take_over(service, viewer_id, says)
    reason = follow.reason or subscription.reason
    return Synced(known(service, viewer_id), updated=True, reason=reason)


async def refresh_stale(service: Service, viewer_id: ViewerId) -> None:
    """Sync a viewer of whom nothing was heard for ten minutes; a failure is only logged."""
    member = known(service, viewer_id)
    if not support.sync_due(member, service.clock(), STALE_AFTER):
        return
    try:
        await sync(service, viewer_id, force=True)
    except Refused as refused:
        log.warning("raffle_sync_failed", code=refused.code)


async def take_over(service: Service, viewer_id: ViewerId, says: TwitchSays) -> None:
    """Record what Twitch said of a viewer and recompute the weight."""
    rules = acting.options(service)
    await service.ledger.change(
        lambda state, now: support.synced(state.raffle, viewer_id, says, rules)
    )


async def follow(service: Service, viewer_id: ViewerId) -> tuple[Follow, bool]:
    """Whether a viewer follows, and whether Twitch was asked just now.

    A definite answer is kept; where Twitch does not say, what is known counts. Twitch is asked
    once in ten seconds at most.
    """
    known(service, viewer_id)
    if not service.raffle.follow_asked.due(viewer_id, service.clock()):
        return _kept(service, viewer_id), False
    asked = await _ask_follow(service, viewer_id)
    return asked, asked.status is not FollowStatus.UNKNOWN


async def _ask_follow(service: Service, viewer_id: ViewerId) -> Follow:
    scopes = await service.accounts.broadcaster.scopes()
    asked = await follow_of(service.helix, viewer_id, scopes)
    service.raffle.follows_heard.put(viewer_id, asked)
    follows = _follows(asked)
    if follows is not None and follows != known(service, viewer_id).is_follower:
        says = TwitchSays(is_follower=follows, is_subscriber=None, complete=False)
        await take_over(service, viewer_id, says)
    return asked


def _kept(service: Service, viewer_id: ViewerId) -> Follow:
    """What was heard last, where Twitch did not say; else what is known."""
    member, heard = known(service, viewer_id), service.raffle.follows_heard.last(viewer_id)
    if heard is not None and heard.status is FollowStatus.UNKNOWN:
        return heard
    return Follow(FollowStatus.FOLLOWING if member.is_follower else FollowStatus.NOT_FOLLOWING)


async def shown_follow(service: Service, viewer_id: ViewerId) -> Follow:
    """Whether a viewer follows, for a page that is being made.

    Once in ten seconds Twitch is asked anew, beside the answer. Only who is not known to follow
    waits for it, and not for long: a page must come although Twitch does not.
    """
    if service.raffle.follow_shown.due(viewer_id, service.clock()):
        asked = service.accounts.beside(_look_up(service, viewer_id))
        if not known(service, viewer_id).is_follower:
            await asyncio.wait({asked}, timeout=PAGE_WAITS_SECONDS)
            if not asked.done():
                return Follow(FollowStatus.UNKNOWN, NO_ANSWER)
    return _kept(service, viewer_id)


async def _look_up(service: Service, viewer_id: ViewerId) -> None:
    """Take over what Twitch says: all of it where it is old, else only whether they follow."""
    member = known(service, viewer_id)
    if support.sync_due(member, service.clock(), STALE_AFTER):
        done = await sync(service, viewer_id, force=True)
        if not done.updated:
            unknown = Follow(FollowStatus.UNKNOWN, done.reason)
            service.raffle.follows_heard.put(viewer_id, unknown)
    elif not member.is_follower:
        await _ask_follow(service, viewer_id)


def _follows(asked: Follow) -> bool | None:
    return {
        FollowStatus.FOLLOWING: True,
        FollowStatus.NOT_FOLLOWING: False,
        FollowStatus.UNKNOWN: None,
    }[asked.status]


async def require_follower(service: Service, viewer_id: ViewerId) -> None:
    """Raise `not_following` for who may not enter; by `follow_check` Twitch is asked first.

    Asked live, only a clear no counts against anybody.
    """
    if service.settings.follow_check == "stored":
        is_refused = not known(service, viewer_id).is_follower
    else:
        asked, _ = await follow(service, viewer_id)
        is_refused = asked.status is FollowStatus.NOT_FOLLOWING
    if is_refused:
        raise Refused(
            Code.NOT_FOLLOWING,
            "You need to follow the channel on Twitch before entering the raffle.",
        )


class Pauses:
    """When each viewer was last asked about, for the newest few thousand."""

    MOST = 5_000

    def __init__(self, pause: timedelta = FOLLOW_ASKED_EVERY) -> None:
        self._pause = pause
        self._asked: dict[ViewerId, datetime] = {}

    def due(self, viewer_id: ViewerId, now: datetime) -> bool:
        """Whether the pause is over; it begins anew then."""
        last = self._asked.pop(viewer_id, None)
        is_due = last is None or now - last >= self._pause
        self._asked[viewer_id] = now if last is None or is_due else last
        while len(self._asked) > self.MOST:
            del self._asked[next(iter(self._asked))]
        return is_due


class Heard:
    """What Twitch said last of each viewer's following, for the newest few thousand."""

    MOST = 5_000

    def __init__(self) -> None:
        self._said: dict[ViewerId, Follow] = {}

    def put(self, viewer_id: ViewerId, follow: Follow) -> None:
        """Remember an answer."""
        self._said.pop(viewer_id, None)
        self._said[viewer_id] = follow
        while len(self._said) > self.MOST:
            del self._said[next(iter(self._said))]

    def last(self, viewer_id: ViewerId) -> Follow | None:
        """The newest answer, if any is remembered."""
        return self._said.get(viewer_id)
