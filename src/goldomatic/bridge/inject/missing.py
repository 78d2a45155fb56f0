"""An injector for a machine that offers no way into the game."""

from collections.abc import Sequence

from goldomatic.bridge.inject import GameWindow, InjectionError


class MissingInjector:
    """Finds no game, so that everything else of the bridge works; `reason` says why."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def windows(self) -> Sequence[GameWindow]:
        return ()

    async def foreground(self) -> GameWindow | None:
        return None

    async def idle_seconds(self) -> float:
        return 0.0

    async def type_line(self, window: GameWindow, line: str) -> None:
        raise InjectionError(self._reason, code="unavailable")

    async def aclose(self) -> None:
        return None
