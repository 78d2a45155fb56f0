"""A real X server without a screen, and a window on it that writes down what is typed into it."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from Xlib import XK, X
from Xlib.display import Display
from Xlib.error import ConnectionClosedError, XError

from goldomatic.bridge.inject.xkb import Xkb
from support.waiting import until

RETURN, ESCAPE = "<Enter>", "<Escape>"
_NAMES = {XK.XK_Return: RETURN, XK.XK_Escape: ESCAPE}
_SILENT = {XK.XK_Shift_L, XK.XK_Shift_R}


@contextmanager
def x_server() -> Iterator[str]:
    """The name of a fresh display."""
    reading, writing = os.pipe()
    arguments = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1500x950x24", "-nolisten"]
    process = subprocess.Popen(
        [*arguments, "tcp", "-noreset"], pass_fds=(writing,), stderr=subprocess.DEVNULL
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number, "Xvfb has not started"
        yield f":{number}"
    finally:
        process.terminate()
        process.wait(10)


def set_layout(display: str, layout: str) -> None:
    """The keyboard's layouts, for instance `us,ru`; the first is in force."""
    subprocess.run(["setxkbmap", "-display", display, "-layout", layout], check=True)


class RecordingWindow:
    """A window like the game's, in a thread of its own with a connection of its own."""

    def __init__(
        self, display: str, names: tuple[str, str] = ("wow.exe", "wow.exe"), title: str = ""
    ) -> None:
        self.keys: list[str] = []
        """Characters as the window's program reads them, and the names of other keys."""
        self.had_focus = False
        self._display = Display(display)
        Xkb(self._display)  # so that events tell the layout in force
        root = self._display.screen().root
        self._window = root.create_window(
            10, 10, 400, 300, 0, X.CopyFromParent, event_mask=X.KeyPressMask | X.StructureNotifyMask
        )
        self._window.set_wm_class(*names)
        self._window.set_wm_name(title or "World of Warcraft")
        self._window.map()
        self._display.sync()
        self.handle: int = self._window.id
        self._mapping: Any = None
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def text(self) -> str:
        return "".join(self.keys)

    def focus(self) -> None:
        """Give this window the keyboard."""
        self.had_focus = True
        self._window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self._display.flush()

    def has_typed(self, text: str) -> None:
        """Wait until all of `text` has arrived; fail if it is anything else."""
        until(lambda: len(self.text) >= len(text), "the keys have arrived")
        assert self.text == text

    def close(self) -> None:
        self._window.destroy()
        self._display.flush()
        self._thread.join(5)
        self._display.close()

    def _listen(self) -> None:
        try:
            while True:
                event = self._display.next_event()
                if event.type == X.DestroyNotify:
                    return
                if event.type == X.KeyPress:
                    self._press(event.detail, event.state)
        except (ConnectionClosedError, XError, OSError):
            return

    def _press(self, code: int, state: int) -> None:
        row = self._display.get_keyboard_mapping(code, 1)[0]
        group, shift = state >> 13 & 3, state & X.ShiftMask
        plain, shifted = (*row, 0, 0, 0, 0)[2 * group : 2 * group + 2]
        symbol = (shifted if shift else plain) or row[0]
        if symbol in _SILENT:
            return
        name = _NAMES.get(symbol) or (chr(symbol) if symbol < 0x100 else f"<{symbol:x}>")
        if state & X.LockMask and name.isalpha() and len(name) == 1:
            name = name.swapcase()
        self.keys.append(name)
