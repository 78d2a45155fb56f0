"""Settings: how they are read, what stops a start, and that their page tells the truth."""

import base64
import dataclasses
import json
from ipaddress import ip_network
from pathlib import Path

import pytest

from goldomatic.config import PREFIX, Secret, Settings, SettingsError
from goldomatic.setting_texts import secret as secret_text

ROOT = Path(__file__).parents[1]
KEY = "0123456789abcdef0123456789abcdef"
EXTENSION_SECRET = base64.b64encode(bytes(range(32))).decode()


def load(file: Path | None = None, /, **variables: str) -> Settings:
    given = {"SECRET_KEY": KEY, **variables}
    return Settings.load({PREFIX + name: text for name, text in given.items()}, file)


def problems(file: Path | None = None, /, **variables: str) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        load(file, **variables)
    return {each.setting.removeprefix(PREFIX): each.wrong for each in caught.value.problems}


def toml(folder: Path, content: str) -> Path:
    file = folder / "goldomatic.toml"
    file.write_text(content, "utf-8")
    return file


def test_only_a_secret_key_is_needed_to_start() -> None:
    settings = load()
    assert settings.database_url == "sqlite:///goldomatic.db"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.public_url == "http://localhost:8000"
    assert settings.in_production
    assert settings.spin_interval_seconds == 300
    assert (settings.reads_per_minute, settings.writes_per_minute) == (120, 5)
    assert settings.operator_per_minute == 600
    assert settings.subscriber_badges == ("subscriber", "founder")
    assert settings.twitch_api_url == "https://api.twitch.tv/helix"
    assert settings.twitch_auth_url == "https://id.twitch.tv/oauth2"
    assert settings.trusted_proxies == ()
    assert settings.warnings == ()


def test_settings_need_no_environment_to_be_built() -> None:
    settings = Settings(environment="development", port=9000)
    assert settings.public_url == "http://localhost:9000"
    assert settings.twitch_broadcaster_id is None


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load().port = 1  # type: ignore[misc]


def test_every_kind_of_text_becomes_its_value() -> None:
    settings = load(
        ENVIRONMENT="Development",
        DEV_SKIP_SUBSCRIBER_CHECK="Yes",
        PORT=" 9000 ",
        SUBSCRIBER_BADGES="subscriber, vip,,",
        TRUSTED_PROXIES="10.0.0.0/8, ::1",
        CORS_ORIGINS="https://One.example/, http://localhost:8080",
        TWITCH_API_URL="http://127.0.0.1:1/helix/",
        TWITCH_EXTENSION_SECRET=EXTENSION_SECRET,
        LOG_FORMAT="JSON",
    )
    assert settings.environment == "development"
    assert settings.dev_skip_subscriber_check
    assert settings.port == 9000
    assert settings.subscriber_badges == ("subscriber", "vip")
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))
    assert settings.cors_origins == ("https://one.example", "http://localhost:8080")
    assert settings.twitch_api_url == "http://127.0.0.1:1/helix"
    assert settings.extension_key() == bytes(range(32))
    assert settings.log_format == "json"


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    settings = load(PORT="", API_KEY="  ", TWITCH_EVENTSUB_SECRET="")
    assert settings.port == 8000
    assert settings.api_key is None
    assert settings.twitch_eventsub_secret is None


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("0.0.0.0", "http://localhost:8000"),  # noqa: S104
        ("::", "http://localhost:8000"),
        ("::1", "http://localhost:8000"),
        ("127.0.0.1", "http://localhost:8000"),
        ("fd00::2", "http://[fd00::2]:8000"),
        ("gold.lan", "http://gold.lan:8000"),
    ],
)
def test_the_default_public_url_can_be_opened_and_registered(host: str, expected: str) -> None:
    assert load(HOST=host).public_url == expected


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("DATABASE_URL", "mysql://x", "is neither sqlite:///PATH nor postgresql://…"),
        ("DATABASE_URL", "sqlite://", "is neither sqlite:///PATH nor postgresql://…"),
        ("DATABASE_URL", "sqlite:///:memory:", "is neither sqlite:///PATH nor postgresql://…"),
        ("DATABASE_URL", "postgresql://h:nope/x", "is neither sqlite:///PATH nor postgresql://…"),
        ("PORT", "65536", "is not a whole number from 0 to 65535"),
        ("PORT", "-1", "is not a whole number from 0 to 65535"),
        ("PORT", "٣", "is not a whole number from 0 to 65535"),
        ("PUBLIC_URL", "gold.example", "is not a URL that starts with http or https://"),
        ("ENVIRONMENT", "staging", "is not one of production, development"),
        ("DEV_SKIP_SUBSCRIBER_CHECK", "maybe", "is neither true nor false"),
        ("TWITCH_BROADCASTER_ID", "norinn", "is not a numeric Twitch user id"),
        ("READS_PER_MINUTE", "0", "is not a whole number from 1 to 1000000"),
        (
            "TRUSTED_PROXIES",
            "10.0.0.1, nginx",
            "is not a comma-separated list of IP addresses and networks",
        ),
        (
            "CORS_ORIGINS",
            "*",
            "is not a comma-separated list of origins such as https://example.org",
        ),
        (
            "CORS_ORIGINS",
            "https://a.example/path",
            "is not a comma-separated list of origins such as https://example.org",
        ),
        ("LOG_FORMAT", "xml", "is not one of console, json"),
    ],
)
def test_a_wrong_text_is_named(name: str, text: str, wrong: str) -> None:
    assert problems(**{name: text}) == {name: wrong}


