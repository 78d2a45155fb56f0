"""The ledger in one SQLite file: write-ahead log, every commit synced to the disk.

Writes run in one thread of their own, reads in another on a second connection, so that
neither a slow disk nor a long read ever holds up the event loop.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import starmap
from pathlib import Path
from typing import Any, TypeVar

from goldomatic.ledger import sql
from goldomatic.ledger.event import StoredEvent, to_micros
from goldomatic.ledger.schema import pending, statements
from goldomatic.ledger.sqlite_rows import STATEMENTS_KEPT, changes, of_batch
from goldomatic.ledger.store import (
    Batch,
    ConflictError,
    RowChange,
    SchemaError,
    Snapshot,
    Statement,
    TableSpec,
    UnavailableError,
)
from goldomatic.values import ChannelId, Clock

T = TypeVar("T")

WALK_CHUNK = 5_000
_TAKEN = (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE)
BUSY_SECONDS = 5.0
MOST_ROWS_AT_ONCE = 2_000
"""Above this the event loop has no part in writing a batch: readers would wait."""
CACHE_KIB = 16_384
CHECKPOINT_PAGES = 8_000
"""32 MiB: message ids touch random pages, which are so copied into the file once, not often."""


class SqliteStore:
    """One SQLite file that this process writes; command-line tools may write it as well."""

    name = "sqlite"

    def __init__(self, path: Path | str, clock: Clock) -> None:
        self._path = str(path)
        self._clock = clock
        self._writer = _Lane("ledger-write")
        self._reader = _Lane("ledger-read")

    async def open(self) -> None:
        await self._writer.run(self._open_writer)
        await self._reader.run(self._open_reader)

    async def close(self) -> None:
        await self._reader.close()
        await self._writer.close()

    def _connect(self, lane: "_Lane") -> sqlite3.Connection:
        connection = lane.connection = sqlite3.connect(
            self._path,
            isolation_level=None,
            timeout=BUSY_SECONDS,
            check_same_thread=False,
            cached_statements=STATEMENTS_KEPT,
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # Where a statement of many rows keeps what it would undo; not in a file made for each.
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        # What is erased or replaced must not stay readable in the file.
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    def _open_writer(self) -> None:
        _migrate(self._connect(self._writer))

    def _open_reader(self) -> None:
        self._connect(self._reader).execute("PRAGMA query_only = ON")

    async def append(self, batch: Batch) -> None:
        at = to_micros(self._clock())
        if len(batch.rows) > MOST_ROWS_AT_ONCE:
            await self._writer.run(self._append_many, batch, at)
        else:
            await self._writer.run(self._append, batch, of_batch(batch, at))

    def _append_many(self, batch: Batch, at: int) -> None:
        """The same with nothing left to the event loop, neither making the rows nor freeing them.

        It is freed piece by piece, for the interpreter is held while a list goes.
        """
        statements = of_batch(batch, at)
        self._append(batch, statements)
        for pieces in (statements, batch.rows):
            while pieces:
                del pieces[-MOST_ROWS_AT_ONCE:]

    def _append(self, batch: Batch, statements: Sequence[Statement]) -> None:
        with _transaction(self._writer.connection) as db:
            if db.execute(sql.END, (batch.channel,)).fetchone()[0] != batch.after:
                raise ConflictError(f"the log does not end at position {batch.after}")
            for text, parameters in statements:
                db.execute(text, parameters)

    async def position(self, channel: ChannelId) -> int:
        rows = await self.query(sql.END, channel)
        return int(rows[0][0])

    async def read(
        self, channel: ChannelId, after: int, limit: int = 1000
    ) -> Sequence[StoredEvent]:
        return list(starmap(StoredEvent, await self.query(sql.READ, channel, after, limit)))

    async def walk(
        self, channel: ChannelId, after: int = 0
    ) -> AsyncIterator[Sequence[StoredEvent]]:
        while events := await self.read(channel, after, WALK_CHUNK):
            yield events
            after = events[-1].position

    async def known_causes(self, channel: ChannelId, causes: Iterable[str]) -> dict[str, int]:
        asked = list(causes)
        marks = ",".join("?" * len(asked))
        text = f"SELECT cause, position FROM causes WHERE channel = ? AND cause IN ({marks})"  # noqa: S608
        return dict(await self.query(text, channel, *asked))

    async def prune_causes(self, channel: ChannelId, prefix: str, before: int) -> int:
        def prune() -> int:
            with _transaction(self._writer.connection) as db:
                return db.execute(sql.PRUNE, (channel, before, len(prefix), prefix)).rowcount

        return await self._writer.run(prune)

    async def kept(self, channel: ChannelId, key: str) -> bytes | None:
        rows = await self.query(
            "SELECT value FROM kept WHERE channel = ? AND key = ?", channel, key
        )
        return rows[0][0] if rows else None

    async def load_snapshot(self, channel: ChannelId, version: int) -> Snapshot | None:
        rows = await self.query(sql.LOAD_SNAPSHOT, channel, version)
        return Snapshot(*rows[0]) if rows else None

    async def save_snapshot(self, channel: ChannelId, version: int, snapshot: Snapshot) -> None:
        def save() -> None:
            position, head, state = snapshot
            with _transaction(self._writer.connection) as db:
                db.execute("DELETE FROM snapshots WHERE channel = ?", (channel,))
                db.execute(
                    sql.SAVE_SNAPSHOT,
                    (channel, position, version, head, state, channel, position),
                )

        await self._writer.run(save)

    async def query(self, text: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return await self._reader.run(
            lambda: self._reader.connection.execute(text, parameters).fetchall()
        )

    async def execute(self, *statements: Statement) -> list[int]:
        def change() -> list[int]:
            with _transaction(self._writer.connection) as db:
                return [db.execute(*statement).rowcount for statement in statements]

        return await self._writer.run(change)

    async def clear_tables(self, channel: ChannelId, tables: Iterable[TableSpec]) -> None:
        def clear() -> None:
            with _transaction(self._writer.connection) as db:
                for table in tables:
                    db.execute(f"DELETE FROM {table.name} WHERE channel = ?", (channel,))  # noqa: S608

        await self._writer.run(clear)

    async def write_rows(self, rows: Sequence[RowChange]) -> None:
        statements = changes(rows)

        def write() -> None:
            with _transaction(self._writer.connection) as db:
                for text, parameters in statements:
                    db.execute(text, parameters)

        await self._writer.run(write)

    async def scrub(self) -> bool:
        """Write the file anew, and empty the write-ahead log beside it.

        SQLite overwrites what is erased, but where it moved rows from page to page before, old
        copies stay in the unused middle of a page. False when others held it up too long.
        """

        def rewrite() -> bool:
            db = self._writer.connection
            try:
                db.execute("VACUUM")
                busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.OperationalError:
                return False
            return not busy

        return await self._writer.run(rewrite)

    async def channels(self) -> list[ChannelId]:
        return [row[0] for row in await self.query(sql.CHANNELS)]

    async def lead(self, channel: ChannelId) -> bool:
        """One SQLite file belongs to one service, so this process always leads."""
        return True


class _Lane:
    """One thread with one connection."""

    connection: sqlite3.Connection

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._closed = False

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run `work` in the thread, with SQLite's errors as ours."""
        if self._closed:
            raise UnavailableError("the database is closed")
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, work, *arguments)
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode in _TAKEN:
                raise ConflictError(str(error)) from error
            raise
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.Error as error:
            raise UnavailableError(str(error)) from error

    async def close(self) -> None:
        if hasattr(self, "connection") and not self._closed:
            await self.run(self.connection.close)
        self._closed = True
        self._thread.shutdown()


class _transaction:  # noqa: N801 - reads like the statement that it is
    """BEGIN IMMEDIATE … COMMIT, or ROLLBACK on any error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> sqlite3.Connection:
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            try:
                self._connection.execute("COMMIT")
                return
            except sqlite3.Error:
                self._rollback()
                raise
        self._rollback()

    def _rollback(self) -> None:
        # SQLite has rolled back by itself after some errors, such as a full disk.
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _migrate(db: sqlite3.Connection) -> None:
    with _transaction(db):
        present = db.execute("PRAGMA user_version").fetchone()[0]
        for version, script in pending(present, "sqlite"):
            if version == 1 and db.execute("SELECT 1 FROM sqlite_master").fetchone():
                raise SchemaError("the database holds tables of another program")
            for statement in statements(script):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {version}")
