"""Injectors without a game: one that shows what would be typed, one that remembers it."""

from collections.abc import Callable, Sequence

from goldomatic.bridge.inject import GameWindow, InjectionError

DRY_WINDOW = GameWindow("WoW.exe", 0, "dry run")


class DryRunInjector:
    """Types nothing: hands each line to `show`. The game counts as in front, nobody as typing."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show

    async def windows(self) -> Sequence[GameWindow]:
        return (DRY_WINDOW,)

    async def foreground(self) -> GameWindow | None:
        return DRY_WINDOW

    async def idle_seconds(self) -> float:
        return float("inf")

    async def type_line(self, window: GameWindow, line: str) -> None:
        self._show(line)

    async def aclose(self) -> None:
        return None


class RecordingInjector:
    """Remembers what was typed into a window that tests put in front, move away and break."""

    def __init__(self, window: GameWindow | None = DRY_WINDOW) -> None:
        self.lines: list[str] = []
        self.window = window
        """The game's window; None where the game does not run."""
        self.elsewhere = False
        """Another program is in front of the game."""
        self.idle = float("inf")
        self.failures: list[InjectionError] = []
        """Raised by the next calls, one each, instead of typing."""
        self.answer: Callable[[str], None] | None = None
        """Called with each typed line, as the game would be."""

    async def windows(self) -> Sequence[GameWindow]:
        return () if self.window is None else (self.window,)

    async def foreground(self) -> GameWindow | None:
        return None if self.elsewhere else self.window

    async def idle_seconds(self) -> float:
        return self.idle

    async def type_line(self, window: GameWindow, line: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        if window != self.window or self.elsewhere:
            raise InjectionError("The game is no longer in front.", code="window_lost")
        self.lines.append(line)
        if self.answer is not None:
            self.answer(line)

    async def aclose(self) -> None:
        return None
