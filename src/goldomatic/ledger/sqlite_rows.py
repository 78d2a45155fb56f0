"""Many rows in one step.

The interpreter's lock is handed over at every step of a statement, and under load each hand-over
costs more than the row. So rows go in by statements of up to 64 rows, which SQLite runs beside
the event loop; the connection keeps the prepared statement of every number of rows. They are put
together on the event loop, since two threads that both run Python take turns at a price.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from goldomatic.ledger import sql
from goldomatic.ledger.event import StoredEvent
from goldomatic.ledger.store import Batch, RowChange, Statement, coalesce

MOST_ROWS = 64
STATEMENTS_KEPT = 8 * MOST_ROWS
"""How many prepared statements a connection should keep: all numbers of rows of a few tables."""


def inserts(head: str, rows: Sequence[Sequence[Any]], tail: str = "") -> list[Statement]:
    """`head VALUES (…), (…) … tail` over all rows, which are equally long."""
    made: list[Statement] = []
    for first in range(0, len(rows), MOST_ROWS):
        chunk = rows[first : first + MOST_ROWS]
        marks = f"({','.join('?' * len(chunk[0]))})"
        values = ",".join([marks] * len(chunk))
        text = f"{head} VALUES {values} {tail}"
        made.append(Statement(text, tuple(chain.from_iterable(chunk))))
    return made


def of_batch(batch: Batch, at: int) -> list[Statement]:
    """Everything that a batch writes, at an instant in microseconds."""
    channel = batch.channel
    events = [(channel, *_row(event)) for event in batch.events]
    causes = [(channel, cause, at, position) for cause, position in batch.causes]
    made = inserts("INSERT INTO events", events)
    made += inserts("INSERT INTO causes", causes)
    made += changes(batch.rows)
    keep, drop = (
        "INSERT OR REPLACE INTO kept VALUES (?,?,?)",
        "DELETE FROM kept WHERE channel = ? AND key = ?",
    )
    made += [Statement(keep, (channel, key, value)) for key, value in batch.keep.items()]
    made += [Statement(drop, (channel, key)) for key in batch.drop]
    for viewer in batch.forget:
        made.append(Statement(sql.FORGET, (channel, viewer, batch.after)))
        made.append(Statement("DELETE FROM snapshots WHERE channel = ?", (channel,)))
        made += [Statement(text, (channel, viewer)) for text in sql.FORGET_ACCOUNT]
    return made


def changes(rows: Iterable[RowChange]) -> list[Statement]:
    """Changes of read tables."""
    puts, deletes = coalesce(rows)
    made = [Statement(sql.delete(table), key) for table, keys in deletes.items() for key in keys]
    for table, values in puts.items():
        made += inserts(sql.insert_into(table), values, sql.or_replace(table))
    return made


def _row(event: StoredEvent) -> tuple[Any, ...]:
    return (
        event.position,
        event.at,
        event.type,
        event.viewer,
        event.cause,
        event.data,
        event.personal,
        event.personal_hash,
        event.hash,
    )
