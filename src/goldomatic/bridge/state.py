"""What the bridge remembers: one SQLite file, written durably before anything is acknowledged.

A tag's number, the place in the log behind it and the action it leads to are one transaction, so
that a crash at any moment neither loses a tag nor acts upon one twice.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from goldomatic.bridge.settings import FolderTakenError

FILE_NAME = "bridge.db"
NONCE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
NONCE_LENGTH = 12

_SCHEMA = (
    """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE places (
  path TEXT PRIMARY KEY, position INTEGER NOT NULL,
  head BLOB NOT NULL, before BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE seen (
  number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, seq INTEGER,
  noted_at REAL NOT NULL, acked_at REAL
);
CREATE INDEX seen_unacknowledged ON seen (number) WHERE seq IS NOT NULL AND acked_at IS NULL;
CREATE TABLE outbox (
  number INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
  created_at REAL NOT NULL, expires_at REAL, tries INTEGER NOT NULL DEFAULT 0,
  due_at REAL NOT NULL
);
CREATE TABLE errands (
  number INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL,
  name TEXT NOT NULL, copper INTEGER NOT NULL, wanted_at REAL NOT NULL, typed_at REAL,
  times INTEGER NOT NULL DEFAULT 0,
  answered_at REAL, claimed INTEGER NOT NULL DEFAULT 0, trouble TEXT NOT NULL DEFAULT '',
  gone_at REAL,
  UNIQUE (kind, subject)
);
""",
    """
CREATE TABLE due_gifts (
  id TEXT PRIMARY KEY, told TEXT NOT NULL, accepted_at REAL NOT NULL
) WITHOUT ROWID;
""",
)
"""What each version of the file has added to the one before."""


class Place(NamedTuple):
    """How far a log file has been read, and how to know it again.

    `head` are its first bytes, `before` those in front of `position`.
    """

    position: int
    head: bytes
    before: bytes


class BridgeState:
    """The open file. A broken one is put aside and begun anew; `set_aside` then says where."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / FILE_NAME
        self.set_aside: Path | None = None
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
                raise FolderTakenError(f"Another bridge runs with {folder}.") from None
            self.set_aside = _put_aside(self._file)
            self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, isolation_level=None, timeout=1.0)
        try:
            # Two bridges of one folder would both type and both acknowledge.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            for statement in ";".join(_SCHEMA[version:]).split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {max(version, len(_SCHEMA))}")
            connection.execute("COMMIT")
            if version > len(_SCHEMA):
                raise sqlite3.DatabaseError("made by a later version")
            self._file.chmod(0o600)
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """Everything written in the block, durably at its end; nothing of it on an exception."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def execute(self, statement: str, *values: Any) -> int:
        """One statement; the number of rows it changed."""
        return self._connection.execute(statement, values).rowcount

    def rows(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(question, values).fetchall()

    def row(self, question: str, *values: Any) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self._connection.execute(question, values).fetchone()
        return found

    def fact(self, name: str) -> str | None:
        found = self.row("SELECT value FROM facts WHERE name = ?", name)
        return None if found is None else found[0]

    def set_fact(self, name: str, value: str) -> None:
        self.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, value)

    def nonce(self) -> str:
        """The session key that the addon signs with; made once for this file."""
        kept = self.fact("nonce")
        if kept is None:
            kept = "".join(secrets.choice(NONCE_LETTERS) for _ in range(NONCE_LENGTH))
            self.set_fact("nonce", kept)
        return kept

    def place(self, path: str) -> Place | None:
        found = self.row("SELECT position, head, before FROM places WHERE path = ?", path)
        return None if found is None else Place(*found)

    def set_place(self, path: str, place: Place) -> None:
        self.execute("INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?)", path, *place)


def _put_aside(file: Path) -> Path:
    number = 1
    while (aside := file.with_name(f"{file.name}.broken-{number}")).exists():
        number += 1
    file.replace(aside)
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    return aside
