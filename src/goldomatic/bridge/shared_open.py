"""Opens a file that the game keeps open, without ever standing in the game's way."""

import os
import sys
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    _READ = 0x80000000
    _SHARE_ALL = 0x7  # read, write, delete: the game may replace the file under us
    _OPEN_EXISTING = 3
    _INVALID = ctypes.c_void_p(-1).value

    _create_file = ctypes.WinDLL("kernel32", use_last_error=True).CreateFileW
    _create_file.argtypes = (
        wintypes.LPCWSTR,
        wintypes.DWORD,
        wintypes.DWORD,
        wintypes.LPVOID,
        wintypes.DWORD,
        wintypes.DWORD,
        wintypes.HANDLE,
    )
    _create_file.restype = wintypes.HANDLE

    def _open(path: str, _flags: int) -> int:
        handle = _create_file(path, _READ, _SHARE_ALL, None, _OPEN_EXISTING, 0, None)
        if handle == _INVALID:
            raise ctypes.WinError(ctypes.get_last_error())
        return msvcrt.open_osfhandle(handle, os.O_RDONLY)

else:

    def _open(path: str, flags: int) -> int:
        return os.open(path, flags)


def open_shared(path: Path) -> BinaryIO:
    """Open for reading; others may read, write, rename and delete meanwhile. Raises `OSError`."""
    return open(path, "rb", buffering=0, opener=_open)