@pytest.mark.parametrize("seconds", ["10", "12", "60", "300", "600", "3600"])
def test_spins_fall_on_the_same_minutes_of_every_hour(seconds: str) -> None:
    assert load(SPIN_INTERVAL_SECONDS=seconds).spin_interval_seconds == int(seconds)


@pytest.mark.parametrize("seconds", ["0", "5", "9", "7", "301", "7200", "60.0"])
def test_other_spin_intervals_are_refused(seconds: str) -> None:
    assert problems(SPIN_INTERVAL_SECONDS=seconds) == {
        "SPIN_INTERVAL_SECONDS": "is not a number of seconds of at least 10 that divides 3600"
    }


def test_production_does_not_start_without_a_strong_secret_key() -> None:
    assert problems(SECRET_KEY="") == {"SECRET_KEY": "is missing"}
    assert problems(SECRET_KEY="x" * 31) == {"SECRET_KEY": "has less than 32 characters"}
    assert load(SECRET_KEY="x" * 32).secret_key.reveal() == "x" * 32


def test_who_starts_with_nothing_is_led_to_the_set_up() -> None:
    with pytest.raises(SettingsError, match="Or run `goldomatic twitch setup`"):
        load(SECRET_KEY="")
    with pytest.raises(SettingsError) as weak:
        load(SECRET_KEY="x" * 31)
    assert "setup" not in str(weak.value)


def test_development_makes_up_a_secret_key_and_says_so() -> None:
    first, second = (load(ENVIRONMENT="development", SECRET_KEY="") for _ in range(2))
    assert len(first.secret_key.reveal()) >= 32
    assert first.secret_key != second.secret_key
    assert "SECRET_KEY" in first.warnings[0]


def test_an_api_key_must_be_strong_in_production_only() -> None:
    assert problems(API_KEY="x" * 15) == {"API_KEY": "has less than 16 characters"}
    assert load(API_KEY="x" * 16).api_key
    assert load(API_KEY="short", ENVIRONMENT="development").api_key == Secret("short")
    assert problems(API_KEY="ключ" * 5) == {
        "API_KEY": "has characters that no HTTP header can carry"
    }


