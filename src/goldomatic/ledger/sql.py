"""SQL that both databases share, written with `?` for a parameter."""

from functools import cache

from goldomatic.ledger.store import TableSpec

READ = """
    SELECT position, at, type, viewer, cause, data, personal, personal_hash, hash
    FROM events WHERE channel = ? AND position > ? ORDER BY position LIMIT ?"""

FORGET = """
    UPDATE events SET personal = NULL
    WHERE channel = ? AND viewer = ? AND position <= ? AND personal IS NOT NULL"""

PRUNE = "DELETE FROM causes WHERE channel = ? AND at < ? AND substr(cause, 1, ?) = ?"

LOAD_SNAPSHOT = """
    SELECT position, head, state FROM snapshots
    WHERE channel = ? AND version = ? ORDER BY position DESC LIMIT 1"""

# A snapshot folded before a viewer was forgotten elsewhere must not bring the name back.
SAVE_SNAPSHOT = """
    INSERT INTO snapshots (channel, position, version, head, state)
    SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS (
      SELECT 1 FROM events
      WHERE channel = ? AND position > ? AND type = 'ViewerForgotten')"""

CHANNELS = "SELECT DISTINCT channel FROM events ORDER BY channel"


@cache
def put(table: TableSpec) -> str:
    """Insert a row or replace its values."""
    marks = ", ".join("?" * len(table.columns))
    values = ", ".join(f"{column} = excluded.{column}" for column in table.values)
    return (
        f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({marks}) "  # noqa: S608
        f"ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {values}"
    )


@cache
def delete(table: TableSpec) -> str:
    """Delete a row by its key."""
    where = " AND ".join(f"{column} = ?" for column in table.key)
    return f"DELETE FROM {table.name} WHERE {where}"  # noqa: S608
