"""`Logs\\WoWChatLog.txt`, written like the client writes it: late.

Lines collect in a buffer; it is written as a whole after a complete line once it holds 49,152
bytes, when the log is closed, and never by a timer. What a crash finds in it is lost (sections
1.5 and 2).
"""

import os
from datetime import datetime
from pathlib import Path

from goldomatic.simulation.wow_client.settings import LogSettings

BUFFER_BYTES = 65_536
WRITE_AT_BYTES = 0xC000


class ChatLogWriter:
    """One log file and its buffer."""

    def __init__(self, folder: Path, settings: LogSettings) -> None:
        self._folder = folder
        self._settings = settings
        self._buffer = bytearray()
        self._descriptor: int | None = None
        self.path: Path | None = None
        self.enabled = False

    @property
    def unwritten(self) -> int:
        """Bytes that a crash would lose."""
        return len(self._buffer)

    def enable(self, now: datetime) -> None:
        """`LoggingChat(true)`. A patched client names its file after the first time (2.9)."""
        if self.enabled:
            return
        self.enabled = True
        if self.path is None:
            stamp = f"{now:%Y-%m-%d-%H.%M.%S} " if self._settings.dated_name else ""
            self.path = self._folder / f"{stamp}WoWChatLog.txt"
        if self._settings.created_when_enabled:
            self._open()

    def disable(self) -> None:
        """`LoggingChat(false)`; whether it writes the buffer is not established (2.3)."""
        self.enabled = False
        if self._settings.toggle_flushes:
            self.flush()

    def write(self, now: datetime, body: str) -> None:
        """Append one line: `M/D HH:MM:SS.mmm`, two spaces, the text, CRLF, in UTF-8."""
        if not self.enabled:
            return
        stamp = f"{now.month}/{now.day} {now:%H:%M:%S}.{now.microsecond // 1000:03}"
        line = f"{stamp}  {body}\r\n".encode(errors="surrogateescape")
        if len(self._buffer) + len(line) > BUFFER_BYTES:
            self.flush()
        self._buffer += line
        if len(self._buffer) >= WRITE_AT_BYTES or self._settings.every_line:
            self.flush()

    def flush(self) -> None:
        """Write the whole buffer to the file."""
        if not self._buffer:
            return
        descriptor = self._open()
        while self._buffer:
            written = os.write(descriptor, self._buffer)
            del self._buffer[:written]

    def close(self) -> None:
        """A clean exit of the client: everything reaches the file."""
        self.flush()
        self._end()

    def crash(self) -> None:
        """The process dies: what was not written is lost (2.10)."""
        self._buffer.clear()
        self._end()

    def _end(self) -> None:
        self.enabled = False
        self._close_file()

    def _open(self) -> int:
        if self._descriptor is None:
            if self.path is None:
                raise RuntimeError("the log was never enabled")
            self._folder.mkdir(parents=True, exist_ok=True)
            binary: int = getattr(os, "O_BINARY", 0)  # on Windows, where CRLF would be doubled
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | binary
            self._descriptor = os.open(self.path, flags, 0o644)
        return self._descriptor

    def _close_file(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
