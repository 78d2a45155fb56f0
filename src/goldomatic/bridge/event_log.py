"""What the bridge tells its operator: the newest 400 lines, and whoever listens to new ones."""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec

from goldomatic.bridge.timing import Time

KEPT = 400

Level = Literal["info", "done", "warning", "error"]


class Entry(msgspec.Struct, frozen=True):
    """One line. `at` is an instant in UTC."""

    at: datetime
    text: str
    level: Level = "info"

    def __str__(self) -> str:
        return f"{self.at.astimezone():%H:%M:%S}  {self.text}"


class EventLog:
    """Lines, newest first. Never holds the API key or text of other players."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._listeners: list[Callable[[Entry], None]] = []

    def add(self, text: str, level: Level = "info") -> None:
        """Note something."""
        entry = Entry(self._time.now(), " ".join(text.split()), level)
        self._entries.appendleft(entry)
        for listener in tuple(self._listeners):
            listener(entry)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All kept lines, newest first."""
        return tuple(self._entries)

    def clear(self) -> None:
        self._entries.clear()

    def export(self) -> str:
        """All kept lines as text, newest first."""
        return "".join(f"{entry}\n" for entry in self._entries)

    def subscribe(self, listener: Callable[[Entry], None]) -> Callable[[], None]:
        """Call `listener` for each new line; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
