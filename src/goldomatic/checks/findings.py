"""What a look can find: the codes that diagnose, the set-up page and the documents share. Pure."""

from enum import StrEnum

import msgspec


class Row(StrEnum):
    """What is looked at, in the order in which one thing needs the other."""

    SETTINGS = "settings"
    TWITCH = "twitch"
    CLOCK = "clock"
    APPLICATION = "application"
    TOKENS = "tokens"
    BROADCASTER = "broadcaster"
    CONSENT = "consent"
    BOT = "bot"
    FOLLOWERS = "followers"
    SUBSCRIBERS = "subscribers"
    TRANSPORT = "transport"
    CHAT = "chat"
    LIMITS = "limits"
    GAPS = "gaps"


class Problem(StrEnum):
    """What is wrong; `checks.code` in the catalogues of texts says why and what to do."""

    SETTINGS_MISSING = "settings_missing"
    TWITCH_UNREACHABLE = "twitch_unreachable"
    CLOCK_WRONG = "clock_wrong"
    APPLICATION_REFUSED = "application_refused"
    TOKENS_UNREADABLE = "tokens_unreadable"
    BROADCASTER_NOT_CONNECTED = "broadcaster_not_connected"
    BROADCASTER_OTHER_ACCOUNT = "broadcaster_other_account"
    CONSENT_ENDED = "consent_ended"
    SCOPES_MISSING = "scopes_missing"
    BOT_NOT_CONNECTED = "bot_not_connected"
    BOT_SCOPES_MISSING = "bot_scopes_missing"
    FOLLOWERS_REFUSED = "followers_refused"
    SUBSCRIBERS_REFUSED = "subscribers_refused"
    TWITCH_IN_TROUBLE = "twitch_in_trouble"
    TRANSPORT_CLOSED = "transport_closed"
    ADDRESS_NOT_REACHED = "address_not_reached"
    WEBSOCKET_NOT_REACHED = "websocket_not_reached"
    CHAT_NOT_HEARD = "chat_not_heard"
    CHAT_NOT_VERIFIED = "chat_not_verified"
    LIMIT_REACHED = "limit_reached"
    GAP_LASTS = "gap_lasts"
    GAP_LATELY = "gap_lately"


WARNINGS = frozenset({Problem.GAP_LATELY})
"""What is good to know and needs nothing to be done now."""


class Finding(msgspec.Struct, frozen=True):
    """One line of the table. `problem` None means that it works.

    `detail` is for people and holds nothing that must not be shown to everybody.
    """

    row: Row
    problem: Problem | None = None
    detail: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether something does not work."""
        return self.problem is not None and self.problem not in WARNINGS
