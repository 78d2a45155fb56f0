"""From a database URL to its store."""

from collections.abc import Callable
from pathlib import Path

from goldomatic.ledger.sqlite import SqliteStore
from goldomatic.ledger.store import Store
from goldomatic.values import Clock

_SQLITE, _POSTGRES = "sqlite:///", "postgresql://"


def open_store(database_url: str, clock: Clock) -> Store:
    """The store of a database URL, not opened yet.

    `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://…`. Raises `ValueError`
    for anything else, and `MissingDriverError` where PostgreSQL's driver is not installed.
    """
    if (path := sqlite_path(database_url)) is not None:
        return SqliteStore(path, clock)
    if database_url.startswith(_POSTGRES):
        return _postgres()(database_url, clock)
    kind = database_url.partition(":")[0]
    raise ValueError(f"a database URL begins with sqlite:/// or postgresql://, not with {kind!r}")


def sqlite_path(database_url: str) -> Path | None:
    """The file of an SQLite URL; `None` for another kind of database."""
    name = database_url.removeprefix(_SQLITE)
    if name == database_url or name in ("", ":memory:"):
        return None
    return Path(name)


class MissingDriverError(Exception):
    """The Python package for a kind of database is not installed."""


def _postgres() -> Callable[[str, Clock], Store]:
    try:
        from goldomatic.ledger.postgres import PostgresStore
    except ImportError as error:
        # No name is given where psycopg is there without the library that it wraps.
        if error.name is not None and error.name.partition(".")[0] != "psycopg":
            raise
        raise MissingDriverError(
            "PostgreSQL needs the package psycopg: pip install goldomatic[postgres]"
        ) from error
    return PostgresStore
