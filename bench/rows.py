"""The lines of a benchmark's table."""

import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple, NoReturn


class Row(NamedTuple):
    """One figure; `limit` says what is promised, `kept` whether it holds."""

    what: str
    figure: str
    limit: str
    kept: bool


def table(rows: Iterable[Row]) -> str:
    """Rows as a Markdown table."""
    lines = ["| what | figure | promised | |", "|---|---|---|---|"]
    marks = {True: "✓", False: "✗"}
    lines += [f"| {r.what} | {r.figure} | {r.limit} | {marks[r.kept]} |" for r in rows]
    return "\n".join(lines)


def finish(rows: Sequence[Row]) -> NoReturn:
    """Print the table, and end with code 1 when a promise is not kept."""
    print(table(rows))
    sys.exit(not all(row.kept for row in rows))