@pytest.mark.parametrize("text", ["x" * 9, "x" * 101, "ключ" * 5])
def test_an_eventsub_secret_must_be_one_that_twitch_takes(text: str) -> None:
    wrong = {"TWITCH_EVENTSUB_SECRET": "is not 10 to 100 ASCII characters"}
    assert problems(TWITCH_EVENTSUB_SECRET=text) == wrong
    assert problems(TWITCH_EVENTSUB_SECRET=text, ENVIRONMENT="development") == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("not base64!", "is not base64"),
        (base64.b64encode(bytes(31)).decode(), "is base64 of less than 32 bytes"),
    ],
)
def test_an_extension_secret_must_be_base64_of_32_bytes(text: str, wrong: str) -> None:
    assert problems(TWITCH_EXTENSION_SECRET=text) == {"TWITCH_EXTENSION_SECRET": wrong}


@pytest.mark.parametrize("text", ["", "short"])
def test_a_weak_secret_is_refused_however_it_comes(text: str) -> None:
    with pytest.raises(SettingsError, match="GOLDOMATIC_TWITCH_EVENTSUB_SECRET"):
        Settings(environment="development", twitch_eventsub_secret=Secret(text))


# R-01, G-22: without a key on the server the operator routes stay closed, and the start says so.
def test_missing_secrets_close_what_needs_them_and_say_so() -> None:
    closed = {each.setting: each for each in load().closed()}
    assert list(closed) == [
        "GOLDOMATIC_TWITCH_BROADCASTER_ID",
        "GOLDOMATIC_TWITCH_EVENTSUB_SECRET",
        "GOLDOMATIC_TWITCH_EXTENSION_SECRET",
        "GOLDOMATIC_TWITCH_CLIENT_ID",
        "GOLDOMATIC_TWITCH_CLIENT_SECRET",
        "GOLDOMATIC_API_KEY",
    ]
    assert "operator routes" in closed["GOLDOMATIC_API_KEY"].closed
    assert "secrets.token_urlsafe" in closed["GOLDOMATIC_API_KEY"].remedy
    complete = load(
        TWITCH_BROADCASTER_ID="1",
        TWITCH_EVENTSUB_SECRET="x" * 10,
        TWITCH_EXTENSION_SECRET=EXTENSION_SECRET,
        TWITCH_CLIENT_ID="x",
        TWITCH_CLIENT_SECRET="x",
        API_KEY="x" * 16,
    )
    assert complete.closed() == []


# G-53: the switches of development have no effect elsewhere.
@pytest.mark.parametrize("name", ["DEV_SKIP_SUBSCRIBER_CHECK", "E2E_HARNESS"])
def test_development_switches_are_ignored_in_production_with_a_warning(name: str) -> None:
    settings = load(**{name: "true"})
    assert getattr(settings, name.lower()) is False
    assert [name in warning for warning in settings.warnings] == [True]
    development = load(ENVIRONMENT="development", **{name: "true"})
    assert getattr(development, name.lower()) is True
    assert development.warnings == ()


def test_all_problems_are_reported_at_once_and_never_the_values() -> None:
    with pytest.raises(SettingsError) as caught:
        load(
            SECRET_KEY="hunter-two",
            API_KEY="hunter-three",
            PORT="hunter-four",
            TWITCH_EXTENSION_SECRET="hunter five",
        )
    text = str(caught.value)
    for name in ("SECRET_KEY", "API_KEY", "PORT", "TWITCH_EXTENSION_SECRET"):
        assert f"GOLDOMATIC_{name} " in text
    assert "Set it, for example, to 8080" in text
    assert "hunter" not in text


def test_the_file_takes_names_with_and_without_prefix_in_either_case(tmp_path: Path) -> None:
    file = toml(
        tmp_path,
        """
        port = 9001
        GOLDOMATIC_HOST = "::1"
        goldomatic_log_level = "debug"
        SUBSCRIBER_BADGES = ["subscriber", "vip"]
        environment = "development"
        e2e_harness = true
        """,
    )
    settings = load(file)
    assert (settings.host, settings.port, settings.log_level) == ("::1", 9001, "debug")
    assert settings.subscriber_badges == ("subscriber", "vip")
    assert settings.e2e_harness


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    file = toml(tmp_path, "port = 9001\nhost = '::1'\n")
    settings = load(file, PORT="9002")
    assert (settings.port, settings.host) == (9002, "::1")


