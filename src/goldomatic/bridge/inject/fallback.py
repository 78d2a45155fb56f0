"""Two ways into the game, one after the other."""

from collections.abc import Sequence

from goldomatic.bridge.inject import GameWindow, InjectionError, Injector


class FallbackInjector:
    """Two ways into one game: where the first does not take a line, the second is tried once.

    A line of which the first way may have typed a part is never typed by the second.
    """

    def __init__(self, first: Injector, second: Injector) -> None:
        self._first, self._second = first, second

    async def windows(self) -> Sequence[GameWindow]:
        return await self._first.windows()

    async def foreground(self) -> GameWindow | None:
        return await self._first.foreground()

    async def idle_seconds(self) -> float:
        return await self._first.idle_seconds()

    async def type_line(self, window: GameWindow, line: str) -> None:
        try:
            await self._first.type_line(window, line)
        except InjectionError as error:
            if error.begun or error.code == "window_lost":
                raise
            await self._second.type_line(window, line)

    async def aclose(self) -> None:
        await self._first.aclose()
        await self._second.aclose()
