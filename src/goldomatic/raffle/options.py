"""What the operator's settings change about the rules. Pure."""

from typing import Literal

import msgspec

from goldomatic.raffle.carry import Mode
from goldomatic.raffle.weights import Profile

PendingRule = Literal["global", "session_only"]

LINK_HOSTS = ("soundcloud.com", "drive.google.com", "dropbox.com", "google.com")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The rules as this deployment plays them; each is explained in docs/settings.md."""

    pending_rule: PendingRule = "global"
    weight_profile: Profile = "classic"
    carry_over_mode: Mode = "classic"
    reset_carry_over_on_win: bool = False
    reset_support_on_session_start: bool = False
    demo_link_required: bool = False
    allowed_link_hosts: tuple[str, ...] = LINK_HOSTS
