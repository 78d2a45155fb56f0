"""What the ledger asks of a database. SQLite and PostgreSQL pass one contract test."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from goldomatic.ledger.event import StoredEvent
from goldomatic.values import ChannelId

SCHEMA_VERSION = 4


class TableSpec(NamedTuple):
    """A disposable read table: first column `channel`, then the rest of the key, then values."""

    name: str
    key: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns in the order of a row."""
        return (*self.key, *self.values)


class Put(NamedTuple):
    """Write one whole row of a read table. The first value is the channel."""

    table: TableSpec
    row: tuple[Any, ...]


class Delete(NamedTuple):
    """Remove one row of a read table by its key. The first value is the channel."""

    table: TableSpec
    key: tuple[Any, ...]


class Statement(NamedTuple):
    """One change of plain tables; `?` stands for a parameter in both databases."""

    text: str
    parameters: tuple[Any, ...]


RowChange = Put | Delete
Key = tuple[Any, ...]


@dataclass(slots=True)
class Batch:
    """What one transaction writes, all of it or nothing."""

    channel: ChannelId
    after: int
    events: list[StoredEvent] = field(default_factory=list)
    causes: list[tuple[str, int]] = field(default_factory=list)
    """Cause and the position of its first event, 0 where it made none."""
    rows: list[RowChange] = field(default_factory=list)
    keep: dict[str, bytes] = field(default_factory=dict)
    drop: list[str] = field(default_factory=list)
    forget: list[str] = field(default_factory=list)
    """Viewers whose personal values up to `after` are erased, and whose account is."""

    def replace_kept(self, keep: Mapping[str, bytes], drop: Iterable[str]) -> None:
        """Drop and then keep secrets, after whatever the batch does with them already."""
        for key in drop:
            self.keep.pop(key, None)
            self.drop.append(key)
        self.keep.update(keep)
        self.drop = [key for key in self.drop if key not in keep]


class Snapshot(NamedTuple):
    """The folded state of a channel at a position."""

    position: int
    head: bytes
    state: bytes


class ConflictError(Exception):
    """Another writer took the position, or a cause is known already: re-read and decide again."""


class UnavailableError(Exception):
    """The database did not answer or refused to write; whether a commit happened is not known."""


class Store(Protocol):
    """One database. Every method but `open` raises `UnavailableError` when it cannot be done."""

    name: str

    async def open(self) -> None:
        """Connect and bring the schema up to date; raises `SchemaError` for a newer schema."""
        ...

    async def close(self) -> None: ...

    async def append(self, batch: Batch) -> None:
        """Write a batch durably, at the end of the log and nowhere else.

        Raises `ConflictError` when the log does not end at `batch.after` or a cause is known.
        """
        ...

    async def position(self, channel: ChannelId) -> int:
        """Position of the last event, 0 for an empty log."""
        ...

    async def read(
        self, channel: ChannelId, after: int, limit: int = 1000
    ) -> Sequence[StoredEvent]:
        """The next events after a position, in order."""
        ...

    def walk(self, channel: ChannelId, after: int = 0) -> AsyncIterator[Sequence[StoredEvent]]:
        """All events after a position, in order, a few thousand at a time."""
        ...

    async def known_causes(self, channel: ChannelId, causes: Iterable[str]) -> dict[str, int]:
        """Of these causes, those remembered, with the position of their first event."""
        ...

    async def prune_causes(self, channel: ChannelId, prefix: str, before: int) -> int:
        """Forget causes with a prefix that are older than an instant (microseconds)."""
        ...

    async def kept(self, channel: ChannelId, key: str) -> bytes | None:
        """A secret that is kept beside the log until it is dropped."""
        ...

    async def load_snapshot(self, channel: ChannelId, version: int) -> Snapshot | None: ...

    async def save_snapshot(self, channel: ChannelId, version: int, snapshot: Snapshot) -> None: ...

    async def query(self, text: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Read rows; `?` stands for a parameter in both databases."""
        ...

    async def execute(self, *statements: Statement) -> list[int]:
        """Change plain tables in one transaction: how many rows each statement has changed.

        Raises `ConflictError` for a key that is taken; nothing is changed then.
        """
        ...

    async def clear_tables(self, channel: ChannelId, tables: Iterable[TableSpec]) -> None:
        """Empty the read tables of a channel before they are rebuilt."""
        ...

    async def write_rows(self, rows: Sequence[RowChange]) -> None:
        """Write rows of read tables in one transaction, while they are rebuilt."""
        ...

    async def scrub(self) -> bool:
        """Overwrite or free what was erased, as far as the database can.

        False when somebody else's reading held it up; it can be asked again.
        """
        ...

    async def channels(self) -> list[ChannelId]:
        """Channels that have a log."""
        ...

    async def lead(self, channel: ChannelId) -> bool:
        """Whether this process may run the timers of a channel; asks for it if nobody does."""
        ...


class SchemaError(Exception):
    """The database was made by a newer version of the service, or is not ours."""


def coalesce(
    rows: Iterable[RowChange],
) -> tuple[dict[TableSpec, list[Key]], dict[TableSpec, list[Key]]]:
    """The last change of each row, as (rows to put, keys to delete), by table."""
    last: dict[tuple[str, Key], RowChange] = {}
    for change in rows:
        table, values = change
        key = values[: len(table.key)] if type(change) is Put else values
        last[table.name, key] = change
    puts: dict[TableSpec, list[Key]] = {}
    deletes: dict[TableSpec, list[Key]] = {}
    for change in last.values():
        table, values = change
        (puts if type(change) is Put else deletes).setdefault(table, []).append(values)
    return puts, deletes
