"""The ledger in PostgreSQL: a batch is one transaction in one round trip.

Several processes may write the same channel: the log's primary key lets one of them win each
position, and the others read on and decide again.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from itertools import starmap
from operator import attrgetter
from typing import Any

from psycopg import AsyncConnection, AsyncCursor, ProgrammingError, errors

from goldomatic.ledger import postgres_sql as pgsql
from goldomatic.ledger import sql
from goldomatic.ledger.event import StoredEvent, to_micros
from goldomatic.ledger.postgres_line import Line, pipelined, translated
from goldomatic.ledger.schema import pending, statements
from goldomatic.ledger.store import (
    Batch,
    ConflictError,
    RowChange,
    SchemaError,
    Snapshot,
    Statement,
    TableSpec,
    coalesce,
)
from goldomatic.values import ChannelId, Clock

WALK_CHUNK = 5_000
READERS = 4
PATIENCE_SECONDS = 2.0
CALL_SECONDS = 15.0
MAINTENANCE_SECONDS = 300.0

_MIGRATION_LOCK = int.from_bytes(sha256(b"goldomatic-schema").digest()[:8], "big", signed=True)
_event_row = attrgetter(*pgsql.EVENT_COLUMNS)


class PostgresStore:
    """One database, in its default schema. `url` is a libpq address, postgresql://….

    `patience` is how many seconds a server may be silent before it is taken for gone, `limit`
    how many an ordinary call may take on one that is there.
    """

    name = "postgresql"

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        patience: float = PATIENCE_SECONDS,
        limit: float = CALL_SECONDS,
    ) -> None:
        self._clock = clock
        self._patience = patience
        self._writer = Line(url, patience, limit)
        self._leader = Line(url, patience, limit)
        self._leading: dict[ChannelId, AsyncConnection[Any]] = {}
        self._readers = [Line(url, patience, limit) for _ in range(READERS)]
        # The last one used comes first, so that a quiet service holds one connection.
        self._idle: asyncio.LifoQueue[Line] = asyncio.LifoQueue()
        for line in self._readers:
            self._idle.put_nowait(line)
        self._types: dict[str, dict[str, str]] = {}

    async def open(self) -> None:
        try:
            async with self._writer.use(MAINTENANCE_SECONDS) as db, db.transaction():
                await _migrate(db)
                for table, column, kind in await _rows(db, pgsql.COLUMN_TYPES):
                    self._types.setdefault(table, {})[column] = kind
        except errors.DuplicateTable as error:
            raise SchemaError(f"the database holds tables of another program: {error}") from error
        except ProgrammingError as error:
            raise SchemaError(f"the database is not usable: {error}") from error

    async def close(self) -> None:
        for line in (self._writer, self._leader, *self._readers):
            await line.close()

    async def append(self, batch: Batch) -> None:
        seconds = MAINTENANCE_SECONDS if batch.forget else None
        try:
            async with self._writer.use(seconds) as db, pipelined(db):
                await self._append(db, batch)
        except errors.DivisionByZero as error:
            raise ConflictError(f"the log does not end at position {batch.after}") from error

    async def _append(self, db: AsyncConnection[Any], batch: Batch) -> None:
        channel = batch.channel
        await db.execute("BEGIN")
        await db.execute(pgsql.END_AT, (batch.after, channel))
        if batch.events:
            values = pgsql.columns(map(_event_row, batch.events))
            await db.execute(pgsql.EVENTS, (channel, *values))
        if batch.causes:
            at = to_micros(self._clock())
            await db.execute(pgsql.CAUSES, (channel, at, *pgsql.columns(batch.causes)))
        await self._write(db, batch.rows)
        for key, value in batch.keep.items():
            await db.execute(pgsql.KEEP, (channel, key, value))
        for key in batch.drop:
            await _run(db, "DELETE FROM kept WHERE channel = ? AND key = ?", channel, key)
        if batch.forget:
            await _run(db, pgsql.ONE_AT_A_TIME, _key(b"goldomatic-snapshot\0", channel))
        for viewer in batch.forget:
            await _run(db, sql.FORGET, channel, viewer, batch.after)
            await _run(db, "DELETE FROM snapshots WHERE channel = ?", channel)
            for text in sql.FORGET_ACCOUNT:
                await _run(db, text, channel, viewer)
        await db.execute("COMMIT")

    async def _write(self, db: AsyncConnection[Any], rows: Iterable[RowChange]) -> None:
        puts, deletes = coalesce(rows)
        # Always in one order, so that two writers do not wait for each other in a circle.
        for table, keys in sorted(deletes.items()):
            text = pgsql.delete(table, self._types[table.name])
            await db.execute(text.encode(), pgsql.columns(sorted(keys)))
        for table, values in sorted(puts.items()):
            text = pgsql.put(table, self._types[table.name])
            key = len(table.key)
            ordered = sorted(values, key=lambda row, key=key: row[:key])  # type: ignore[misc]
            await db.execute(text.encode(), pgsql.columns(ordered))

    async def position(self, channel: ChannelId) -> int:
        return int((await self.query(sql.END, channel))[0][0])

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
        text = "SELECT cause, position FROM causes WHERE channel = ? AND cause = ANY(?)"
        return dict(await self.query(text, channel, list(causes)))

    async def prune_causes(self, channel: ChannelId, prefix: str, before: int) -> int:
        async with self._reader(MAINTENANCE_SECONDS) as db:
            return (await _run(db, sql.PRUNE, channel, before, len(prefix), prefix)).rowcount

    async def kept(self, channel: ChannelId, key: str) -> bytes | None:
        text = "SELECT value FROM kept WHERE channel = ? AND key = ?"
        rows = await self.query(text, channel, key)
        return rows[0][0] if rows else None

    async def load_snapshot(self, channel: ChannelId, version: int) -> Snapshot | None:
        rows = await self.query(sql.LOAD_SNAPSHOT, channel, version)
        return Snapshot(*rows[0]) if rows else None

    async def save_snapshot(self, channel: ChannelId, version: int, snapshot: Snapshot) -> None:
        position, head, state = snapshot
        async with self._reader() as db, db.transaction():
            await _run(db, pgsql.ONE_AT_A_TIME, _key(b"goldomatic-snapshot\0", channel))
            await _run(db, "DELETE FROM snapshots WHERE channel = ?", channel)
            values = (channel, position, version, head, state)
            await _run(db, sql.SAVE_SNAPSHOT, *values, channel, position)

    async def query(self, text: str, *parameters: Any) -> list[tuple[Any, ...]]:
        async with self._reader() as db:
            return await _rows(db, text, *parameters)

    async def execute(self, *statements: Statement) -> list[int]:
        async with self._reader() as db, db.transaction():
            return [(await _run(db, text, *given)).rowcount for text, given in statements]

    async def clear_tables(self, channel: ChannelId, tables: Iterable[TableSpec]) -> None:
        async with self._writer.use(MAINTENANCE_SECONDS) as db, db.transaction():
            for table in tables:
                await _run(db, f"DELETE FROM {table.name} WHERE channel = ?", channel)  # noqa: S608

    async def write_rows(self, rows: Sequence[RowChange]) -> None:
        async with self._writer.use(MAINTENANCE_SECONDS) as db, db.transaction():
            await self._write(db, rows)

    async def scrub(self) -> bool:
        """Free the row versions that still held what was erased, and be rid of them in reads."""
        async with self._reader(MAINTENANCE_SECONDS) as db:
            await db.execute("VACUUM events, snapshots, accounts, account_tokens, login_sessions")
        return True

    async def channels(self) -> list[ChannelId]:
        return [row[0] for row in await self.query(sql.CHANNELS)]

    async def lead(self, channel: ChannelId) -> bool:
        """One process holds the channel's advisory lock for as long as its connection lives."""
        async with self._leader.use() as db:
            if self._leading.get(channel) is db:
                await db.execute("SELECT 1")
                return True
            key = _key(b"goldomatic-lead\0", channel)
            rows = await _rows(db, "SELECT pg_try_advisory_lock(?::int8)", key)
            if rows[0][0]:
                self._leading[channel] = db
            return bool(rows[0][0])

    @asynccontextmanager
    async def _reader(self, seconds: float | None = None) -> AsyncIterator[AsyncConnection[Any]]:
        with translated():
            async with asyncio.timeout(self._patience):
                line = await self._idle.get()
        try:
            async with line.use(seconds) as db:
                yield db
        finally:
            self._idle.put_nowait(line)


async def _run(db: AsyncConnection[Any], text: str, *parameters: Any) -> AsyncCursor[Any]:
    return await db.execute(pgsql.placeholders(text).encode(), parameters, binary=True)


async def _rows(db: AsyncConnection[Any], text: str, *parameters: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = await (await _run(db, text, *parameters)).fetchall()
    return rows


def _key(purpose: bytes, channel: ChannelId) -> int:
    """The number of a channel's advisory lock."""
    digest = sha256(purpose + channel.encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


async def _migrate(db: AsyncConnection[Any]) -> None:
    await db.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
    await db.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
    encoding, present = (
        await _rows(
            db,
            "SELECT current_setting('server_encoding'), "
            "(SELECT coalesce(max(version), 0) FROM schema_version)",
        )
    )[0]
    if encoding != "UTF8":
        raise SchemaError(f"the database is encoded in {encoding}: create it with ENCODING 'UTF8'")
    for version, script in pending(present, "postgresql"):
        for statement in statements(script):
            await db.execute(statement.encode())
        await db.execute("INSERT INTO schema_version VALUES (%s)", (version,))
