"""The log test: which channels reach the log file, and what makes the game write it."""

from datetime import datetime, timedelta

from goldomatic.bridge.desk import Desk
from goldomatic.bridge.loglines import Tag

CHANNELS = ("system", "whisper", "print")
TOGETHER = ("system", "whisper")
"""Channels whose markers a test begins with; `print` is tried when none of them has arrived."""
PATIENCE = timedelta(seconds=15)
"""A marker that has not followed the first within this, padding included, does not arrive."""


class LogTest:
    """Collects the markers of `/mgm logtest` and says what they prove."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._channels: dict[str, bool] = {}
        self._first_at: datetime | None = None

    def marker(self, tag: Tag, padded: bool) -> None:
        """A marker `<channel>:<number>` has arrived."""
        channel = tag.text.strip().partition(":")[0].lower()
        if channel in CHANNELS:
            self._channels.setdefault(channel, padded)
            self._first_at = self._first_at or self._desk.time.now()

    def result(self, now: datetime) -> str | None:
        """What a finished test has shown, in the words of the protocol; None while there is none.

        A marker that arrived before any padding was written by switching the log off and on. What
        is not known is left out.
        """
        if self._first_at is None:
            return None
        missing = [each for each in TOGETHER if each not in self._channels]
        if missing and now - self._first_at < PATIENCE:
            return None
        toggled = not all(self._channels.values())
        found = dict.fromkeys(self._channels, True)
        found |= dict.fromkeys(missing, False)
        found |= {"toggle": True} if toggled else {"toggle": False, "pad": True}
        return " ".join(f"{word}={int(proven)}" for word, proven in found.items())

    def told(self, result: str) -> None:
        """The result has been typed."""
        self._channels, self._first_at = {}, None
        self._desk.known.log_test = result
        self._desk.events.add(f"Log test: {result}", "done")
