"""Two thousand pages that watch the raffle live: `python bench/viewers.py`.

The service runs as it is, on SQLite; a second process holds the connections of all pages. Once a
second a weight of the pool changes. Measured is what a viewer would: from before the change is
asked for until the new leaderboard has arrived, on every page, with the quarter of a second for
which the service gathers changes.
"""

import asyncio
import statistics
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from goldomatic import channel
from goldomatic.ledger import garbage
from goldomatic.raffle import acting
from goldomatic.raffle.events import RaffleViewerSynced
from goldomatic.raffle.weights import UNIT
from goldomatic.server import allow_many_connections
from goldomatic.service import Service
from goldomatic.values import ViewerId
from raffle import AT_ONCE, fill
from rows import Row, finish
from served import served

PAGES = 2_000
CHANGES = 30
ENTRIES = 1_000
SETTLING_SECONDS = 2.0
OPENED_AT_ONCE = 50
MARK = b'event: raffle\ndata: {"version":"'


def main() -> None:
    if sys.argv[1:2] == ["watch"]:
        asyncio.run(watch(sys.argv[2]))
        return
    finish(measure())


def measure() -> list[Row]:
    """How long the news of a change is on its way to all pages."""
    allow_many_connections()
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    async with served() as (service, url):
        await acting.start_session(service, "bench", "bench")
        await fill(service, 0, max(ENTRIES, AT_ONCE))
        garbage.settle()
        pages = await asyncio.create_subprocess_exec(
            sys.executable,
            __file__,
            "watch",
            url,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parent,
        )
        assert pages.stdout is not None
        await pages.stdout.readline()
        await asyncio.sleep(SETTLING_SECONDS)
        used = time.process_time()
        changed = await changing(service)
        await asyncio.sleep(SETTLING_SECONDS)
        used = time.process_time() - used
        told, _ = await pages.communicate(b"\n")
    return rows_of(changed, told.decode().split(), used)


async def changing(service: Service) -> dict[str, float]:
    """Change a weight once a second: when, by the version that it gives."""
    began: dict[str, float] = {}
    for number in range(CHANGES):
        event = RaffleViewerSynced(
            viewer_id=ViewerId("410000000"),
            is_follower=True,
            is_subscriber=None,
            total=10 * UNIT + number,
        )
        at = time.time()
        await service.ledger.change(channel.record(event))
        began[str(service.ledger.position)] = at
        await asyncio.sleep(max(0.0, at + 1 - time.time()))
    return began


async def watch(url: str) -> None:
    """Open all pages' connections; at the end print each message's version and arrival."""
    allow_many_connections()
    parts, loop = urlsplit(url), asyncio.get_running_loop()
    arrived: list[tuple[str, float]] = []
    for first in range(0, PAGES, OPENED_AT_ONCE):
        opening = (
            loop.create_connection(lambda: Watcher(arrived), parts.hostname, parts.port)
            for _ in range(first, min(first + OPENED_AT_ONCE, PAGES))
        )
        await asyncio.gather(*opening)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print("\n".join(f"{version} {at:.6f}" for version, at in arrived))


class Watcher(asyncio.Protocol):
    """One page's connection to the live feed."""

    def __init__(self, arrived: list[tuple[str, float]]) -> None:
        self._arrived = arrived
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"GET /api/live HTTP/1.1\r\nHost: bench\r\n\r\n")

    def data_received(self, data: bytes) -> None:
        at = time.time()
        text = self._rest + data
        while (found := text.find(MARK)) >= 0:
            end = text.find(b'"', found + len(MARK))
            if end < 0:
                break
            self._arrived.append((text[found + len(MARK) : end].decode(), at))
            text = text[end:]
        # A mark may lie across two deliveries.
        self._rest = text[found:] if found >= 0 else text[-len(MARK) :]


def rows_of(began: dict[str, float], told: list[str], used: float) -> list[Row]:
    versions, arrivals = told[::2], told[1::2]
    taken = [
        (float(at) - began[version]) * 1000
        for version, at in zip(versions, arrivals, strict=True)
        if version in began
    ]
    expected = PAGES * CHANGES
    p99 = statistics.quantiles(taken, n=100)[98]
    what = f"{PAGES:,} live pages, one change a second"
    return [
        Row(f"{what}: until it is shown, p99", f"{p99:.0f} ms", "< 500 ms", p99 < 500),
        Row(
            "the same: median, longest",
            f"{statistics.median(taken):.0f} ms, {max(taken):.0f} ms",
            "",
            True,
        ),
        Row(
            "the same: messages that arrived",
            f"{len(taken):,} of {expected:,}",
            "all",
            len(taken) == expected,
        ),
        Row("the same: processor of the service", f"{used / CHANGES:.2f} s a second", "", True),
    ]


if __name__ == "__main__":
    main()
