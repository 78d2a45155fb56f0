"""How a line gets into the game: the interface, and the injectors that need no game.

`win32` and `x11` implement `Injector`; the simulated client does too.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class GameWindow(msgspec.Struct, frozen=True):
    """A window of the game. `handle` is what the system calls it (HWND, X11 window id)."""

    process: str
    pid: int
    title: str = ""
    handle: int = 0


class InjectionError(Exception):
    """A line was not typed, or nobody knows whether it was.

    `code` is stable: `window_lost` (the game is no longer in front), `refused` (the system did not
    take the keys), `unavailable` (this machine has no such way). `system_code` is the system's own
    error number, 0 where there is none. `begun` says that characters may have reached the game:
    then no other way is tried, for it would type the line a second time.
    """

    def __init__(
        self, message: str, *, code: str = "refused", system_code: int = 0, begun: bool = False
    ) -> None:
        super().__init__(message)
        self.code = code
        self.system_code = system_code
        self.begun = begun


class Injector(Protocol):
    """Finds the game and types into it. All methods run in the bridge's event loop.

    None may block the loop for more than a few milliseconds: pauses are awaited, and a slow call
    of the system goes into a thread of the injector's own. The bridge never calls `type_line`
    twice at a time and leaves the pause between lines itself.
    """

    async def windows(self) -> Sequence[GameWindow]:
        """Every window of the game, in front or not: what the operator may choose from."""
        ...

    async def foreground(self) -> GameWindow | None:
        """The game's window that is in front now; None if another program is."""
        ...

    async def idle_seconds(self) -> float:
        """Seconds since a person last touched keyboard or mouse; what was injected counts not."""
        ...

    async def type_line(self, window: GameWindow, line: str) -> None:
        """Open the chat box, type `line` (ASCII, at most 254 characters), submit it.

        Checks between characters that `window` is still in front, and stops at once when it is
        not. A box that was opened is left closed and empty where the system still allows it.
        Raises `InjectionError`.
        """
        ...

    async def aclose(self) -> None:
        """Give back what the injector holds. Nothing is called afterwards."""
        ...
