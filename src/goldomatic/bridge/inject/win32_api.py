"""The Windows calls that injection needs, declared for ctypes and turned into plain Python.

Structures have fixed widths instead of those of `ctypes.wintypes`, so that their bytes can be
examined on any system.
"""

import ctypes
from collections.abc import Callable, Iterable
from typing import Any, Self

WM_KEYDOWN, WM_KEYUP, WM_CHAR = 0x0100, 0x0101, 0x0102
VK_RETURN, VK_ESCAPE, VK_OEM_2, VK_F24 = 0x0D, 0x1B, 0xBF, 0x87
KEYEVENTF_KEYUP, KEYEVENTF_UNICODE = 0x0002, 0x0004
INPUT_KEYBOARD = 1
SW_RESTORE = 9
ACCESS_DENIED = 5
PROCESS_QUERY_LIMITED_INFORMATION = 0x1000

_SHORT_TICKS = 1 << 32
_LONGEST_TEXT = 260
_LONGEST_PATH = 32_768

# The calling convention of a callback; the two are the same thing except on 32-bit Windows.
_CALLBACK = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
EnumWindowsProc = _CALLBACK(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


class KeyboardInput(ctypes.Structure):
    """KEYBDINPUT."""

    _fields_ = (
        ("virtual_key", ctypes.c_uint16),
        ("scan", ctypes.c_uint16),
        ("flags", ctypes.c_uint32),
        ("time", ctypes.c_uint32),
        ("extra", ctypes.c_size_t),
    )


class MouseInput(ctypes.Structure):
    """MOUSEINPUT, the largest member of the union: it sets the size of INPUT."""

    _fields_ = (
        ("dx", ctypes.c_int32),
        ("dy", ctypes.c_int32),
        ("data", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("time", ctypes.c_uint32),
        ("extra", ctypes.c_size_t),
    )


class _InputUnion(ctypes.Union):
    _fields_ = (("keyboard", KeyboardInput), ("mouse", MouseInput))


class Input(ctypes.Structure):
    """INPUT."""

    _anonymous_ = ("union",)
    _fields_ = (("kind", ctypes.c_uint32), ("union", _InputUnion))


class LastInputInfo(ctypes.Structure):
    """LASTINPUTINFO."""

    _fields_ = (("size", ctypes.c_uint32), ("time", ctypes.c_uint32))


class WindowsError(OSError):
    """A Windows call failed; `errno` is what GetLastError said."""

    def __init__(self, call: str, code: int) -> None:
        super().__init__(code, f"{call} failed with Windows error {code}")


class WindowsApi:
    """user32 and kernel32 as far as they are needed. Window handles are integers."""

    def __init__(self, user32: Any, kernel32: Any, last_error: Callable[[], int]) -> None:
        self._user32 = user32
        self._kernel32 = kernel32
        self._last_error = last_error

    @classmethod
    def load(cls) -> Self:
        """The calls of this machine. Raises `OSError` where it is not Windows."""
        library = getattr(ctypes, "WinDLL", None)
        if library is None:
            raise OSError("this is not Windows")
        user32 = library("user32", use_last_error=True)
        kernel32 = library("kernel32", use_last_error=True)
        for owner, signatures in ((user32, _USER32), (kernel32, _KERNEL32)):
            for name, (result, arguments) in signatures.items():
                function = getattr(owner, name)
                function.restype, function.argtypes = result, arguments
        return cls(user32, kernel32, getattr(ctypes, "get_last_error"))  # noqa: B009

    def foreground(self) -> int:
        """The window that has the keyboard; 0 while none has."""
        return int(self._user32.GetForegroundWindow() or 0)

    def windows(self) -> list[int]:
        """Every visible top-level window, the topmost first."""
        found: list[int] = []

        def visit(window: int | None, _: object) -> int:
            if window and self._user32.IsWindowVisible(window):
                found.append(window)
            return 1

        if not self._user32.EnumWindows(EnumWindowsProc(visit), None):
            raise self._failed("EnumWindows")
        return found

    def process_of(self, window: int) -> int:
        """The id of the process that owns a window; 0 where the window is gone."""
        process = ctypes.c_uint32(0)
        self._user32.GetWindowThreadProcessId(window, ctypes.byref(process))
        return process.value

    def image_of(self, process: int) -> str:
        """The full path of a process's program; empty where it is gone or may not be asked."""
        handle = self._kernel32.OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, process)
        if not handle:
            return ""
        try:
            path = ctypes.create_unicode_buffer(_LONGEST_PATH)
            length = ctypes.c_uint32(_LONGEST_PATH)
            done = self._kernel32.QueryFullProcessImageNameW(handle, 0, path, ctypes.byref(length))
            return path.value if done else ""
        finally:
            self._kernel32.CloseHandle(handle)

    def class_of(self, window: int) -> str:
        return self._text("GetClassNameW", window)

    def title_of(self, window: int) -> str:
        return self._text("GetWindowTextW", window)

    def focus(self, window: int) -> None:
        """Bring a window to the front; a minimised one is restored, a maximised one stays so."""
        if self._user32.IsIconic(window):
            self._user32.ShowWindow(window, SW_RESTORE)
        self._user32.SetForegroundWindow(window)

    def post(self, window: int, message: int, word: int, long: int) -> None:
        """Raises `WindowsError`; code 5 means that the game runs with more rights than we do."""
        if not self._user32.PostMessageW(window, message, word, long):
            raise self._failed("PostMessage")

    def send(self, inputs: Iterable[Input]) -> None:
        """Type into whatever has the keyboard. Raises `WindowsError` unless all went through."""
        batch = tuple(inputs)
        array = (Input * len(batch))(*batch)
        if self._user32.SendInput(len(batch), array, ctypes.sizeof(Input)) != len(batch):
            raise self._failed("SendInput")

    def ticks(self) -> int:
        """Milliseconds since the machine started."""
        return int(self._kernel32.GetTickCount64())

    def last_input(self) -> int:
        """`ticks` at the last key or mouse movement of anybody, input of `send` included."""
        info = LastInputInfo(size=ctypes.sizeof(LastInputInfo))
        if not self._user32.GetLastInputInfo(ctypes.byref(info)):
            raise self._failed("GetLastInputInfo")
        ticks = self.ticks()
        # Windows dates input by a counter of 32 bits, which starts again every 49.7 days.
        return ticks - (ticks - int(info.time)) % _SHORT_TICKS

    def _text(self, call: str, window: int) -> str:
        text = ctypes.create_unicode_buffer(_LONGEST_TEXT)
        getattr(self._user32, call)(window, text, _LONGEST_TEXT)
        return text.value

    def _failed(self, call: str) -> WindowsError:
        return WindowsError(call, self._last_error())


def key_input(virtual_key: int, flags: int = 0) -> Input:
    """A key by its virtual code."""
    return Input(kind=INPUT_KEYBOARD, keyboard=KeyboardInput(virtual_key=virtual_key, flags=flags))


def unicode_inputs(character: str) -> list[Input]:
    """A character as UTF-16 units, each down and up, independent of the layout."""
    units = memoryview(character.encode("utf-16-le")).cast("H")
    return [
        Input(
            kind=INPUT_KEYBOARD,
            keyboard=KeyboardInput(scan=unit, flags=KEYEVENTF_UNICODE | flag),
        )
        for unit in units
        for flag in (0, KEYEVENTF_KEYUP)
    ]


_WINDOW, _INT, _UINT = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32
_POINTER, _TEXT = ctypes.c_void_p, ctypes.c_wchar_p
_Signatures = dict[str, tuple[Any, list[Any]]]

_USER32: _Signatures = {
    "GetForegroundWindow": (_WINDOW, []),
    "EnumWindows": (_INT, [EnumWindowsProc, _POINTER]),
    "IsWindowVisible": (_INT, [_WINDOW]),
    "GetWindowThreadProcessId": (_UINT, [_WINDOW, ctypes.POINTER(ctypes.c_uint32)]),
    "GetClassNameW": (_INT, [_WINDOW, _TEXT, _INT]),
    "GetWindowTextW": (_INT, [_WINDOW, _TEXT, _INT]),
    "IsIconic": (_INT, [_WINDOW]),
    "ShowWindow": (_INT, [_WINDOW, _INT]),
    "SetForegroundWindow": (_INT, [_WINDOW]),
    "PostMessageW": (_INT, [_WINDOW, _UINT, ctypes.c_size_t, ctypes.c_ssize_t]),
    "SendInput": (_UINT, [_UINT, ctypes.POINTER(Input), _INT]),
    "GetLastInputInfo": (_INT, [ctypes.POINTER(LastInputInfo)]),
}
_KERNEL32: _Signatures = {
    "OpenProcess": (_WINDOW, [_UINT, _INT, _UINT]),
    "QueryFullProcessImageNameW": (
        _INT,
        [_WINDOW, _UINT, _TEXT, ctypes.POINTER(ctypes.c_uint32)],
    ),
    "CloseHandle": (_INT, [_WINDOW]),
    "GetTickCount64": (ctypes.c_uint64, []),
}
