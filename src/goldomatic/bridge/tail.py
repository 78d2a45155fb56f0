"""Reads what the game appends to its chat log: bytes, places and files that change under us."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from goldomatic.bridge.settings import BridgeSettings
from goldomatic.bridge.shared_open import open_shared
from goldomatic.bridge.state import Place

LOG_NAME = "WoWChatLog.txt"
CHUNK = 1 << 20
LONGEST_LINE = 1 << 16
MARK = 64
"""Bytes by which a file is known again."""
NEWEST = 2
"""So many dated logs of patched clients are followed."""

_DATED = re.compile(r"\d{4}-\d\d-\d\d-\d\d\.\d\d\.\d\d " + re.escape(LOG_NAME))
_BOM = b"\xef\xbb\xbf"
_WANTED = b"MGM_"
_PADDING = b"MGMPAD"


NOWHERE = Place(0, b"", b"")
"""The beginning of a file that is not there yet."""


class LogLine(NamedTuple):
    """A line that may hold a tag. `padded`: the addon's padding reached the file with it."""

    text: str
    padded: bool


Found = tuple[int, int, int, int]
"""Device, number, size and time of change of a file."""


class Piece(NamedTuple):
    """What one look at a file gave: its lines with tags, and the place behind all lines."""

    path: str
    lines: list[LogLine]
    place: Place
    restarted: bool
    """The file is another one than before, or was cut: it was read from its beginning."""
    finished: Found | None
    """The file as it was, if this is all of it."""


def log_path(settings: BridgeSettings) -> Path | None:
    """Where the chat log is to be: the override, else below the game's folder, else nowhere."""
    if settings.chat_log is not None:
        given = Path(settings.chat_log)
        if given.is_dir():
            return (given / LOG_NAME).absolute()
        if given.is_file():
            return given.absolute()
    if settings.game_folder is not None:
        return (Path(settings.game_folder) / "Logs" / LOG_NAME).absolute()
    return None


def log_files(path: Path) -> list[Path]:
    """The log and, beside it, the newest dated ones of clients that begin one each time."""
    try:
        names = [each.name for each in path.parent.iterdir() if _DATED.fullmatch(each.name)]
    except OSError:
        names = []
    return [path, *(path.with_name(name) for name in sorted(names)[-NEWEST:])]


class LogFile:
    """One log file, read from a place on. `place` None begins at the end of what is there now."""

    def __init__(self, path: Path, place: Place | None) -> None:
        self.path = path
        self.exists = False
        self._place = place
        self._finished: Found | None = None
        """The file as it was when it had been read to its end."""

    def begin(self) -> Place:
        """The place to read on from; the end of a file that had none. Raises `OSError`."""
        if self._place is not None:
            return self._place
        try:
            found = _stat(self.path)
        except FileNotFoundError:
            # What will be written from now on is new from its first byte.
            self._place = NOWHERE
            return NOWHERE
        with open_shared(self.path) as file:
            start = max(0, found[2] - LONGEST_LINE)
            file.seek(start)
            position = start + file.read(found[2] - start).rfind(b"\n") + 1
            self._place = Place(position, *_marks(file, position))
        return self._place

    def read(self) -> Piece | None:
        """The next complete lines, at most `CHUNK` bytes of them; None if there are none.

        They come again until `accept` is called.

        Raises `OSError` where the file is there and cannot be read.
        """
        place = self.begin()
        try:
            found = _stat(self.path)
        except FileNotFoundError:
            self.exists = False
            self._finished = None
            return None
        self.exists = True
        if found == self._finished:
            return None
        size = found[2]
        with open_shared(self.path) as file:
            restarted = not _is_same(file, place, size)
            position = 0 if restarted else place.position
            file.seek(position)
            data = file.read(CHUNK)
            whole = _whole_lines(data)
            finished = found if position + len(data) >= size else None
            if not whole and not restarted:
                self._finished = finished
                return None
            position += whole
            behind = Place(position, *_marks(file, position))
        lines = list(_tagged_lines(data[:whole]))
        return Piece(str(self.path), lines, behind, restarted, finished)

    def accept(self, piece: Piece) -> None:
        """What was read has been taken in; the next read goes on behind it."""
        self._place, self._finished = piece.place, piece.finished


def _stat(path: Path) -> Found:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _is_same(file: BinaryIO, place: Place, size: int) -> bool:
    """Whether the file still begins and goes on as it did up to the place."""
    if size < place.position:
        return False
    file.seek(0)
    if file.read(len(place.head)) != place.head:
        return False
    file.seek(place.position - len(place.before))
    return file.read(len(place.before)) == place.before


def _marks(file: BinaryIO, position: int) -> tuple[bytes, bytes]:
    file.seek(0)
    head = file.read(min(MARK, position))
    file.seek(max(0, position - MARK))
    return head, file.read(min(MARK, position))


def _whole_lines(data: bytes) -> int:
    """Length of the complete lines. What is too long for a line counts as one."""
    whole = data.rfind(b"\n") + 1
    return len(data) if whole == 0 and len(data) >= LONGEST_LINE else whole


def _tagged_lines(data: bytes) -> Iterator[LogLine]:
    padding = data.rfind(_PADDING)
    found = data.find(_WANTED)
    while found >= 0:
        start = data.rfind(b"\n", 0, found) + 1
        end = data.find(b"\n", found)
        end = len(data) if end < 0 else end
        line = data[start:end].removesuffix(b"\r")
        if start == 0:
            line = line.removeprefix(_BOM)
        yield LogLine(line.decode("utf-8", "replace"), padding > end)
        found = data.find(_WANTED, end)
