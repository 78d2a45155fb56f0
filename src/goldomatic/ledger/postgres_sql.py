"""The ledger's statements in PostgreSQL's dialect: whole batches as arrays."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from goldomatic.ledger.store import TableSpec

Columns = Mapping[str, Mapping[str, str]]
"""Type of each column of each table, as PostgreSQL names it: text, int8, bytea …"""

EVENT_COLUMNS = {
    "position": "int8",
    "at": "int8",
    "type": "text",
    "viewer": "text",
    "cause": "text",
    "data": "bytea",
    "personal": "bytea",
    "personal_hash": "bytea",
    "hash": "bytea",
}

# Divides by zero unless the log ends at the given position: in a pipeline nobody can look at a
# result before the commit is sent, so the statement itself must stop the transaction.
END_AT = """
    SELECT 1 / (coalesce(max(position), 0) = %s)::int FROM events WHERE channel = %s"""

# Whoever erases and whoever keeps a snapshot would not see each other before they have committed:
# the second one waits, and then sees what the first one did.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(?::int8)"

CAUSES = """
    INSERT INTO causes (channel, at, cause, position)
    SELECT %s, %s, * FROM unnest(%b::text[], %b::int8[])"""

KEEP = """
    INSERT INTO kept (channel, key, value) VALUES (%s, %s, %b)
    ON CONFLICT (channel, key) DO UPDATE SET value = excluded.value"""

COLUMN_TYPES = """
    SELECT table_name, column_name, udt_name FROM information_schema.columns
    WHERE table_schema = current_schema()"""


def _unnest(types: Iterable[str]) -> str:
    return f"unnest({', '.join(f'%b::{kind}[]' for kind in types)})"


EVENTS = (
    f"INSERT INTO events (channel, {', '.join(EVENT_COLUMNS)}) "  # noqa: S608
    f"SELECT %s, * FROM {_unnest(EVENT_COLUMNS.values())}"
)


def put(table: TableSpec, types: Mapping[str, str]) -> str:
    """Insert rows or replace their values; one array for each column."""
    values = ", ".join(f"{column} = excluded.{column}" for column in table.values)
    return (
        f"INSERT INTO {table.name} ({', '.join(table.columns)}) "  # noqa: S608
        f"SELECT * FROM {_unnest(types[column] for column in table.columns)} "
        f"ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {values}"
    )


def delete(table: TableSpec, types: Mapping[str, str]) -> str:
    """Delete rows by their keys; one array for each column of the key."""
    gone = _unnest(types[column] for column in table.key)
    where = " AND ".join(f"{table.name}.{column} = gone.{column}" for column in table.key)
    return (
        f"DELETE FROM {table.name} USING {gone} "  # noqa: S608
        f"AS gone ({', '.join(table.key)}) WHERE {where}"
    )


def columns(rows: Iterable[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    """Rows turned into one list for each column."""
    return tuple(map(list, zip(*rows, strict=True)))


_TOKEN = re.compile(r"'[^']*'|\?|%")


@lru_cache(maxsize=512)
def placeholders(text: str) -> str:
    """A statement with `?` as psycopg wants it; text in quotes keeps its question marks."""

    def token(match: re.Match[str]) -> str:
        found = match.group()
        return "%s" if found == "?" else found.replace("%", "%%")

    return _TOKEN.sub(token, text)