def test_a_file_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert load(tmp_path / "goldomatic.toml").port == 8000


def test_wrong_keys_of_the_file_are_named(tmp_path: Path) -> None:
    file = toml(tmp_path, "prot = 9001\nport = 1\nPORT = 2\nhost = { a = 1 }\n")
    assert problems(file) == {
        f"prot in {file}": "is not a setting",
        f"PORT in {file}": "is given twice",
        f"host in {file}": "has a wrong type",
    }


def test_a_broken_file_is_reported_without_its_text(tmp_path: Path) -> None:
    file = toml(tmp_path, "port = 1\nsecret_key = hunter-two\n")
    assert problems(file) == {
        str(file): "cannot be read (TOMLDecodeError, line 2, column 14)",
    }
    file.write_bytes(b"\xff\xfe")
    assert problems(file) == {str(file): "cannot be read (UnicodeDecodeError)"}


def test_a_misspelt_variable_warns() -> None:
    assert load(PROT="1").warnings == ("GOLDOMATIC_PROT is not a setting.",)


def test_a_secret_does_not_show_itself() -> None:
    hidden = Secret("hunter-two")
    shown = f"{hidden} {hidden!r} {hidden!s:>5} {[hidden]}"
    assert "hunter" not in shown
    assert hidden.reveal() == "hunter-two"
    with pytest.raises(TypeError):
        json.dumps(hidden)
    assert hidden == Secret("hunter-two")
    assert hidden != "hunter-two"
    assert not Secret("")


def test_a_secret_matches_only_itself_and_an_empty_one_nothing() -> None:
    assert Secret("key").matches("key")
    assert not Secret("key").matches("kez")
    assert not Secret("key").matches("ключ\udcff")
    assert not Secret("").matches("")


def test_printed_settings_hold_no_secret() -> None:
    settings = load(
        API_KEY="hunter-hunter-hunter",
        TWITCH_BROADCASTER_TOKEN="hunter-token",
        DATABASE_URL="postgresql://gold:hunter%402@127.0.0.1/gold",
    )
    assert "hunter" not in repr(settings)
    revealed = {each.reveal() for each in settings.secrets()}
    assert revealed == {KEY, "hunter-hunter-hunter", "hunter-token", "hunter%402", "hunter@2"}


def test_every_example_of_the_table_is_a_valid_text() -> None:
    for row in Settings.table().values():
        if "secret" not in row.name.lower():
            row.parse(row.example)


def test_every_secret_is_held_as_one() -> None:
    settings = Settings(environment="development")
    secret_names = ("_SECRET", "_KEY", "_TOKEN")
    fields = {each.name: each.type for each in dataclasses.fields(settings)}
    for name, row in Settings.table().items():
        is_secret = name.endswith(secret_names)
        assert (fields[name.lower()] in (Secret, Secret | None)) == is_secret, row.name
        assert is_secret or row.parse is not secret_text


def documented() -> dict[str, tuple[str, ...]]:
    lines = (ROOT / "docs" / "settings.md").read_text("utf-8").splitlines()
    rows = (line.strip("| ").split(" | ") for line in lines if line.startswith("| `GOLDOMATIC_"))
    return {name.strip("`"): tuple(rest) for name, *rest in rows}


def test_the_page_of_settings_and_the_table_agree() -> None:
    expected = {
        row.full_name: (f"`{row.shown}`" if row.shown else "—", row.meaning, f"`{row.example}`")
        for row in Settings.table().values()
    }
    assert documented() == expected


def test_the_page_names_what_a_missing_setting_closes() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8").replace("`", "")
    for feature in load().closed():
        assert f"| {feature.setting} | {feature.closed} |" in page
