"""The operator's settings of the bridge, in a file of the user's own.

They are apart from the service's settings: the bridge runs on the streamer's machine. The API key
is not among them; see `keystore`.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

PREFIX = "GOLDOMATIC_BRIDGE_"
LOG_NAME = "WoWChatLog.txt"

POLL_SECONDS = (5, 600)
RETRIES = (0, 10)

Injection = Literal["post_message", "send_input"]
OpenChatKey = Literal["enter", "slash", "none"]
TagMatch = Literal["signed", "strict", "anywhere"]


class BridgeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator sets. Out-of-range numbers are pulled into their range."""

    service_url: str = "http://127.0.0.1:8000"
    """Address of the service."""
    poll_seconds: int = 15
    """Between two looks at the payouts, 5 to 600."""
    retries: int = 3
    """How often a request is repeated, 0 to 10."""
    game_folder: str | None = None
    """The game's folder, which holds `Logs`."""
    chat_log: str | None = None
    """The chat log itself or its folder, where it is not the game folder's."""
    tag_match: TagMatch = "signed"
    """Which tags count: `signed` by our addon; without signature only at the beginning of a line
    (`strict`) or wherever they stand (`anywhere`)."""
    own_character: str | None = None
    """The operator's character: its whispers to itself count as the beginning (`strict`)."""
    injection: Injection = "post_message"
    """The way that is tried first on Windows."""
    open_chat_key: OpenChatKey = "enter"
    """The key that opens the game's chat box."""
    character_ms: int | None = None
    """Pause after each typed character; None is the pause that the way prescribes."""
    idle_seconds: float = 2.0
    """Nothing is typed until the operator has not touched keyboard and mouse for so long."""
    auto_sync: bool = False
    """Queue consented payouts in the game without waiting for the operator's click."""
    language: Literal["", "en", "ru"] = ""
    """Language of the window; empty is the system's."""

    def __post_init__(self) -> None:
        force = msgspec.structs.force_setattr
        force(self, "service_url", self.service_url.strip().rstrip("/"))
        force(self, "poll_seconds", _within(self.poll_seconds, *POLL_SECONDS))
        force(self, "retries", _within(self.retries, *RETRIES))
        force(self, "idle_seconds", min(max(self.idle_seconds, 0.0), 60.0))


def _within(number: int, low: int, high: int) -> int:
    return min(max(number, low), high)
