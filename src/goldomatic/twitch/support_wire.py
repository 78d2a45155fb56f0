"""Twitch's news of support read into our words. Pure; see `wire` for what that means."""

from typing import Literal

import msgspec

from goldomatic.twitch.wire import ABSENT, text_of
from goldomatic.values import ViewerId

Effect = Literal["subscribe", "resub", "gift", "cheer", "follow", "unsubscribe"]

EFFECTS: dict[str, Effect] = {
    "channel.subscribe": "subscribe",
    "channel.subscription.message": "resub",
    "channel.subscription.gift": "gift",
    "channel.subscription.end": "unsubscribe",
    "channel.cheer": "cheer",
    "channel.follow": "follow",
}
"""EventSub types that change what a viewer gives."""

VERSIONS: dict[str, str] = {kind: "2" if kind == "channel.follow" else "1" for kind in EFFECTS}

_MOST = 10**9
"""More than anybody can give at once: what is above counts as this."""


class Support(msgspec.Struct, frozen=True):
    """What a viewer has done. `amount`: bits or gifted subscriptions; `months`: cumulative."""

    viewer_id: ViewerId
    effect: Effect
    amount: int = 0
    months: int = 0


class _Event(msgspec.Struct):
    user_id: msgspec.Raw = ABSENT
    is_anonymous: msgspec.Raw = ABSENT
    total: msgspec.Raw = ABSENT
    bits: msgspec.Raw = ABSENT
    cumulative_months: msgspec.Raw = ABSENT


_decoder = msgspec.json.Decoder(_Event)
_number_decoder: msgspec.json.Decoder[float | int] = msgspec.json.Decoder(float | int)


def support(kind: str, event: bytes | msgspec.Raw) -> Support | None:
    """Read the event of a notification of type `kind`.

    None for another type, an anonymous giver, or an event that names no viewer or gives nothing.
    """
    effect = EFFECTS.get(kind)
    try:
        seen = _decoder.decode(event)
    except (ValueError, RecursionError):
        return None
    viewer_id = text_of(seen.user_id)
    if effect is None or not viewer_id or not viewer_id.isascii() or not viewer_id.isdigit():
        return None
    if seen.is_anonymous is not ABSENT and bytes(seen.is_anonymous) == b"true":
        return None
    amount = months = 0
    if effect == "cheer":
        amount = _count(seen.bits) or 0
        if amount <= 0:
            return None
    elif effect == "gift":
        amount = _count(seen.total) or 1
    elif effect == "resub":
        months = _count(seen.cumulative_months) or 0
    return Support(ViewerId(viewer_id), effect, amount, months)


def _count(raw: msgspec.Raw) -> int | None:
    """A count, floored; None unless it is a number greater than 0."""
    if raw is ABSENT:
        return None
    try:
        number = _number_decoder.decode(raw)
    except ValueError:
        return None
    return int(min(number, _MOST)) if number > 0 else None
