"""The settings of one deployment, from GOLDOMATIC_* variables and an optional TOML file.

Everything wrong is reported at once, and never with the value, which may be a secret. A secret
that is missing or weak stops the start or keeps the routes shut that need it; it never means
'unchecked'.
"""

import base64
import re
import secrets
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import unquote, urlsplit

from goldomatic.raffle_settings import RaffleSettings
from goldomatic.setting_table import PREFIX, Row
from goldomatic.setting_texts import Secret

__all__ = ["PREFIX", "ClosedFeature", "Problem", "Row", "Secret", "Settings", "SettingsError"]

CONFIG_FILE = Path("goldomatic.toml")

_WILDCARD_HOSTS = ("0.0.0.0", "::")  # noqa: S104 - recognised here, not bound

_CLOSED_WITHOUT = {
    "TWITCH_BROADCASTER_ID": "the check that chat and tokens belong to the channel, and chat lines",
    "TWITCH_EVENTSUB_SECRET": "POST /api/twitch/eventsub, and with it enrolment by chat",
    "TWITCH_EXTENSION_SECRET": "the routes of the Twitch extension: panel, claims and live view",
    "TWITCH_CLIENT_ID": "sign-in with Twitch, and with it the raffle",
    "TWITCH_CLIENT_SECRET": "sign-in with Twitch, and with it the raffle",
    "API_KEY": "the operator routes, and with them the bridge to the game",
}


MISSING = "is missing"


class Problem(NamedTuple):
    """One thing that is wrong: where, what, and what to do."""

    setting: str
    wrong: str
    remedy: str


class SettingsError(Exception):
    """The settings do not allow a start. The text names every problem and no value."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = ["Gold-o-Matic cannot start with these settings:"]
        lines += (f"  {name} {wrong}. {remedy}" for name, wrong, remedy in self.problems)
        if any(problem.wrong == MISSING for problem in self.problems):
            lines.append("Or run `goldomatic twitch setup`: it makes or asks for what is missing.")
        super().__init__("\n".join(lines))


class ClosedFeature(NamedTuple):
    """Something that stays shut because its setting is missing, and what opens it."""

    setting: str
    closed: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(RaffleSettings):
    """Checked settings. Every way of making one raises `SettingsError` with all problems.

    `warnings` are sentences to be logged at start-up, as is `closed()`.
    """

    warnings: tuple[str, ...] = field(default=(), init=False, repr=False, compare=False)
    secret_key_is_made_up: bool = field(default=False, init=False, repr=False, compare=False)
    """Whether what this process signs is worth nothing to another."""

    @classmethod
    def load(cls, env: Mapping[str, str], file: Path | None) -> Self:
        """Read variables and the file, where a variable wins; a file that is not there is empty.

        Raises `SettingsError` with every problem of both.
        """
        rows = cls.table()
        given, problems = _read_file(rows, file)
        given |= _read_variables(rows, env)
        values: dict[str, Any] = {}
        for name, text in given.items():
            try:
                values[name.lower()] = rows[name].parse(text)
            except ValueError as error:
                problems.append(Problem(PREFIX + name, str(error), rows[name].remedy))
        try:
            settings = cls(**values)
        except SettingsError as error:
            known = {problem.setting for problem in problems}
            problems += [problem for problem in error.problems if problem.setting not in known]
        if problems:
            raise SettingsError(problems)
        settings._note(*_unknown_variables(rows, env))
        return settings

    def __post_init__(self) -> None:
        if problems := list(self._problems()):
            raise SettingsError(problems)
        if not self.public_url:
            self._set("public_url", _default_public_url(self.host, self.port))
        if self.in_production:
            self._switch_off(
                "dev_skip_subscriber_check", "dev_skip_gift_subscriber_check", "e2e_harness"
            )
        elif not self.secret_key:
            self._set("secret_key", Secret(secrets.token_urlsafe(32)))
            self._set("secret_key_is_made_up", True)
            self._note(
                f"{PREFIX}SECRET_KEY is not set: one was made up for this process, "
                "so sessions and stored tokens will not survive a restart."
            )

    @property
    def in_production(self) -> bool:
        return self.environment == "production"

    @property
    def state_directory(self) -> Path:
        """Where the process keeps files of its own: beside an SQLite ledger, else where it runs."""
        kind, _, path = self.database_url.partition(":///")
        return Path(path).parent if kind == "sqlite" else Path()

    def closed(self) -> list[ClosedFeature]:
        """What stays shut because its setting is missing: to be logged at start-up."""
        rows = self.table()
        return [
            ClosedFeature(PREFIX + name, shut, rows[name].remedy)
            for name, shut in _CLOSED_WITHOUT.items()
            if not getattr(self, name.lower())
        ]

    def extension_key(self) -> bytes | None:
        """The key that signs and checks Extension JWTs, or None where it is not set."""
        secret = self.twitch_extension_secret
        return base64.b64decode(secret.reveal(), validate=True) if secret else None

    def secrets(self) -> list[Secret]:
        """Every secret that is set, with the password in the database URL: never to be shown."""
        values = (getattr(self, each.name) for each in fields(self))
        found = [value for value in values if isinstance(value, Secret) and value]
        password = urlsplit(self.database_url).password
        if password:
            found += [Secret(password), Secret(unquote(password))]
        return found

    def _problems(self) -> Iterator[Problem]:
        for name, row in self.table().items():
            value = getattr(self, name.lower())
            if isinstance(value, Secret) and (wrong := _fault(row, value)):
                yield self._problem(name, wrong)
        if not self.in_production:
            return
        if not self.secret_key:
            yield self._problem("SECRET_KEY", MISSING)
        elif len(self.secret_key.reveal()) < 32:
            yield self._problem("SECRET_KEY", "has less than 32 characters")
        if self.api_key and len(self.api_key.reveal()) < 16:
            yield self._problem("API_KEY", "has less than 16 characters")

    def _problem(self, name: str, wrong: str) -> Problem:
        return Problem(PREFIX + name, wrong, self.table()[name].remedy)

    def _switch_off(self, *names: str) -> None:
        for name in names:
            if getattr(self, name):
                self._set(name, False)
                self._note(
                    f"{PREFIX}{name.upper()} is ignored: it works in development only "
                    f"({PREFIX}ENVIRONMENT=development)."
                )

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _note(self, *warnings: str) -> None:
        self._set("warnings", (*self.warnings, *warnings))


def _fault(row: Row, secret: Secret) -> str:
    """What is wrong with a secret, however it came here; "" if nothing."""
    if not secret:
        return "" if row.name == "SECRET_KEY" else "is empty"
    try:
        row.parse(secret.reveal())
    except ValueError as error:
        return str(error)
    return ""


def _read_variables(rows: Mapping[str, Row], env: Mapping[str, str]) -> dict[str, str]:
    """Texts by name. An empty variable is one that is not set."""
    texts = {name: env.get(PREFIX + name, "").strip() for name in rows}
    return {name: text for name, text in texts.items() if text}


def _unknown_variables(rows: Mapping[str, Row], env: Mapping[str, str]) -> list[str]:
    """A misspelt variable only warns: another program's may begin with the same word."""
    ours = (name for name in sorted(env) if name.startswith(PREFIX))
    return [f"{name} is not a setting." for name in ours if name.removeprefix(PREFIX) not in rows]


