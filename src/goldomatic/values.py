"""Words that every part of the service shares. Standard library only."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NewType, Protocol, Self
from unicodedata import category
from uuid import UUID

ChannelId = NewType("ChannelId", str)
"""Twitch user id of the broadcaster whose channel it is: a numeric string."""

ViewerId = NewType("ViewerId", str)
"""Twitch user id of a viewer: a numeric string, the key of every limit."""

Gold = NewType("Gold", int)
"""Whole gold pieces; one gold piece is 10,000 copper in the game."""

COPPER_PER_GOLD = 10_000


class Code(StrEnum):
    """Stable codes of refusals. The HTTP status of each stands in `goldomatic.web.errors`."""

    INVALID_PAYLOAD = "invalid_payload"
    INVALID_CHARACTER_NAME = "invalid_character_name"
    OUT_OF_SEQUENCE = "out_of_sequence"
    UNAUTHORIZED = "unauthorized"
    UNAUTHENTICATED = "unauthenticated"
    CSRF_FAILED = "csrf_failed"
    SIGN_IN_CLOSED = "sign_in_closed"
    FORBIDDEN_APIKEY = "forbidden_apikey"
    FORBIDDEN_ROLE = "forbidden_role"
    FORBIDDEN_LINK = "forbidden_link"
    NOT_SUBSCRIBER = "not_subscriber"
    WRONG_CHANNEL = "wrong_channel"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    DUPLICATE_ENROLLMENT = "duplicate_enrollment"
    ACTIVE_PAYOUT_EXISTS = "active_payout_exists"
    LIFETIME_CAP_REACHED = "lifetime_cap_reached"
    CHARACTER_NAME_TAKEN_IN_POOL = "character_name_taken_in_pool"
    TERMINAL_STATUS_CHANGE_NOT_ALLOWED = "terminal_status_change_not_allowed"
    GIFT_ALREADY_USED = "gift_already_used"
    GIFT_REQUEST_ACTIVE = "gift_request_active"
    INVALID_STATE = "invalid_state"
    ITEM_NOT_DRAWN = "item_not_drawn"
    ITEMS_ALREADY_FROZEN = "items_already_frozen"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    RATE_LIMITED = "rate_limited"
    INTERNAL_ERROR = "internal_error"
    SERVICE_UNAVAILABLE = "service_unavailable"
    # The raffle's. Its routes write them in capitals.
    SUBMISSIONS_CLOSED = "submissions_closed"
    NO_ACTIVE_SESSION = "no_active_session"
    ACTIVE_SESSION_EXISTS = "active_session_exists"
    ALREADY_SUBMITTED_THIS_SESSION = "already_submitted_this_session"
    ALREADY_WON_THIS_SESSION = "already_won_this_session"
    PENDING_ENTRY_FROM_PREVIOUS_SESSION = "pending_entry_from_previous_session"
    EMAIL_ALREADY_REGISTERED = "email_already_registered"
    NOT_FOLLOWING = "not_following"
    USER_NOT_FOUND = "user_not_found"
    DEMO_LINK_REQUIRED = "demo_link_required"
    DEMO_LINK_INVALID = "demo_link_invalid"
    DEMO_LINK_DOMAIN = "demo_link_domain"
    NOTES_INVALID = "notes_invalid"
    NOTES_TOO_LONG = "notes_too_long"
    NAME_INVALID = "name_invalid"
    RATE_LIMIT_IP = "rate_limit_ip"
    RATE_LIMIT_USER = "rate_limit_user"
    INVALID_JSON = "invalid_json"
    INVALID_BODY = "invalid_body"
    INVALID_SETTING = "invalid_setting"
    INVALID_ENTRY_ID = "invalid_entry_id"
    NO_PARTICIPANTS = "no_participants"
    DRAW_IN_PROGRESS = "draw_in_progress"
    ENTRY_NOT_FOUND = "entry_not_found"
    DRAW_NOT_FOUND = "draw_not_found"


class Refused(Exception):  # noqa: N818 - a refusal is an expected answer, not an error
    """An expected 'no' with a stable code: a decision returns it, an edge raises it.

    `events` are facts to record although the request was refused (a refused entrant may
    dispute it later); they are committed like those of an accepted decision.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        details: dict[str, Any] | None = None,
        events: Sequence[Any] = (),
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.details = details or {}
        self.events = events


class CharacterName(str):
    """A World of Warcraft 3.3.5a character name as a viewer typed it, trimmed.

    2 to 12 letters, Latin or Cyrillic, nothing else. Names are compared by `key`.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Trim and check `text`; raises `Refused` with `invalid_character_name`."""
        name = text.strip()
        if not _NAME.fullmatch(name):
            raise Refused(Code.INVALID_CHARACTER_NAME, "Invalid character name.")
        return cls(name)

    @property
    def key(self) -> str:
        """The form in which two spellings of one character are equal."""
        return name_key(self)


def name_key(name: str) -> str:
    """Case-folded name: the game holds names unique without regard to case."""
    return name.casefold()


_NAME_RANGES = (
    # Latin
    (0x0041, 0x005A),
    (0x0061, 0x007A),
    (0x00C0, 0x00D6),
    (0x00D8, 0x00F6),
    (0x00F8, 0x00FF),
    (0x0100, 0x024F),
    (0x1E00, 0x1EFF),
    (0x2C60, 0x2C7F),
    (0xA722, 0xA787),
    # Cyrillic
    (0x0400, 0x04FF),
    (0x0500, 0x052F),
    (0x1C80, 0x1C8F),
    (0x2DE0, 0x2DFF),
    (0xA640, 0xA69F),
)
_LETTER_CATEGORIES = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo"})


def _name_letters() -> str:
    points = (point for low, high in _NAME_RANGES for point in range(low, high + 1))
    return "".join(chr(point) for point in points if category(chr(point)) in _LETTER_CATEGORIES)


_NAME = re.compile(f"[{_name_letters()}]{{2,12}}")


class Clock(Protocol):
    """Tells the present instant; injected, so that rules and tests own time."""

    def __call__(self) -> datetime: ...


def utc_now() -> datetime:
    """The present instant by the machine's clock, in UTC."""
    return datetime.now(UTC)


def rfc3339(instant: datetime) -> str:
    """UTC instant as RFC 3339 with milliseconds and `Z`, the form of every answer."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_rfc3339(text: str) -> datetime:
    """RFC 3339 instant with an offset, any number of fraction digits.

    Raises `ValueError`, or `OverflowError` where the offset leads out of the calendar.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"no UTC offset in {text!r}")
    return instant.astimezone(UTC)


class Lots(Protocol):
    """Everything random that the service needs; injected, so that a story can be replayed."""

    def uuid(self) -> UUID: ...
    def seed(self) -> bytes:
        """32 bytes: the secret of one draw."""
        ...

    def salt(self) -> bytes:
        """16 bytes: the salt of one entry or of one event's personal values."""
        ...
