"""Types lines into the game, by whatever ways the system offers."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from goldomatic.bridge.inject import GameWindow, InjectionError
from goldomatic.bridge.inject.attempt import Attempt, Sleep
from goldomatic.bridge.inject.keys import Key, LineError, Pace, check
from goldomatic.bridge.inject.screen import Keyboard, Screen
from goldomatic.bridge.settings import BridgeSettings

_SAME_INPUT = 0.1  # seconds by which two clocks may date one key press apart


class Typist:
    """`Injector` over a `Screen`: each line goes the whole way or is withdrawn.

    The way that the settings name is tried first; if the system refuses it before any character
    has gone through, the other one is tried once.
    """

    def __init__(
        self, screen: Screen, settings: BridgeSettings, *, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._screen = screen
        self._settings = settings
        self._sleep = sleep
        self._left_open: set[int] = set()
        self._typed_until = float("-inf")
        self._touched_at = float("-inf")

    def apply(self, settings: BridgeSettings) -> None:
        """Take other settings, from the next line on."""
        self._settings = settings

    async def windows(self) -> Sequence[GameWindow]:
        with _unavailable():
            return self._screen.windows()

    async def foreground(self) -> GameWindow | None:
        with _unavailable():
            return self._screen.foreground()

    async def idle_seconds(self) -> float:
        with _unavailable():
            return self._screen.now() - self._last_touched()

    async def bring_to_front(self, window: GameWindow) -> None:
        """Give the keyboard to the game; only right after the operator has asked for it."""
        with _unavailable():
            self._screen.focus(window)

    async def type_line(self, window: GameWindow, line: str) -> None:
        try:
            check(line)
        except LineError as error:
            raise InjectionError(f"This line cannot be typed: {error}.") from error
        with _unavailable():
            self._last_touched()
            keyboards = self._screen.keyboards(window, self._settings.injection)
        refusals: list[OSError] = []
        for keyboard in keyboards:
            attempt = Attempt(self._screen, window, keyboard, self._sleep)
            try:
                await self._make(attempt, line, keyboard, window)
                return
            except OSError as error:
                refusals.append(error)
            finally:
                self._after(attempt, keyboard, window, keyboards)
            if attempt.begun:
                break
        raise _refused(refusals, begun=attempt.begun)

    async def aclose(self) -> None:
        self._screen.close()

    async def _make(
        self, attempt: Attempt, line: str, keyboard: Keyboard, window: GameWindow
    ) -> None:
        clear_first = window.handle in self._left_open
        await attempt.make(
            line, self._pace(keyboard), self._settings.open_chat_key, clear_first=clear_first
        )
        self._left_open.discard(window.handle)

    def _pace(self, keyboard: Keyboard) -> Pace:
        milliseconds = self._settings.character_ms
        if milliseconds is None:
            return keyboard.pace
        return replace(keyboard.pace, per_character=milliseconds / 1000)

    def _after(
        self,
        attempt: Attempt,
        keyboard: Keyboard,
        window: GameWindow,
        keyboards: Sequence[Keyboard],
    ) -> None:
        if attempt.box_open:
            self._withdraw(window, keyboards)
        if keyboard.follows_focus:
            with suppress(OSError):
                self._typed_until = self._screen.now()

    def _withdraw(self, window: GameWindow, keyboards: Sequence[Keyboard]) -> None:
        """Close the chat box that we have opened, and with it forget what stands in it.

        A way that types into whatever has the focus must not do so when the game has lost it; the
        box is then closed before the next line.
        """
        for keyboard in keyboards:
            with suppress(OSError):
                if keyboard.follows_focus and not self._screen.has_focus(window):
                    continue
                with keyboard.ready("") as keys:
                    keys.down(Key.ESCAPE)
                    keys.up(Key.ESCAPE)
                return
        self._left_open.add(window.handle)

    def _last_touched(self) -> float:
        """When a person last touched keyboard or mouse, by the screen's clock.

        The system dates our own keys too; what is not later than they is taken for them.
        """
        last = self._screen.last_input()
        if last > self._typed_until + _SAME_INPUT:
            self._touched_at = last
        return self._touched_at


@contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InjectionError(
            error.strerror or str(error), code="unavailable", system_code=error.errno or 0
        ) from error


def _refused(refusals: Sequence[OSError], *, begun: bool) -> InjectionError:
    reasons = "; ".join(error.strerror or str(error) for error in refusals)
    return InjectionError(
        f"Injection failed: {reasons}.", system_code=refusals[-1].errno or 0, begun=begun
    )
