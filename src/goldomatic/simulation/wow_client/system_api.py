"""Time, names, variables of the client, and the end of a session, as scripts call them."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from goldomatic.simulation.wow_client.addon_files import Addon
from goldomatic.simulation.wow_client.characters import Character
from goldomatic.simulation.wow_client.clock import ClientClock
from goldomatic.simulation.wow_client.machine import Api, LuaMachine, ScriptError

VERSION = ("3.3.5", "12340", "Jun 24 2010", 30300)


class SystemApi:
    """Functions that concern the client itself."""

    def __init__(
        self,
        machine: LuaMachine,
        clock: ClientClock,
        player: Character,
        *,
        realm_name: str,
        locale: str,
        variables: dict[str, str],
        request: Callable[[str], None],
    ) -> None:
        """`variables` outlive the session; `request` is told "reload", "logout" or "quit"."""
        self._machine, self._clock, self._player = machine, clock, player
        self._realm_name, self._locale, self._variables = realm_name, locale, variables
        self._request = request
        self._addons: dict[str, Addon] = {}

    def loaded(self, addon: Addon) -> None:
        self._addons[addon.name.lower()] = addon

    def functions(self) -> Api:
        return {
            "GetTime": ("", lambda: round(self._clock.seconds, 3)),
            "time": ("t?", self._time),
            "date": ("s?n?", self._date),
            "debugprofilestart": ("", lambda: None),
            "debugprofilestop": ("", lambda: 0.0),
            "GetBuildInfo": ("", lambda: VERSION),
            "GetLocale": ("", lambda: self._locale),
            "GetRealmName": ("", lambda: self._realm_name),
            "GetCVar": ("s", lambda name: self._variables.get(name.lower())),
            "SetCVar": ("sa?s?", self._set_variable),
            "GetCVarBool": (
                "s",
                lambda name: 1 if self._variables.get(name.lower()) == "1" else None,
            ),
            "RegisterCVar": ("sa?", self._register),
            "GetFramerate": ("", lambda: 60.0),
            "GetNetStats": ("", lambda: (0.0, 0.0, 80)),
            "UnitName": ("s", self._unit_name),
            "UnitGUID": ("s", lambda unit: self._of_player(unit, f"0x{self._player.guid:016X}")),
            "UnitLevel": ("s", lambda unit: self._of_player(unit, self._player.level)),
            "UnitFactionGroup": ("s", self._unit_faction),
            "UnitExists": ("s", lambda unit: self._of_player(unit, 1)),
            "UnitIsUnit": ("ss", lambda one, other: 1 if one == other else None),
            "IsAddOnLoaded": ("a", lambda name: 1 if str(name).lower() in self._addons else None),
            "GetAddOnMetadata": ("as", self._metadata),
            "GetNumAddOns": ("", lambda: len(self._addons)),
            "ReloadUI": ("", lambda: self._request("reload")),
            "ConsoleExec": ("s", self._console),
            "Logout": ("", lambda: self._request("logout")),
            "Quit": ("", lambda: self._request("quit")),
        }

    def _of_player(self, unit: str, value: Any) -> Any:
        return value if unit.lower() == "player" else None

    def _unit_name(self, unit: str) -> tuple[str, None] | None:
        return (self._player.name, None) if unit.lower() == "player" else None

    def _unit_faction(self, unit: str) -> tuple[str, str] | None:
        return (self._player.faction, self._player.faction) if unit.lower() == "player" else None

    def _time(self, table: Any) -> int:
        if table is None:
            return int(self._clock.unix())
        names = (b"year", b"month", b"day")
        if any(table[name] is None for name in names):
            raise ScriptError("field 'day' missing in date table")
        year, month, day = (int(table[name]) for name in names)
        hour = 12 if table[b"hour"] is None else int(table[b"hour"])
        minute, second = int(table[b"min"] or 0), int(table[b"sec"] or 0)
        zone = self._clock.local().tzinfo
        return int(datetime(year, month, day, hour, minute, second, tzinfo=zone).timestamp())

    def _date(self, pattern: str | None, at: float | None) -> Any:
        pattern = pattern or "%c"
        moment = self._clock.local()
        if at is not None:
            moment = datetime.fromtimestamp(int(at), tz=moment.tzinfo)
        if pattern.startswith("!"):
            pattern, moment = pattern[1:], moment.astimezone(UTC)
        if pattern.startswith("*t"):
            return self._machine.table(
                year=moment.year, month=moment.month, day=moment.day, hour=moment.hour,
                min=moment.minute, sec=moment.second, wday=moment.isoweekday() % 7 + 1,
                yday=moment.timetuple().tm_yday, isdst=False,
            )  # fmt: skip
        return time.strftime(pattern, moment.timetuple())

    def _set_variable(self, name: str, value: Any, _event: str | None) -> None:
        if name.lower() not in self._variables:
            raise ScriptError(f"Couldn't find CVar named '{name}'")
        self._variables[name.lower()] = "" if value is None else str(value)

    def _register(self, name: str, value: Any) -> None:
        self._variables.setdefault(name.lower(), "" if value is None else str(value))

    def _metadata(self, name: Any, field: str) -> str | None:
        addon = self._addons.get(str(name).lower())
        return addon.tags.get(field) if addon else None

    def _console(self, command: str) -> None:
        if command.strip().lower() == "reloadui":
            self._request("reload")
