"""The lines of a benchmark's table."""

from collections.abc import Iterable
from typing import NamedTuple


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
