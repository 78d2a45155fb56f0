"""SQL that both databases share, written with `?` for a parameter."""

from functools import cache

from goldomatic.ledger.store import TableSpec

READ = """
    SELECT position, at, type, viewer, cause, data, personal, personal_hash, hash
    FROM events WHERE channel = ? AND position > ? ORDER BY position LIMIT ?"""

END = "SELECT coalesce(max(position), 0) FROM events WHERE channel = ?"

FORGET = """
    UPDATE events SET personal = NULL
    WHERE channel = ? AND viewer = ? AND position <= ? AND personal IS NOT NULL"""

FORGET_ACCOUNT = tuple(
    f"DELETE FROM {table} WHERE channel = ? AND viewer_id = ?"  # noqa: S608
    for table in ("login_sessions", "account_tokens", "accounts")
)

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

# From one channel to the next by the index: there are few channels and many events.
CHANNELS = """
    WITH RECURSIVE found (channel) AS (
      SELECT min(channel) FROM events
      UNION ALL
      SELECT (SELECT min(channel) FROM events WHERE channel > found.channel)
      FROM found WHERE found.channel IS NOT NULL)
    SELECT channel FROM found WHERE channel IS NOT NULL ORDER BY channel"""


@cache
def insert_into(table: TableSpec) -> str:
    """Insert rows: what stands before the values."""
    return f"INSERT INTO {table.name} ({', '.join(table.columns)})"


@cache
def or_replace(table: TableSpec) -> str:
    """Replace a row that is there: what stands after the values."""
    values = ", ".join(f"{column} = excluded.{column}" for column in table.values)
    return f"ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {values}"


@cache
def delete(table: TableSpec) -> str:
    """Delete a row by its key."""
    where = " AND ".join(f"{column} = ?" for column in table.key)
    return f"DELETE FROM {table.name} WHERE {where}"  # noqa: S608
