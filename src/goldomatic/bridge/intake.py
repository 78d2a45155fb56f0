"""From the chat log to the bridge's state: what is new is read, believed or not, and kept."""

import logging
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from goldomatic.bridge.desk import Desk
from goldomatic.bridge.log_test import LogTest
from goldomatic.bridge.loglines import Joiner, Tag, read_tag, refusal, unsigned_key
from goldomatic.bridge.tag_actions import Effect, TagActions
from goldomatic.bridge.tail import NOWHERE, LogFile, LogLine, Piece, log_files, log_path

_log = logging.getLogger(__name__)

RESCAN = 10
"""After so many looks the folder is searched for further logs."""
REPEATED_AFTER = timedelta(seconds=15)
"""A tag that comes again so long after its acknowledgement was typed has missed it."""
QUIET = timedelta(seconds=30)
"""Tags of others are reported at most so often."""
GROWS = timedelta(seconds=15)
"""A log that has grown within this is looked at more often."""
ECHO = timedelta(minutes=1)
MOST_PIECES = 8
"""At one look; a huge backlog must not keep the loop."""


class Intake:
    """Follows the chat log of the settings."""

    def __init__(self, desk: Desk, *, asked_for_update: Effect) -> None:
        self._desk = desk
        self.log_test = LogTest(desk)
        self._actions = TagActions(desk, asked_for_update=asked_for_update, log_test=self.log_test)
        self._joiner = Joiner()
        self._path: Path | None = None
        self._files: dict[Path, LogFile] = {}
        self._looks = 0
        self._troubles: dict[Path, str] = {}
        self._reported_at = desk.time.now() - QUIET
        self._unreported = 0
        self._refused: list[tuple[Tag, str]] = []
        self._signed_at: dict[tuple[str, str], datetime] = {}

    @property
    def path(self) -> Path | None:
        return self._path

    def follow(self) -> None:
        """Find the log again: at the start, and after the settings have changed."""
        path = log_path(self._desk.settings)
        if path != self._path or not self._files:
            self._path = path
            self._files = {}
            self._scan(known=False)

    def _scan(self, *, known: bool) -> None:
        for path in () if self._path is None else log_files(self._path):
            if path not in self._files:
                # A log that appears while we look is new from its first byte.
                place = self._desk.state.place(str(path)) or (NOWHERE if known else None)
                self._files[path] = LogFile(path, place)
                self._begin(path, self._files[path])

    def _begin(self, path: Path, file: LogFile) -> None:
        """Keep where a log begins, so that nothing is passed over after a restart."""
        try:
            self._desk.state.set_place(str(path), file.begin())
        except OSError as error:
            self._trouble(path, error.strerror or type(error).__name__)

    def look(self) -> bool:
        """Take in what has been written since the last look; True if more may wait."""
        self._looks += 1
        if self._looks % RESCAN == 0:
            self._scan(known=True)
        more = False
        for path, file in tuple(self._files.items()):
            try:
                more = self._read(file) or more
            except OSError as error:
                self._trouble(path, error.strerror or type(error).__name__)
            else:
                self._troubles.pop(path, None)
        exists = any(file.exists for file in self._files.values())
        if exists != self._desk.known.log_exists:
            self._desk.known.log_exists = exists
            self._desk.changed()
        return more

    def pause(self) -> float:
        """Seconds until the next look."""
        timing, read_at = self._desk.timing, self._desk.known.last_read_at
        grows = read_at is not None and self._desk.time.now() - read_at < GROWS
        return timing.tail if grows else timing.tail_idle

    def _trouble(self, path: Path, text: str) -> None:
        if self._troubles.get(path) != text:
            self._troubles[path] = text
            self._desk.events.add(f"[tail error] {path.name}: {text}", "error")

    def _read(self, file: LogFile) -> bool:
        for _ in range(MOST_PIECES):
            piece = file.read()
            if piece is None:
                return False
            self._take(piece)
            file.accept(piece)
        return True

    def _take(self, piece: Piece) -> None:
        """Remember tags, what they lead to and the place behind them, all or nothing."""
        effects: list[Effect] = []
        self._refused.clear()
        with self._desk.state.change():
            for line in piece.lines:
                effects += self._safely(line)
            self._desk.state.set_place(piece.path, piece.place)
        for effect in effects:
            effect()
        for tag, why in self._refused:
            self._ignored(tag, why)
        if piece.restarted:
            self._desk.events.add("The chat log was begun anew; read from its start")
        if piece.lines:
            self._desk.typing_bell.ring()
        self._desk.known.last_read_at = self._desk.time.now()
        self._desk.changed()

    def _safely(self, line: LogLine) -> list[Effect]:
        """A line that breaks us must not come again for ever; one that breaks the memory must."""
        try:
            return self._line(line)
        except sqlite3.Error:
            raise
        except Exception:
            _log.exception("a line of the chat log cannot be understood")
            return [
                lambda: self._desk.events.add("A line of the chat log is not understood", "error")
            ]

    def _line(self, line: LogLine) -> list[Effect]:
        settings = self._desk.settings
        tag = read_tag(line.text, settings.own_character)
        if tag is None:
            return []
        wrong = refusal(tag, self._desk.nonce, settings.tag_match)
        if wrong is not None:
            self._refused.append((tag, wrong))
            return []
        if tag.nonce is not None:
            return self._signed(tag, line)
        return self._unsigned(tag, line)

    def _signed(self, tag: Tag, line: LogLine) -> list[Effect]:
        now, seen = self._desk.time.now(), self._desk.seen
        key = f"{tag.nonce}.{tag.seq}"
        if seen.knows(key):
            seen.repeat(key, now, now - REPEATED_AFTER)
            return []
        numbers: tuple[int, ...] = (tag.seq,)
        if tag.part:
            joined = self._joiner.join(tag)
            if joined is None:
                return [self._heard]
            tag, numbers = joined
        for number in numbers:
            seen.note(f"{tag.nonce}.{number}", now, seq=number)
        self._signed_at[tag.head, tag.text] = now
        return [self._heard, *self._actions.act(tag, now, padded=line.padded)]

    def _unsigned(self, tag: Tag, line: LogLine) -> list[Effect]:
        key = unsigned_key(tag, line.text)
        if tag.part or self._desk.seen.knows(key):
            return []
        now = self._desk.time.now()
        self._desk.seen.note(key, now)
        return self._actions.act(tag, now)

    def _heard(self) -> None:
        self._desk.known.hello_wanted = False

    def _ignored(self, tag: Tag, why: str) -> None:
        if tag.kind == "HELLO" and self._desk.signs:
            self._desk.known.hello_wanted = self._desk.known.hello_asked = True
            return
        now = self._desk.time.now()
        if tag.nonce is None and self._is_echo(tag, now):
            return
        self._desk.known.ignored += 1
        self._unreported += 1
        if now - self._reported_at >= QUIET:
            times = f" ({self._unreported} times)" if self._unreported > 1 else ""
            self._desk.events.add(f"{why}: {tag.head}{times}", "warning")
            self._reported_at, self._unreported = now, 0

    def _is_echo(self, tag: Tag, now: datetime) -> bool:
        """Whether the addon has shown to the operator what it also said with a signature."""
        signed_at = self._signed_at
        for key in [each for each, at in signed_at.items() if now - at >= ECHO]:
            del signed_at[key]
        return (tag.head, tag.text) in signed_at
