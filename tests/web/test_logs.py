"""The log of a noisy process: one line an event, one way for all loggers, no secrets."""

import io
import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from goldomatic.config import Secret, Settings
from goldomatic.web import logs

SECRETS = {
    "secret_key": Secret("kkkk-0123456789-0123456789-0123456789"),
    "api_key": Secret("operator-0123456789"),
    "twitch_client_secret": Secret("client-0123456789"),
    "twitch_eventsub_secret": Secret("eventsub-0123456789"),
    "twitch_broadcaster_token": Secret("broadcaster0123456789"),
}
DATABASE = "postgresql://gold:db-pass%40word@127.0.0.1/gold"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiMSJ9.c2lnbmF0dXJl"
FOREIGN = ["foreign-bearer", "foreigncode", "foreign-refresh", "bob@example.org", JWT]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    before = structlog.get_config(), root.handlers[:], root.level
    yield
    logging.captureWarnings(False)
    structlog.configure(**before[0])
    root.handlers[:] = before[1]
    root.setLevel(before[2])


def settings_of(**changes: Any) -> Settings:
    return Settings(environment="production", database_url=DATABASE, **{**SECRETS, **changes})


def noise(settings: Settings) -> None:
    """Everything that a careless programmer might log."""
    log = structlog.get_logger("noise")
    every = " ".join([*(secret.reveal() for secret in SECRETS.values()), *FOREIGN])
    log.info("request", headers=[(b"authorization", b"Bearer foreign-bearer")], path="/a")
    log.info(f"Authorization: Bearer foreign-bearer to {DATABASE}")
    log.warning("token answer", body={"refresh_token": "foreign-refresh", "scope": ["chat"]})
    log.info("mail", to="bob@example.org", jwt=f"got {JWT}")
    log.info("settings", settings=settings, raw=settings.database_url)
    log.info("keys", **{name: secret.reveal() for name, secret in SECRETS.items()})
    log.info("everything", text=[secret.reveal() for secret in SECRETS.values()])
    try:
        refuse(" ".join(secret.reveal() for secret in SECRETS.values()), JWT)
    except ValueError:
        log.exception("failed")
        logging.getLogger("uvicorn.error").exception("failed with %s", "Bearer foreign-bearer")
    logging.getLogger("uvicorn.access").info(
        '%s - "%s %s HTTP/%s" %d', "1.2.3.4:5", "GET", "/cb?code=foreigncode", "1.1", 200
    )
    logging.getLogger("some.package").warning("it said %s", SECRETS["api_key"].reveal())
    logging.getLogger("some.package").info("extra", extra={"session_cookie": "foreign-refresh"})
    warnings.warn(f"deprecated: {SECRETS['api_key'].reveal()}", stacklevel=1)
    assert every


def refuse(*secrets: str) -> None:
    raise ValueError(f"cannot use {secrets}")


def captured(act: Callable[[Settings], None], stream: io.StringIO, **changes: Any) -> str:
    settings = settings_of(**changes)
    logs.configure(settings, stream)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        act(settings)
        logging.captureWarnings(False)
    return stream.getvalue()


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_secret_reaches_the_output(log_format: str) -> None:
    output = captured(noise, io.StringIO(), log_format=log_format, log_level="debug")
    hidden = [*(secret.reveal() for secret in SECRETS.values()), *FOREIGN]
    hidden += ["db-pass", "eyJ", "foreign-bearer"]
    assert [each for each in hidden if each in output] == []
    assert output.count("***") >= 15
    for kept in ("/a", "failed", "ValueError", "1.2.3.4", "deprecated", "127.0.0.1/gold"):
        assert kept in output


def test_json_is_one_object_a_line() -> None:
    lines = captured(noise, io.StringIO(), log_format="json").splitlines()
    entries = [json.loads(line) for line in lines]
    assert all({"event", "level", "logger", "timestamp"} <= set(each) for each in entries)
    assert {"noise", "uvicorn.error", "uvicorn.access", "some.package", "py.warnings"} <= {
        each["logger"] for each in entries
    }
    [ours] = [each for each in entries if each["event"] == "failed"]
    assert "in refuse" in ours["exception"]
    assert ours["timestamp"].endswith("Z")


def test_the_format_follows_the_terminal_unless_it_is_set() -> None:
    def speak(_: Settings) -> None:
        structlog.get_logger("a").info("hello", number=1)

    assert json.loads(captured(speak, io.StringIO()))["number"] == 1
    assert "\x1b[" in captured(speak, Terminal())
    assert json.loads(captured(speak, Terminal(), log_format="json"))["number"] == 1
    plain = captured(speak, io.StringIO(), log_format="console")
    assert "hello" in plain
    assert "\x1b[" not in plain


def test_the_level_holds_for_every_logger() -> None:
    def speak(_: Settings) -> None:
        for logger in (structlog.get_logger("ours"), logging.getLogger("theirs")):
            logger.info("quiet")
            logger.error("loud")

    output = captured(speak, io.StringIO(), log_level="error")
    assert output.count("loud") == 2
    assert "quiet" not in output


def test_a_handler_of_uvicorn_does_not_log_twice() -> None:
    def speak(_: Settings) -> None:
        logging.getLogger("uvicorn.error").info("once", extra={"color_message": "\x1b[1monce"})

    logging.getLogger("uvicorn").addHandler(logging.StreamHandler(io.StringIO()))
    output = captured(speak, io.StringIO())
    assert output.count("once") == 1
    assert logging.getLogger("uvicorn").handlers == []


def test_a_start_says_what_is_closed_and_what_was_ignored() -> None:
    output = captured(
        logs.announce,
        io.StringIO(),
        api_key=None,
        twitch_eventsub_secret=None,
        e2e_harness=True,
    )
    entries = [json.loads(line) for line in output.splitlines()]
    closed = {each["setting"]: each for each in entries if "setting" in each}
    assert {"GOLDOMATIC_API_KEY", "GOLDOMATIC_TWITCH_EVENTSUB_SECRET"} <= set(closed)
    assert "operator routes" in closed["GOLDOMATIC_API_KEY"]["closed"]
    assert "secrets.token_urlsafe(32)" in closed["GOLDOMATIC_API_KEY"]["remedy"]
    assert any("E2E_HARNESS is ignored" in each["event"] for each in entries)
    assert all(each["level"] == "warning" for each in entries)


def test_a_real_process_logs_to_standard_error_only() -> None:
    program = (
        "import structlog\n"
        "from goldomatic.config import Settings\n"
        "from goldomatic.web import logs\n"
        "logs.configure(Settings(environment='development'))\n"
        "structlog.get_logger('a').info('hello')\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert ran.stdout == b""
    assert json.loads(ran.stderr)["event"] == "hello"
