"""The injector of this machine."""

import os
import sys

from goldomatic.bridge.inject import InjectionError
from goldomatic.bridge.inject.screen import Screen
from goldomatic.bridge.inject.typist import Typist
from goldomatic.bridge.settings import BridgeSettings


def open_injector(settings: BridgeSettings) -> Typist:
    """Windows, or Linux with an X display. Raises `InjectionError` with `unavailable`."""
    try:
        return Typist(_screen(), settings)
    except (OSError, ImportError) as error:
        raise InjectionError(
            f"This machine offers no way to type into the game: {error}.", code="unavailable"
        ) from error


def _screen() -> Screen:
    if sys.platform == "win32":
        from goldomatic.bridge.inject.win32 import WindowsScreen
        from goldomatic.bridge.inject.win32_api import WindowsApi

        return WindowsScreen(WindowsApi.load())
    from goldomatic.bridge.inject.x11 import X11Screen

    return X11Screen.open(os.environ.get("DISPLAY"))
