"""Who somebody is on Twitch: a viewer's profile, whether they follow, whether they subscribe.

What Twitch did not say stays unknown with a reason: an outage turns nobody into a stranger.
"""

from enum import StrEnum

import msgspec

from goldomatic.twitch.account_wire import Profile, profile, subscription
from goldomatic.twitch.helix import Helix
from goldomatic.twitch.http import Answer, NoAnswer
from goldomatic.twitch.tokens import Bearer, StaticToken
from goldomatic.twitch.wire import has_rows

FOLLOWERS_SCOPE = "moderator:read:followers"
SUBSCRIPTIONS_SCOPE = "channel:read:subscriptions"


class FollowStatus(StrEnum):
    """What is known of a viewer's following."""

    FOLLOWING = "following"
    NOT_FOLLOWING = "not_following"
    UNKNOWN = "unknown"


class Follow(msgspec.Struct, frozen=True):
    """Whether a viewer follows the channel; `reason` says why it is unknown."""

    status: FollowStatus
    reason: str | None = None


class Subscribed(msgspec.Struct, frozen=True):
    """Whether a viewer subscribes to the channel; `is_subscriber` None is unknown, by `reason`.

    Twitch does not tell the months here.
    """

    is_subscriber: bool | None
    tier: str | None = None
    is_gift: bool = False
    reason: str | None = None


async def follow_of(helix: Helix, viewer_id: str, scopes: frozenset[str] | None) -> Follow:
    """Ask whether a viewer follows the channel.

    `scopes` are those of the broadcaster's token, None where they are not known: without the
    right one Twitch hides the followers, which looks as if nobody followed.
    """
    asked = await _ask(helix, "/channels/followers", viewer_id)
    if isinstance(asked, str):
        return Follow(FollowStatus.UNKNOWN, asked)
    if asked.status == 404:
        return Follow(FollowStatus.NOT_FOLLOWING)
    if (reason := _unclear(asked)) is not None:
        return Follow(FollowStatus.UNKNOWN, reason)
    if has_rows(asked.body):
        return Follow(FollowStatus.FOLLOWING)
    if scopes is not None and FOLLOWERS_SCOPE not in scopes:
        return Follow(FollowStatus.UNKNOWN, "missing_scope")
    return Follow(FollowStatus.NOT_FOLLOWING)


async def subscribed(helix: Helix, viewer_id: str) -> Subscribed:
    """Ask whether a viewer subscribes to the channel now."""
    asked = await _ask(helix, "/subscriptions", viewer_id)
    if isinstance(asked, str):
        return Subscribed(None, reason=asked)
    says_no = asked.status == 400 and "subscri" in asked.quote.lower()
    if asked.status == 404 or says_no:
        return Subscribed(False)
    if (reason := _unclear(asked)) is not None:
        return Subscribed(None, reason=reason)
    found = subscription(asked.body)
    if found is None:
        return Subscribed(False)
    return Subscribed(True, found.tier, found.is_gift)


async def own_profile(helix: Helix, access_token: str) -> Profile | str:
    """The profile of the account that a token belongs to, or why there is none."""
    bearer = Bearer(access_token, StaticToken(None))
    asked = _judged(await helix.read(bearer, "/users"))
    if isinstance(asked, str):
        return asked
    reason = f"http_{asked.status}" if asked.status == 404 else _unclear(asked)
    return reason or profile(asked.body) or "invalid_json"


async def _ask(helix: Helix, path: str, viewer_id: str) -> Answer | str:
    # An empty filter would list everybody.
    if not viewer_id:
        return "missing_twitch_id"
    bearer = await helix.bearer()
    if bearer is None:
        return "missing_broadcaster_token"
    params = {"broadcaster_id": helix.broadcaster_id, "user_id": viewer_id}
    return _judged(await helix.read(bearer, path, params))


def _judged(answer: Answer | NoAnswer) -> Answer | str:
    return "network_error" if isinstance(answer, NoAnswer) else answer


def _unclear(answer: Answer) -> str | None:
    """Why an answer tells nothing; None where it does."""
    if answer.status == 401:
        return "unauthorized"
    if not answer.is_success:
        return f"http_{answer.status}"
    if not answer.body.strip():
        return "empty_response"
    return None if _lists_rows(answer.body) else "invalid_json"


def _lists_rows(body: bytes) -> bool:
    try:
        msgspec.json.decode(body, type=_Listing)
    except (ValueError, RecursionError):
        return False
    return True


class _Listing(msgspec.Struct):
    data: list[msgspec.Raw]
