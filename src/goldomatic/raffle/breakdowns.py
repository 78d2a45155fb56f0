"""What a weight is made of, as JSON shows it."""

from typing import Any

from goldomatic.raffle.state import Member
from goldomatic.raffle.weights import Formula, number

Weight = float
"""A weight as a JSON number; a whole one is written without a point."""


def breakdown(member: Member, formula: Formula) -> dict[str, Any]:
    """What a viewer's weight is made of by the present settings."""
    parts, numbers = formula.parts(member), formula.numbers
    return {
        "baseWeight": number(parts.base),
        "loyalty": {
            "monthsComponent": number(parts.months),
            "resubComponent": number(parts.resub),
            "rawTotal": number(parts.loyalty_raw),
            "cappedTotal": number(parts.loyalty),
            "cap": _cap(numbers.loyalty_max_bonus),
        },
        "support": {
            "cheerWeight": number(parts.cheer),
            "donationsWeight": number(parts.donate),
            "giftedSubsWeight": number(parts.gift),
            "rawTotal": number(parts.support_raw),
            "cappedTotal": number(parts.support),
            "cap": _cap(numbers.support_max_bonus),
        },
        "carryOverWeight": number(parts.carry),
        "sessionBonus": number(parts.bonus),
        "totalWeight": number(parts.total),
    }


def _cap(cap: int | None) -> Weight | None:
    return None if cap is None else number(cap)


def admin_breakdown(member: Member, formula: Formula) -> dict[str, Any]:
    """The same for the broadcaster: the raw counters beside the parts."""
    parts = formula.parts(member)
    return {
        "base": number(parts.base),
        "subMonths": member.sub_months,
        "resubCount": member.resubs,
        "cheerBits": member.bits,
        "donations": member.donations,
        "giftedSubs": member.gifts,
        "carryOver": number(member.carry),
        "baseWeight": number(parts.base),
        "loyalty": {
            "monthsComponent": number(parts.months),
            "resubComponent": number(parts.resub),
            "total": number(parts.loyalty),
        },
        "support": {
            "cheerWeight": number(parts.cheer),
            "donationsWeight": number(parts.donate),
            "giftedSubsWeight": number(parts.gift),
            "total": number(parts.support),
        },
        "carryOverWeight": number(member.carry),
        "sessionBonus": number(member.bonus),
        "totalWeight": number(member.total),
        "isSubscriber": member.is_subscriber,
        "isFollower": member.is_follower,
    }
