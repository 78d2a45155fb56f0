"""From a database URL to its store."""

from goldomatic.ledger.sqlite import SqliteStore
from goldomatic.ledger.store import Store
from goldomatic.values import Clock


def open_store(database_url: str, clock: Clock) -> Store:
    """The store of a database URL, not opened yet; raises `ValueError` for an unknown kind."""
    return SqliteStore(database_url.removeprefix("sqlite:///"), clock)
