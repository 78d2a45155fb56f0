"""One attempt to type a line, and how far it has come."""

from collections.abc import Awaitable, Callable

from goldomatic.bridge.inject import GameWindow, InjectionError
from goldomatic.bridge.inject.keys import Key, Pace, Press, Step, Wait, steps
from goldomatic.bridge.inject.screen import Keyboard, Keys, Screen
from goldomatic.bridge.settings import OpenChatKey

NOT_IN_FRONT = "Foreground WoW window not found. Focus WoW and retry."

Sleep = Callable[[float], Awaitable[None]]


class Attempt:
    """Types into one window by one way. Raises `OSError` where the system refuses a key, and
    `InjectionError` as soon as the window is no longer in front."""

    def __init__(
        self, screen: Screen, window: GameWindow, keyboard: Keyboard, sleep: Sleep
    ) -> None:
        self._screen = screen
        self._window = window
        self._keyboard = keyboard
        self._sleep = sleep
        self.box_open = False
        """We have opened the game's chat box and not closed it."""
        self.begun = False
        """Characters have gone through."""

    async def make(
        self, line: str, pace: Pace, open_chat: OpenChatKey, *, clear_first: bool
    ) -> None:
        """Type the whole line; `clear_first` closes a box that an earlier attempt left open."""
        self._require_front()
        self._screen.focus(self._window)
        with self._keyboard.ready(line) as keys:
            if clear_first:
                await self._perform(keys, Press(Key.ESCAPE, pace.hold, box_open=False))
            for step in steps(line, open_chat, pace):
                await self._perform(keys, step)

    async def _perform(self, keys: Keys, step: Step) -> None:
        if isinstance(step, Wait):
            await self._sleep(step.seconds)
            return
        self._require_front()
        if isinstance(step, Press):
            keys.down(step.key)
            self.box_open = step.box_open
            try:
                await self._sleep(step.hold)
            finally:
                keys.up(step.key)
        else:
            keys.write(step.character)
            self.box_open = self.begun = True

    def _require_front(self) -> None:
        if not self._screen.has_focus(self._window):
            raise InjectionError(NOT_IN_FRONT, code="window_lost", begun=self.begun)
