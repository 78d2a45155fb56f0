"""A recorded user32 and kernel32: real structures go in, every call that acts is written down."""

import ctypes
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from goldomatic.bridge.inject.win32 import WINDOW_CLASS, WindowsScreen
from goldomatic.bridge.inject.win32_api import Input, KeyboardInput, WindowsApi

ACCESS_DENIED, QUEUE_IS_FULL = 5, 1816
GAME = 0x1F0A2
BROWSER = 0x2B11C

Call = tuple[Any, ...]


@dataclass
class FakeWindow:
    pid: int
    image: str
    window_class: str = "Other"
    title: str = ""
    visible: bool = True
    minimised: bool = False


def _windows() -> dict[int, FakeWindow]:
    game = FakeWindow(4711, r"C:\Games\Wow\WoW.exe", WINDOW_CLASS, "World of Warcraft")
    browser = FakeWindow(99, r"C:\Apps\browser.exe", "Browser", "World of Warcraft - guide")
    return {GAME: game, BROWSER: browser}


@dataclass
class FakeWindows:
    """The machine: which windows there are, what is in front, what is refused."""

    windows: dict[int, FakeWindow] = field(default_factory=_windows)
    front: int = GAME
    ticks: int = 600_000
    last_input: int = 0
    refuse: set[str] = field(default_factory=set)
    elevated: bool = False
    """The game runs as administrator: messages are refused, input vanishes without a word."""
    calls: list[Call] = field(default_factory=list)
    before_call: Callable[[Call], None] = lambda call: None
    error: int = 0

    def screen(self) -> WindowsScreen:
        return WindowsScreen(WindowsApi(self, self, lambda: self.error))

    async def sleep(self, seconds: float) -> None:
        """Waits by the machine's own clock, and writes it down in milliseconds."""
        self.ticks += round(seconds * 1000)
        self.calls.append(("wait", round(seconds * 1000)))

    def sleeper(self) -> Callable[[float], Awaitable[None]]:
        return self.sleep

    def typed(self) -> str:
        """The characters that went to the game's window by messages."""
        return "".join(chr(call[3]) for call in self.calls if call[:3] == ("post", GAME, 0x0102))

    # user32

    def GetForegroundWindow(self) -> int | None:  # noqa: N802
        return self.front or None

    def EnumWindows(self, visit: Any, parameter: Any) -> int:  # noqa: N802
        return int(all(visit(window, parameter) for window in self.windows))

    def IsWindowVisible(self, window: int) -> int:  # noqa: N802
        return int(self.windows[window].visible)

    def GetWindowThreadProcessId(self, window: int, process: Any) -> int:  # noqa: N802
        if window not in self.windows:
            return 0
        process._obj.value = self.windows[window].pid
        return 1

    def GetClassNameW(self, window: int, text: Any, length: int) -> int:  # noqa: N802
        text.value = self.windows[window].window_class[: length - 1]
        return len(text.value)

    def GetWindowTextW(self, window: int, text: Any, length: int) -> int:  # noqa: N802
        text.value = self.windows[window].title[: length - 1]
        return len(text.value)

    def IsIconic(self, window: int) -> int:  # noqa: N802
        return int(self.windows[window].minimised)

    def ShowWindow(self, window: int, command: int) -> int:  # noqa: N802
        self.calls.append(("show", window, command))
        return 1

    def SetForegroundWindow(self, window: int) -> int:  # noqa: N802
        self.calls.append(("focus", window))
        self.front = window
        return 1

    def PostMessageW(self, window: int, message: int, word: int, long: int) -> int:  # noqa: N802
        if self.elevated:
            self.error = ACCESS_DENIED
            return 0
        return self._act(("post", window, message, word, long))

    def SendInput(self, count: int, inputs: Any, size: int) -> int:  # noqa: N802
        assert size == ctypes.sizeof(Input)
        keys: list[KeyboardInput] = [inputs[index].keyboard for index in range(count)]
        if not self._act(("send", [(key.virtual_key, key.scan, key.flags) for key in keys])):
            return 0
        self.last_input = self.ticks
        return count

    def GetLastInputInfo(self, info: Any) -> int:  # noqa: N802
        assert info._obj.size == ctypes.sizeof(info._obj)
        info._obj.time = self.last_input % 2**32
        return 1

    # kernel32

    def GetTickCount64(self) -> int:  # noqa: N802
        return self.ticks

    def OpenProcess(self, access: int, inherit: int, pid: int) -> int | None:  # noqa: N802
        assert access == 0x1000
        return pid if any(window.pid == pid for window in self.windows.values()) else None

    def QueryFullProcessImageNameW(  # noqa: N802
        self, process: int, flags: int, path: Any, length: Any
    ) -> int:
        path.value = next(w.image for w in self.windows.values() if w.pid == process)
        return 1

    def CloseHandle(self, handle: int) -> int:  # noqa: N802
        return 1

    def _act(self, call: Call) -> int:
        self.before_call(call)
        if call[0] in self.refuse:
            self.error = QUEUE_IS_FULL
            return 0
        self.calls.append(call)
        return 1
