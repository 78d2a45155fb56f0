"""A process that writes a ledger under load and tells on its output what was answered.

    python ledger_worker.py URL NAME FIRST COUNT CALLERS

Command number N has the cause NAME:N; every fifth one is shared between all workers, under a
cause and with a viewer's name that they all use. For each answer one line is printed: the
number, what came of it, and the position. COUNT 0 goes on until the process is killed.
"""

import asyncio
import sys
from itertools import count as numbers_from
from itertools import islice

from goldomatic.ledger import snapshots
from goldomatic.ledger.change import Cause
from goldomatic.ledger.writer import ChannelWriter
from goldomatic.values import Code, Refused
from support.ledger import Circle, count, enter, opened, started

# Small enough that snapshots are part of the story.
snapshots.SNAPSHOT_EVERY = 150


async def send(writer: ChannelWriter[Circle], name: str, number: int) -> str:
    """Send one command until it is answered for good; gives the line to print."""
    shared = number % 5 == 0
    cause = Cause(f"shared:{number}" if shared else f"{name}:{number}")
    decision = enter(f"{name}-{number}", f"Name{number}", record_refusal=True)
    while True:
        try:
            changed = await writer.change(decision if number % 2 else count(), cause=cause)
        except Refused as refused:
            if refused.code is Code.SERVICE_UNAVAILABLE:
                continue
            return f"{number} refused 0"
        if changed.repeated_at is not None:
            return f"{number} repeated {changed.repeated_at}"
        return f"{number} done {changed.events[0].position}"


async def main(url: str, name: str, first: int, amount: int, callers: int) -> None:
    """Run the callers, who share the numbers among themselves."""
    numbers = islice(numbers_from(first), amount or None)
    async with opened(url) as store, started(store) as writer:
        print("ready", flush=True)

        async def caller() -> None:
            for number in numbers:
                line = await send(writer, name, number)
                print(line, flush=True)

        await asyncio.gather(*[caller() for _ in range(callers)])


if __name__ == "__main__":
    _, url, name, *amounts = sys.argv
    asyncio.run(main(url, name, *map(int, amounts)))
