"""What typing asks of a system: where the game is, who has the keyboard, and keys to press."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from goldomatic.bridge.inject import GameWindow
from goldomatic.bridge.inject.keys import Key, Pace
from goldomatic.bridge.settings import Injection

PROCESS = "wow"
TITLE = "World of Warcraft"


def is_game(process: str) -> bool:
    """Whether a program's name, with or without `.exe`, is the game's; case does not count."""
    return process.casefold().removesuffix(".exe") == PROCESS


class Keys(Protocol):
    """Keys that are ready to be pressed. Each call raises `OSError` when the system refuses."""

    def down(self, key: Key) -> None: ...
    def up(self, key: Key) -> None: ...
    def write(self, character: str) -> None: ...


class Keyboard(Protocol):
    """One way to type."""

    @property
    def name(self) -> str: ...
    @property
    def pace(self) -> Pace: ...
    @property
    def follows_focus(self) -> bool:
        """Whether keys go to the window that has the focus, and not to the game's alone."""
        ...

    def ready(self, text: str) -> AbstractContextManager[Keys]:
        """Prepare the keyboard for the characters of `text`; afterwards put it back."""
        ...


class Screen(Protocol):
    """The windows and keyboards of one machine.

    Each call raises `OSError` when the system refuses; its `errno` is the system's number.
    """

    def windows(self) -> Sequence[GameWindow]:
        """Every window of the game."""
        ...

    def foreground(self) -> GameWindow | None:
        """The game's window that has the keyboard; None if something else has."""
        ...

    def has_focus(self, window: GameWindow) -> bool: ...
    def focus(self, window: GameWindow) -> None: ...
    def now(self) -> float:
        """Seconds on the clock by which input is dated."""
        ...

    def last_input(self) -> float:
        """`now` at the last key or mouse movement, injected ones included."""
        ...

    def keyboards(self, window: GameWindow, first: Injection) -> Sequence[Keyboard]:
        """The ways to type into a window, in the order in which they are tried."""
        ...

    def close(self) -> None: ...
