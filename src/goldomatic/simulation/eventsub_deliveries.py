"""What a delivery of an EventSub message is: habits, answers, and ways to forge one."""

from dataclasses import dataclass, field
from enum import StrEnum

from goldomatic.simulation.eventsub_messages import signature

SIGNATURE = "Twitch-Eventsub-Message-Signature"


class Forgery(StrEnum):
    """Ways in which a delivery can carry no valid signature."""

    OTHER_KEY = "other_key"
    TAMPERED_BODY = "tampered_body"
    SWAPPED_ORDER = "swapped_order"
    MISSING_PREFIX = "missing_prefix"
    SHA1_PREFIX = "sha1_prefix"
    EMPTY = "empty"
    NO_HEADER = "no_header"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryHabits:
    """How the sender behaves. `attempts` counts the first try; `backoff` is in seconds and
    doubles; `duplicate_rate` and `reorder_window` apply to `enqueue` only; after
    `failure_limit` deliveries in a row without a 2xx the subscription is revoked."""

    attempts: int = 3
    backoff: float = 0.05
    duplicate_rate: float = 0.0
    reorder_window: int = 0
    escaped_rate: float = 0.125
    renews_timestamp: bool = False
    failure_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answer of the callback; `status` None means that no answer came."""

    status: int | None
    content_type: str = ""
    body: bytes = b""
    error: str = ""

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message with all its attempts."""

    message_id: str
    event_message_id: str | None
    body: bytes
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        return any(attempt.accepted for attempt in self.attempts)

    @property
    def statuses(self) -> list[int | None]:
        return [attempt.status for attempt in self.attempts]


@dataclass(frozen=True, slots=True)
class Message:
    """An EventSub message before its headers; the timestamp is kept as text, for it is signed."""

    kind: str
    id: str
    timestamp: str
    body: bytes
    event_message_id: str | None = None


def forged_headers(
    headers: dict[str, str], forgery: Forgery, secret: str, message: Message
) -> dict[str, str]:
    """The headers with what `forgery` does to the signature."""
    good = headers[SIGNATURE]
    swapped = signature(secret, message.timestamp, message.id, message.body)
    wrong = signature(secret + "x", message.id, message.timestamp, message.body)
    forged = {
        Forgery.OTHER_KEY: wrong,
        Forgery.TAMPERED_BODY: good,
        Forgery.SWAPPED_ORDER: swapped,
        Forgery.MISSING_PREFIX: good.removeprefix("sha256="),
        Forgery.SHA1_PREFIX: good.replace("sha256=", "sha1="),
        Forgery.EMPTY: "",
        Forgery.NO_HEADER: None,
    }[forgery]
    kept = {key: value for key, value in headers.items() if key != SIGNATURE}
    return kept if forged is None else {**kept, SIGNATURE: forged}
