"""The simulated client's window and keyboard, as the bridge's typing sees a machine."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from goldomatic.bridge.inject import GameWindow
from goldomatic.bridge.inject.keys import Key, Pace
from goldomatic.bridge.inject.screen import TITLE
from goldomatic.bridge.settings import Injection
from goldomatic.simulation.wow_client import WowClient

WINDOW = GameWindow("Wow.exe", 4242, TITLE, 1)
# Two frames of the client between characters are not needed: it takes a whole queue in one.
PACE = Pace(after_focus=0.05, per_character=0.0)


class GameKeyboard:
    """Key messages and character messages to the client's window, each by its own way."""

    name = "simulated"
    pace = PACE
    follows_focus = False

    def __init__(self, client: WowClient) -> None:
        self._keyboard = client.keyboard

    @contextmanager
    def ready(self, text: str) -> Iterator["GameKeyboard"]:
        yield self

    def down(self, key: Key) -> None:
        self._keyboard.key_down(key.value)

    def up(self, key: Key) -> None:
        self._keyboard.key_up(key.value)

    def write(self, character: str) -> None:
        self._keyboard.char(character)


class GameScreen:
    """A machine on which the simulated client is the only game."""

    def __init__(self, client: WowClient) -> None:
        self._client = client
        self._keyboard = GameKeyboard(client)

    def windows(self) -> Sequence[GameWindow]:
        return (WINDOW,)

    def foreground(self) -> GameWindow | None:
        return WINDOW if self._client.keyboard.foreground else None

    def has_focus(self, window: GameWindow) -> bool:
        return self._client.keyboard.foreground

    def focus(self, window: GameWindow) -> None:
        """The window has the keyboard already, or the bridge does not type."""

    def now(self) -> float:
        return self._client.clock.seconds

    def last_input(self) -> float:
        return self._client.keyboard.touched_at

    def keyboards(self, window: GameWindow, first: Injection) -> Sequence[GameKeyboard]:
        return (self._keyboard,)

    def close(self) -> None:
        """The client is not the screen's to end."""
