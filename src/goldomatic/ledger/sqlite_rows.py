"""Many rows in one step.

The interpreter's lock is handed over at every step of a statement, and under load each hand-over
costs more than the row. So rows go in by statements of up to 64 rows, which SQLite runs beside
the event loop; the connection keeps the prepared statement of every number of rows. They are put
together on the event loop, since two threads that both run Python take turns at a price.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

Prepared = tuple[str, Sequence[Any]]
"""Text and its parameters."""

MOST_ROWS = 64
STATEMENTS_KEPT = 8 * MOST_ROWS
"""How many prepared statements a connection should keep: all numbers of rows of a few tables."""


def inserts(head: str, rows: Sequence[Sequence[Any]], tail: str = "") -> list[Prepared]:
    """`head VALUES (…), (…) … tail` over all rows, which are equally long."""
    made: list[Prepared] = []
    for first in range(0, len(rows), MOST_ROWS):
        chunk = rows[first : first + MOST_ROWS]
        marks = f"({','.join('?' * len(chunk[0]))})"
        values = ",".join([marks] * len(chunk))
        made.append((f"{head} VALUES {values} {tail}", list(chain.from_iterable(chunk))))
    return made
