"""What a pool of 100,000 costs in memory: `python bench/memory.py`.

A process of its own folds the enrolments and reports its resident size; the service's own code
and libraries are part of the figure.
"""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from load import letters
from rows import Row

POOL = 100_000
LIMIT_MB = 200
BATCH = 256


async def fill(path: str) -> None:
    """Enrol the pool through the ledger and print the resident megabytes."""
    from goldomatic import channel
    from goldomatic.app import build_app, build_service
    from goldomatic.config import Settings
    from goldomatic.roulette.rules import Entry
    from goldomatic.values import ChannelId, ViewerId

    settings = Settings(
        environment="development",
        database_url=f"sqlite:///{path}",
        twitch_broadcaster_id=ChannelId("778812345"),
    )
    service = build_service(settings)
    build_app(service)
    await service.store.open()
    await service.ledger.start()
    for first in range(0, POOL, BATCH):
        entries = (
            Entry(
                viewer_id=ViewerId(str(410_000_000 + number)),
                display_name=f"Chatter{number}",
                character_name=letters(number),
                source="chat",
                subscriber=True,
                salt=os.urandom(16),
            )
            for number in range(first, min(first + BATCH, POOL))
        )
        await asyncio.gather(*(service.ledger.change(channel.enrol(entry)) for entry in entries))
    await service.ledger.stop()
    await service.store.close()
    await service.helix.aclose()
    assert len(service.state.roulette.pool.durable) == POOL
    print(psutil.Process().memory_info().rss / 1_000_000)


def measure() -> list[Row]:
    """One row: resident size with the pool in memory."""
    with TemporaryDirectory(prefix="goldomatic-bench-") as directory:
        done = subprocess.run(
            [sys.executable, __file__, f"{directory}/pool.db"],
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
            cwd=Path(__file__).parent,
        )
    megabytes = float(done.stdout)
    return [
        Row(
            "service with 100,000 in the pool: resident",
            f"{megabytes:.0f} MB",
            f"< {LIMIT_MB} MB",
            megabytes < LIMIT_MB,
        )
    ]


if __name__ == "__main__":
    asyncio.run(fill(sys.argv[1]))
