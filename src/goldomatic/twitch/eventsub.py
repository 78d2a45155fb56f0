"""EventSub at the webhook's door: did Twitch send it, and what is it. Pure.

Rules: a delivery counts only when its signature over the bytes as received is right and its
timestamp is near; then a challenge is answered, a revocation noted, a notification handed on.
"""

import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec

from goldomatic.twitch.wire import ABSENT, text_of
from goldomatic.values import Code, Refused, parse_rfc3339

_FRESH_FOR = timedelta(seconds=600)
_SIGNED = ("twitch-eventsub-message-id", "twitch-eventsub-message-signature")
_EPOCH_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")


class EventSubVerifier:
    """Checks that deliveries were signed with the secret of our subscriptions."""

    __slots__ = ("_keyed",)

    def __init__(self, secret: str) -> None:
        """Raises `ValueError` unless `secret` is what Twitch allows: 10 to 100 ASCII characters."""
        if not secret.isascii() or not 10 <= len(secret) <= 100:
            raise ValueError(
                "The EventSub secret (GOLDOMATIC_TWITCH_EVENTSUB_SECRET) must be"
                " 10 to 100 ASCII characters."
            )
        self._keyed = hmac.new(secret.encode(), digestmod="sha256")

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Raise `Refused` with `unauthorized` unless Twitch signed this delivery within 600 s.

        `headers` have lower-case names; `body` is the bytes as received. A timestamp in a form
        that we cannot read passes, since it is part of what was signed.
        """
        timestamp = headers.get("twitch-eventsub-message-timestamp")
        if not (timestamp and all(headers.get(name) for name in _SIGNED)):
            raise Refused(Code.UNAUTHORIZED, "EventSub signature headers are missing.")
        if not self.is_signed(headers, body):
            raise Refused(Code.UNAUTHORIZED, "EventSub signature is wrong.")
        if _is_stale(timestamp, now):
            raise Refused(Code.UNAUTHORIZED, "EventSub timestamp is not within 600 s of now.")

    def is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the signature over id, timestamp and body as received is right."""
        message_id, signature = (headers.get(name, "") for name in _SIGNED)
        timestamp = headers.get("twitch-eventsub-message-timestamp", "")
        try:
            # Latin-1 gives back the bytes of a header exactly as they came.
            signed = (message_id + timestamp).encode("latin-1")
            given = signature.encode("latin-1")
        except UnicodeEncodeError:
            return False
        digest = self._keyed.copy()
        digest.update(signed + body)
        return hmac.compare_digest(b"sha256=" + digest.hexdigest().encode(), given)


class Challenge(msgspec.Struct, frozen=True):
    """Twitch asks whether the address is ours: answer exactly this text."""

    challenge: str


class Notification(msgspec.Struct, frozen=True):
    """Something happened. `subscription_type` is empty, so that nobody handles it, when the
    delivery names no type or brings no event."""

    subscription_type: str
    event: msgspec.Raw


class Revocation(msgspec.Struct, frozen=True):
    """Twitch ended a subscription; `status` is its reason."""

    subscription_type: str
    status: str


Message: TypeAlias = Challenge | Notification | Revocation


class _Body(msgspec.Struct):
    challenge: msgspec.Raw = ABSENT
    subscription: msgspec.Raw = ABSENT
    event: msgspec.Raw = ABSENT


class _Subscription(msgspec.Struct):
    type: msgspec.Raw = ABSENT
    status: msgspec.Raw = ABSENT


_body_decoder = msgspec.json.Decoder(_Body)
_subscription_decoder = msgspec.json.Decoder(_Subscription)
_NO_SUBSCRIPTION = _Subscription()


def parse(message_type: str, body: bytes) -> Message:
    """Read a verified delivery; `message_type` is the header Twitch-Eventsub-Message-Type.

    Raises `Refused` with `invalid_payload` when `body` is not a JSON object in UTF-8 or is nested
    absurdly deep. A field of a wrong type counts as missing.
    """
    try:
        body.decode()  # the decoder leaves text that it skips unchecked
        seen = _body_decoder.decode(body or b"{}")
    except (ValueError, RecursionError):
        raise Refused(Code.INVALID_PAYLOAD, "The body must be a JSON object.") from None
    challenge = text_of(seen.challenge)
    if challenge is not None:
        return Challenge(challenge)
    subscription = _subscription_of(seen.subscription)
    subscription_type = text_of(subscription.type) or ""
    if message_type == "revocation":
        return Revocation(subscription_type, text_of(subscription.status) or "")
    has_event = seen.event is not ABSENT and bytes(seen.event) != b"null"
    return Notification(subscription_type if has_event else "", seen.event)


def _subscription_of(raw: msgspec.Raw) -> _Subscription:
    if raw is ABSENT:
        return _NO_SUBSCRIPTION
    try:
        return _subscription_decoder.decode(raw)
    except ValueError:
        return _NO_SUBSCRIPTION


def is_object(body: bytes) -> bool:
    """Whether a body is a JSON object in UTF-8 that `parse` can read."""
    try:
        body.decode()
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (ValueError, RecursionError):
        return False
    return True


def age_of(timestamp: str, now: datetime) -> float | None:
    """Seconds since a delivery's timestamp, negative for the future; None for another form."""
    try:
        return (now - parse_rfc3339(timestamp)).total_seconds()
    except (OverflowError, ValueError):
        return None


def _is_stale(timestamp: str, now: datetime) -> bool:
    try:
        age = now - parse_rfc3339(timestamp)
    except OverflowError:
        # An offset that leaves the calendar: the instant is centuries away.
        return True
    except ValueError:
        if not _EPOCH_SECONDS.fullmatch(timestamp):
            return False
        return abs(now.timestamp() - float(timestamp)) > _FRESH_FOR.total_seconds()
    return abs(age) > _FRESH_FOR
