"""Starts processes that write a ledger, and reads what they were answered."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parents[1]


class Answer(NamedTuple):
    """What a worker was told about one of its commands."""

    number: int
    outcome: str
    position: int


@asynccontextmanager
async def worker(
    url: str, name: str, *, first: int = 0, amount: int = 0, callers: int = 8
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A running `ledger_worker`, which has opened the ledger; killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(TESTS / "support" / "ledger_worker.py"),
        *(url, name, str(first), str(amount), str(callers)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def answers(
    process: asyncio.subprocess.Process, limit: int | None = None
) -> AsyncIterator[Answer]:
    """What a worker prints, up to its end or to a limit; a torn last line was not answered."""
    assert process.stdout is not None
    seen = 0
    while limit is None or seen < limit:
        line = await process.stdout.readline()
        if not line.endswith(b"\n"):
            return
        number, outcome, position = line.decode().split()
        yield Answer(int(number), outcome, int(position))
        seen += 1
