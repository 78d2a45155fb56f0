"""The raffle's part of the table of settings; what each changes is in docs/raffle.md."""

from dataclasses import dataclass
from typing import Literal

from goldomatic import setting_texts as texts
from goldomatic.setting_table import SettingTable, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class RaffleSettings(SettingTable):
    """Every setting, the raffle's included."""

    roulette: bool = setting(
        "true",
        texts.switch,
        "Whether the gold roulette is there: its page, its spins and its word in chat.",
        "false",
    )
    raffle: bool = setting(
        "true",
        texts.switch,
        "Whether the demo raffle is there: its pages and its routes. Without it `/` is the "
        "roulette's page.",
        "false",
    )
    pending_rule: Literal["global", "session_only"] = setting(
        "global",
        texts.one_of("global", "session_only"),
        "Raffle: whether an entry that was left behind in an older session blocks a new one "
        "(`global`) or only one of the same session (`session_only`).",
        "session_only",
    )
    weight_profile: Literal["classic", "capped"] = setting(
        "classic",
        texts.one_of("classic", "capped"),
        "Raffle: which parts count and with which numbers weights begin, see raffle.md.",
        "capped",
    )
    carry_over_mode: Literal["classic", "accumulate"] = setting(
        "classic",
        texts.one_of("classic", "accumulate"),
        "Raffle: who is not drawn carries over a share of the whole weight (`classic`), or adds "
        "a share of what was earned to what was carried before (`accumulate`).",
        "accumulate",
    )
    reset_carry_over_on_win: bool = setting(
        "false",
        texts.switch,
        "Raffle: a winner's carry-over is gone at the draw, not only at the end of the session.",
        "true",
    )
    reset_support_on_session_start: bool = setting(
        "false",
        texts.switch,
        "Raffle: a new session sets everybody's bits, gifts and donations to 0.",
        "true",
    )
    follow_check: Literal["stored", "live"] = setting(
        "stored",
        texts.one_of("stored", "live"),
        "Raffle: whether entering looks at the follow that is known (`stored`) or asks Twitch "
        "each time (`live`), which refuses only on a clear no.",
        "live",
    )
    demo_link_required: bool = setting(
        "false", texts.switch, "Raffle: nobody enters without a link.", "true"
    )
    allowed_link_hosts: tuple[str, ...] = setting(
        "soundcloud.com,drive.google.com,dropbox.com,google.com",
        texts.hosts,
        "Raffle: hosts that a link may lead to, each with its subdomains.",
        "soundcloud.com,bandcamp.com",
    )
    app_name: str = setting(
        "Demo Raffle", texts.plain, "Name of the raffle in its texts.", "Friday Demos"
    )
    channel_name: str = setting(
        "", texts.plain, "Name of the channel in the raffle's texts.", "Norinn"
    )
    channel_url: str | None = setting(
        None,
        texts.url("http", "https"),
        "Address of the channel, for the button that leads to it.",
        "https://www.twitch.tv/norinn",
    )
    operator_name: str = setting(
        "", texts.plain, "Who runs the raffle, for its legal texts.", "Norinn Studio"
    )
    contact_email: str = setting(
        "", texts.plain, "Where viewers can write to, for the legal texts.", "raffle@example.org"
    )
    legal_folder: str | None = setting(
        None,
        texts.plain,
        "Folder with your own legal texts for the raffle: `rules.md` and `privacy.md`, or "
        "`rules.ru.md` for one language; see raffle.md.",
        "/etc/goldomatic/legal",
    )
