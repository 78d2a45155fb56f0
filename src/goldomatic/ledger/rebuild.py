"""Read tables from nothing but the events: rebuilding them, and saying where they differ."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, NamedTuple

from goldomatic.ledger.chain import ChainCheck
from goldomatic.ledger.event import Codec, StoredEvent
from goldomatic.ledger.model import Model
from goldomatic.ledger.store import (
    ConflictError,
    Delete,
    Key,
    Put,
    RowChange,
    Snapshot,
    Store,
    TableSpec,
    UnavailableError,
)
from goldomatic.values import ChannelId

Progress = Callable[[int], object]
"""Told how many events have been gone through so far."""

PAGE = 5_000
MAX_DEADLOCKS = 20


def no_progress(position: int) -> None:
    """For callers that do not want to know."""


class Fold:
    """Folds stored events into a model, and tells what they change in the read tables."""

    def __init__(self, model: Model, codec: Codec) -> None:
        self._model = model
        self._codec = codec

    def rows(self, events: Iterable[StoredEvent]) -> list[RowChange]:
        """The changes of these events, which come next in the log."""
        rows: list[RowChange] = []
        for stored in events:
            recorded = self._codec.decode(stored)
            self._model.evolve(recorded)
            rows.extend(self._model.project(recorded))
        self._model.commit()
        return rows


class Checked(NamedTuple):
    """An intact log: its last position and head, and how many events were erased."""

    position: int
    head: bytes
    erased: int
    found_at: int | None
    """Position of the event with the hash that was looked for."""


async def check_chain(
    store: Store,
    channel: ChannelId,
    progress: Progress = no_progress,
    *,
    look_for: bytes | None = None,
) -> Checked:
    """Walk a whole log; raises `BrokenChainError` at the first wrong event."""
    check = ChainCheck(channel)
    found_at = 0 if check.head == look_for else None
    async for events in store.walk(channel):
        check.follow(events)
        for event in events:
            if event.hash == look_for:
                found_at = event.position
        progress(check.position)
    return Checked(check.position, check.head, check.erased, found_at)


async def rebuild(
    store: Store,
    channel: ChannelId,
    model: Model,
    codec: Codec,
    tables: Iterable[TableSpec],
    progress: Progress = no_progress,
) -> ChainCheck:
    """Make the read tables of a channel anew, and a snapshot; `model` is an empty one.

    A service may run meanwhile. Its rows can be overwritten by older ones here, but only with
    the rows of an event that was read before; the event itself is then still to come in the
    walk, which ends only when nothing has been added since the last rows were written. Until
    then readers see tables that are not complete.

    A broken chain raises `BrokenChainError` half-way, when the old rows are gone already: ask
    `check_chain` first.
    """
    check, fold = ChainCheck(channel), Fold(model, codec)
    await store.clear_tables(channel, tables)
    async for events in store.walk(channel):
        check.follow(events)
        await _write(store, fold.rows(events))
        progress(check.position)
    await store.save_snapshot(
        channel, model.version, Snapshot(check.position, check.head, model.dump())
    )
    return check


async def _write(store: Store, rows: Sequence[RowChange]) -> None:
    for _ in range(MAX_DEADLOCKS):
        try:
            await store.write_rows(rows)
            return
        except ConflictError:
            # A service wrote the same rows at the same time: rows can be written again.
            continue
    raise UnavailableError(f"rows could not be written in {MAX_DEADLOCKS} attempts")


class Difference(NamedTuple):
    """A row that is not what the events give; `None` stands for no row."""

    table: TableSpec
    key: Key
    expected: tuple[Any, ...] | None
    found: tuple[Any, ...] | None


async def differences(
    store: Store,
    channel: ChannelId,
    model: Model,
    codec: Codec,
    tables: Sequence[TableSpec],
    progress: Progress = no_progress,
) -> list[Difference]:
    """Rows of the read tables that differ from what the events give; `model` is an empty one.

    Holds all rows in memory. A service may run meanwhile: rows that it changes while they are
    compared are left out.
    """
    fold, position = Fold(model, codec), 0
    expected: dict[TableSpec, dict[Key, tuple[Any, ...]]] = {table: {} for table in tables}
    async for events in store.walk(channel):
        for change in fold.rows(events):
            _apply(change, expected)
        position = events[-1].position
        progress(position)
    found = [d for table in tables async for d in _compare(store, channel, table, expected[table])]
    touched: set[tuple[TableSpec, Key]] = set()
    async for events in store.walk(channel, position):
        touched.update((change.table, _key(change)) for change in fold.rows(events))
    return [difference for difference in found if difference[:2] not in touched]


async def _compare(
    store: Store, channel: ChannelId, table: TableSpec, expected: dict[Key, tuple[Any, ...]]
) -> AsyncIterator[Difference]:
    async for row in _stored_rows(store, channel, table):
        key = row[: len(table.key)]
        wanted = expected.pop(key, None)
        if row != wanted:
            yield Difference(table, key, wanted, row)
    for key, wanted in expected.items():
        yield Difference(table, key, wanted, None)


async def _stored_rows(
    store: Store, channel: ChannelId, table: TableSpec
) -> AsyncIterator[tuple[Any, ...]]:
    keys = ", ".join(table.key)
    start = f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE channel = ?"  # noqa: S608
    after = f" AND ({keys}) > ({', '.join('?' * len(table.key))})"
    page = f" ORDER BY {keys} LIMIT {PAGE}"
    rows = await store.query(start + page, channel)
    while rows:
        for row in rows:
            yield row
        rows = await store.query(start + after + page, channel, *rows[-1][: len(table.key)])


def _apply(change: RowChange, tables: dict[TableSpec, dict[Key, tuple[Any, ...]]]) -> None:
    if isinstance(change, Put):
        tables[change.table][_key(change)] = change.row
    else:
        tables[change.table].pop(change.key, None)


def _key(change: RowChange) -> Key:
    return change.key if isinstance(change, Delete) else change.row[: len(change.table.key)]
