"""The game on Windows: its windows, and the two ways to type into one.

`PostMessage` puts messages into the window's own queue, `SendInput` types into whatever has the
keyboard. Values of the messages: the game turns WM_KEYDOWN into a key and WM_CHAR into a letter,
and ignores WM_CHAR below 32, so Enter is a key (reference on the 3.3.5a client, input path).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PureWindowsPath

from goldomatic.bridge.inject import GameWindow
from goldomatic.bridge.inject import win32_api as api
from goldomatic.bridge.inject.keys import Key, Pace
from goldomatic.bridge.inject.screen import Keyboard, Keys, is_game
from goldomatic.bridge.settings import Injection

WINDOW_CLASS = "GxWindowClassD3d"

# Virtual key and scan code of a US keyboard; the game goes by the former.
_CODES = {
    Key.ENTER: (api.VK_RETURN, 0x1C),
    Key.ESCAPE: (api.VK_ESCAPE, 0x01),
    Key.SLASH: (api.VK_OEM_2, 0x35),
}
# The low half of a key message is a repeat count; the two highest bits mark a release.
_ONCE = 1
_RELEASED = 0xC000_0000


class PostedMessages:
    """Messages to one window; they reach it wherever the focus is."""

    name = "PostMessage"
    pace = Pace(after_focus=0.060, per_character=0.022)
    follows_focus = False

    def __init__(self, windows: api.WindowsApi, window: int) -> None:
        self._windows = windows
        self._window = window

    @contextmanager
    def ready(self, _text: str) -> Iterator[Keys]:
        yield self

    def down(self, key: Key) -> None:
        code, scan = _CODES[key]
        self._windows.post(self._window, api.WM_KEYDOWN, code, scan << 16 | _ONCE)

    def up(self, key: Key) -> None:
        code, scan = _CODES[key]
        self._windows.post(self._window, api.WM_KEYUP, code, _RELEASED | scan << 16 | _ONCE)

    def write(self, character: str) -> None:
        self._windows.post(self._window, api.WM_CHAR, ord(character), _ONCE)


class SentInput:
    """Input as from a real keyboard; it goes to whatever has the focus.

    SendInput claims success for what Windows then keeps from a program with more rights than ours
    (UIPI). A message is refused openly, so one goes first: the release of a key that no keyboard
    of today has and that nobody has pressed.
    """

    name = "SendInput"
    pace = Pace(after_focus=0.080, per_character=0.018)
    follows_focus = True

    def __init__(self, windows: api.WindowsApi, window: int) -> None:
        self._windows = windows
        self._window = window

    @contextmanager
    def ready(self, _text: str) -> Iterator[Keys]:
        try:
            self._windows.post(self._window, api.WM_KEYUP, api.VK_F24, _RELEASED | _ONCE)
        except api.WindowsError as error:
            if error.errno == api.ACCESS_DENIED:
                raise
        yield self

    def down(self, key: Key) -> None:
        self._windows.send([api.key_input(_CODES[key][0])])

    def up(self, key: Key) -> None:
        self._windows.send([api.key_input(_CODES[key][0], api.KEYEVENTF_KEYUP)])

    def write(self, character: str) -> None:
        self._windows.send(api.unicode_inputs(character))


class WindowsScreen:
    """`Screen` over the calls of Windows."""

    def __init__(self, windows: api.WindowsApi) -> None:
        self._windows = windows

    def windows(self) -> list[GameWindow]:
        """The windows of a process `WoW.exe`, and those of the game's window class."""
        found = (self._game(window) for window in self._windows.windows())
        return [window for window in found if window is not None]

    def foreground(self) -> GameWindow | None:
        window = self._windows.foreground()
        return self._game(window) if window else None

    def has_focus(self, window: GameWindow) -> bool:
        return self._windows.foreground() == window.handle

    def focus(self, window: GameWindow) -> None:
        self._windows.focus(window.handle)

    def now(self) -> float:
        return self._windows.ticks() / 1000

    def last_input(self) -> float:
        return self._windows.last_input() / 1000

    def keyboards(self, window: GameWindow, first: Injection) -> Sequence[Keyboard]:
        posted = PostedMessages(self._windows, window.handle)
        sent = SentInput(self._windows, window.handle)
        return (sent, posted) if first == "send_input" else (posted, sent)

    def close(self) -> None:
        """Nothing is held."""

    def _game(self, window: int) -> GameWindow | None:
        pid = self._windows.process_of(window)
        image = PureWindowsPath(self._windows.image_of(pid))
        if not is_game(image.name) and self._windows.class_of(window) != WINDOW_CLASS:
            return None
        return GameWindow(
            process=image.stem or "?", pid=pid, title=self._windows.title_of(window), handle=window
        )
