"""Asks a real Windows what the injection asks it, without typing anything.

The order of the messages is tested everywhere on a recorded user32; that the calls exist, take
our structures and answer sensibly can only be seen on Windows.
"""

import ctypes
import os

from goldomatic.bridge.inject.win32 import WindowsScreen
from goldomatic.bridge.inject.win32_api import Input, WindowsApi

windows = WindowsApi.load()
screen = WindowsScreen(windows)

image = windows.image_of(os.getpid())
assert image.lower().endswith("python.exe"), image
assert windows.image_of(0) == "", "a process that may not be asked is no error"
assert ctypes.sizeof(Input) == 40, ctypes.sizeof(Input)

found = windows.windows()
for window in found:
    windows.process_of(window)
    windows.class_of(window)
    windows.title_of(window)
assert isinstance(windows.foreground(), int)
assert screen.last_input() <= screen.now()
assert screen.windows() == [], "no game runs here"

print(f"{len(found)} windows, idle for {screen.now() - screen.last_input():.0f} s")
