"""What differs between real clients and realms, each with its default and its alternatives.

Numbers in brackets are sections of the facts that `docs/simulated-client.md` sums up.
"""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class LogSettings:
    """How the chat log behaves where nobody has measured a real 3.3.5a client.

    The defaults are the first pessimistic run: only 49,152 bytes or a logout write the file.
    """

    toggle_flushes: bool = False
    reload_flushes: bool = False
    logout_flushes: bool = True
    system_logged: bool = True
    add_message_logged: bool = False
    created_when_enabled: bool = True
    dated_name: bool = False
    every_line: bool = False


PESSIMISTIC = LogSettings()
PESSIMISTIC_WITHOUT_SYSTEM = LogSettings(system_logged=False)
FAST = LogSettings(every_line=True)


class CommandParser(StrEnum):
    """Which texts a realm takes for commands and so never delivers."""

    TRINITY = "trinity"
    AZEROTH = "azeroth"
    MANGOS = "mangos"


class LongMessage(StrEnum):
    """What a realm does with a chat message of over 255 bytes."""

    DROP = "drop"
    TRUNCATE = "truncate"
    DISCONNECT = "disconnect"


@dataclass(frozen=True, kw_only=True)
class RealmRules:
    """How the realm answers. Times in seconds, money in copper."""

    latency: float = 0.08
    parser: CommandParser = CommandParser.TRINITY
    long_message: LongMessage = LongMessage.DROP
    flood_messages: int = 10
    flood_mute: float = 10.0
    who_throttle: float = 5.0
    who_cache: float = 5.0
    who_limit: int = 49
    who_sends_empty: bool = True
    two_side_who: bool = False
    two_side_mail: bool = False
    mail_delay: float = 0.3
    item_delivery: float = 3600.0
    postage: int = 30


@dataclass(frozen=True, kw_only=True)
class ClientSettings:
    """One client: its language, its log, its realm's rules."""

    locale: str = "enUS"
    log: LogSettings = PESSIMISTIC
    realm: RealmRules = field(default_factory=RealmRules)
    frame_seconds: float = 1 / 30
    load_out_of_date: bool = False
    stock_mail_handler_last: bool = False
    char_above_127: str = "?"
    """What arrives for a typed character above 127: nobody has measured it (8.5)."""
