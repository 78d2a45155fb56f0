"""What went wrong in the client: script errors, forbidden calls, the simulation's own faults."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ScriptFault:
    """One Lua error, as the client's error window would show it."""

    message: str
    trace: str

    def __str__(self) -> str:
        return f"{self.message}\n{self.trace.strip()}"


class ClientFaultsError(AssertionError):
    """Raised when a test ends, or asks, while faults are on record."""


class FaultBook:
    """Collects faults over all sessions of a client; a test that expects some takes them out."""

    def __init__(self) -> None:
        self.script_errors: list[ScriptFault] = []
        self.blocked: list[str] = []
        self._broken: list[Exception] = []

    def script_error(self, message: str, trace: str) -> None:
        self.script_errors.append(ScriptFault(message, trace))

    def event(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Every fired event passes here: those about forbidden actions are faults."""
        if name in ("ADDON_ACTION_FORBIDDEN", "ADDON_ACTION_BLOCKED"):
            self.blocked.append(f"{name}: {arguments[1]}")

    def broken(self, error: Exception) -> None:
        self._broken.append(error)

    def take_script_errors(self) -> list[ScriptFault]:
        """The script errors so far; they are forgotten, because the caller expected them."""
        taken, self.script_errors = self.script_errors, []
        return taken

    def take_blocked(self) -> list[str]:
        taken, self.blocked = self.blocked, []
        return taken

    def check(self) -> None:
        """Raises `ClientFaultsError` when anything is on record, or the simulation's own fault."""
        if self._broken:
            raise self._broken[0]
        told = [str(fault) for fault in self.script_errors] + self.blocked
        if told:
            raise ClientFaultsError("\n\n".join(told))
