"""The game under Wine on Linux: its X11 windows, and typing by the XTEST extension.

XTEST presses real keys for whatever has the focus. Events sent to a window directly
(XSendEvent) are no way: programs under Wine ignore them.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from Xlib import XK, X
from Xlib.display import Display
from Xlib.error import ConnectionClosedError, DisplayError, XError
from Xlib.ext import screensaver
from Xlib.protocol.event import ClientMessage
from Xlib.xobject.drawable import Window

from goldomatic.bridge.inject import GameWindow
from goldomatic.bridge.inject.keys import Key, Pace
from goldomatic.bridge.inject.screen import TITLE, Keyboard, Keys, is_game
from goldomatic.bridge.inject.x11_layout import Keymap, Layout, LayoutError, layout_for
from goldomatic.bridge.inject.xkb import Xkb
from goldomatic.bridge.settings import Injection

_SYMBOLS = {Key.ENTER: XK.XK_Return, Key.ESCAPE: XK.XK_Escape, Key.SLASH: XK.XK_slash}
_SHIFT = XK.XK_Shift_L
_WINE_CLASSES = ("wine", "steam_app")
_DEEPEST = 4  # levels of windows that a window manager puts around a program's own


class PressedKeys:
    """Key presses in a layout that has been prepared."""

    def __init__(self, display: Display, layout: Layout) -> None:
        self._display = display
        self._layout = layout
        self._shift = display.keysym_to_keycode(_SHIFT)

    def down(self, key: Key) -> None:
        self._fake(X.KeyPress, self._display.keysym_to_keycode(_SYMBOLS[key]))

    def up(self, key: Key) -> None:
        self._fake(X.KeyRelease, self._display.keysym_to_keycode(_SYMBOLS[key]))

    def write(self, character: str) -> None:
        stroke = self._layout.strokes[character]
        if stroke.shift:
            self._fake(X.KeyPress, self._shift)
        self._fake(X.KeyPress, stroke.code)
        self._fake(X.KeyRelease, stroke.code)
        if stroke.shift:
            self._fake(X.KeyRelease, self._shift)

    def _fake(self, event: int, code: int) -> None:
        with _system_errors():
            self._display.xtest_fake_input(event, code)
            self._display.flush()


class XTestKeyboard:
    """Keys for whatever has the focus."""

    name = "XTEST"
    pace = Pace(after_focus=0.080, per_character=0.022)
    follows_focus = True

    def __init__(self, display: Display) -> None:
        self._display = display

    @contextmanager
    def ready(self, text: str) -> Iterator[Keys]:
        """Switch to a layout that has all characters, without Caps Lock; afterwards back."""
        with _system_errors():
            xkb = Xkb(self._display)
            before = xkb.state()
            if before.held:
                raise OSError("a modifier key is held down")
            layout = self._layout(text, before.group)
            self._give(layout, back=False)
            xkb.lock(layout.group, before.without_caps_lock)
            self._display.sync()
        try:
            yield PressedKeys(self._display, layout)
        finally:
            with _system_errors():
                self._display.sync()
                xkb.lock(before.group, before.locked)
                self._give(layout, back=True)
                self._display.sync()

    def _layout(self, text: str, group: int) -> Layout:
        first, last = self._display.display.info.min_keycode, self._display.display.info.max_keycode
        rows = self._display.get_keyboard_mapping(first, last - first + 1)
        keymap: Keymap = dict(enumerate(rows, start=first))
        try:
            return layout_for(text, keymap, group)
        except LayoutError as error:
            raise OSError(str(error)) from error

    def _give(self, layout: Layout, *, back: bool) -> None:
        for code, (plain, shifted) in layout.lent.items():
            symbols = (X.NoSymbol,) * 4 if back else (plain, shifted, plain, shifted)
            self._display.change_keyboard_mapping(code, [symbols])


class X11Screen:
    """`Screen` over one X display."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._root: Window = display.screen().root
        for extension in ("XTEST", "MIT-SCREEN-SAVER"):
            if not display.has_extension(extension):
                raise OSError(f"the X server has no {extension}")

    @classmethod
    def open(cls, name: str | None = None) -> "X11Screen":
        """The display of that name, or that of `DISPLAY`. Raises `OSError`."""
        with _system_errors():
            return cls(Display(name))

    def windows(self) -> list[GameWindow]:
        with _system_errors():
            found = (self._game(window) for window in self._all(self._root, _DEEPEST))
            return [window for window in found if window is not None]

    def foreground(self) -> GameWindow | None:
        with _system_errors():
            games = (self._game(window) for window in self._focused())
            return next((game for game in games if game is not None), None)

    def has_focus(self, window: GameWindow) -> bool:
        with _system_errors():
            return any(part.id == window.handle for part in self._focused())

    def focus(self, window: GameWindow) -> None:
        if self.has_focus(window):
            return
        with _system_errors():
            target = self._display.create_resource_object("window", window.handle)
            if self._has_window_manager():
                self._ask_to_activate(target)
            else:
                target.configure(stack_mode=X.Above)
                target.set_input_focus(X.RevertToParent, X.CurrentTime)
            self._display.sync()

    def now(self) -> float:
        return time.monotonic()

    def last_input(self) -> float:
        with _system_errors():
            return self.now() - float(screensaver.query_info(self._root).idle) / 1000

    def keyboards(self, window: GameWindow, first: Injection) -> Sequence[Keyboard]:
        return (XTestKeyboard(self._display),)

    def close(self) -> None:
        with _system_errors():
            self._display.close()

    def _focused(self) -> Iterator[Window]:
        """The window that has the keyboard, and those that it stands in, inmost first."""
        window = self._display.get_input_focus().focus
        while isinstance(window, Window) and window.id != self._root.id:
            yield window
            window = window.query_tree().parent

    def _all(self, window: Window, deeper: int) -> Iterator[Window]:
        for child in window.query_tree().children:
            yield child
            if deeper > 1:
                yield from self._all(child, deeper - 1)

    def _game(self, window: Window) -> GameWindow | None:
        names = window.get_wm_class()
        if names is None:
            return None
        title = self._title(window)
        if not _is_game(names, title):
            return None
        pids = self._property(window, "_NET_WM_PID")
        process = names[0].removesuffix(".exe") or "?"
        return GameWindow(
            process=process, pid=pids[0] if pids else 0, title=title, handle=window.id
        )

    def _title(self, window: Window) -> str:
        name = self._property(window, "_NET_WM_NAME")
        if isinstance(name, bytes):
            return name.decode("utf-8", "replace")
        old_name = window.get_wm_name()
        return old_name if isinstance(old_name, str) else ""

    def _property(self, window: Window, name: str) -> Any:
        found = window.get_full_property(self._display.get_atom(name), X.AnyPropertyType)
        return None if found is None else found.value

    def _has_window_manager(self) -> bool:
        supported = self._property(self._root, "_NET_SUPPORTED")
        return supported is not None and self._display.get_atom("_NET_ACTIVE_WINDOW") in supported

    def _ask_to_activate(self, window: Window) -> None:
        by_a_pager = 2
        message = ClientMessage(
            window=window,
            client_type=self._display.get_atom("_NET_ACTIVE_WINDOW"),
            data=(32, [by_a_pager, X.CurrentTime, 0, 0, 0]),
        )
        mask = X.SubstructureRedirectMask | X.SubstructureNotifyMask
        self._root.send_event(message, event_mask=mask)


def _is_game(names: tuple[str, str], title: str) -> bool:
    """By WM_CLASS: current Wine puts the program's name there, older Wine and Proton do not."""
    if any(is_game(name) for name in names):
        return True
    return title == TITLE and names[1].casefold().startswith(_WINE_CLASSES)


@contextmanager
def _system_errors() -> Iterator[None]:
    """Errors of the X protocol and its connection, as what they are to callers."""
    try:
        yield
    except (XError, ConnectionClosedError, DisplayError) as error:
        raise OSError(f"X11: {error}") from error
