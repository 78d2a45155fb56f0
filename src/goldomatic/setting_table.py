"""The one table of settings: name, default, meaning and example of each.

`goldomatic.config` reads and checks by it, and `docs/settings.md` is held equal to it by a test.
"""

# ruff: noqa: RUF009 - `setting` is this table's `field`: called once, its values are immutable
from dataclasses import dataclass, field, fields
from typing import Any, Literal, NamedTuple

from goldomatic import setting_texts as texts
from goldomatic.setting_texts import Network, Parser, Secret
from goldomatic.values import ChannelId

PREFIX = "GOLDOMATIC_"
_HOW_TO_MAKE = 'the output of: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'


class Row(NamedTuple):
    """One line of the table. `shown` is the default as a reader sees it, "" where there is none."""

    name: str
    shown: str
    parse: Parser
    meaning: str
    example: str

    @property
    def full_name(self) -> str:
        return PREFIX + self.name

    @property
    def remedy(self) -> str:
        return f"Set it, for example, to {self.example}"


def setting(
    default: str | None, parse: Parser, meaning: str, example: str, *, shown: str = ""
) -> Any:
    """A field of the table. `default` is text as a variable would hold it; None is 'not set'."""
    value = None if default is None else parse(default)
    row = (shown or default or "", parse, meaning, example)
    return field(default=value, metadata={"row": row}, repr=parse is not texts.database_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingTable:
    """Every setting with its default; `goldomatic.config.Settings` adds reading and checking."""

    database_url: str = setting(
        "sqlite:///goldomatic.db",
        texts.database_url,
        "Where the ledger is kept: `sqlite:///relative/path`, `sqlite:////absolute/path` or "
        "`postgresql://…`.",
        "sqlite:////var/lib/goldomatic/goldomatic.db",
    )
    host: str = setting("127.0.0.1", texts.plain, "Address to listen on.", "::1")
    port: int = setting(
        "8000", texts.whole(0, 65535), "TCP port to listen on; 0 takes any free one.", "8080"
    )
    public_url: str = setting(
        None,
        texts.url("http", "https"),
        "Address under which browsers and Twitch reach the service.",
        "https://gold.example.org",
        shown="http://localhost:PORT",
    )
    secret_key: Secret = setting(
        "",
        texts.secret,
        "Signs sessions and the overlay's link, encrypts stored tokens. Required in production, at "
        "least 32 characters; development makes one up per process.",
        _HOW_TO_MAKE,
    )
    former_secret_key: Secret | None = setting(
        None,
        texts.secret,
        "The former `SECRET_KEY`, while it is being replaced: stored tokens that it has encrypted "
        "are read and encrypted anew.",
        "the value that SECRET_KEY had before",
    )
    api_key: Secret | None = setting(
        None,
        texts.header_secret,
        "What the bridge sends as `X-MGM-ApiKey`. At least 16 characters in production.",
        _HOW_TO_MAKE,
    )
    environment: Literal["production", "development"] = setting(
        "production",
        texts.one_of("production", "development"),
        "`production` or `development`. Switches for development have no effect in production.",
        "development",
    )
    spin_interval_seconds: int = setting(
        "300",
        texts.spin_interval,
        "Seconds from one spin to the next: at least 10, and a divisor of 3600.",
        "600",
    )
    dev_skip_subscriber_check: bool = setting(
        "false", texts.switch, "Claims skip the subscriber check. Development only.", "true"
    )
    dev_skip_gift_subscriber_check: bool = setting(
        "false", texts.switch, "Gift requests skip the subscriber check. Development only.", "true"
    )
    e2e_harness: bool = setting(
        "false",
        texts.switch,
        "Opens the route that makes a winner for end-to-end tests. Development only.",
        "true",
    )
    twitch_broadcaster_id: ChannelId | None = setting(
        None, texts.twitch_id, "Twitch user id of the broadcaster: a number.", "123456789"
    )
    twitch_bot_id: ChannelId | None = setting(
        None,
        texts.twitch_id,
        "Twitch user id of the account that writes to the chat, where it is not the broadcaster.",
        "987654321",
    )
    twitch_client_id: str | None = setting(
        None,
        texts.plain,
        "Client id of the Twitch application.",
        "abcdefghijklmnopqrstuvwxyz1234",
    )
    twitch_client_secret: Secret | None = setting(
        None,
        texts.secret,
        "Client secret of the Twitch application.",
        "the client secret from the application's page in Twitch's developer console",
    )
    twitch_eventsub_secret: Secret | None = setting(
        None,
        texts.eventsub_secret,
        "Secret of the EventSub subscriptions: 10 to 100 ASCII characters.",
        _HOW_TO_MAKE,
    )
    twitch_extension_client_id: str | None = setting(
        None,
        texts.plain,
        "Client id of the Twitch extension, whose panel may then call the service.",
        "zyxwvutsrqponmlkjihgfedcba4321",
    )
    twitch_extension_secret: Secret | None = setting(
        None,
        texts.base64_secret,
        "Shared secret of the Twitch extension: base64 of at least 32 bytes.",
        "the extension secret as Twitch's developer console shows it",
    )
    twitch_extension_owner_id: str | None = setting(
        None,
        texts.twitch_id,
        "Twitch user id of the extension's owner. With it, news reach open panels through Twitch "
        "(Extension PubSub), and they ask the service less.",
        "123456789",
    )
    twitch_api_url: str = setting(
        "https://api.twitch.tv/helix",
        texts.url("http", "https"),
        "Root of Twitch's Helix API.",
        "http://127.0.0.1:8081/helix",
    )
    twitch_auth_url: str = setting(
        "https://id.twitch.tv/oauth2",
        texts.url("http", "https"),
        "Root of Twitch's OAuth service.",
        "http://127.0.0.1:8081/oauth2",
    )
    twitch_eventsub_ws_url: str = setting(
        "wss://eventsub.wss.twitch.tv/ws",
        texts.url("ws", "wss"),
        "EventSub over WebSocket, for a service without a public address.",
        "ws://127.0.0.1:8081/ws",
    )
    twitch_eventsub_transport: Literal["webhook", "websocket"] | None = setting(
        None,
        texts.one_of("webhook", "websocket"),
        "How Twitch's events come in. A webhook needs a public HTTPS address on port 443, a "
        "WebSocket none.",
        "websocket",
        shown="webhook where PUBLIC_URL can be reached, else websocket",
    )
    twitch_broadcaster_token: Secret | None = setting(
        None,
        texts.secret,
        "User token of the broadcaster: posts to chat and looks up subscriptions.",
        "a user access token with user:write:chat and channel:read:subscriptions",
    )
    store_email: bool = setting(
        "true",
        texts.switch,
        "Whether e-mail addresses of those who sign in are asked for and kept, beside the log. "
        "They stop a second entry in a session under the same address.",
        "false",
    )
    reads_per_minute: int = setting(
        "120",
        texts.whole(1, 1_000_000),
        "Reading requests a minute of one viewer, or of one address where no viewer is known.",
        "240",
    )
    writes_per_minute: int = setting(
        "5",
        texts.whole(1, 1_000_000),
        "Writing requests a minute of one viewer, counted apart from reads.",
        "10",
    )
    operator_per_minute: int = setting(
        "600", texts.whole(1, 1_000_000), "Requests a minute with a valid API key.", "1200"
    )
    subscriber_badges: tuple[str, ...] = setting(
        "subscriber,founder",
        texts.words,
        "Chat badges that mark a subscriber, separated by commas.",
        "subscriber,founder,vip",
    )
    trusted_proxies: tuple[Network, ...] = setting(
        "",
        texts.networks,
        "Addresses and networks of reverse proxies whose `X-Forwarded-For` is believed.",
        "127.0.0.1,10.0.0.0/8,::1",
    )
    cors_origins: tuple[str, ...] = setting(
        "",
        texts.origins,
        "Further origins whose pages may call the API, separated by commas.",
        "https://localhost:8080",
    )
    log_format: Literal["console", "json"] | None = setting(
        None,
        texts.one_of("console", "json"),
        "`console` for people, `json` for machines.",
        "json",
        shown="console on a terminal, else json",
    )
    log_level: str = setting(
        "info",
        texts.one_of("debug", "info", "warning", "error", "critical"),
        "The least important level that is logged.",
        "debug",
    )
    version_current_version: str | None = setting(
        None,
        texts.plain,
        "Version that `/api/version` reports.",
        "1.4.0",
        shown="the installed version",
    )
    version_release_notes_url: str | None = setting(
        None,
        texts.url("http", "https"),
        "Release notes that `/api/version` points to.",
        "https://gold.example.org/notes",
    )
    version_minimum_desktop_version: str | None = setting(
        None, texts.plain, "Oldest desktop program that `/api/version` allows.", "1.2.0"
    )
    version_minimum_addon_version: str | None = setting(
        None, texts.plain, "Oldest game addon that `/api/version` allows.", "1.2.0"
    )
    version_minimum_extension_version: str | None = setting(
        None, texts.plain, "Oldest Twitch extension that `/api/version` allows.", "1.2.0"
    )

    @classmethod
    def table(cls) -> dict[str, Row]:
        """Every setting by its name without the prefix, in the order of the documentation."""
        rows = ((f.name.upper(), f.metadata.get("row")) for f in fields(cls))
        return {name: Row(name, *row) for name, row in rows if row is not None}
