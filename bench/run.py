"""All figures in one run: `python bench/run.py [--write]`.

Prints a table and ends with code 1 when a promise is not kept. `--write` puts the table, with the
machine beside it, into docs/benchmarks.md.
"""

import platform
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil

import bridge
import fairdraw
import gifts
import ledger
import memory
import panels
import raffle
import service_http
import viewers
from rows import Row, table

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
PARTS: dict[str, Callable[[], Sequence[Row]]] = {
    "The service over HTTP": service_http.measure,
    "The fair draw": fairdraw.measure,
    "The ledger": ledger.measure,
    "The raffle": raffle.measure,
    "The gift queue": gifts.measure,
    "The raffle's pages": viewers.measure,
    "Memory": memory.measure,
    "The panels": panels.measure,
    "The streamer's bridge": bridge.measure,
}
INTRODUCTION = """# Benchmarks

Made by `make bench` in one run. The load, the server and the database share the machine's cores, so
absolute figures are those of this machine on that day; ratios carry over.

"""


def machine() -> str:
    """What the figures were measured on."""
    processor = subprocess.run(["lscpu"], capture_output=True, text=True, check=False).stdout
    model = next((line for line in processor.splitlines() if "Model name" in line), "unknown")
    gigabytes = psutil.virtual_memory().total / 1e9
    return ", ".join(
        [
            f"{datetime.now(UTC):%Y-%m-%d}: {psutil.cpu_count()} cores",
            model.partition(":")[2].strip(),
            f"{gigabytes:.0f} GB",
            f"{platform.system()} {platform.release()}",
            f"Python {platform.python_version()}",
            f"SQLite {sqlite3.sqlite_version}",
        ]
    )


def main() -> int:
    sections, kept = [], True
    for title, measure in PARTS.items():
        print(f"{title} …", file=sys.stderr)
        rows = measure()
        kept = kept and all(row.kept for row in rows)
        sections.append(f"## {title}\n\n{table(rows)}\n")
        print(sections[-1])
    if "--write" in sys.argv[1:]:
        PAGE.write_text(f"{INTRODUCTION}{machine()}\n\n" + "\n".join(sections))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
