"""Support as Twitch tells of it: EventSub types and events of cheers, gifts, resubs, follows."""

from datetime import datetime
from typing import Any, NamedTuple

from goldomatic.simulation.eventsub_messages import nanosecond_timestamp
from goldomatic.simulation.users import SimulatedUser


class SupportEvent(NamedTuple):
    """An EventSub type with the `event` of one notification."""

    kind: str
    event: dict[str, Any]


def cheer(giver: SimulatedUser, broadcaster: SimulatedUser, bits: int) -> SupportEvent:
    told = {"is_anonymous": False, "message": f"Cheer{bits} for the stream", "bits": bits}
    return SupportEvent("channel.cheer", _people(giver, broadcaster) | told)


def gift(giver: SimulatedUser, broadcaster: SimulatedUser, total: int) -> SupportEvent:
    told = {"total": total, "tier": "1000", "cumulative_total": None, "is_anonymous": False}
    return SupportEvent("channel.subscription.gift", _people(giver, broadcaster) | told)


def resub(giver: SimulatedUser, broadcaster: SimulatedUser, months: int) -> SupportEvent:
    told = {
        "tier": giver.tier or "1000",
        "message": {"text": "still here", "emotes": []},
        "cumulative_months": months,
        "streak_months": None,
        "duration_months": 1,
    }
    return SupportEvent("channel.subscription.message", _people(giver, broadcaster) | told)


def subscribe(giver: SimulatedUser, broadcaster: SimulatedUser) -> SupportEvent:
    told = {"tier": giver.tier or "1000", "is_gift": giver.gifted}
    return SupportEvent("channel.subscribe", _people(giver, broadcaster) | told)


def follow(follower: SimulatedUser, broadcaster: SimulatedUser, now: datetime) -> SupportEvent:
    told = {"followed_at": nanosecond_timestamp(now, 9)}
    return SupportEvent("channel.follow", _people(follower, broadcaster) | told)


def _people(user: SimulatedUser, broadcaster: SimulatedUser) -> dict[str, Any]:
    return {
        "user_id": user.id,
        "user_login": user.login,
        "user_name": user.display_name,
        "broadcaster_user_id": broadcaster.id,
        "broadcaster_user_login": broadcaster.login,
        "broadcaster_user_name": broadcaster.display_name,
    }
