"""Many rows in few steps.

The interpreter's lock is handed over at every step of a statement; under load each hand-over
costs more than the row. So rows go in by statements of 64, 32, 16 … rows, which SQLite runs
beside the event loop and whose few texts stay prepared.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

MOST_ROWS = 64


def insert(
    db: sqlite3.Connection, head: str, rows: Sequence[Sequence[Any]], tail: str = ""
) -> None:
    """Run `head VALUES (…), (…) … tail` over all rows, which are equally long."""
    for chunk in _chunks(rows):
        marks = f"({','.join('?' * len(chunk[0]))})"
        values = ",".join([marks] * len(chunk))
        db.execute(f"{head} VALUES {values} {tail}", list(chain.from_iterable(chunk)))


def _chunks(rows: Sequence[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    """Pieces whose lengths are powers of two, so that few statements serve every number."""
    at, size = 0, MOST_ROWS
    while at < len(rows):
        while size > len(rows) - at:
            size //= 2
        yield rows[at : at + size]
        at += size