def _read_file(rows: Mapping[str, Row], file: Path | None) -> tuple[dict[str, str], list[Problem]]:
    """Texts by name. Keys may carry the prefix or not, in upper or lower case."""
    if file is None or not file.exists():
        return {}, []
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        wrong = f"cannot be read ({type(error).__name__}{_position(error)})"
        return {}, [Problem(str(file), wrong, "Correct it: one `name = value` on each line")]
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for key, value in content.items():
        name = key.upper().removeprefix(PREFIX)
        if name not in rows:
            problems.append(Problem(f"{key} in {file}", "is not a setting", "Remove or rename it"))
        elif name in texts:
            problems.append(Problem(f"{key} in {file}", "is given twice", "Keep one"))
        elif (text := _toml_text(value)) is None:
            problems.append(Problem(f"{key} in {file}", "has a wrong type", rows[name].remedy))
        else:
            texts[name] = text
    return {name: text for name, text in texts.items() if text}, problems


def _toml_text(value: object) -> str | None:
    """A TOML value as a variable would hold it; None for a type that no setting has."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return value.strip()
        case list() if all(isinstance(item, str) for item in value):
            return ",".join(value)
        case _:
            return None


def _position(error: Exception) -> str:
    """Where a TOML file is broken, without the text that stands there."""
    found = re.search(r"\(at (line \d+, column \d+)\)", str(error))
    return f", {found[1]}" if found else ""


def _default_public_url(host: str, port: int) -> str:
    """The address of this machine by the one name that Twitch takes without HTTPS: localhost."""
    if host in _WILDCARD_HOSTS or host == "::1" or host.startswith("127."):
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
